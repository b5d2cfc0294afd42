"""The dataset `scenes-mini`: generated scenes of textured objects that hide one another.

Six classes differ in outline, texture (a melon is a striped ellipse, a ladybird a spotted one) and,
mostly, hue. Backgrounds and light say nothing about the class. Split and number of an image are the
key of its random draws, so each image is the same on every machine. The domains show the same
scenes as another sensor or another hand would.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchsuite.condition import generator
from benchsuite.dataset import Dataset, Sample, digest, fingerprint
from benchsuite.errors import WrongCall, near
from benchsuite.files.masks import encoded

from .images import annotation_of
from .scenes import CLASSES, SIDE, Plan, Scene, draw

Image = NDArray[np.uint8]

VERSION = 1
"""Version of the generator: another one draws other images."""
IMAGES = {"test": 240, "train": 1600}
"""Images of each split."""

CROWDING = {"sparse": (2, 4), "medium": (5, 7), "dense": (8, 12)}
"""How many objects of an image are tried, at least and at most."""
SCALE = {"small": (7.0, 12.0), "medium": (11.0, 19.0), "large": (18.0, 30.0)}
"""Radius of the objects in pixels."""
LIGHTING = ("day", "dim", "side")
BACKGROUND = ("smooth", "grain", "weave")
GAIN = 0.35
"""Share of the light that is left by night."""
MOONLIGHT = (0.7, 0.85, 1.25)
"""Colour of the light by night: red, green, blue."""
PHOTONS = 120.0
"""Photons that a pixel at level 255 receives by night: the shot noise's strength."""

WASH = 0.35
"""Strength of a sketch's colours."""


def scenes_mini(name: str = "scenes-mini", split: str = "test", images: int = 0) -> Dataset:
    """Generated scenes. Domains of the test set are the same scenes by night and as sketches.

    images: take the first ones of the split; 0 takes all.
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


def night(image: Image, random: np.random.Generator) -> Image:
    """The image in little blue light, with shot noise and two lamps."""
    light = GAIN * np.array(MOONLIGHT) + _lamps(image.shape, random)
    photons = image * light * (PHOTONS / 255.0)
    return _levels(random.poisson(photons) * (255.0 / PHOTONS))


def _lamps(shape: tuple[int, ...], random: np.random.Generator) -> NDArray[np.float64]:
    rows, columns = np.arange(shape[0])[:, None], np.arange(shape[1])[None, :]
    glow = np.zeros(shape[:2])
    for _ in range(2):
        y, x = random.uniform(0, shape[0]), random.uniform(0, shape[1])
        spread = random.uniform(0.12, 0.25) * shape[0]
        glow += 0.6 * np.exp(-((rows - y) ** 2 + (columns - x) ** 2) / (2 * spread**2))
    return np.asarray(glow[:, :, None] * np.array([1.0, 0.85, 0.6]))


def sketch(image: Image, random: np.random.Generator) -> Image:
    """The image as pencil on paper: dark lines along edges, and a pale wash of its colours.

    The lines are XDoG's: a difference of Gaussians with a soft threshold (Winnemöller et al. 2012,
    Computers & Graphics 36, equation 7).
    """
    grey = image.mean(axis=2) / 255.0
    fine, coarse = (cv2.GaussianBlur(grey, (0, 0), sigma) for sigma in (0.8, 1.6))
    edges = (fine - 0.97 * coarse) / (coarse + 0.1)
    ink = np.where(edges >= 0.02, 0.0, -np.tanh(14.0 * (edges - 0.02)))
    paper = 236.0 + random.normal(0.0, 4.0, grey.shape)
    wash = 1.0 - WASH * (1.0 - image / 255.0)
    return _levels((paper * (1.0 - 0.85 * ink))[:, :, None] * wash)


def _levels(values: NDArray[np.floating]) -> Image:
    return np.asarray(np.rint(np.clip(values, 0, 255)), dtype=np.uint8)


STYLES: Mapping[str, Callable[[Image, np.random.Generator], Image]] = {
    "night": night,
    "sketch": sketch,
}
