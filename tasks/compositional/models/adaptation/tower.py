"""What is trained: the part of a dual encoder behind features that are computed once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from benchsuite.dataset import Inputs
from benchsuite.errors import BadData, BadModel, NotAvailable, WrongCall, placed

from ..dual_encoder import DualEncoder, Head, Loss
from .matching import Layout

Cached: TypeAlias = tuple[Tensor, ...]
"""Tensors of equal length: what the frozen part made of each image, or of each caption."""

CHUNK = 32
"""Groups that are encoded at a time."""


class Tower(Protocol):
    """The trainable part of a dual encoder.

    `cache` runs the frozen part, once; `images` and `texts` run the rest on rows of what it gave,
    as unit features (B, d). `reset` begins anew, and gives the module whose parameters are trained:
    those that require a gradient.
    """

    loss: Loss

    def reset(self, seed: int) -> nn.Module: ...
    def cache(self, inputs: Sequence[Inputs]) -> tuple[Cached, Cached]: ...
    def images(self, cached: Cached) -> Tensor: ...
    def texts(self, cached: Cached) -> Tensor: ...
    def logits(self, images: Tensor, texts: Tensor) -> Tensor: ...


@dataclass(frozen=True, eq=False)
class Cache:
    """The frozen part of N groups: ids, clusters, shapes (N, 2), I images and C captions."""

    ids: list[str]
    clusters: list[str]
    shapes: NDArray[np.int64]
    images: Cached
    texts: Cached

    @cached_property
    def layout(self) -> Layout:
        """Where the images, captions and scores of the groups lie."""
        return Layout(self.shapes)


def cached(tower: Tower, inputs: Iterable[Inputs]) -> Cache:
    """Run the frozen part over groups, a chunk at a time; images are not kept.

    Raises BadData that names the first group for which it fails.
    """
    ids: list[str] = []
    clusters: list[str] = []
    shapes: list[tuple[int, int]] = []
    parts: list[tuple[Cached, Cached]] = []
    for chunk in _chunks(inputs):
        parts.append(_frozen(tower, chunk))
        ids += [one.id for one in chunk]
        clusters += [str(one.fields.get("cluster", one.id)) for one in chunk]
        shapes += [_shape(one) for one in chunk]
    images, texts = (_joined([part[side] for part in parts]) for side in (0, 1))
    return Cache(ids, clusters, np.array(shapes, dtype=np.int64).reshape(-1, 2), images, texts)


def _frozen(tower: Tower, chunk: Sequence[Inputs]) -> tuple[Cached, Cached]:
    try:
        with torch.no_grad():
            return tower.cache(chunk)
    except (BadModel, NotAvailable, WrongCall, ImportError):  # no group is to blame
        raise
    except Exception as error:
        if len(chunk) > 1:
            for one in chunk:
                _frozen(tower, [one])
            raise
        raise BadData(f"group '{chunk[0].id}': {placed(error)}") from error


def _chunks(inputs: Iterable[Inputs]) -> Iterable[list[Inputs]]:
    chunk: list[Inputs] = []
    for one in inputs:
        chunk.append(one)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _shape(one: Inputs) -> tuple[int, int]:
    if "images" in one.fields:
        return len(one.fields["images"]), len(one.fields["captions"])
    return len(one.fields["image_features"]), len(one.fields["text_features"])


def _joined(parts: list[Cached]) -> Cached:
    return tuple(torch.cat(tensors) for tensors in zip(*parts, strict=True))


def rows(cached: Cached, places: Tensor | slice) -> Cached:
    """Some rows of what was cached."""
    return tuple(tensor[places] for tensor in cached)


def contrastive(tower: Tower, images: Tensor, texts: Tensor) -> Tensor:
    """The loss of B pairs of unit features, by the model's own training.

    softmax: the mean of the cross entropies over rows and over columns (arXiv 2103.00020, figure
    3).   sigmoid: -Σ log σ(±logit) / B (arXiv 2303.15343, algorithm 1).
    """
    logits = tower.logits(images, texts)
    if tower.loss == "sigmoid":
        signs = 2 * torch.eye(len(logits), device=logits.device) - 1
        return -F.logsigmoid(signs * logits).sum() / len(logits)
    labels = torch.arange(len(logits), device=logits.device)
    return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2


class Adapter(nn.Module):  # type: ignore[misc, unused-ignore]
    """A residual map of features (B, d), the identity at first.

    shift: x + b.   scale: x + s∘x + b.   low-rank: x + (x A) B, A (d, rank).   linear: x + x W + b.
    mlp: x + relu(x A + a) B, rank hidden units.
    """

    def __init__(self, kind: str, width: int, rank: int, generator: torch.Generator) -> None:
        super().__init__()
        self.kind = kind
        self.b = nn.Parameter(torch.zeros(width))
        if kind == "scale":
            self.s = nn.Parameter(torch.zeros(width))
        if kind == "linear":
            self.w = nn.Parameter(torch.zeros(width, width))
        if kind in ("low-rank", "mlp"):
            start = torch.randn(width, rank, generator=generator) / width**0.5
            self.first = nn.Parameter(start)
            self.second = nn.Parameter(torch.zeros(rank, width))
        if kind == "mlp":
            self.a = nn.Parameter(torch.zeros(rank))

    def forward(self, x: Tensor) -> Tensor:
        moved = x + self.b
        if self.kind == "scale":
            return moved + self.s * x
        if self.kind == "linear":
            return moved + x @ self.w
        if self.kind == "low-rank":
            return moved + (x @ self.first) @ self.second
        if self.kind == "mlp":
            return moved + F.relu(x @ self.first + self.a) @ self.second
        return moved


class AdapterTower:
    """Adapters on the features of a frozen encoder, one for images and one for captions."""

    def __init__(self, base: DualEncoder, kind: str, rank: int, device: str = "cpu") -> None:
        self.base, self.kind, self.rank, self.device = base, kind, rank, device
        self.head: Head = base.head
        self.loss: Loss = self.head.loss
        self.width = 0

    def cache(self, inputs: Sequence[Inputs]) -> tuple[Cached, Cached]:
        """The encoder's features, on the device."""
        pairs = self.base.encode(inputs)
        images, texts = (
            torch.from_numpy(np.concatenate([p[s] for p in pairs])).to(self.device) for s in (0, 1)
        )
        self.width = images.shape[1]
        return (images,), (texts,)

    def reset(self, seed: int) -> nn.Module:
        """Fresh adapters; only those with hidden units depend on the seed."""
        generator = torch.Generator().manual_seed(seed)
        self.image = Adapter(self.kind, self.width, self.rank, generator)
        self.text = Adapter(self.kind, self.width, self.rank, generator)
        return nn.ModuleList([self.image, self.text]).to(self.device)

    def images(self, cached: Cached) -> Tensor:
        """Unit features of images."""
        return F.normalize(self.image(cached[0]), dim=-1)

    def texts(self, cached: Cached) -> Tensor:
        """Unit features of captions."""
        return F.normalize(self.text(cached[0]), dim=-1)

    def logits(self, images: Tensor, texts: Tensor) -> Tensor:
        """The encoder's own scale and bias, which stay as they are."""
        return self.head.scale * images @ texts.mT + self.head.bias
