"""Every adaptation that a protocol asks for, and the arrays that it leaves."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from benchsuite.dataset import Inputs, digest, id_key
from benchsuite.model import Arrays

from .loop import Job, Trace, adapt
from .matching import Layout
from .recipe import Study
from .splits import folds, permutation
from .tower import Cache, Tower, cached, rows

TRAINED_ON = ("labels", "selected")
"""What was trained on: these arrays are of the adaptation to a group's own half."""


def study(plan: Study, tower: Tower, inputs: Iterable[Inputs]) -> Arrays:
    """Adapt as the protocol says; `Adapted.prepare` names the arrays."""
    cache = cached(tower, inputs)
    work = Work(plan, tower, cache)
    repeats = [work.repeat(number) for number in range(plan.protocol.repeats)]
    return {
        "keys": np.array([id_key(name) for name in cache.ids], dtype=np.uint64),
        "shapes": cache.shapes,
        **{name: np.stack([found[name] for found in repeats]) for name in repeats[0]},
    }


@dataclass(frozen=True, eq=False)
class Work:
    """The adaptations of one study."""

    plan: Study
    tower: Tower
    cache: Cache

    def repeat(self, number: int) -> Arrays:
        """The arrays of one repeat, which has the study's seed plus its number."""
        found = self._protocol(self.cache, "own", number)
        if self.plan.protocol.control:
            places = permutation(len(self.cache.images[0]), self.plan.seed, number)
            images = rows(self.cache.images, torch.from_numpy(places))
            scores = self._protocol(replace(self.cache, images=images), "control", number)["scores"]
            found["control"] = scores[[0, -1]]
        return found

    def _protocol(self, cache: Cache, which: str, number: int) -> Arrays:
        everybody = np.ones(len(cache.ids), dtype=np.bool_)
        if self.plan.protocol.kind == "transductive":
            return _arrays(self._adapt(cache, which, number, everybody), cache)
        return self._held_out(cache, which, number)

    def _held_out(self, cache: Cache, which: str, number: int) -> Arrays:
        """Each half adapted to; a group's scores are those after adapting to the other one.

        What was trained on, and the scores `seen`, are those of adapting to its own half.
        """
        first = folds(cache.clusters, self.plan.seed, number)
        on_first, on_second = (
            _arrays(self._adapt(cache, which, number, half), cache) for half in (first, ~first)
        )
        mine = {name: _first_for(first, name, cache) for name in on_first}
        found = {
            name: np.where(mine[name], on_second[name], on_first[name])
            for name in on_first
            if name not in TRAINED_ON
        }
        found |= {
            name: np.where(mine[name], on_first[name], on_second[name]) for name in TRAINED_ON
        }
        found["seen"] = np.where(mine["scores"], on_first["scores"], on_second["scores"])[-1]
        return found | {"first": first.astype(np.uint8)}

    def _adapt(self, cache: Cache, which: str, number: int, pool: NDArray[np.bool_]) -> Trace:
        # Everything that the checkpoint depends on; the run's own key covers the condition.
        parts = [self.plan.key, cache.ids, which, number, np.packbits(pool).tolist()]
        job = Job(digest(parts), self.plan.seed + number, pool)
        return adapt(self.tower, cache, self.plan.recipe, job, self.plan.folder)


def _first_for(first: NDArray[np.bool_], name: str, cache: Cache) -> NDArray[np.bool_]:
    """Whether each score, or each image, belongs to a group of the first half."""
    counts = cache.shapes.prod(axis=1) if name == "scores" else cache.shapes[:, 0]
    return np.repeat(first, counts)


def _arrays(trace: Trace, cache: Cache) -> Arrays:
    layout = cache.layout
    images = int(layout.images[-1])
    selected = np.array(trace.selected, dtype=np.uint8).reshape(-1, images)
    labels = np.array(trace.labels, dtype=np.intp).reshape(-1, images)
    found: Arrays = {
        "scores": np.stack(trace.scores),
        "labels": _own(labels, layout),
        "selected": selected,
    }
    if trace.assigned:
        found["assigned"] = _own(np.stack(trace.assigned), layout)
    return found


def _own(labels: NDArray[np.intp], layout: Layout) -> NDArray[np.int64]:
    """Captions by place (T, I) as numbers within the image's own group, -1 for others'."""
    starts = layout.captions[layout.group_of_image]
    counts = layout.shapes[layout.group_of_image, 1]
    within = labels - starts
    return np.where((within >= 0) & (within < counts), within, -1).astype(np.int64)
