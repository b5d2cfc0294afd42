"""The recipes of the learned rerankers: supervised, and group-relative policy optimisation.

    benchsuite train task=bright model=groupwise out=DIR dataset=stdlib-mini
    benchsuite train task=bright model=groupwise out=DIR dataset=bright-answers dataset.path=DIR2

A dataset whose queries are all of one split gives one fold, `all`, for queries of other datasets.
One of several splits gives one fold per split: trained on the others, and chosen on a part of them.
The features of the candidates are kept beside OUT, in `features/`, for the recipes that follow.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save
from torch import Tensor

from benchsuite.condition import generator
from benchsuite.dataset import Dataset, digest
from benchsuite.files.write import write_bytes
from benchsuite.learning.card import Card, Data, write_card
from benchsuite.learning.weights import MODEL, read_tensors
from benchsuite.task import Progress

from ..models.features import Paradigm
from ..models.learned import EVERYTHING
from ..models.network import Scorer, loaded, made
from .material import Material, material
from .objectives import OBJECTIVES, Objective, grouped, policy, quality

LICENCE = {
    "stdlib-mini": "queries derived from docstrings of Python (PSF licence); weights Apache-2.0",
    "bright-answers": "trained on BRIGHT's rows (CC BY 4.0); weights CC BY 4.0",
}
HELD_OUT = 0.15
"""The part of the training queries that chooses the epoch, by a hash of the query's id."""


@dataclass(frozen=True)
class Recipe:
    """What a training depends on beside its data."""

    paradigm: Paradigm
    by_policy: bool
    first_stage: str = "fusion"
    depth: int = 100
    group_size: int = 20
    epochs: int = 8
    batch: int = 16
    rate: float = 1e-3
    decay: float = 0.05
    dropped: float = 0.2
    seed: int = 0


def pointwise(dataset: Dataset, out: Path, progress: Progress, epochs: int = 8, seed: int = 0,
              first_stage: str = "fusion", depth: int = 100) -> None:  # fmt: skip
    """Binary cross-entropy of each pair."""
    recipe = Recipe("pointwise", False, first_stage, depth, epochs=epochs, seed=seed)
    _train("pointwise", recipe, dataset, out, progress)


def listwise(dataset: Dataset, out: Path, progress: Progress, epochs: int = 8, seed: int = 0,
             first_stage: str = "fusion", depth: int = 100) -> None:  # fmt: skip
    """Softmax cross-entropy over the whole list (ListNet, top one)."""
    recipe = Recipe("listwise", False, first_stage, depth, epochs=epochs, seed=seed)
    _train("listwise", recipe, dataset, out, progress)


def groupwise(dataset: Dataset, out: Path, progress: Progress, epochs: int = 8, seed: int = 0,
              first_stage: str = "fusion", depth: int = 100,
              group_size: int = 20) -> None:  # fmt: skip
    """Both, in random groups: the order in a group, and a scale that groups have in common."""
    recipe = Recipe("groupwise", False, first_stage, depth, group_size, epochs, seed=seed)
    _train("groupwise", recipe, dataset, out, progress)


def groupwise_rl(dataset: Dataset, out: Path, progress: Progress, epochs: int = 8, seed: int = 0,
                 first_stage: str = "fusion", depth: int = 100,
                 group_size: int = 20) -> None:  # fmt: skip
    """Half of the epochs as `groupwise`, the others by group-relative policy optimisation."""
    recipe = Recipe("groupwise", True, first_stage, depth, group_size, epochs, seed=seed)
    _train("groupwise-rl", recipe, dataset, out, progress)


def _train(method: str, recipe: Recipe, dataset: Dataset, out: Path, progress: Progress) -> None:
    data = material(dataset, recipe.first_stage, recipe.depth, out.parent / "features", progress)
    splits = sorted(set(data.splits))
    folds = splits if len(splits) > 1 else [EVERYTHING]
    figures: dict[str, Any] = {}
    tensors: dict[str, Tensor] = {}
    for number, fold in enumerate(folds):
        others = data.only(np.array([split != fold for split in data.splits]))
        found = _fold(recipe, dataset, fold, others, out)
        network = loaded(str(out), recipe.paradigm, found)
        tensors |= {f"{fold}|{key}": value for key, value in found.items()}
        figures[fold] = _figures(network, recipe, others)
        progress(f"fold {fold}", number + 1, len(folds))
    write_bytes(out / MODEL, save(tensors))
    card = Card(
        model=method,
        licence=LICENCE.get(dataset.name, "as the data"),
        parameters=sum(p.numel() for p in network.parameters()),
        data=Data(dataset.name, dataset.fingerprint, dataset.note, samples=len(data.ids)),
        recipe=asdict(recipe),
        figures=figures,
        libraries={"torch": torch.__version__},
    )
    write_card(out, card)


def _fold(
    recipe: Recipe, dataset: Dataset, fold: str, others: Material, out: Path
) -> dict[str, Tensor]:
    """The weights of a fold, made once and kept under `out`."""
    name = digest([asdict(recipe), dataset.fingerprint, fold])
    path = out / "folds" / f"{name}.safetensors"
    if not path.is_file():
        write_bytes(path, save(_trained(recipe, others)))
    return read_tensors(path)


def _held_out(data: Material) -> NDArray[np.bool_]:
    return np.array([generator("held out", key).random() < HELD_OUT for key in data.ids])


def _figures(network: Scorer, recipe: Recipe, data: Material) -> dict[str, Any]:
    """nDCG@10 over the candidates of the held-out queries, before and after the training."""
    held = data.only(_held_out(data))
    fresh = made(recipe.paradigm, data.x.shape[2], recipe.seed)
    before, after = (quality(one, recipe.group_size, held) for one in (fresh, network))
    return {
        "queries": len(data.ids),
        "held_out": len(held.ids),
        "ndcg@10": {"before": round(before, 4), "after": round(after, 4)},
    }


def _trained(recipe: Recipe, data: Material) -> dict[str, Tensor]:
    """The weights of the epoch that is best on the held-out queries; the start counts as one."""
    held = _held_out(data)
    learned, chosen_on = data.only(~held), data.only(held)
    network = made(recipe.paradigm, data.x.shape[2], recipe.seed)
    optimiser = torch.optim.AdamW(network.parameters(), lr=recipe.rate, weight_decay=recipe.decay)
    random = torch.Generator().manual_seed(recipe.seed)
    best, state = quality(network, recipe.group_size, chosen_on), _copied(network)
    for epoch in range(recipe.epochs):
        by_policy = recipe.by_policy and epoch >= recipe.epochs // 2
        if by_policy and epoch == recipe.epochs // 2:
            network.load_state_dict(state)
        loss = policy if by_policy else OBJECTIVES[recipe.paradigm]
        _epoch(network, optimiser, loss, recipe, learned, random)
        reached = quality(network, recipe.group_size, chosen_on)
        if reached > best:
            best, state = reached, _copied(network)
    return state


def _epoch(
    network: Scorer, optimiser: torch.optim.Optimizer, loss: Objective, recipe: Recipe,
    data: Material, random: torch.Generator,
) -> None:  # fmt: skip
    network.train()
    for rows in _batches(len(data.ids), recipe.batch, random):
        x, there, gain = (torch.from_numpy(a[rows]) for a in (data.x, data.there, data.gain))
        if recipe.paradigm == "groupwise":
            x, there, gain = grouped(x, there, gain, recipe.group_size, random)
        kept = torch.rand(x.shape[0], 1, x.shape[2], generator=random) >= recipe.dropped
        kept[..., -2:] = True
        optimiser.zero_grad()
        loss(network(x * kept, there), there, gain, random).backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()


def _batches(number: int, size: int, random: torch.Generator) -> Iterator[NDArray[np.int64]]:
    order = torch.randperm(number, generator=random).numpy()
    for start in range(0, number, size):
        yield order[start : start + size]


def _copied(network: Scorer) -> dict[str, Tensor]:
    return {key: value.detach().clone() for key, value in network.state_dict().items()}
