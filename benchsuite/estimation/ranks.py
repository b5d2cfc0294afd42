"""Ranks as sets: which ranks of a model the data does not rule out (Mogstad et al. 2024).

A model's set follows from how many models are better and how many are worse than it, simultaneously
over all pairs; percentiles of replicated ranks do not cover.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .contrasts import Contrasts, Joint, combined, joint, largest
from .estimate import Estimate
from .intervals import withheld

TIE: Final = 1e-12
"""Values that differ by less, relatively, differ by the order of summation only."""


@dataclass(frozen=True)
class Rank:
    """A rank, 1 being best, and the set [low, high] of ranks that are not ruled out.

    Estimates without a value have no rank: all three are None.
    """

    rank: int | None
    low: int | None
    high: int | None


def rank_sets(
    estimates: Sequence[Estimate], higher_is_better: bool = True, level: float = 0.95
) -> list[Rank]:
    """The rank of each estimate and its set, with all sets right at once at `level`.

    A model is ranked behind those that are better than it by a simultaneous interval of the
    difference: c is the quantile of the largest |centred difference| / SE over all pairs, mapped to
    t. Equal values share the better rank. An estimate from which nothing can be inferred (under 5
    clusters, undefined replicates) is ranked, and its set leaves everything open.
    """
    sign = 1.0 if higher_is_better else -1.0
    present = [i for i, estimate in enumerate(estimates) if not math.isnan(estimate.value)]
    rows = [estimates[i] for i in present]
    better, worse = _decided(rows, sign, level)
    places = _places(np.array([sign * row.value for row in rows]))
    ranks = [Rank(None, None, None)] * len(estimates)
    for k, i in enumerate(present):
        ranks[i] = Rank(int(places[k]), 1 + int(better[k]), len(rows) - int(worse[k]))
    return ranks


def _places(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """1 + the number of values that are larger than each, by more than TIE."""
    beyond = values + TIE * np.abs(values)
    return 1 + len(values) - np.searchsorted(np.sort(values), beyond, side="right")


def _decided(
    rows: Sequence[Estimate], sign: float, level: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How many rows are certainly better, and certainly worse, than each row."""
    better, worse = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64)
    usable = [k for k, row in enumerate(rows) if not withheld(row)]
    if len(usable) > 1:
        ahead = _certain(joint([sign * rows[k] for k in usable]), level)
        better[usable], worse[usable] = ahead.sum(axis=0), ahead.sum(axis=1)
    return better, worse


def _certain(parts: Joint, level: float) -> NDArray[np.bool_]:
    """ahead[i, j]: i is certainly better than j, simultaneously over all pairs."""
    count = len(parts.values)
    maxima = [np.abs(_after(parts, i).standardised()).max(axis=0) for i in range(count - 1)]
    c = largest(np.array(maxima), level)
    ahead = np.zeros((count, count), np.bool_)
    for i in range(count - 1):
        z = _after(parts, i).z
        ahead[i, i + 1 :], ahead[i + 1 :, i] = z > c, z < -c
    return ahead


def _after(parts: Joint, i: int) -> Contrasts:
    """The differences of row i and every later one; a matrix of all pairs would not fit."""
    return combined(
        parts.values[i] - parts.values[i + 1 :],
        parts.drawn[i] - parts.drawn[i + 1 :],
        np.minimum(parts.df[i], parts.df[i + 1 :]),
        np.maximum(parts.inflation[i], parts.inflation[i + 1 :]),
        parts.resolution,
    )
