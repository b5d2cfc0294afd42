"""A dual encoder whose towers are loaded from files."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from benchsuite.dataset import Inputs

from .dual_encoder import DualEncoder, Features, Head
from .lower_case import PROTOCOL

if TYPE_CHECKING:
    from .two_towers import TwoTowers


class TowersOnDisk(DualEncoder):
    """A dual encoder whose towers are loaded from files.

    blocks  layers of each tower that `part=blocks` trains
    batch   images, or captions, a forward pass; sums depend on it
    device  where it runs, and is trained: cpu, cuda
    """

    blocks: int
    batch: int
    device: str

    @property
    @abstractmethod
    def lower(self) -> bool:
        """Whether captions are lower-cased: the training did so, and the tokenizer does not."""

    @property
    def factors(self) -> Mapping[str, str]:
        """Design factors, and what a row must say of its captions."""
        said = {"protocol": PROTOCOL} if self.lower else {}
        return {"backbone": self.backbone, "adaptation": "none", **said}

    @property
    @abstractmethod
    def backbone(self) -> str:
        """The name of the architecture, or of the checkpoint."""

    @abstractmethod
    def load(self) -> "TwoTowers":
        """A fresh copy of the towers, on the device."""

    @property
    def head(self) -> Head:
        """The model's own scale, bias and loss."""
        return loaded(self).head

    def encode(self, inputs: Sequence[Inputs]) -> list[tuple[Features, Features]]:
        """Features of each group, of unit length."""
        return loaded(self).encode(inputs, self.batch)

    def tower(self, part: str) -> Any:
        """The trainable part of that name, of a fresh copy: projections, blocks, all."""
        from .trained_part import trained_part

        return trained_part(self.load(), part, self.blocks)


@lru_cache(maxsize=1)
def loaded(model: TowersOnDisk) -> "TwoTowers":
    """The model's towers, shared by all who only read them."""
    return model.load()
