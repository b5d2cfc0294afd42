"""Ranks as sets: which ranks of a model the data does not rule out (Mogstad et al. 2024).

A model's set follows from how many models are better and how many are worse than it, simultaneously
over all pairs; percentiles of replicated ranks do not cover.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .contrasts import Contrasts, Joint, combined, joint, quantile, resolutions
from .estimate import Estimate
from .intervals import withheld

TIE: Final = 1e-12
"""Values that differ by less, relatively, differ by the order of summation only."""

AT_ONCE: Final = 2**18
"""Replicates of alike families that are compared in one array: more do not fit into a cache."""


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
    return every_rank_set([estimates], [higher_is_better], level)[0]


def every_rank_set(
    families: Sequence[Sequence[Estimate]], higher_is_better: Sequence[bool], level: float = 0.95
) -> list[list[Rank]]:
    """The ranks of each family of estimates by itself, as by `rank_sets`, and much faster."""
    present = [[row for row in family if not math.isnan(row.value)] for family in families]
    larger = _larger(present, level)
    every = zip(families, present, larger, higher_is_better, strict=True)
    return [
        _ranks(family, rows, ahead if better else ahead.T, 1.0 if better else -1.0)
        for family, rows, ahead, better in every
    ]


def _ranks(
    family: Sequence[Estimate], rows: Sequence[Estimate], ahead: NDArray[np.bool_], sign: float
) -> list[Rank]:
    """The ranks of a family, of which `rows` have a value; ahead[i, j]: i is better than j."""
    places = _places(np.array([sign * row.value for row in rows]))
    better, worse = ahead.sum(axis=0), ahead.sum(axis=1)
    found = iter(
        Rank(place, 1 + over, len(rows) - under)
        for place, over, under in zip(places.tolist(), better.tolist(), worse.tolist(), strict=True)
    )
    return [Rank(None, None, None) if math.isnan(row.value) else next(found) for row in family]


def _places(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """1 + the number of values that are larger than each, by more than TIE."""
    beyond = values + TIE * np.abs(values)
    return 1 + len(values) - np.searchsorted(np.sort(values), beyond, side="right")


def _larger(families: Sequence[Sequence[Estimate]], level: float) -> list[NDArray[np.bool_]]:
    """Of each family, larger[i, j]: row i is certainly larger than row j."""
    found = [np.zeros((len(rows), len(rows)), np.bool_) for rows in families]
    usable = [[i for i, row in enumerate(rows) if not withheld(row)] for rows in families]
    inside = [[rows[i] for i in places] for rows, places in zip(families, usable, strict=True)]
    for members, parts in _stacks(inside):
        for k, ahead in zip(members, _certain(parts, level), strict=True):
            found[k][np.ix_(usable[k], usable[k])] = ahead
    return found


def _stacks(families: Sequence[Sequence[Estimate]]) -> Iterator[tuple[Sequence[int], Joint]]:
    """The families of several rows by their positions, those of one shape as a single stack."""
    alike: dict[tuple[int, int], list[int]] = {}
    for k, rows in enumerate(families):
        if len(rows) > 1 and any(row.nan_share for row in rows):
            yield [k], _alone(joint(rows))
        elif len(rows) > 1:
            alike.setdefault((len(rows), rows[0].deviations.size), []).append(k)
    for (count, replicates), members in alike.items():
        most = max(1, AT_ONCE // (count * replicates))
        for chunk in (members[i : i + most] for i in range(0, len(members), most)):
            yield chunk, _stacked([families[k] for k in chunk])


def _alone(parts: Joint) -> Joint:
    """One family as a stack of families."""
    values, drawn, df, inflation = parts.values, parts.drawn, parts.df, parts.inflation
    return replace(
        parts, values=values[None], drawn=drawn[None], df=df[None], inflation=inflation[None]
    )


def _stacked(families: Sequence[Sequence[Estimate]]) -> Joint:
    """K families of M estimates without undefined replicates: values (K, M), drawn (K, M, R)."""

    def each(field: str) -> NDArray[np.float64]:
        rows = [[getattr(row, field) for row in rows] for rows in families]
        return np.array(rows, dtype=np.float64)

    values, deviations, inflation = each("value"), each("deviations"), each("inflation")
    sd = deviations.std(axis=-1, ddof=1) * inflation
    noise = resolutions(sd, each("effective"), values)
    drawn = values[..., None] + deviations
    return Joint(values, drawn, each("df"), inflation, noise.max(axis=1, keepdims=True), (), ())


def _certain(parts: Joint, level: float) -> NDArray[np.bool_]:
    """ahead[..., i, j]: i is certainly larger than j, simultaneously over all pairs of a family."""
    count = parts.values.shape[-1]
    ahead = np.zeros((*parts.values.shape, count), np.bool_)
    found, c = _against_later(parts, level)
    for i, after in enumerate(found):
        z = after.z
        ahead[..., i, i + 1 :], ahead[..., i + 1 :, i] = z > c, z < -c
    return ahead


def differences_at_once(
    estimates: Sequence[Estimate], level: float = 0.95
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The ends of the intervals of all differences i - j, float64 (M, M), right at once at `level`.

    They exclude 0 where a rank set says that one is better. NaN on the diagonal, and for an
    estimate from which nothing can be inferred.
    """
    low = np.full((len(estimates),) * 2, np.nan)
    usable = [i for i, row in enumerate(estimates) if not withheld(row)]
    if len(usable) > 1:
        own = np.full((len(usable),) * 2, np.nan)
        found, c = _against_later(joint([estimates[i] for i in usable]), level)
        for i, after in enumerate(found):
            reach = after.t(float(c[0])) * after.se
            own[i, i + 1 :], own[i + 1 :, i] = after.values - reach, -after.values - reach
        low[np.ix_(usable, usable)] = own
    return low, -low.T


def _against_later(parts: Joint, level: float) -> tuple[list[Contrasts], NDArray[np.float64]]:
    """Each row but the last against the later ones, and the quantile of the largest of them all.

    The contrasts come without replicates, which would not fit for all pairs.
    """
    most, found = np.zeros(1), []
    for i in range(parts.values.shape[-1] - 1):
        after = _after(parts, i)
        most = np.maximum(most, np.abs(after.standardised()).max(axis=-2))
        found.append(replace(after, centred=np.empty(0)))
    return found, quantile(most, level)[..., None]


def _after(parts: Joint, i: int) -> Contrasts:
    """The differences of row i and every later one; a matrix of all pairs would not fit."""
    later = slice(i + 1, None)
    return combined(
        parts.values[..., i, None] - parts.values[..., later],
        parts.drawn[..., i, None, :] - parts.drawn[..., later, :],
        np.minimum(parts.df[..., i, None], parts.df[..., later]),
        np.maximum(parts.inflation[..., i, None], parts.inflation[..., later]),
        parts.resolution,
    )
