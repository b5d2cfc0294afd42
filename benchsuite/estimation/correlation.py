"""Rank correlation under weights: Spearman's ρ, pooled, or as a mean over strata."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .pooled import Pooled

Places = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Ranked:
    """Two columns of the rows of one stratum, ready to be ranked under any weights.

    here      the stratum's rows among all
    a, b      its rows by each column, ascending
    a_ends    where each run of equal values ends in that order; b_ends likewise
    """

    here: Places
    a: Places
    a_ends: Places
    b: Places
    b_ends: Places

    def spearman(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """ρ (B,) under weights (B, N) of all rows; NaN where a column has no two values."""
        from .ranking import correlations  # numba is loaded by the first correlation

        mine = np.ascontiguousarray(weights[:, self.here])
        return correlations(mine, self.a, self.a_ends, self.b, self.b_ends)


def spearman(name: str, a: str, b: str, strata: tuple[str, ...] = (), **declared: Any) -> Pooled:
    """The metric that is Spearman's rank correlation of the columns `a` and `b`.

    Ties have their mean rank (Kendall, Rank Correlation Methods, 1948, chapter 3). A sample that is
    drawn w times counts as w samples of equal ranks.

    strata    columns: the metric is the mean of the correlations within each of their values, over
              those where a group has members; NaN where one of them is undefined
    declared  what else a metric declares: version, detail, equity
    """
    columns = tuple(dict.fromkeys((a, b, *strata)))
    declared = {"bounds": (-1.0, 1.0), **declared}
    return Pooled(name, columns, _mean, prepare=partial(_ranked, a, b, strata), **declared)


def _ranked(a: str, b: str, strata: tuple[str, ...], rows: pd.DataFrame) -> list[Ranked]:
    of = rows.groupby(list(strata), sort=True).ngroup() if strata else np.zeros(len(rows))
    columns = [rows[column].to_numpy(np.float64) for column in (a, b)]
    return [
        Ranked(here, *(places for values in columns for places in _runs(values[here])))
        for here in (np.flatnonzero(of == stratum) for stratum in np.unique(of))
    ]


def _runs(values: NDArray[np.float64]) -> tuple[Places, Places]:
    order = np.argsort(values, kind="stable")
    new = np.flatnonzero(np.diff(values[order])) + 1
    return order, np.append(new, len(values))


def _mean(parts: list[Ranked], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = np.mean([part.spearman(weights) for part in parts], axis=0)
    return found
