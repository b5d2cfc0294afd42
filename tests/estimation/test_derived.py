"""Worst groups and gaps of two runs: what is harm to a group, and what is not."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchsuite.estimation import Change, Derived, Estimate, Moves, difference, step_down, together
from benchsuite.estimation.moderation import moderated
from benchsuite.estimation.testing import statistic
from tests.estimation.scenarios import Draw


def groups(means: Sequence[float], case: str = "groups", count: int = 400) -> list[Estimate]:
    draw = Draw(0, case, 0, 400)
    scores = draw.rng.normal(0, 0.1, (count, 1)) + np.array(means)
    mine = np.arange(count)[:, None] % len(means) == np.arange(len(means))
    return draw.means(np.where(mine, scores, np.nan))


def moves(
    b: list[Estimate], c: list[Estimate], better: bool = True, fell: Collection[int] | None = None
) -> Moves:
    changes = [difference(new, old, better) for old, new in zip(b, c, strict=True)]
    shown = [i for i, worse in enumerate(step_down(changes, 0.05).worse) if worse]
    return Moves.of((b, c), shown if fell is None else fell, better)


def verdicts(
    b: list[Estimate], c: list[Estimate], better: bool = True, fell: Collection[int] | None = None
) -> tuple[Derived, Derived]:
    of = moves(b, c, better, fell)
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


def test_no_group_is_harmed_that_is_not_itself_shown_to_be_worse() -> None:
    b, c = groups([0.7, 0.8, 0.9]), groups([0.5, 0.8, 0.9])
    for one in verdicts(b, c, fell=[1, 2]):
        assert (one.cell.verdict, one.claim.group != 0) == ("not worse", True)
    for one in verdicts(b, c, fell=[]):
        assert one.cell.verdict == "not worse"
        assert math.isnan(one.cell.p)


MEANS = st.lists(st.floats(0.2, 0.9), min_size=2, max_size=4)


@given(MEANS, st.floats(0, 0.3), st.randoms(use_true_random=False))
@settings(max_examples=10, deadline=None)
def test_no_improvement_is_harm(means, rise, random) -> None:
    better = groups([mean + random.choice([0.0, rise]) for mean in means])
    assert all(not one.cell.worse for one in verdicts(groups(means), better))


@given(MEANS, st.floats(-0.1, 0.1))
@settings(max_examples=10, deadline=None)
def test_the_order_of_groups_says_nothing(means, fall) -> None:
    b, c = groups(means), groups([means[0] - fall, *means[1:]], "others")
    every = range(len(means))
    found, back = verdicts(b, c, fell=every), verdicts(b[::-1], c[::-1], fell=every)
    assert [one.cell.p for one in back] == pytest.approx([one.cell.p for one in found], abs=0.01)


def slowly(b: list[Estimate], c: list[Estimate]) -> Iterator[tuple[tuple[int, int], float]]:
    """The z of the weakest contrast of each claim, by loops over replicates."""
    old, new = (
        moderated(b, (-math.inf, math.inf)).groups,
        moderated(c, (-math.inf, math.inf)).groups,
    )
    d = [difference(y, x) for x, y in zip(b, c, strict=True)]
    own, every = moderated(d, (-math.inf, math.inf)).groups, range(len(b))

    def z(one: Estimate) -> float:
        return statistic(Change(one, 0.0, one.clusters))

    def move(g: int, h: int) -> Estimate:
        return own[g] if g == h else new[g] - old[h]

    for g in every:
        yield (g, g), max(z(move(g, h)) for h in every if h != g)
    for j in every:
        for i in every:
            if i != j:
                yield (
                    (j, i),
                    max(z(move(j, k) - move(i, h)) for k in every for h in every if h != k),
                )


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
