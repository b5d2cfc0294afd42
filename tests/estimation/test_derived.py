"""Worst groups and gaps of two runs: what is harm to a group, and what is not."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchsuite.estimation import Change, Derived, Estimate, Moves, difference, together
from benchsuite.estimation.intervals import skew
from benchsuite.estimation.moderation import moderated
from benchsuite.estimation.testing import statistic
from tests.estimation.scenarios import Draw


def groups(means: Sequence[float], case: str = "groups", count: int = 400) -> list[Estimate]:
    draw = Draw(0, case, 0, 400)
    scores = draw.rng.normal(0, 0.1, (count, 1)) + np.array(means)
    mine = np.arange(count)[:, None] % len(means) == np.arange(len(means))
    return draw.means(np.where(mine, scores, np.nan))


def moves(b: list[Estimate], c: list[Estimate], better: bool = True) -> Moves:
    changes = [difference(new, old, better) for old, new in zip(b, c, strict=True)]
    return Moves.of((b, c), [Change(d, 0.0, d.clusters) for d in changes], better)


def verdicts(b: list[Estimate], c: list[Estimate], better: bool = True) -> tuple[Derived, Derived]:
    of = moves(b, c, better)
    worst, gap = together([of.worst_fell(), of.gap_grew()], 0.05)
    return worst, gap


def test_a_worst_group_that_falls_is_named_and_so_is_what_it_is_behind() -> None:
    worst, gap = verdicts(groups([0.7, 0.8, 0.9]), groups([0.5, 0.8, 0.9]))
    assert (worst.cell.verdict, worst.claim.group) == ("worse", 0)
    assert (gap.cell.verdict, gap.claim.group, gap.claim.ahead) == ("worse", 0, 2)
    back = verdicts(groups([0.5, 0.8, 0.9]), groups([0.7, 0.8, 0.9]))
    assert [one.cell.verdict for one in back] == ["not worse"] * 2


def test_a_gap_that_grows_because_others_get_better_is_no_harm() -> None:
    b, c = groups([0.7, 0.8, 0.9]), groups([0.7, 0.8, 1.1])
    assert [one.cell.verdict for one in verdicts(b, c)] == ["not worse"] * 2
    before, after = moves(b, c).gap
    assert after - before == pytest.approx(0.2)


def test_a_middle_group_that_falls_but_not_to_the_bottom_harms_neither() -> None:
    b, c = groups([0.5, 0.8, 0.9]), groups([0.5, 0.65, 0.9])
    assert [one.cell.verdict for one in verdicts(b, c)] == ["not worse"] * 2


def test_errors_that_rise_are_a_worst_group_that_gets_worse() -> None:
    b, c = groups([0.1, 0.2]), groups([0.1, 0.5])
    assert verdicts(b, c, better=False)[0].cell.worse
    assert not verdicts(b, c)[0].cell.worse


def test_a_group_that_did_not_change_harms_nothing_however_the_others_move() -> None:
    b = groups([0.7, 0.8, 0.9])
    c = [b[0], *groups([0.7, 0.85, 0.95])[1:]]
    assert all(not one.cell.worse for one in verdicts(b, c))


@given(st.lists(st.floats(0.2, 0.9), min_size=2, max_size=4), st.floats(0, 0.3), st.randoms())
@settings(max_examples=20, deadline=None)
def test_no_improvement_is_harm_and_the_order_of_groups_says_nothing(means, rise, random) -> None:
    b = groups(means)
    c = groups([mean + random.choice([0.0, rise]) for mean in means])
    found = verdicts(b, c)
    assert all(not one.cell.worse for one in found)
    back = verdicts(b[::-1], c[::-1])
    assert [one.cell.p for one in back] == pytest.approx([one.cell.p for one in found])


def slowly(b: list[Estimate], c: list[Estimate]) -> Iterator[tuple[tuple[int, int], float]]:
    """The z of the weakest contrast of each claim, by loops over replicates."""
    old, new = (
        moderated(b, (-math.inf, math.inf)).groups,
        moderated(c, (-math.inf, math.inf)).groups,
    )
    d = [difference(y, x) for x, y in zip(b, c, strict=True)]
    own, every = moderated(d, (-math.inf, math.inf)).groups, range(len(b))

    def z(one: Estimate) -> float:
        return statistic(Change(one, skew(one.defined), one.clusters))

    def move(g: int, h: int) -> Estimate:
        return own[g] if g == h else new[g] - old[h]

    for g in every:
        yield (
            (g, g),
            max(statistic(Change(d[g], 0.0, 1)), *(z(move(g, h)) for h in every if h != g)),
        )
    for j in every:
        for i in every:
            if i != j:
                rest = [move(j, k) - move(i, h) for k in every for h in every if h != k]
                yield (j, i), max(statistic(Change(d[j], 0.0, 1)), *map(z, rest))


def test_a_claim_is_the_weakest_of_all_contrasts_that_have_to_hold() -> None:
    b, c = groups([0.7, 0.8, 0.72]), groups([0.68, 0.8, 0.73], "others")
    of = moves(b, c)
    found = {
        (one.group, one.ahead): statistic(one.change) for one in [*of.worst_fell(), *of.gap_grew()]
    }
    expected = dict(slowly(b, c))
    assert found.keys() == expected.keys()
    for claim, z in expected.items():
        assert found[claim] == pytest.approx(z, abs=0.02), claim


def test_the_ends_hold_what_the_worst_group_and_the_gap_change() -> None:
    missed = np.zeros(2)
    for run in range(60):
        draw = Draw(3, "ends", run, 200)
        rng = draw.rng
        inside = np.where(np.arange(120)[:, None] % 3 == np.arange(3), 1.0, np.nan)
        shared, truth = rng.normal(0, 0.1, (120, 1)), np.array([0.7, 0.71, 0.8])
        b, c = (
            draw.means((shared + rng.normal(0, 0.1, (120, 1)) + mean) * inside)
            for mean in (truth, truth[::-1] - 0.05)
        )
        of = moves(b, c)
        for k, (ends, true) in enumerate(((of.worst_moved(), -0.05), (of.gap_moved(), 0.0))):
            assert ends[0] < ends[1]
            missed[k] += not ends[0] <= true <= ends[1]
    assert (missed <= 6).all()


def test_exact_claims_of_a_worst_group_and_of_a_gap_count_once() -> None:
    b = groups([0.7, 0.8, 0.9])
    d = [difference(x, x) for x in b]
    d[0] = Estimate.of(-0.03, d[0].replicates - 0.03, 133, 133)
    few = Change(d[0], 0.0, 10, np.full(10, -0.003))
    c = [b[0] + -0.03, *b[1:]]
    of = Moves.of((b, c), [few, *(Change(x, 0.0, 0) for x in d[1:])])
    for one in together([of.worst_fell(), of.gap_grew()], 0.05):
        assert one.cell.p == pytest.approx(max(2.0**-10, one.cell.p))
        assert one.cell.worse
