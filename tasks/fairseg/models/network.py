"""A segmentation network of a declared architecture, with weights from a file.

The architecture is a name that torchvision or MONAI exports (`architectures`). Nothing is
downloaded, and no code comes with the weights.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchsuite.dataset import Inputs, digest
from benchsuite.errors import BadData
from benchsuite.files.hashes import content_hash
from benchsuite.learning.device import check_device
from benchsuite.learning.finite import check_output
from benchsuite.learning.weights import fill, read_tensors
from benchsuite.model import State

from .architectures import MONAI, built
from .outputs import asked, held_in, labels_of
from .preprocessing import Preprocessing, check_channels


@dataclass(frozen=True)
class Network:
    """A network of torchvision's or MONAI's, with weights of one's own.

    weights       a file of tensors by name
    architecture  deeplabv3_mobilenet_v3_large …, or monai/UNet …
    classes       channels of its output: labels, background included. With a single channel, what
                  is above 0 is label 1
    options       a MONAI network's own; `in_channels` 1 is grey, 3 is RGB
    pixels        as `Preprocessing`: unit is MONAI's default, imagenet torchvision's
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
        check_channels("model.options: in_channels", self._channels)
        _ = self._preprocessing

    @property
    def _channels(self) -> Any:
        monai = self.architecture.startswith(MONAI)
        return (self.options or {}).get("in_channels") if monai else 3

    @property
    def _pixels(self) -> str:
        return self.pixels or ("unit" if self.architecture.startswith(MONAI) else "imagenet")

    @property
    def _preprocessing(self) -> Preprocessing:
        return Preprocessing(self._pixels, self._channels, self.multiple)

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

    def networks(self) -> list[torch.nn.Module]:
        """The network."""
        return [self._network]

    def predict(self, state: State, inputs: Sequence[Inputs]) -> Sequence[NDArray[np.uint8]]:
        """Label maps uint8 (H, W), each image at its own size."""
        return [self._labels(one) for one in inputs]

    def _labels(self, one: Inputs) -> NDArray[np.uint8]:
        image = one.fields["image"]
        height, width = image.shape[:2]
        where = f"model.architecture={self.architecture}: "
        batch = self._preprocessing(image).to(self.device)
        with torch.inference_mode():
            output = asked(self._network, batch, where, "model.multiple extends images")
        logits = held_in(output)
        shape = tuple(getattr(logits, "shape", ()))
        if len(shape) != 4 or shape[1] != self.classes:
            raise BadData(f"{where}expected logits (1, {self.classes}, H, W), found "
                          f"{shape or type(logits)}")  # fmt: skip
        own = logits[0, :, :height, :width]
        check_output(f"sample '{one.id}'", own)
        return labels_of(own).astype(np.uint8)
