"""Tests over a family of cells: which are worse, at one α for all (STATISTICS.md, The gate).

Differences are oriented so that negative is worse (`difference` does it). The family is tested by
step-down max-T on the joint replicates (Romano and Wolf 2005), which knows how cells are
correlated; cells in which hardly any cluster differs leave it for exact sign tests by Holm (1979).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from .contrasts import Array, resolution, to_t, to_z
from .estimate import Estimate
from .intervals import withheld
from .notes import Code, Notes, note

Verdict = Literal["worse", "not worse", "identical", "no verdict"]

MIN_DIFFERING: Final = 20
"""Cells in which fewer clusters differ are tested by their signs."""

SIGN_SHARE: Final = 0.1
"""The share of α that the sign tests get."""


@dataclass(frozen=True)
class Cell:
    """What the test says about one cell.

    verdict   `worse`, `not worse`, `identical` (no difference at all), or `no verdict` (see notes)
    method    `max-T`, `sign`, or '' where nothing was tested
    p         adjusted for the family and its shares of α: worse where p ≤ α; NaN where not tested
    critical  what value / sd had to fall under, in multiples of the inflated SD; NaN but for max-T
    mde       the drop that is found with 80 % power, in the metric's unit; NaN but for max-T
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


def difference(candidate: Estimate, baseline: Estimate, higher_is_better: bool = True) -> Estimate:
    """The paired difference, negative where the candidate is worse; df is the smaller of both.

    What is below the `resolution` of both is 0.
    """
    change = candidate - baseline if higher_is_better else baseline - candidate
    noise = resolution([candidate, baseline])
    if not abs(change.value) <= noise:
        return change
    deviations = np.where(np.abs(change.deviations) <= noise, 0.0, change.deviations)
    return replace(change, value=0.0, centre=0.0, deviations=deviations)


def step_down(
    differences: Sequence[Estimate], alpha: float, names: Sequence[str] | None = None
) -> Family:
    """One-sided step-down max-T: which differences are below 0, at a family-wise `alpha`.

    The critical value of a step is the `alpha` quantile over replicates of the smallest (replicate
    - value) / SD over the cells still in play, mapped per cell to t_df and widened by √(n/(n-1)).
    Cells without any difference leave as `identical`; cells from which nothing can be inferred (a
    NaN, under 5 clusters, more than 1 % of replicates undefined) get no verdict. Raises ValueError
    unless 0 < alpha < 1.
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must be between 0 and 1, not {alpha}")
    cells = [_untested(cell) for cell in differences]
    playing = [i for i, cell in enumerate(cells) if cell.verdict == "not worse"]
    tested = _stepped([differences[i] for i in playing], alpha)
    for i, cell in zip(playing, tested, strict=True):
        cells[i] = cell
    return Family(_named(cells, names), alpha)


def family_test(
    differences: Sequence[Estimate],
    differing_clusters: Sequence[int],
    signs: Sequence[tuple[int, int] | None],
    alpha: float,
    names: Sequence[str] | None = None,
) -> Family:
    """Verdicts of a whole family, each cell by the test that suits it.

    differing_clusters  per cell, how many clusters differ between candidate and baseline
    signs               per cell, (clusters that are worse, clusters that are better); None for a
                        cell that stays in max-T

    Cells in which none differs are identical. Those in which fewer than 20 do leave max-T for sign
    tests by Holm at a tenth of `alpha`; where there are such cells, max-T keeps nine tenths.
    """
    signed = {
        i: pair
        for i, pair in enumerate(signs)
        if pair and 0 < differing_clusters[i] < MIN_DIFFERING and not withheld(differences[i])
    }
    share = 1 - SIGN_SHARE if signed else 1.0
    rest = [i for i, count in enumerate(differing_clusters) if count and i not in signed]
    found = step_down([differences[i] for i in rest], alpha * share).cells
    cells = [_same(cell) for cell in differences]
    for i, cell in [
        *zip(rest, (_shared(cell, share) for cell in found), strict=True),
        *zip(signed, _signed(list(signed.values()), alpha), strict=True),
    ]:
        cells[i] = cell
    return Family(_named(cells, names), alpha)


def holm(p: Sequence[float]) -> list[float]:
    """Holm's (1979) adjusted p-values, in the order given; reject where they are ≤ α."""
    raw = np.asarray(p, dtype=np.float64)
    order = np.argsort(raw, kind="stable")
    scaled = np.maximum.accumulate(raw[order] * np.arange(len(raw), 0, -1))
    adjusted = np.empty_like(raw)
    adjusted[order] = np.minimum(scaled, 1.0)
    return [float(value) for value in adjusted]


def sign_test(n_worse: int, n_better: int) -> float:
    """P(at least `n_worse` are worse) when each is as likely worse as better; without ties."""
    return float(stats.binom.sf(n_worse - 1, n_worse + n_better, 0.5))


def mde(critical_value: float, sd: float, power: float = 0.8) -> float:
    """The smallest drop that is found with this power: (|critical value| + z_power) · SD."""
    return (abs(critical_value) + float(stats.norm.ppf(power))) * sd


def _named(cells: Sequence[Cell], names: Sequence[str] | None) -> tuple[Cell, ...]:
    labels = names if names is not None else [""] * len(cells)
    return tuple(replace(cell, name=name) for cell, name in zip(cells, labels, strict=True))


def _untested(cell: Estimate) -> Cell:
    """Not yet tested, or why it is not."""
    differs = cell.value != 0 or cell.deviations.any()
    return Cell("not worse") if differs and not withheld(cell) else _same(cell)


def _same(cell: Estimate) -> Cell:
    reason = withheld(cell)
    return Cell("no verdict", notes=reason) if reason else Cell("identical")


def _stepped(differences: Sequence[Estimate], alpha: float) -> list[Cell]:
    if not differences:
        return []
    se = np.array([cell.sd for cell in differences])
    df = np.array([cell.df for cell in differences])
    z = _statistics(np.array([cell.value for cell in differences]), se, df)
    order = np.argsort(z, kind="stable")
    minima = _minima_in_play(differences, order)
    p, steps = _adjusted(z[order], minima), _critical(z[order], minima, alpha)
    return [
        _verdict(p[rank], float(to_t(steps[rank], df[i])), se[i], alpha)
        for i, rank in enumerate(np.argsort(order, kind="stable"))
    ]


def _verdict(p: float, critical: float, se: float, alpha: float) -> Cell:
    verdict: Verdict = "worse" if p <= alpha else "not worse"
    return Cell(verdict, "max-T", float(p), critical, mde(critical, float(se)))


def _statistics(values: Array, se: Array, df: Array) -> Array:
    """value / se on the normal scale; a drop without any variation is as certain as can be."""
    certain = np.where(values < 0, -np.inf, np.inf)
    return to_z(np.where(se > 0, values / np.where(se > 0, se, 1.0), certain), df)


def _minima_in_play(
    differences: Sequence[Estimate], order: NDArray[np.intp]
) -> NDArray[np.float32]:
    """Row k: the smallest standardised replicate over the cells from rank k on (L, R)."""
    minima = np.empty((len(order), len(differences[0].deviations)), np.float32)
    running = np.full(minima.shape[1], np.inf, np.float32)
    for rank in range(len(order) - 1, -1, -1):
        running = np.fmin(running, _standardised(differences[order[rank]]))
        minima[rank] = running
    return minima


def _standardised(cell: Estimate) -> NDArray[np.float32]:
    """(replicate - value) / SD of the replicates; NaN, which a minimum ignores, where undefined."""
    sd = cell.sd / cell.inflation
    centred = cell.deviations
    return centred / np.float32(sd) if sd > 0 else np.zeros_like(centred)


def _adjusted(z: Array, minima: NDArray[np.float32]) -> Array:
    """Step-down adjusted p-values of statistics in ascending order (Romano and Wolf 2016)."""
    replicates = minima.shape[1]
    beyond = (minima <= z[:, None]).sum(axis=1)
    return np.asarray(np.maximum.accumulate((1 + beyond) / (1 + replicates)))


def _critical(z: Array, minima: NDArray[np.float32], alpha: float) -> Array:
    """The critical value of each rank's step: p ≤ alpha where z lies below it.

    A cell that is not rejected shares the value of the step at which the procedure stopped.
    """
    replicates = minima.shape[1]
    position = math.floor(alpha * (1 + replicates)) - 1
    if position < 0:  # so few replicates cannot show anything at so small an alpha
        return np.full(len(z), -np.inf)
    values = np.partition(minima, position, axis=1)[:, position].astype(np.float64)
    stopped = np.flatnonzero(z >= values)
    last = int(stopped[0]) if len(stopped) else len(z) - 1
    return values[np.minimum(np.arange(len(z)), last)]


def _shared(cell: Cell, share: float) -> Cell:
    return replace(cell, p=min(cell.p / share, 1.0)) if cell.method else cell


def _signed(pairs: Sequence[tuple[int, int]], alpha: float) -> list[Cell]:
    adjusted = holm([sign_test(worse, better) for worse, better in pairs])
    return [
        Cell(
            "worse" if p <= alpha * SIGN_SHARE else "not worse",
            "sign",
            min(p / SIGN_SHARE, 1.0),
            notes=note(Code.SIGNS, worse, better),
        )
        for p, (worse, better) in zip(adjusted, pairs, strict=True)
    ]
