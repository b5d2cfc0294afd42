"""Verdicts on the worst group and on the gap, derived from contrasts of the groups.

They are never cells of max-T. An extremum's replicates are off centre, and other groups that move
would raise 17–30 % false alarms. The test of "some contrast is positive against all" takes the
minimum over "all" and max-T over "some". Its critical value is the largest over the "all" index:
the least favourable case under the null (STATISTICS.md, The gate).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from .contrasts import Array, Joint, contrasts, growths, joint
from .estimate import Estimate
from .notes import Code, Notes, note
from .testing import Verdict


@dataclass(frozen=True)
class Derived:
    """The verdict at `alpha`; p is NaN where there is no verdict.

    left_out  positions of the groups that lack a value on either side
    """

    verdict: Verdict
    p: float
    notes: Notes = ()
    left_out: tuple[int, ...] = ()

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
    p = _test(parts, blocks(len(kept)))
    return Derived("worse" if p <= alpha else "not worse", p, parts.notes, missing)


def _test(parts: Joint, blocks: Iterable[Array]) -> float:
    """p of "for some row, positive in all blocks"; each block (C, G) is one value of the "all"
    index."""
    statistics, maxima = [], []
    for block in blocks:
        family = contrasts(parts, block)
        statistics.append(family.z)
        maxima.append(family.standardised().max(axis=0))
    observed = np.min(statistics, axis=0).max()
    beyond = (np.array(maxima) >= observed).sum(axis=1)
    return float((1 + beyond.max()) / (1 + parts.drawn.shape[1]))
