"""The two towers of a dual encoder from any library: their features, and where they can be cut."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from benchsuite.dataset import Inputs

from .adaptation.tower import Cached
from .dual_encoder import Features, Head, Loss, chunks, images_and_captions, unit


@dataclass(frozen=True, eq=False)
class Projection:
    """The last map of a tower: what it is trained by, what it gets, and what it makes of that."""

    trained: nn.Module | nn.Parameter
    gets: Callable[..., Tensor]
    gives: Callable[[Tensor], Tensor]


@dataclass(frozen=True, eq=False)
class Side:
    """How a tower can be cut.

    owner, layers   the module that has the tower's layers, an nn.ModuleList, under that name
    after           what is trained behind the layers: the last norm, and the projection
    """

    owner: nn.Module
    layers: str
    after: Sequence[nn.Module | nn.Parameter]
    projection: Projection


@dataclass(frozen=True, eq=False)
class TwoTowers:
    """A dual encoder's network, from any library.

    module          all of it; `logit_scale` is the logarithm of the scale, `logit_bias` may be None
    pixels          uint8 RGB (H, W, 3) each -> (B, 3, S, S) float32, on the CPU
    tokens          captions -> tensors of B rows, which `texts` takes, on the CPU
    images, texts   -> (B, d), not normalised
    sides           of images and of captions; none where the network cannot be cut
    lower           whether captions are lower-cased before they become tokens
    """

    module: Any
    pixels: Callable[[Sequence[Any]], Tensor]
    tokens: Callable[[Sequence[str]], Cached]
    images: Callable[[Tensor], Tensor]
    texts: Callable[..., Tensor]
    loss: Loss
    sides: tuple[Side, Side] | None
    lower: bool = False

    @property
    def head(self) -> Head:
        """The model's own scale, bias and loss, as they are now."""
        scale, bias = self.scale_and_bias()
        return Head(float(scale.detach()), float(bias.detach()), self.loss)

    def scale_and_bias(self) -> tuple[Tensor, Tensor]:
        """Of the logits, with their gradients."""
        bias = getattr(self.module, "logit_bias", None)
        return self.module.logit_scale.exp(), torch.zeros(()) if bias is None else bias

    def shown(self, images: Sequence[Any]) -> Tensor:
        """Pixels, on the network's device."""
        return self.pixels(images).to(self.module.logit_scale.device)

    def said(self, captions: Sequence[str]) -> Cached:
        """Tokens, on the network's device."""
        said = [caption.lower() for caption in captions] if self.lower else captions
        return tuple(t.to(self.module.logit_scale.device) for t in self.tokens(said))

    def raw(self, inputs: Sequence[Inputs]) -> tuple[Cached, Cached]:
        """Pixels and tokens of groups, on the network's device."""
        images, captions = images_and_captions(inputs)
        shown = self.shown([image for group in images for image in group])
        return (shown,), self.said([caption for group in captions for caption in group])

    def encode(self, inputs: Sequence[Inputs], batch: int) -> list[tuple[Features, Features]]:
        """Features of each group, of unit length; `batch` images, or captions, at a time."""
        images, captions = images_and_captions(inputs)
        with torch.inference_mode():
            seen = _batched(lambda some: self.images(self.shown(some)), images, batch)
            read = _batched(lambda some: self.texts(*self.said(some)), captions, batch)
        return list(zip(seen, read, strict=True))


def _batched(
    encode: Callable[[Sequence[Any]], Tensor], groups: Sequence[Sequence[Any]], batch: int
) -> list[Features]:
    flat = [one for group in groups for one in group]
    parts = [encode(some).cpu().numpy() for some in chunks(flat, batch)]
    return np.split(unit(np.concatenate(parts)), np.cumsum([len(g) for g in groups])[:-1])
