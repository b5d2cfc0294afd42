"""The domains of `scenes-mini`: the same scenes as another sensor or another hand would show them.

Each takes an image uint8 (H, W, 3) and returns one; what is where does not change.
"""

from collections.abc import Callable, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]

GAIN = 0.35
"""Of the light by night."""
MOONLIGHT = (0.7, 0.85, 1.25)
"""Of red, green and blue by night."""
PHOTONS = 120.0
"""Photons that a pixel at level 255 receives by night: the shot noise's strength."""

WASH = 0.35
"""Strength of a sketch's colours."""


def night(image: Image, random: np.random.Generator) -> Image:
    """Little light, blue, with shot noise, and two lamps."""
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
    """Pencil on paper: dark lines where the image has edges, and a pale wash of its colours.

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
