"""What a network sees of an image: its channels, its scale, and sides that it can halve."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from benchsuite.errors import WrongCall, one_of

MEAN = np.array([0.485, 0.456, 0.406], np.float32)
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)
"""Of ImageNet's channels, as torchvision's models expect them."""
PIXELS = ("unit", "imagenet", "standard", "raw")


@dataclass(frozen=True)
class Preprocessing:
    """How an image becomes a network's input.

    pixels    unit: 0 to 1; imagenet: less ImageNet's mean, over its deviation; standard: each
              image's own mean and deviation; raw: 0 to 255
    channels  1 is grey, 3 is RGB
    multiple  images are extended at the right and below to a multiple of it
    Raises WrongCall for other values.
    """

    pixels: str
    channels: int
    multiple: int = 1

    def __post_init__(self) -> None:
        one_of("model.pixels", self.pixels, PIXELS)
        if self.channels == 1 and self.pixels == "imagenet":
            raise WrongCall("model.pixels: expected unit, standard or raw for grey, found "
                            "'imagenet'")  # fmt: skip
        if self.multiple < 1:
            raise WrongCall(f"model.multiple: expected 1 or more, found {self.multiple}")

    def __call__(self, image: NDArray[np.uint8]) -> torch.Tensor:
        """An image, uint8 (H, W) or (H, W, 3), as a batch of one, float32 (1, C, H', W')."""
        pixels = scaled(with_channels(image, self.channels), self.pixels)
        below, right = (-side % self.multiple for side in image.shape[:2])
        pixels = np.pad(pixels, ((0, below), (0, right), (0, 0)), mode="edge")
        return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))[None]


def check_channels(option: str, channels: Any) -> None:
    """Raises WrongCall, with the option, unless there are 1 or 3 channels."""
    if channels not in (1, 3):
        raise WrongCall(f"{option}: expected 1 (grey) or 3 (RGB), found {channels}")


def with_channels(image: NDArray[np.uint8], channels: int) -> NDArray[np.uint8]:
    """An image, uint8 (H, W) or (H, W, 3), as (H, W, channels): grey for 1, RGB for 3."""
    if channels == 3:
        return image if image.ndim == 3 else np.repeat(image[:, :, None], 3, axis=2)
    grey = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    return np.asarray(grey, np.uint8)[:, :, None]


def scaled(image: NDArray[np.uint8], pixels: str) -> NDArray[np.float32]:
    """An image, uint8 (H, W, C), as float32 (H, W, C) by one of PIXELS."""
    if pixels == "raw":
        return image.astype(np.float32)
    unit = image.astype(np.float32) / 255
    if pixels == "imagenet":
        return np.asarray((unit - MEAN) / DEVIATION, np.float32)
    if pixels == "standard":
        return np.asarray((unit - unit.mean()) / max(float(unit.std()), 1 / 255), np.float32)
    return np.asarray(unit, np.float32)
