"""Verdicts on the worst group and on the gap, derived from contrasts of the groups.

They are never cells of max-T. An extremum's replicates are off centre, and other groups that move
would raise 17–30 % false alarms. The test of "some contrast is positive against all" takes the
minimum over "all" and max-T over "some". Its critical value is the largest over the "all" index:
the least favourable case under the null (STATISTICS.md, The gate).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from .contrasts import Array, Joint, contrasts, growths, joint
from .estimate import Estimate
from .notes import Code, Notes, note
from .testing import Verdict


@dataclass(frozen=True, eq=False)
class Derived:
    """The verdict at `alpha`; p is NaN where there is no verdict.

    left_out  positions of the groups that lack a value on either side
    z, null   the statistic on the normal scale, and its replicates (R',) under the null
    """

    verdict: Verdict
    p: float
    notes: Notes = ()
    left_out: tuple[int, ...] = ()
    z: float = math.nan
    null: Array = field(default_factory=lambda: np.empty(0), repr=False)

    @property
    def worse(self) -> bool:
        return self.verdict == "worse"


def worst_fell(
    baseline_groups: Sequence[Estimate],
    candidate_groups: Sequence[Estimate],
    alpha: float,
    higher_is_better: bool = True,
) -> Derived:
    """Whether the worst group's score got worse: some candidate group is below all baseline groups.

    That is, for some g, b_h - c_g > 0 for all h. Groups are in the same order on both sides.
    """
    sign = 1.0 if higher_is_better else -1.0

    def blocks(groups: int) -> Iterable[Array]:
        identity = np.eye(groups)
        for h in range(groups):
            b_h = np.tile(identity[h], (groups, 1))
            yield sign * np.hstack([b_h, -identity])

    return _decide(baseline_groups, candidate_groups, alpha, blocks)


def gap_grew(
    baseline_groups: Sequence[Estimate], candidate_groups: Sequence[Estimate], alpha: float
) -> Derived:
    """Whether the gap grew: some pair of candidate groups is further apart than all baseline pairs.

    That is, for some (i, j), (c_i - c_j) - (b_k - b_l) > 0 for all (k, l).
    """
    return _decide(baseline_groups, candidate_groups, alpha, growths)


def _decide(
    baseline: Sequence[Estimate],
    candidate: Sequence[Estimate],
    alpha: float,
    blocks: Callable[[int], Iterable[Array]],
) -> Derived:
    both = list(zip(baseline, candidate, strict=True))
    missing = tuple(i for i, pair in enumerate(both) if any(math.isnan(e.value) for e in pair))
    kept = [pair for i, pair in enumerate(both) if i not in missing]
    if len(kept) < 2:
        return Derived("no verdict", math.nan, note(Code.SINGLE_GROUP), missing)
    parts = joint([b for b, _ in kept] + [c for _, c in kept])
    if parts.reason:
        return Derived("no verdict", math.nan, parts.reason, missing)
    z, null = _test(parts, blocks(len(kept)))
    return _at(Derived("no verdict", math.nan, parts.notes, missing, z, null), null, alpha)


def together(found: Sequence[Derived], alpha: float) -> list[Derived]:
    """The same verdicts, at one `alpha` for all: each against the largest of their replicates."""
    tested = [one.null for one in found if one.null.size]
    if not tested:
        return list(found)
    length = min(len(null) for null in tested)
    null = np.max([one[:length] for one in tested], axis=0)
    return [_at(one, null, alpha) if one.null.size else one for one in found]


def _at(one: Derived, null: Array, alpha: float) -> Derived:
    p = float((1 + (null >= one.z).sum()) / (1 + len(null)))
    return replace(one, verdict="worse" if p <= alpha else "not worse", p=p)


def _test(parts: Joint, blocks: Iterable[Array]) -> tuple[float, Array]:
    """The statistic of "for some row, positive in all blocks", and its replicates.

    Each block (C, G) is one value of the "all" index. The replicates are those of the block that
    goes furthest.
    """
    statistics, maxima = [], []
    for block in blocks:
        family = contrasts(parts, block)
        statistics.append(family.z)
        maxima.append(family.standardised().max(axis=0))
    observed = np.min(statistics, axis=0).max()
    furthest = int((np.array(maxima) >= observed).sum(axis=1).argmax())
    return float(observed), maxima[furthest]
