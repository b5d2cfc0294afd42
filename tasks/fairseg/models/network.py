"""A segmentation network of a declared architecture, with weights from a file.

The architecture is a name that torchvision or MONAI exports (`architectures`). Nothing is
downloaded, and no code comes with the weights.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from benchsuite.dataset import Inputs, digest
from benchsuite.errors import BadData, WrongCall, one_of
from benchsuite.files.hashes import content_hash
from benchsuite.learning.device import check_device
from benchsuite.learning.finite import check_output
from benchsuite.learning.weights import fill, read_tensors
from benchsuite.model import State

from .architectures import MONAI, built

MEAN = np.array([0.485, 0.456, 0.406], np.float32)
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)
"""Of ImageNet's channels, as torchvision's models expect them."""
PIXELS = ("unit", "imagenet", "standard")


@dataclass(frozen=True)
class Network:
    """A network of torchvision's or MONAI's, with weights of one's own.

    weights       a file of tensors by name
    architecture  deeplabv3_mobilenet_v3_large …, or monai/UNet …
    classes       channels of its output: labels, background included. With a single channel, what
                  is above 0 is label 1
    options       a MONAI network's own; `in_channels` 1 is grey, 3 is RGB
    pixels        unit: 0 to 1 (MONAI's default); imagenet: less ImageNet's mean, over its deviation
                  (torchvision's default); standard: each image's own mean and deviation
    multiple      images are extended at the right and below to a multiple of it, and cut again
    Raises NotAvailable without the package or the device, WrongCall for an architecture or options
    that do not exist, BadData if the weights do not fit.
    """

    weights: str
    architecture: str
    classes: int
    options: Mapping[str, Any] | None = None
    pixels: str = ""
    multiple: int = 1
    device: str = "cpu"
    name: str = "torch"

    def __post_init__(self) -> None:
        check_device(self.device)
        one_of("model.pixels", self._pixels, PIXELS)
        if self._channels not in (1, 3):
            raise WrongCall("model.options: in_channels: expected 1 (grey) or 3 (RGB), found "
                            f"{self._channels}")  # fmt: skip
        if self._channels == 1 and self._pixels == "imagenet":
            raise WrongCall("model.pixels: expected unit or standard for grey, found 'imagenet'")
        if self.multiple < 1:
            raise WrongCall(f"model.multiple: expected 1 or more, found {self.multiple}")

    @property
    def _channels(self) -> Any:
        monai = self.architecture.startswith(MONAI)
        return (self.options or {}).get("in_channels") if monai else 3

    @property
    def _pixels(self) -> str:
        return self.pixels or ("unit" if self.architecture.startswith(MONAI) else "imagenet")

    @property
    def factors(self) -> Mapping[str, str]:
        """The design factor of the table of runs: the architecture."""
        return {"architecture": self.architecture}

    @property
    def fingerprint(self) -> str:
        """A hash of the settings and the weights."""
        settings = [self.architecture, self.classes, self.options, self._pixels, self.multiple]
        return digest([*settings, content_hash(Path(self.weights))])

    @cached_property
    def _network(self) -> Any:
        network = built(self.architecture, self.classes, self.options or {})
        # torchvision's auxiliary head serves its training alone
        fill(network, read_tensors(Path(self.weights)), self.weights,
             optional=lambda tensor: tensor.startswith("aux_classifier."))  # fmt: skip
        return network.to(self.device).eval()

    def predict(self, state: State, inputs: Sequence[Inputs]) -> Sequence[NDArray[np.uint8]]:
        """Label maps uint8 (H, W), each image at its own size."""
        return [self._labels(one) for one in inputs]

    def _labels(self, one: Inputs) -> NDArray[np.uint8]:
        image = one.fields["image"]
        height, width = image.shape[:2]
        pixels = scaled(with_channels(image, self._channels), self._pixels)
        below, right = -height % self.multiple, -width % self.multiple
        pixels = np.pad(pixels, ((0, below), (0, right), (0, 0)), mode="edge")
        batch = torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))[None]
        batch = batch.to(self.device)
        with torch.inference_mode():
            logits = self._logits(self._run(batch))[0, :, :height, :width]
        check_output(f"sample '{one.id}'", logits)
        found = logits.argmax(dim=0) if self.classes > 1 else logits[0] > 0
        labels: NDArray[np.uint8] = found.to(torch.uint8).cpu().numpy()
        return labels

    def _run(self, batch: torch.Tensor) -> Any:
        network = self._network
        try:
            return network(batch)
        except (RuntimeError, ValueError) as error:
            first = str(error).partition("\n")[0]
            raise BadData(f"model.architecture={self.architecture}: an image {(*batch.shape[2:],)}"
                          f": {first} (model.multiple extends images)") from error  # fmt: skip

    def _logits(self, output: Any) -> torch.Tensor:
        # torchvision gives a dict, some of MONAI's networks a list of one
        held = output.get("out") if isinstance(output, Mapping) else output
        one = held[0] if isinstance(held, list | tuple) and len(held) == 1 else held
        shape = tuple(getattr(one, "shape", ()))
        if len(shape) != 4 or shape[1] != self.classes:
            raise BadData(f"model.architecture={self.architecture}: expected logits "
                          f"(1, {self.classes}, H, W), found {shape or type(one)}")  # fmt: skip
        return torch.as_tensor(one)


def with_channels(image: NDArray[np.uint8], channels: int) -> NDArray[np.uint8]:
    """An image, uint8 (H, W) or (H, W, 3), as (H, W, channels): grey for 1, RGB for 3."""
    if channels == 3:
        return image if image.ndim == 3 else np.repeat(image[:, :, None], 3, axis=2)
    grey = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    return np.asarray(grey, np.uint8)[:, :, None]


def scaled(image: NDArray[np.uint8], pixels: str) -> NDArray[np.float32]:
    """An image, uint8 (H, W, C), as float32 (H, W, C) by one of PIXELS."""
    unit = image.astype(np.float32) / 255
    if pixels == "imagenet":
        return np.asarray((unit - MEAN) / DEVIATION, np.float32)
    if pixels == "standard":
        return np.asarray((unit - unit.mean()) / max(float(unit.std()), 1 / 255), np.float32)
    return np.asarray(unit, np.float32)
