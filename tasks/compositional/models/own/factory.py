"""`own(object, name, fingerprint)`: the model of an object that a person hands over."""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from benchsuite.dataset import digest
from benchsuite.errors import WrongCall, near, one_of
from benchsuite.learning.inference import networks
from benchsuite.model import Model

from ..adapted import adapted, registered
from ..adaptation.recipe import whole
from ..dual_encoder import DualEncoder, Head, Loss, picture
from ..lower_case import PROTOCOL
from .encoder import Functions, OwnEncoder
from .handed import Handed, convention_of, taken_apart
from .scorer import OwnScorer

if TYPE_CHECKING:
    from ..two_towers import TwoTowers

SHOWN: Mapping[str, Callable[[Any], Any]] = {"pil": picture, "arrays": lambda image: image}
LOSSES = ("softmax", "sigmoid")
LARGEST = 10.0
"""Of the logarithm of a scale: CLIP's is at most ln 100 = 4.6, and SigLIP's are near it."""


@dataclass(frozen=True)
class Settings:
    """The options of the adapter; `own` explains them."""

    convention: str
    images: str
    scale: float | None
    bias: float | None
    loss: str
    batch: int
    blocks: int

    def __post_init__(self) -> None:
        one_of("model.images", self.images, SHOWN)
        if self.loss:
            one_of("model.loss", self.loss, LOSSES)
        whole("batch", self.batch, 1)
        whole("blocks", self.blocks, 1)
        if self.scale is not None and not (math.isfinite(self.scale) and self.scale > 0):
            raise WrongCall(f"model.scale: expected a number above 0, found {self.scale}")
        if self.bias is not None and not math.isfinite(self.bias):
            raise WrongCall(f"model.bias: expected a finite number, found {self.bias}")
