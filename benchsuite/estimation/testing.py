"""Tests over a family of cells: which are worse, at one α for all (STATISTICS.md, The gate).

Differences are oriented so that negative is worse (`difference` does it). A family is tested by
step-down min-P. Smooth cells bring t statistics without their skewness, and the joint replicates
know how they are correlated (Romano and Wolf 2005): that makes p smaller than the sum over cells,
and never larger. Cells in which few clusters differ bring exact
p-values, which are added (Holm 1979) as far as so small a value can occur in them (Tarone 1990).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
import scipy
from numpy.typing import NDArray
from scipy import special

from .change import Change
from .contrasts import Array, to_t, to_z
from .estimate import Estimate
from .exact import SAME, losses_to_show, sign_flips
from .intervals import withheld
from .notes import Code, Notes, note
from .skewness import normal, skewed, unskewed

FURTHEST: Final = 38.0
"""Normal quantiles beyond it have a p-value that no number can hold."""

HALVINGS: Final = 60
"""Of an interval, until its ends are the same number."""

Verdict = Literal["worse", "not worse", "identical", "no verdict"]


@dataclass(frozen=True)
class Cell:
    """What the test says about one cell.

    verdict   `worse`, `not worse`, `identical` (no difference at all), or `no verdict` (see notes)
    method    `max-T`, `exact`, or '' where nothing was tested
    p         adjusted for the family: worse where p ≤ α; NaN where not tested
    critical  what value / SE had to fall under; NaN but for max-T
    mde       the drop that is found with 80 % power, in the metric's unit; for an exact test, the
              smallest drop that it can find
    """

    verdict: Verdict
    method: str = ""
    p: float = math.nan
    critical: float = math.nan
    mde: float = math.nan
    notes: Notes = ()
    name: str = ""

    @property
    def worse(self) -> bool:
        return self.verdict == "worse"


@dataclass(frozen=True)
class Family:
    """The verdicts of a family, in the order of its cells, at a family-wise error of `alpha`."""

    cells: tuple[Cell, ...]
    alpha: float

    @property
    def worse(self) -> tuple[bool, ...]:
        return tuple(cell.worse for cell in self.cells)


def step_down(
    differences: Sequence[Estimate], alpha: float, names: Sequence[str] | None = None
) -> Family:
    """The family of smooth cells without skewness: step-down max-T (Romano and Wolf 2005)."""
    return family_test([Change(d, 0.0, d.clusters) for d in differences], alpha, names)


def family_test(
    changes: Sequence[Change], alpha: float, names: Sequence[str] | None = None
) -> Family:
    """One-sided step-down min-P: which differences are below 0, at a family-wise `alpha`.

    A step's p-value is P(the smallest p of the cells still in play ≤ the cell's own): the share of
    replicates in which a smooth cell goes as far, plus the cell's own p for each exact cell in
    which so small a p can occur. Cells without any difference are `identical`. Cells from which
    nothing can be inferred (a NaN, under 5 clusters, more than 3 % of replicates undefined), and
    exact ones that could not be called worse if all their clusters were, get no verdict. Raises
    ValueError unless 0 < alpha < 1.
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must be between 0 and 1, not {alpha}")
    cells = [_untested(change) for change in changes]
    playing = [i for i, cell in enumerate(cells) if cell.verdict == "not worse"]
    tested = _tested([changes[i] for i in playing], alpha)
    for i, cell in zip(playing, tested, strict=True):
        cells[i] = cell
    labels = names if names is not None else [""] * len(cells)
    named = (replace(cell, name=name) for cell, name in zip(cells, labels, strict=True))
    return Family(tuple(named), alpha)


def first_critical(changes: Sequence[Change], alpha: float) -> float:
    """The normal quantile that the surest cell of a family has to reach to be worse.

    It is that of the first step: what a cell meets that falls while no other does.
    """
    rows = [row(one) for one in changes if _untested(one).verdict == "not worse"]
    if len(rows) < 2:
        return float(special.ndtri(alpha))  # known without any replicate
    return float(_steps(rows).critical(alpha, 1)[0])


def mde(critical_value: float, sd: float, power: float = 0.8) -> float:
    """The smallest drop that is found with this power: (|critical value| + z_power) · SD."""
    return (abs(critical_value) + float(scipy.stats.norm.ppf(power))) * sd


def _untested(change: Change) -> Cell:
    """Not yet tested, or why it is not."""
    if reason := withheld(change.difference):
        return Cell("no verdict", notes=reason)
    return Cell("not worse" if change.differs else "identical")


@dataclass(frozen=True, eq=False)
class Row:
    """What a step-down takes of a cell, or of several that are rejected as one.

    z      the normal quantile of the p-value
    floor  of an exact cell, the smallest p that can occur; 0 of smooth ones
    null   float32 (R,): its replicates on the normal scale; None of an exact cell
    cells  how many cells it is
    """

    z: float
    floor: float = 0.0
    null: NDArray[np.float32] | None = None
    cells: int = 1

    @property
    def smooth(self) -> int:
        """How many smooth cells it is."""
        return 0 if self.null is None else self.cells


@dataclass(frozen=True, eq=False)
class _Steps:
    """Rows in the order of their steps, that of their p-values.

    z       float64 (L,): the normal quantiles of the p-values
    floor   float64 (L,): the smallest p that can occur; 0 for smooth cells
    smooth  float64 (L,): how many smooth cells are in play from a step on
    minima  float32 (L, R): the smallest replicate over the smooth cells from a step on
    """

    z: Array
    floor: Array
    smooth: Array
    minima: NDArray[np.float32]

    def adjusted(self) -> Array:
        """Step-down adjusted p-values (Romano and Wolf 2016)."""
        found = self._spent(self.z, np.arange(len(self.z)))
        return np.maximum.accumulate(np.minimum(found, 1.0))

    def critical(self, alpha: float, steps: int) -> Array:
        """The normal quantiles that a row of each of the first steps has to reach."""
        first = np.arange(steps)
        low, high = np.full(steps, -FURTHEST), np.full(steps, FURTHEST)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            kept = self._spent(middle, first) <= alpha
            low, high = np.where(kept, middle, low), np.where(kept, high, middle)
        exact = special.ndtri(alpha / (len(self.floor) - first))
        return np.where(self.smooth[:steps] > 0, low, exact)

    def _spent(self, z: Array, steps: NDArray[np.intp]) -> Array:
        """P(the smallest p of the cells from each step on is at most that of z).

        Of the smooth cells, the replicates tell it. It is no less than the p of one of them, and no
        more than the sum over all (Bonferroni), whatever the tails of the replicates.
        """
        p, smooth = special.ndtr(z), self.smooth[steps]
        beyond = (self.minima[steps] <= z[:, None]).sum(axis=1)
        share = (1 + beyond) / (1 + self.minima.shape[1])
        told = np.clip(share, np.where(smooth > 0, p, 0.0), smooth * p)
        return np.asarray(told + p * self._exact(p, steps))

    def _exact(self, p: Array, steps: NDArray[np.intp]) -> Array:
        """How many exact cells from a step on can have a p-value as small as each p."""
        if not (self.floor > 0).any():
            return np.zeros(len(p))
        ranks, exact = np.arange(len(self.floor)), self.floor > 0
        can = exact & (self.floor <= (1 + SAME) * p[:, None]) & (ranks >= steps[:, None])
        return np.asarray(can.sum(axis=1))


def _tested(changes: Sequence[Change], alpha: float) -> list[Cell]:
    rows = [row(change) for change in changes]
    return [
        told(change, p, critical, alpha)
        for change, (p, critical) in zip(changes, stepped(rows, alpha), strict=True)
    ]


def row(change: Change) -> Row:
    """What the steps take of a cell."""
    z = statistic(change)
    if change.exact:
        return Row(z, 2.0**-change.differing)
    return Row(z, null=_standardised(change))


def stepped(rows: Sequence[Row], alpha: float) -> list[tuple[float, float]]:
    """The adjusted p-value of each row, and the normal quantile that it had to reach."""
    if not rows:
        return []
    order = np.argsort([one.z for one in rows], kind="stable")
    steps = _steps([rows[i] for i in order])
    p = steps.adjusted()
    stopped = int(np.flatnonzero(p > alpha)[0]) if (p > alpha).any() else len(p) - 1
    # a row that is not rejected shares the value of the step at which the procedure stopped
    critical = steps.critical(alpha, stopped + 1)
    found = [(0.0, 0.0)] * len(rows)
    for rank, i in enumerate(order):
        found[i] = float(p[rank]), float(critical[min(rank, stopped)])
    return found


def _steps(rows: Sequence[Row]) -> _Steps:
    """The steps of rows that are in their order."""
    z, floor, smooth = np.array([(one.z, one.floor, one.smooth) for one in rows]).T
    return _Steps(z, floor, np.cumsum(smooth[::-1])[::-1], _minima([one.null for one in rows]))


def statistic(change: Change) -> float:
    """The normal quantile of the cell's own p-value; ∞ where nothing differs."""
    if change.exact and change.effects is not None:
        return float(special.ndtri(sign_flips(change.effects)))
    one = change.difference
    se, skewness = change.error
    if se == 0:  # a drop without any variation is as certain as can be
        return math.copysign(math.inf, one.value)
    t = unskewed(np.array(one.value / se), np.array(skewness))
    return float(to_z(t, one.df))


def _minima(nulls: Sequence[NDArray[np.float32] | None]) -> NDArray[np.float32]:
    """Row k: the smallest replicate over the smooth rows from rank k on, ∞ without any (L, R)."""
    replicates = max((null.size for null in nulls if null is not None), default=0)
    minima = np.empty((len(nulls), replicates), np.float32)
    running = np.full(replicates, np.inf, np.float32)
    for rank in range(len(nulls) - 1, -1, -1):
        if (null := nulls[rank]) is not None:
            running = np.fmin(running, null)
        minima[rank] = running
    return minima


def _standardised(change: Change) -> NDArray[np.float32]:
    """The cell's replicates on the normal scale; NaN, which a minimum ignores, where undefined."""
    one = change.difference
    sd = one.sd / one.inflation
    if sd == 0:
        return np.zeros_like(one.deviations)
    return normal(one.deviations / np.float32(sd), change.own_skewness)


def told(change: Change, p: float, critical: float, alpha: float) -> Cell:
    """The verdict of a cell by its adjusted p-value, and what it had to reach."""
    return (_exactly if change.exact else _smoothly)(change, p, critical, alpha)


def _smoothly(change: Change, p: float, critical: float, alpha: float) -> Cell:
    se, skewness = change.error
    quantile = skewed(float(to_t(critical, change.difference.df)), skewness)
    return Cell("worse" if p <= alpha else "not worse", "max-T", p, quantile, mde(quantile, se))


def _exactly(change: Change, p: float, critical: float, alpha: float) -> Cell:
    """The verdict of an exact cell; none where its clusters are too few to show anything."""
    effects = change.effects if change.effects is not None else np.zeros(0)
    needed = losses_to_show(float(special.ndtr(critical)))
    if p > alpha and needed > change.difference.clusters:
        return Cell("no verdict", notes=note(Code.TOO_FEW_TO_SHOW, change.difference.clusters))
    worse, better = int((effects < 0).sum()), int((effects > 0).sum())
    found = needed * float(np.abs(effects).max())
    verdict: Verdict = "worse" if p <= alpha else "not worse"
    return Cell(verdict, "exact", p, mde=found, notes=note(Code.SIGNS, worse, better))
