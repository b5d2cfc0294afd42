"""The networks of the three paradigms, with the same budget of parameters.

Pointwise: each candidate by itself. Groupwise: attention among the candidates of a group, a score
for each. Listwise: attention over all candidates, with their places in the order that is shown.
Each starts as the sum of the two z-scores of `features`, to which the network adds a correction.
"""

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from benchsuite.errors import BadModel
from benchsuite.learning.weights import fill

from .features import Paradigm

WIDTH = {"pointwise": 60, "groupwise": 48, "listwise": 48}
"""Hidden units: the pointwise network spends on width what the others spend on attention."""
HEADS = 4


class Scorer(nn.Module):  # type: ignore[misc]
    """Logits (B, L) of features (B, L, F); `there` (B, L) bool: where a candidate is."""

    def __init__(self, paradigm: Paradigm, inputs: int) -> None:
        super().__init__()
        width = WIDTH[paradigm]
        self.ordered = paradigm == "listwise"
        self.read = nn.Linear(inputs, width)
        self.attention = None if paradigm == "pointwise" else _Attention(width)
        self.norm = nn.LayerNorm(width)
        self.expand = nn.Linear(width, 2 * width)
        self.shrink = nn.Linear(2 * width, width)
        self.head = nn.Linear(width, 1)
        self.base = nn.Parameter(torch.tensor([1.0, 0.5]))

    def forward(self, x: Tensor, there: Tensor) -> Tensor:
        hidden = nn.functional.gelu(self.read(x))
        if self.ordered:
            hidden = hidden + _places(hidden.shape[1], hidden.shape[2])
        if self.attention is not None:
            hidden = hidden + self.attention(hidden, there)
        hidden = hidden + self.shrink(nn.functional.gelu(self.expand(self.norm(hidden))))
        logits: Tensor = self.head(hidden)[..., 0] + x[..., -2:] @ self.base
        return logits.masked_fill(~there, -torch.inf)


class _Attention(nn.Module):  # type: ignore[misc]
    """Multi-head attention among the candidates that are there, after layer normalisation."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.project = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, hidden: Tensor, there: Tensor) -> Tensor:
        b, n, width = hidden.shape
        packed = self.project(self.norm(hidden)).view(b, n, 3, HEADS, width // HEADS)
        q, k, v = packed.permute(2, 0, 3, 1, 4)
        mixed = nn.functional.scaled_dot_product_attention(q, k, v, there[:, None, None, :])
        out: Tensor = self.out(mixed.transpose(1, 2).reshape(b, n, width))
        return out


def _places(number: int, width: int) -> Tensor:
    """Sines and cosines of the place (Vaswani et al. 2017, section 3.5): (number, width)."""
    rates = torch.exp(torch.arange(0, width, 2) * (-math.log(10_000.0) / width))
    angles = torch.arange(number)[:, None] * rates
    return torch.stack([angles.sin(), angles.cos()], dim=2).reshape(number, width)


def made(paradigm: Paradigm, inputs: int, seed: int) -> Scorer:
    """A fresh network; its correction starts at 0."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = Scorer(paradigm, inputs)
    nn.init.zeros_(network.head.weight)
    nn.init.zeros_(network.head.bias)
    return network


def loaded(where: str, paradigm: Paradigm, tensors: Mapping[str, Tensor]) -> Scorer:
    """The network with these weights, for inference. Raises BadModel where they do not fit it."""
    first = tensors.get("read.weight")
    if first is None or first.dim() != 2:
        raise BadModel(f"{where}: expected the weights of a reranker, found no matrix read.weight")
    network = Scorer(paradigm, first.shape[1])
    fill(network, tensors, where)
    network.eval()
    return network
