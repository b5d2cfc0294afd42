"""`fundus-mini`: generated pictures like those of a scanning laser ophthalmoscope, 128×128.

A subject has attributes, at about the proportions and correlations of a US eye clinic. Most
Hispanic subjects are White, and more of them speak Spanish. More Asian subjects speak another
language than English or Spanish. Marital status follows age. Some values are unknown, and left out.
A fifth of the subjects have both eyes in the data: a cluster of two.

An eye is a bright disc with a brighter cup in it, on a textured retina with dark vessels. The
subject decides the disc's size, the cup's share, contrast, the sharpness of edges and the vessels'
darkness. The eye decides outline, atrophy and the course of the vessels. One of two devices, drawn
by lot, decides noise, blur and gamma.

One mechanism makes a group harder (`bias=pigment`): a more pigmented fundus. The contrast of disc,
cup and atrophy is multiplied by PIGMENT for Black subjects, and by PIGMENT^¼ for Asian subjects.
Nothing else depends on an attribute. With `bias=none` nothing does: the same subjects, attributes,
shapes and noise, at full contrast. Then no gap has a cause.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from benchsuite.condition import generator
from benchsuite.dataset import Dataset, Sample, in_memory
from benchsuite.errors import WrongCall, one_of

from ..measure import OPTIC
from ..metrics import sample_metrics
from .common import described, shared

SIZE = 128
VERSION = 1
SUBJECTS = {"test": 440, "train": 1250}
BIASES = ("pigment", "none")
PIGMENT = 0.4
"""What is left of the contrast of disc and cup in the most pigmented fundus."""

Picture = NDArray[np.float64]


def fundus_mini(
    name: str = "fundus-mini",
    split: str = "test",
    bias: str = "pigment",
    protocol: str = "strict",
    oracle: str = "",
    seed: int = 0,
    subjects: int = 0,
    alpha: float = 1.0,
) -> Dataset:
    """Generated fundus pictures: 440 subjects to test, 1,250 to train; or the first `subjects`.

    Raises WrongCall for a split, bias, protocol or oracle that does not exist, and for another
    number of subjects.
    """
    one_of("dataset.split", split, SUBJECTS)
    one_of("dataset.bias", bias, BIASES)
    if not 0 <= subjects <= SUBJECTS[split]:
        raise WrongCall(f"dataset.subjects: expected 1 to {SUBJECTS[split]}, or 0 for all of them, "
                        f"found {subjects}")  # fmt: skip
    samples = list(fundus_samples(split, bias, seed, subjects))
    areas = [OPTIC.areas(sample.truth["labels"]) for sample in samples]
    made = in_memory(
        name if split == "test" else f"{name}-{split}",
        samples,
        shared(OPTIC, protocol, areas),
        population=f"fundus-mini/{split}/{seed}",
        note=f"generated, bias={bias}",
    )
    return described(made, protocol, sample_metrics, oracle, alpha)


def fundus_samples(split: str, bias: str, seed: int = 0, subjects: int = 0) -> Iterator[Sample]:
    """The samples of a split, or of its first subjects.

    They have `image` uint8 (128, 128) and the truth {"labels": uint8, 1 rim, 2 cup}.
    """
    for number in range(subjects or SUBJECTS[split]):
        subject = f"{split}-{number:04d}"
        rng = generator("fundus-mini", VERSION, seed, subject)
        attributes = _attributes(rng)
        contrast = _contrast(attributes["race"], bias)
        known = {name: value for name, value in attributes.items() if value}
        for eye in ("left", "right") if rng.random() < 0.2 else ("left",):
            # Two eyes of a subject share its traits, not outline and noise.
            image, labels = _picture(_traits(subject, seed), _eye(subject, eye, seed), contrast)
            yield Sample(f"{subject}-{eye}", {"image": image}, {"labels": labels}, known, subject)


def _contrast(race: str, bias: str) -> float:
    if bias == "none":
        return 1.0
    left = {"Black": PIGMENT, "Asian": float(PIGMENT**0.25)}
    return left.get(race, 1.0)


def _attributes(rng: np.random.Generator) -> dict[str, str]:
    hispanic = rng.random() < 0.08
    race = _pick(rng, {"White": 0.8, "Black": 0.18, "Asian": 0.02} if hispanic else RACES)
    older = rng.random() < 0.6
    spanish, other = (0.45, 0.01) if hispanic else (0.002, 0.25 if race == "Asian" else 0.03)
    language = _pick(rng, {"Spanish": spanish, "Other": other, "English": 1 - spanish - other})
    return {
        "race": race,
        "gender": _pick(rng, {"Female": 0.58, "Male": 0.42}),
        "ethnicity": _known(rng, "Hispanic" if hispanic else "Non-Hispanic", 0.05),
        "language": _known(rng, language, 0.03),
        "maritalstatus": _known(rng, _pick(rng, OLDER if older else YOUNGER), 0.05),
        "age": "60 and over" if older else "under 60",
    }


RACES = {"White": 0.75, "Black": 0.16, "Asian": 0.09}
OLDER = {"Married or partnered": 0.65, "Other": 0.35}
YOUNGER = {"Married or partnered": 0.45, "Other": 0.55}


def _pick(rng: np.random.Generator, shares: dict[str, float]) -> str:
    edges = np.cumsum(list(shares.values()))
    place = int(np.searchsorted(edges, rng.random(), side="right"))
    return list(shares)[min(place, len(shares) - 1)]


def _known(rng: np.random.Generator, value: str, unknown: float) -> str:
    return "" if rng.random() < unknown else value


def _traits(subject: str, seed: int) -> np.random.Generator:
    return generator("fundus-mini", VERSION, seed, subject, "traits")


def _eye(subject: str, eye: str, seed: int) -> np.random.Generator:
    return generator("fundus-mini", VERSION, seed, subject, eye)


@dataclass(frozen=True)
class Outline:
    """A closed curve around (y, x): its radius by angle is `radius` times a few harmonics."""

    y: float
    x: float
    radius: float
    aspect: float
    tilt: float
    waves: NDArray[np.float64]

    def depth(self, rows: Picture, columns: Picture) -> Picture:
        """How far inside the curve each pixel is, in pixels along the ray; negative outside."""
        dy, dx = rows - self.y, columns - self.x
        along = dx * np.cos(self.tilt) + dy * np.sin(self.tilt)
        across = (dy * np.cos(self.tilt) - dx * np.sin(self.tilt)) / self.aspect
        distance = np.maximum(np.hypot(along, across), 1e-9)
        # cos and sin of multiples of the angle are powers of a number on the unit circle
        turn = (along + 1j * across) / distance
        power, bumps = turn, np.zeros_like(along)
        for a, b in self.waves.reshape(-1, 2):
            power = power * turn
            bumps += a * power.real + b * power.imag
        return np.asarray(self.radius * (1 + bumps) - distance)


def _picture(
    traits: np.random.Generator, eye: np.random.Generator, contrast: float
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    rows, columns = (axis.astype(np.float64) for axis in np.mgrid[:SIZE, :SIZE])
    disc, cup = _outlines(traits, eye)
    inside = disc.depth(rows, columns)
    within = np.minimum(cup.depth(rows, columns), inside - 1.5)
    image = _retina(traits, eye, rows, columns)
    image += _atrophy(eye, inside) * contrast
    image += contrast * traits.uniform(0.14, 0.30) * _step(inside, traits.uniform(1.0, 2.5))
    image += contrast * traits.uniform(0.10, 0.24) * _step(within, traits.uniform(1.0, 3.0))
    image -= traits.uniform(0.10, 0.20) * _vessels(eye, disc)
    labels = (inside > 0).astype(np.uint8) + (within > 0).astype(np.uint8)
    return _photographed(eye, image), labels


def _outlines(traits: np.random.Generator, eye: np.random.Generator) -> tuple[Outline, Outline]:
    radius = float(np.clip(traits.normal(24, 4), 15, 34))
    share = float(np.clip(traits.normal(0.5, 0.12), 0.25, 0.8))
    y, x = 64 + eye.uniform(-16, 16, 2)
    tilt = eye.uniform(0, np.pi)
    disc = Outline(y, x, radius, eye.uniform(0.85, 1.18), tilt, eye.normal(0, 0.02, 6))
    off = eye.normal(0, 0.06 * radius, 2)
    waves = eye.normal(0, 0.035, 6)
    aspect = eye.uniform(0.8, 1.25)
    return disc, Outline(y + off[0], x + off[1], share * radius, aspect, tilt, waves)


def _step(depth: Picture, softness: float) -> Picture:
    return np.asarray(1 / (1 + np.exp(-np.clip(depth / softness, -30, 30))))


def _retina(
    traits: np.random.Generator, eye: np.random.Generator, rows: Picture, columns: Picture
) -> Picture:
    slope = eye.normal(0, 0.06, 2)
    shade = slope[0] * (rows - 64) / 64 + slope[1] * (columns - 64) / 64
    corner = 0.08 * (np.hypot(rows - 64, columns - 64) / 90) ** 2
    texture = cv2.GaussianBlur(eye.normal(0, 1, (SIZE, SIZE)), (0, 0), traits.uniform(2, 5))
    texture *= traits.uniform(0.02, 0.05) / texture.std()
    return np.asarray(traits.uniform(0.3, 0.45) + shade - corner + texture)


def _atrophy(eye: np.random.Generator, inside: Picture) -> Picture:
    """A bright ring beside the disc, in a third of the eyes: it is not part of the disc."""
    if eye.random() > 0.33:
        return np.zeros_like(inside)
    width, height = eye.uniform(3, 8), eye.uniform(0.05, 0.14)
    return np.asarray(height * _step(inside + width, 1.5))


def _vessels(eye: np.random.Generator, disc: Outline) -> Picture:
    canvas = np.zeros((SIZE, SIZE), np.uint8)
    for _ in range(int(eye.integers(6, 11))):
        angle, bend = eye.uniform(0, 2 * np.pi), eye.normal(0, 0.012)
        way = np.arange(0.0, 100.0, 2.0)
        turned = angle + bend * way
        y = disc.y + eye.normal(0, 3) + np.cumsum(2 * np.sin(turned))
        x = disc.x + eye.normal(0, 3) + np.cumsum(2 * np.cos(turned))
        line = np.round(np.stack([x, y], axis=-1) * 16).astype(np.int32)
        cv2.polylines(canvas, [line], False, 255, int(eye.integers(1, 4)), cv2.LINE_AA, 4)
    return np.asarray(cv2.GaussianBlur(canvas.astype(np.float64) / 255, (0, 0), 0.7), np.float64)


def _photographed(eye: np.random.Generator, image: Picture) -> NDArray[np.uint8]:
    """What one of two devices makes of it: blur, gamma, speckle and noise."""
    sharp = eye.random() < 0.6
    blur, noise, gamma = (0.5, 0.03, 1.0) if sharp else (1.1, 0.05, 0.85)
    seen = np.clip(cv2.GaussianBlur(image, (0, 0), blur), 0, 1) ** gamma
    seen *= 1 + eye.normal(0, noise, image.shape)
    seen += eye.normal(0, noise, image.shape)
    return np.asarray(np.round(255 * np.clip(seen, 0, 1)), np.uint8)
