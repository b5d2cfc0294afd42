"""The loop: match the whole set, select, fine-tune on the selected, and again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim import AdamW

from benchsuite.condition import generator
from benchsuite.errors import BadData
from benchsuite.learning.checkpoint import read_checkpoint, write_checkpoint

from .matching import Layout, PseudoLabels, by_group, globally
from .recipe import Recipe
from .tower import Cache, Cached, Tower, contrastive, rows

BETAS = (0.9, 0.999)
SCORED = 64
"""Images or captions that go through the trained part at a time when all are scored."""


@dataclass(frozen=True, eq=False)
class Job:
    """One adaptation: to the groups of `pool` (N,) bool; `key` names its checkpoint."""

    key: str
    seed: int
    pool: NDArray[np.bool_]


@dataclass(eq=False)
class Trace:
    """What an adaptation went through, iteration by iteration.

    scores    T+1 arrays (Σ m·k,) of the groups' scores, before the first and after each
    assigned  T+1 arrays (I,): the caption of each image by place, matched globally; else none
    labels    T arrays (I,): the pseudo-label of each image, a caption by place
    selected  T arrays (I,): whether it was trained on
    """

    scores: list[NDArray[np.float32]] = field(default_factory=list)
    assigned: list[NDArray[np.intp]] = field(default_factory=list)
    labels: list[NDArray[np.intp]] = field(default_factory=list)
    selected: list[NDArray[np.bool_]] = field(default_factory=list)

    def tensors(self) -> dict[str, Tensor]:
        """The trace as tensors."""
        return {name: torch.from_numpy(np.stack(v)) for name, v in vars(self).items() if v}

    def note_scores(
        self, scores: NDArray[np.float32], labels: PseudoLabels, recipe: Recipe
    ) -> None:
        """Add the scores of an iteration; matched globally, also what was assigned by them."""
        self.scores.append(scores)
        if recipe.matching == "global":
            self.assigned.append(labels.labels)

    @staticmethod
    def of(tensors: dict[str, Tensor]) -> "Trace":
        """The trace of `tensors`."""
        return Trace(**{name: list(value.numpy()) for name, value in tensors.items()})


def adapt(tower: Tower, cache: Cache, recipe: Recipe, job: Job, folder: Path | None) -> Trace:
    """Adapt to the job's groups; score all groups before and after each iteration.

    Keeps a checkpoint under `folder` after each iteration, and goes on from it.
    Neither truths nor positions that give them away are known here.
    """
    module = tower.reset(job.seed)
    trained = [p for p in module.parameters() if p.requires_grad]
    optimizer = AdamW(
        trained, lr=recipe.rate, betas=BETAS, weight_decay=recipe.weight_decay, fused=True
    )
    path = folder / f"{job.key}.safetensors" if folder else None
    saved = read_checkpoint(path, job.key, module, optimizer) if path else None
    trace = Trace.of(saved) if saved else Trace()
    levels = recipe.levels()
    for iteration in range(len(trace.selected), recipe.iterations):
        module.eval()
        scores, labels = _look(tower, cache, recipe, float(levels[iteration]), job.pool)
        trace.note_scores(scores, labels, recipe)
        if recipe.begins_afresh:
            optimizer.state.clear()  # what a new AdamW of these parameters has
        optimize = Optimize(tower, module, optimizer, recipe, iteration, job.seed)
        optimize(cache, _units(cache.layout, labels, recipe), labels.labels)
        trace.labels.append(labels.labels)
        trace.selected.append(labels.selected)
        if path:
            write_checkpoint(path, job.key, module, optimizer, trace.tensors())
    if len(trace.scores) <= recipe.iterations:
        module.eval()
        trace.note_scores(*_look(tower, cache, recipe, 0.0, job.pool), recipe)
        if path:
            write_checkpoint(path, job.key, module, optimizer, trace.tensors())
    return trace


def _look(
    tower: Tower, cache: Cache, recipe: Recipe, level: float, pool: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], PseudoLabels]:
    """The scores of all groups by the model as it is, and the matchings that they induce."""
    with torch.no_grad():
        images = _through(tower.images, cache.images)
        texts = _through(tower.texts, cache.texts)
        scores = _group_scores(tower, images, texts, cache.layout)
        _check_finite(scores, cache)
        if recipe.matching == "groups":
            return scores, by_group(scores, cache.layout, level, recipe, pool)
        every = tower.logits(images, texts).cpu().numpy()
    return scores, globally(every, cache.layout, level, pool)


def _check_finite(scores: NDArray[np.float32], cache: Cache) -> None:
    """Raises BadData, which names the first group whose scores would match by chance."""
    for place in np.flatnonzero(~np.isfinite(scores))[:1]:
        group = int(np.searchsorted(cache.layout.scores, place, side="right")) - 1
        raise BadData(
            f"group '{cache.ids[group]}': expected finite scores, found {scores[place]}; "
            f"if the adaptation made them so, a smaller model.rate helps"
        )


def _through(part: Callable[[Cached], Tensor], cached: Cached) -> Tensor:
    starts = range(0, len(cached[0]), SCORED)
    return torch.cat([part(rows(cached, slice(start, start + SCORED))) for start in starts])


def _group_scores(
    tower: Tower, images: Tensor, texts: Tensor, layout: Layout
) -> NDArray[np.float32]:
    found = np.empty(layout.scores[-1], dtype=np.float32)
    for bucket in layout.by_shape():
        for n in range(0, len(bucket.groups), SCORED):
            part = slice(n, n + SCORED)
            a, b = (
                images[torch.from_numpy(bucket.images[part])],
                texts[torch.from_numpy(bucket.captions[part])],
            )
            found[bucket.scores[part]] = tower.logits(a, b).cpu().numpy()
    return found


def _units(layout: Layout, labels: PseudoLabels, recipe: Recipe) -> list[NDArray[np.intp]]:
    """What a batch is made of: the images of each selected group, or each selected image."""
    images = np.flatnonzero(labels.selected)
    if recipe.matching == "global":
        return list(images[:, None])
    edges = np.flatnonzero(np.diff(layout.group_of_image[images])) + 1
    return np.split(images, edges) if len(images) else []


@dataclass(frozen=True, eq=False)
class Optimize:
    """The fine-tuning of one iteration."""

    tower: Tower
    module: nn.Module
    optimizer: AdamW
    recipe: Recipe
    iteration: int
    seed: int

    def __call__(
        self, cache: Cache, units: list[NDArray[np.intp]], labels: NDArray[np.intp]
    ) -> None:
        """Train on units of images with their pseudo-labels; where there are none, do nothing."""
        self.module.train()
        for batch in self._batches(units):
            images = self.tower.images(rows(cache.images, torch.from_numpy(batch)))
            texts = self.tower.texts(rows(cache.texts, torch.from_numpy(labels[batch])))
            loss = contrastive(self.tower, images, texts)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()

    def _batches(self, units: list[NDArray[np.intp]]) -> Iterator[NDArray[np.intp]]:
        size = self.recipe.batch
        per_epoch = -(-len(units) // size)
        for epoch in range(self.recipe.epochs if units else 0):
            order = generator("ttm", self.seed, self.iteration, epoch).permutation(len(units))
            for number in range(per_epoch):
                step = epoch * per_epoch + number
                rate = self.recipe.rate_at(self.iteration, step, self.recipe.epochs * per_epoch)
                for group in self.optimizer.param_groups:
                    group["lr"] = rate
                yield np.concatenate([units[u] for u in order[number * size : (number + 1) * size]])
