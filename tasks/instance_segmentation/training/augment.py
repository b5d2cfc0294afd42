"""Random crops for training: geometry always, intensity as a design factor.

None of it is one of the corruptions that models are measured under: no noise, no blur, no codec.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from benchsuite.errors import WrongCall, near

AUGMENTATIONS = ("geometry", "colour", "invert")
"""Flips, quarter turns, scale and place; with colour jitter; with inverted intensities, too."""
SCALES = (0.7, 1.4)
"""Range of the random scale, log-uniform."""


@dataclass(frozen=True)
class Scene:
    """An image with its instances.

    image   uint8 (H, W, 3) RGB
    owner   int16 (H, W): 0, or 1 + the index of the instance that the pixel belongs to
    labels  int64 (N,): the class of each instance, from 1
    """

    image: NDArray[np.uint8]
    owner: NDArray[np.int16]
    labels: NDArray[np.int64]


def check_augmentation(name: str) -> None:
    """Raise WrongCall for a name that is not in AUGMENTATIONS."""
    if name not in AUGMENTATIONS:
        raise WrongCall(f"augment: no augmentation is called '{name}'{near(name, AUGMENTATIONS)}")


def augmented(scene: Scene, side: int, augment: str, random: np.random.Generator) -> Scene:
    """A random view of `scene`, side×side pixels, black beyond the image's edge."""
    image, owner = _placed(scene, side, random)
    if augment != "geometry":
        image = jittered(image, random)
    if augment == "invert" and random.random() < 0.5:
        image = 255 - image
    return Scene(image, owner, scene.labels)


def _placed(
    scene: Scene, side: int, random: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.int16]]:
    scale = float(np.exp(random.uniform(*np.log(SCALES))))
    height, width = scene.owner.shape
    left, top = (_start(length * scale, side, random) for length in (width, height))
    matrix = np.array([[scale, 0.0, -left], [0.0, scale, -top]])
    image = cv2.warpAffine(scene.image, matrix, (side, side), flags=cv2.INTER_LINEAR)
    owner = cv2.warpAffine(scene.owner, matrix, (side, side), flags=cv2.INTER_NEAREST)
    turns, flip = int(random.integers(4)), bool(random.integers(2))
    return _turned(image, turns, flip), _turned(owner, turns, flip)


def _start(length: float, side: int, random: np.random.Generator) -> float:
    # Where the image is smaller than the crop the slack is negative: it floats inside.
    slack = length - side
    return float(random.uniform(min(0.0, slack), max(0.0, slack)))


def _turned(array: NDArray, turns: int, flip: bool) -> NDArray:  # type: ignore[type-arg]
    turned = np.rot90(array, turns)
    return np.ascontiguousarray(turned[:, ::-1] if flip else turned)


def jittered(image: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """`image` with random gamma, and a random gain and offset of each channel."""
    gamma = np.exp(random.uniform(-0.4, 0.4))
    gain = random.uniform(0.6, 1.3) * random.uniform(0.7, 1.2, 3)
    offset = random.uniform(-30.0, 40.0) + random.uniform(-15.0, 15.0, 3)
    levels = 255.0 * (np.arange(256) / 255.0)[:, None] ** gamma * gain + offset
    table = np.clip(np.rint(levels), 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(image, table[None]), dtype=np.uint8)
