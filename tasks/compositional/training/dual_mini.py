"""The recipe of `dual-mini`: CLIP's loss on generated scenes.

    benchsuite train task=compositional dataset=shapes-mini model=dual-mini out=DIR

Batches are drawn from all images of the training split, each with its own caption; a share of them
(`twins`) is made of whole groups, whose captions differ by a swap alone. With few of these the
model learns what is in a scene and, in part, who has which property: it is to be partly competent.
"""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from benchsuite.condition import generator
from benchsuite.dataset import Dataset, digest
from benchsuite.files.write import write_bytes
from benchsuite.learning.card import Card, Data, write_card
from benchsuite.learning.checkpoint import read_checkpoint, write_checkpoint
from benchsuite.learning.weights import MODEL
from benchsuite.task import Progress

from ..models.dual_net import DualNet, numbered, stacked

CHECKPOINT_EVERY = 100
"""Steps between checkpoints."""
LOSSES = 100
"""The card gives the mean of that many last losses."""


@dataclass(frozen=True)
class Options:
    """The recipe's options; part of the card."""

    steps: int
    batch: int
    twins: float
    rate: float
    weight_decay: float
    seed: int


@dataclass(frozen=True, eq=False)
class Pairs:
    """Images uint8 (2N, 64, 64, 3) and word numbers (2N, 16): the pairs of group g are 2g, 2g+1."""

    images: Tensor
    tokens: Tensor

    def __len__(self) -> int:
        return len(self.images)


def train_dual_mini(
    dataset: Dataset,
    out: Path,
    progress: Progress,
    steps: int = 400,
    batch: int = 128,
    twins: float = 0.1,
    rate: float = 2e-3,
    weight_decay: float = 0.01,
    seed: int = 0,
) -> None:
    """Train on the dataset's 2×2 groups, and write `model.safetensors` and `card.json`.

    Deterministic on CPU. Checkpoints every 100 steps; called again, it goes on from the last one.
    Raises BadData where a checkpoint belongs to other data or options.
    """
    options = Options(steps, batch, twins, rate, weight_decay, seed)
    pairs = _pairs(dataset)
    torch.manual_seed(seed)
    net = DualNet()
    optimizer = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=weight_decay)
    checkpoint = out / "checkpoint.safetensors"
    key = digest([dataset.fingerprint, asdict(options)])
    saved = read_checkpoint(checkpoint, key, net, optimizer)
    first = int(saved["step"]) if saved else 0
    losses: list[float] = saved["losses"].tolist() if saved else []
    for step in range(first, steps):
        losses.append(_step(net, optimizer, pairs, step, options))
        if (step + 1) % CHECKPOINT_EVERY == 0 or step + 1 == steps:
            progress("steps", step + 1, steps)
            last = torch.tensor(losses[-LOSSES:], dtype=torch.float64)
            done = {"step": torch.tensor(step + 1), "losses": last}
            write_checkpoint(checkpoint, key, net, optimizer, done)
    write_bytes(out / MODEL, save(dict(net.state_dict())))
    write_card(out, _card(dataset, options, net, losses))


def _pairs(dataset: Dataset) -> Pairs:
    images, captions = [], []
    for sample in dataset.samples():
        places: NDArray[np.intp] = sample.truth.by_image(np.arange(4).reshape(2, 2))
        for i in range(2):
            row, column = divmod(int(places[i, i]), 2)
            images.append(sample.inputs["images"][row])
            captions.append(sample.inputs["captions"][column])
    return Pairs(stacked(images), numbered(captions))


def _step(
    net: DualNet, optimizer: torch.optim.Optimizer, pairs: Pairs, step: int, options: Options
) -> float:
    rows = _batch(len(pairs), generator("dual-mini", options.seed, step), options)
    for group in optimizer.param_groups:
        group["lr"] = options.rate * _factor(step, options.steps)
    logits = net(pairs.images[rows], pairs.tokens[rows])
    labels = torch.arange(len(rows))
    loss = (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return float(loss.detach())


def _batch(count: int, key: np.random.Generator, options: Options) -> Tensor:
    if key.random() < options.twins:
        groups = key.choice(count // 2, size=options.batch // 2, replace=False)
        return torch.from_numpy(np.concatenate([2 * groups, 2 * groups + 1]))
    return torch.from_numpy(key.choice(count, size=options.batch, replace=False))


def _factor(step: int, steps: int) -> float:
    """Warm-up over a twentieth of the steps, then a cosine to zero."""
    warm = max(steps // 20, 1)
    done = max(step - warm, 0) / max(steps - warm, 1)
    return min((step + 1) / warm, 0.5 + 0.5 * float(np.cos(np.pi * done)))


def _card(dataset: Dataset, options: Options, net: DualNet, losses: list[float]) -> Card:
    return Card(
        model="dual-mini",
        licence="Apache-2.0",
        parameters=sum(p.numel() for p in net.parameters()),
        data=Data(dataset.name, dataset.fingerprint, dataset.note),
        recipe=asdict(options),
        figures={"loss": round(float(np.mean(losses[-LOSSES:])), 4)} if losses else {},
    )
