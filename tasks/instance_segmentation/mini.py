"""The dataset `scenes-mini`: generated scenes of textured objects that hide one another.

Six classes, told by outline, texture (a melon is a striped ellipse, a ladybird a spotted one) and,
mostly, hue. Backgrounds and light carry no information on the class. Everything is drawn by a key,
the split and the number of the image, so that each image is the same on every machine.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from benchsuite.condition import generator
from benchsuite.dataset import Dataset, Sample, digest, fingerprint
from benchsuite.errors import WrongCall, near
from benchsuite.files.masks import encoded

from .images import annotation_of
from .scenes import CLASSES, SIDE, Plan, Scene, draw
from .styles import STYLES

VERSION = 1
"""Of the generator: another one draws other images."""
IMAGES = {"test": 240, "train": 1600}
"""Images of each split."""

CROWDING = {"sparse": (2, 4), "medium": (5, 7), "dense": (8, 12)}
"""Objects of an image, the range of how many are tried."""
SCALE = {"small": (7.0, 12.0), "medium": (11.0, 19.0), "large": (18.0, 30.0)}
"""Radius of the objects in pixels."""
LIGHTING = ("day", "dim", "side")
BACKGROUND = ("smooth", "grain", "weave")


def scenes_mini(name: str = "scenes-mini", split: str = "test", images: int = 0) -> Dataset:
    """Generated scenes, with the same scenes by night and as sketches for domains of the test set.

    images: how many, the first ones of the split; 0 for all of IMAGES.
    Raises WrongCall for another split, or more images than it has.
    """
    if split not in IMAGES:
        raise WrongCall(f"dataset.split: there is no split '{split}'{near(split, IMAGES)}")
    if not 0 <= images <= IMAGES[split]:
        raise WrongCall(f"dataset.images: expected 0 to {IMAGES[split]}, found {images}")
    scenes = _Scenes(split, images or IMAGES[split])
    domains = tuple(STYLES) if split == "test" else ()
    classes = dict(enumerate(CLASSES, start=1))
    prints = [fingerprint(scenes(domain), {}) for domain in ("", *domains)]
    return Dataset(
        name=name,
        fingerprint=digest([prints, classes]),
        load=scenes,
        shared={"classes": classes},
        population=f"scenes-mini/{VERSION}/{split}",
        domains=domains,
        note=f"generated, split {split}",
    )


@dataclass(frozen=True)
class _Scenes:
    split: str
    images: int

    def __call__(self, domain: str) -> Sequence[Sample]:
        return _samples(self.split, self.images, domain)


@lru_cache(maxsize=8)
def _samples(split: str, images: int, domain: str) -> tuple[Sample, ...]:
    return tuple(_sample(split, number, domain) for number in range(images))


def _sample(split: str, number: int, domain: str) -> Sample:
    clean = _clean(split, number)
    if not domain:
        return clean
    random = generator("scenes-mini", VERSION, split, number, domain)
    return replace(clean, inputs={"image": STYLES[domain](clean.inputs["image"], random)})


@lru_cache(maxsize=512)
def _clean(split: str, number: int) -> Sample:
    key = ("scenes-mini", VERSION, split, number)
    attributes = _attributes(generator(*key, "attributes"))
    scene = draw(_plan(attributes, generator(*key, "plan")), generator(*key, "scene"))
    identity = f"{split}-{number:05}"
    return Sample(identity, {"image": scene.image}, _truth(scene, number), attributes)


def _attributes(random: np.random.Generator) -> dict[str, str]:
    choices: Mapping[str, Sequence[str]] = {
        "lighting": LIGHTING,
        "crowding": tuple(CROWDING),
        "object_scale": tuple(SCALE),
        "background": BACKGROUND,
    }
    return {name: values[int(random.integers(len(values)))] for name, values in choices.items()}


def _plan(attributes: Mapping[str, str], random: np.random.Generator) -> Plan:
    few, many = CROWDING[attributes["crowding"]]
    return Plan(
        objects=int(random.integers(few, many + 1)),
        radii=SCALE[attributes["object_scale"]],
        background=attributes["background"],
        lighting=attributes["lighting"],
    )


def _truth(scene: Scene, number: int) -> dict[str, Any]:
    return {
        "height": SIDE,
        "width": SIDE,
        "annotations": [
            # Ids are unique in the dataset, and start at 1.
            annotation_of(1 + 100 * number + index, label, encoded(mask), False)
            for index, (label, mask) in enumerate(zip(scene.labels, scene.masks, strict=True))
        ],
    }
