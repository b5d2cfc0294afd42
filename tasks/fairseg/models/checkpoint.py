"""A segmentation network of a declared architecture, its weights from a file of safetensors.

The architecture is a name in torchvision's own registry of segmentation models; nothing is
downloaded, and no code comes with the weights.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file

from benchsuite.dataset import Inputs, digest
from benchsuite.errors import BadData, NotAvailable
from benchsuite.model import Arrays, PreparesOn, State, no_arrays

from ..data import one_of
from ..files import file_digest

MEAN = np.array([0.485, 0.456, 0.406], np.float32)
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)
"""Of ImageNet's channels, as torchvision's models expect them."""


@dataclass(frozen=True)
class Checkpoint:
    """A torchvision segmentation network: `architecture`, `classes` labels, weights in `weights`.

    Raises NotAvailable without torchvision, WrongCall for an architecture that it does not have,
    BadData where the weights do not fit.
    """

    weights: str
    architecture: str
    classes: int
    name: str = "torch"
    prepares_on: PreparesOn = "nothing"

    @property
    def factors(self) -> Mapping[str, str]:
        """The architecture."""
        return {"architecture": self.architecture}

    @property
    def fingerprint(self) -> str:
        """Of architecture, classes and the file's bytes."""
        return digest([self.architecture, self.classes, file_digest(Path(self.weights))])

    @cached_property
    def _network(self) -> Any:
        try:
            from torchvision import models  # type: ignore[import-untyped, unused-ignore]
        except ModuleNotFoundError as error:
            raise NotAvailable("model=torch needs torchvision: pip install torchvision") from error
        one_of("model.architecture", self.architecture, models.list_models(models.segmentation))
        network = models.get_model(
            self.architecture, weights=None, weights_backbone=None, num_classes=self.classes
        )
        try:
            missing = network.load_state_dict(load_file(self.weights), strict=False).missing_keys
        except Exception as error:
            raise BadData(f"{self.weights}: expected weights of {self.architecture}, found "
                          f"{error}") from error  # fmt: skip
        needed = sorted(name for name in missing if not name.startswith("aux_classifier"))
        if needed:
            raise BadData(f"{self.weights}: expected weights of {self.architecture}, found none "
                          f"of '{needed[0]}'")  # fmt: skip
        network.eval()
        return network

    def prepare(self, state: State, inputs: Iterable[Inputs]) -> Arrays:
        """Nothing: it is trained."""
        return no_arrays()

    def predict(self, state: State, inputs: Sequence[Inputs]) -> Sequence[NDArray[np.uint8]]:
        """Label maps uint8 (H, W), each image at its own size."""
        return [self._labels(one.fields["image"]) for one in inputs]

    def _labels(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        rgb = np.repeat(image[:, :, None], 3, axis=2) if image.ndim == 2 else image
        pixels = (rgb.astype(np.float32) / 255 - MEAN) / DEVIATION
        batch = torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))[None]
        with torch.inference_mode():
            logits = self._network(batch)["out"]
        labels: NDArray[np.uint8] = logits[0].argmax(dim=0).to(torch.uint8).numpy()
        return labels
