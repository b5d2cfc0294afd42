"""Ranks are sets: what the data cannot tell apart shares them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from benchsuite.estimation import Estimate, Rank, every_rank_set, rank_sets
from tests.estimation.scenarios import Draw


def rows(means: list[float], n: int = 200) -> list[Estimate]:
    draw = Draw(0, "ranks", len(means), 400)
    rng = draw.rng
    return draw.means(rng.normal(0, 0.1, (n, 1)) + rng.normal(0, 0.1, (n, len(means))) + means)


def test_what_is_far_apart_has_a_certain_rank() -> None:
    assert rank_sets(rows([0.1, 0.9, 0.5])) == [Rank(3, 3, 3), Rank(1, 1, 1), Rank(2, 2, 2)]


def test_lower_can_be_better() -> None:
    found = rank_sets(rows([0.1, 0.9, 0.5]), higher_is_better=False)
    assert [r.rank for r in found] == [1, 3, 2]


def test_what_cannot_be_told_apart_shares_its_set() -> None:
    near, close, far = rank_sets(rows([0.5, 0.5, 0.0]))
    assert {near.rank, close.rank} == {1, 2}
    assert (near.low, near.high) == (close.low, close.high) == (1, 2)
    assert far == Rank(3, 3, 3)


def test_exact_ties_share_the_better_rank() -> None:
    first, second = rows([0.9, 0.1])
    assert rank_sets([first, first, second]) == [Rank(1, 1, 2), Rank(1, 1, 2), Rank(3, 3, 3)]


def test_the_last_bit_of_a_sum_breaks_no_tie() -> None:
    first, second = rows([0.9, 0.1])
    bit = replace(first, value=np.nextafter(first.value, 1))
    assert rank_sets([first, bit, second]) == [Rank(1, 1, 2), Rank(1, 1, 2), Rank(3, 3, 3)]


def test_a_single_row_is_first() -> None:
    assert rank_sets(rows([0.5])) == [Rank(1, 1, 1)]
    assert rank_sets([]) == []


def test_without_a_value_there_is_no_rank_and_the_others_keep_theirs() -> None:
    missing = Estimate.of(math.nan, np.full(400, np.nan, np.float32), 0, 0)
    a, b = rows([0.9, 0.1])
    assert rank_sets([missing, a, b]) == [Rank(None, None, None), *rank_sets([a, b])]


def test_too_few_clusters_leave_every_rank_open() -> None:
    few = Estimate.of(0.5, np.full(400, 0.5, np.float32), 4, 4)
    found = rank_sets([*rows([0.9, 0.1]), few])
    assert found == [Rank(1, 1, 2), Rank(3, 2, 3), Rank(2, 1, 3)]


@given(st.permutations([0.1, 0.12, 0.3, 0.5, 0.51]))
@settings(max_examples=20, deadline=None)
def test_a_set_holds_its_rank_whatever_the_order(means: list[float]) -> None:
    for rank in rank_sets(rows(means)):
        assert rank.rank is not None
        assert rank.low is not None
        assert rank.high is not None
        assert 1 <= rank.low <= rank.rank <= rank.high <= 5


def test_many_families_at_once_are_ranked_as_each_by_itself() -> None:
    rng = np.random.default_rng(4)
    families = [rows(rng.normal(0.5, 0.05, size).tolist()) for size in (1, 2, 3, 3, 3, 5, 0)]
    undefined = families[2][0].deviations.copy()
    undefined[7] = np.nan
    families.append([replace(families[2][0], deviations=undefined), *families[2][1:]])
    families.append([replace(families[3][0], value=math.nan), *families[3][1:]])
    families.append([replace(families[4][0], clusters=4), *families[4][1:]])
    better = [k % 2 == 0 for k in range(len(families))]
    alone = [rank_sets(rows, up) for rows, up in zip(families, better, strict=True)]
    assert every_rank_set(families, better) == alone
    assert any(rank.low == rank.high for ranks in alone for rank in ranks if rank.rank)
