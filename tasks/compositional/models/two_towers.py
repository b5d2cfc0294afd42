"""The two towers of a dual encoder from any library: their features, and where they can be cut."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from benchsuite.dataset import Inputs
from benchsuite.learning.inference import weight_of

from .adaptation.tower import Cached
from .dual_encoder import Features, Head, Loss, batched, images_and_captions, picture


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
    stated          scale and bias that are not the module's own, and are never trained
    """

    module: Any
    pixels: Callable[[Sequence[Any]], Tensor]
    tokens: Callable[[Sequence[str]], Cached]
    images: Callable[[Tensor], Tensor]
    texts: Callable[..., Tensor]
    loss: Loss
    sides: tuple[Side, Side] | None
    lower: bool = False
    stated: tuple[float, float] | None = None

    @property
    def head(self) -> Head:
        """The model's own scale, bias and loss, as they are now."""
        scale, bias = self.scale_and_bias()
        return Head(float(scale.detach()), float(bias.detach()), self.loss)

    def scale_and_bias(self) -> tuple[Tensor, Tensor]:
        """Of the logits, with their gradients."""
        if self.stated:
            return torch.tensor(self.stated[0]), torch.tensor(self.stated[1])
        bias = getattr(self.module, "logit_bias", None)
        return self.module.logit_scale.exp(), torch.zeros(()) if bias is None else bias

    def shown(self, images: Sequence[Any]) -> Tensor:
        """Pixels, on the network's device and in its precision."""
        pixels, weight = self.pixels(images), weight_of(self.module)
        if weight is None:
            return pixels
        return pixels.to(weight.device, weight.dtype if pixels.is_floating_point() else None)

    def said(self, captions: Sequence[str]) -> Cached:
        """Tokens, on the network's device."""
        said = [caption.lower() for caption in captions] if self.lower else captions
        tokens, weight = self.tokens(said), weight_of(self.module)
        return tokens if weight is None else tuple(t.to(weight.device) for t in tokens)

    def raw(self, inputs: Sequence[Inputs]) -> tuple[Cached, Cached]:
        """Pixels and tokens of groups, on the network's device."""
        images, captions = images_and_captions(inputs)
        shown = self.shown([image for group in images for image in group])
        return (shown,), self.said([caption for group in captions for caption in group])

    def encode(self, inputs: Sequence[Inputs], batch: int) -> list[tuple[Features, Features]]:
        """Features of each group, of unit length; `batch` images, or captions, at a time."""
        images, captions = images_and_captions(inputs)
        with torch.inference_mode():
            show = lambda some: self.images(self.shown(some))  # noqa: E731
            read = lambda some: self.texts(*self.said(some))  # noqa: E731
            seen = batched("features of images", show, images, batch)
            said = batched("features of captions", read, captions, batch)
        return list(zip(seen, said, strict=True))


def of_tensors(
    net: Any,
    prepare: Callable[[Any], Tensor],
    tokenizer: Any,
    sides: tuple[Side, Side] | None = None,
) -> TwoTowers:
    """Of an object whose `encode_image` takes pixels, and whose `encode_text` takes tokens.

    prepare    Pillow's image in RGB -> (3, S, S)      tokenizer  captions -> tokens, B rows
    """
    return TwoTowers(
        module=net,
        pixels=lambda images: torch.stack([prepare(picture(image)) for image in images]),
        tokens=lambda captions: as_tuple(tokenizer(list(captions))),
        images=net.encode_image,
        texts=net.encode_text,
        loss="softmax" if getattr(net, "logit_bias", None) is None else "sigmoid",
        sides=sides,
    )


def as_tuple(tokens: Any) -> Cached:
    """Tokens as a tuple: of one tensor, or of several."""
    return tuple(tokens) if isinstance(tokens, list | tuple) else (tokens,)
