"""What a pilot shows of the noise of each cell: how much two runs differ while neither is worse.

A pilot is a pair of runs, of which the mean difference is left out, or a single run. Of that, the
scores vary among samples, and a stated correlation says how alike two models score them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from benchsuite.errors import BadData, WrongCall
from benchsuite.estimation import Change, Estimate, Metric
from benchsuite.estimation.cells import EVERYBODY
from benchsuite.estimation.contributions import WeightedSum
from benchsuite.estimation.exact import FEW
from benchsuite.estimation.power import Noise
from benchsuite.gates.chosen import Metrics
from benchsuite.gates.pairs import Compared, Pair

MOST_FEW: Final = 0.5
"""Where a larger share of the clusters differs, a drop strikes all of them alike."""


def check_correlation(correlation: float) -> float:
    """The correlation. Raises WrongCall unless scores of two models can have it and differ."""
    if not 0 <= correlation < 1:
        raise WrongCall(f"--correlation: expected 0 or more, below 1, found {correlation:g}")
    return correlation


@dataclass(frozen=True, eq=False)
class Pilot:
    """What a plan learns the noise from.

    pairs        (baseline, run), whose differences are the noise
    correlation  of the scores that two models give a sample, where each run is its own baseline
    """

    pairs: Sequence[Pair]
    correlation: float | None = None

    def __str__(self) -> str:
        if self.correlation is None:
            return "the differences of two runs, without their mean"
        return f"one run, if the scores of two models have a correlation of {self.correlation:g}"

    def noises(self, cells: Sequence[Compared], metrics: Metrics) -> Mapping[Compared, Noise]:
        """The noise of each cell of the pairs that can be planned.

        Raises BadData where no sample of a pair differs.
        """
        cells = [cell for cell in cells if cell.baseline.clusters > 0]
        if self.correlation is not None:
            every = ((c, _metric_of(c, metrics)) for c in cells)
            found = {c: _of_scores(c, metric, self.correlation) for c, metric in every}
        elif any(cell.differing for cell in cells):
            found = {cell: _of_pair(cell, cells) for cell in cells}
        else:
            raise BadData(
                f"{self.pairs[0][1].path}: expected a pilot that differs from its baseline, found "
                "no sample that does; without --baseline, --correlation says how alike models are"
            )
        return {
            c: noise for c, noise in found.items() if noise.few or noise.change.difference.sd > 0
        }


def _metric_of(cell: Compared, metrics: Metrics) -> Metric:
    mine = metrics[cell.sides[0].identity.task]
    return next(one for one in mine if one.name == cell.metric)


def _of_pair(cell: Compared, cells: Sequence[Compared]) -> Noise:
    """The noise of a cell of two runs. How many clusters change is that of everybody's, if few do.

    A few that differ in a small group say little of how many would.
    """
    like = cell.evidence if cell.differing >= FEW else _everybody(cell, cells)
    share = _share(like)
    if share >= MOST_FEW:
        return Noise(cell.evidence)
    one = like.difference
    return Noise(cell.evidence, share, math.sqrt((_variance(one) + one.value**2) / share))


def _everybody(cell: Compared, cells: Sequence[Compared]) -> Change:
    """The difference of everybody under a cell's condition; under another, where none differs."""
    overall = [c for c in cells if c.group == EVERYBODY and c.sides is cell.sides]
    mine = [c for c in overall if (c.metric, c.condition) == (cell.metric, cell.condition)]
    return max((c.evidence for c in (*mine, *overall)), key=_share)


def _share(change: Change) -> float:
    return change.differing / max(change.difference.clusters, 1)


def _variance(one: Estimate) -> float:
    """The variance of what one cluster adds to a mean."""
    return one.sd**2 * one.effective


def _of_scores(cell: Compared, metric: Metric, correlation: float) -> Noise:
    """The noise of a difference of two runs whose scores vary as those of this one.

    Of answers that are right or wrong, the correlation says how many change.
    """
    one, apart = cell.baseline, 2 * (1 - correlation)
    difference = replace(
        one, value=0.0, centre=0.0, deviations=one.deviations * np.float32(math.sqrt(apart))
    )
    change = Change(difference, 0.0, one.clusters)
    table = cell.sides[0].tables[cell.condition]
    if not isinstance(metric, WeightedSum) or table[metric.column].nunique() > 2:
        return Noise(change)
    right = table[metric.column].rank(method="dense").sub(1).mean()
    alone = 1 - apart * right * (1 - right)
    share = 1 - alone ** (one.n / max(one.clusters, 1))
    return Noise(change, share, math.sqrt(_variance(difference) / share) if share > 0 else 0.0)
