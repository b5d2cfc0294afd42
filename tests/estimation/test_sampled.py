"""pass@k and maj@k are the means over all draws of k of the n answers."""

import math
from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchsuite.estimation.sampled import maj_at, pass_at

ANSWERS = st.lists(st.sampled_from(["", "a", "b", "c", "d"]), min_size=1, max_size=8)
RIGHT = {"a": True, "b": False, "c": False, "d": False, "": False}


def votes(answers: list[str], k: int) -> float:
    """The majority's chance by looking at every draw."""
    every = [Counter(filter(None, drawn)) for drawn in combinations(answers, k)]
    won = 0.0
    for counts in every:
        best = [one for one, count in counts.items() if count == max(counts.values())]
        won += sum(RIGHT[one] for one in best) / len(best) if best else 0.0
    return won / len(every)


@given(ANSWERS, st.integers(1, 8))
def test_the_chance_of_a_majority_is_that_of_all_draws(answers, k):
    k = min(k, len(answers))
    right = [RIGHT[one] for one in answers]
    assert maj_at(k, answers, right) == pytest.approx(votes(answers, k), abs=1e-12)


@given(ANSWERS, st.integers(1, 8))
def test_the_chance_of_any_right_answer_is_that_of_all_draws(answers, k):
    k, right = min(k, len(answers)), [RIGHT[one] for one in answers]
    draws = [any(drawn) for drawn in combinations(right, k)]
    assert pass_at(k, len(right), sum(right)) == pytest.approx(sum(draws) / len(draws), abs=1e-12)


@given(ANSWERS.filter(lambda answers: "" not in answers))
def test_a_vote_of_one_or_two_is_worth_a_single_answer(answers):
    right = [RIGHT[one] for one in answers]
    for k in range(1, min(2, len(answers)) + 1):
        assert maj_at(k, answers, right) == pytest.approx(sum(right) / len(right))


def test_a_text_that_was_judged_both_ways_counts_by_its_share():
    assert maj_at(3, ["a", "a", "b"], [True, False, False]) == pytest.approx(0.5)


def test_ten_thousand_answers_overflow_nothing():
    exact = 1 - math.comb(9_990, 5_000) / math.comb(10_000, 5_000)
    assert pass_at(5_000, 10_000, 10) == pytest.approx(exact, abs=1e-12)
    even = ["a"] * 5_000 + ["b"] * 5_000
    assert maj_at(9, even, [True] * 5_000 + [False] * 5_000) == pytest.approx(0.5, abs=1e-9)


def test_the_published_example_of_the_estimator():
    """Chen et al.: with c of n right, the plain 1 - (1 - c/n)^k is too low."""
    assert pass_at(1, 20, 5) == pytest.approx(0.25)
    assert pass_at(5, 20, 5) == pytest.approx(1 - math.comb(15, 5) / math.comb(20, 5))
    assert pass_at(5, 20, 5) > 1 - 0.75**5
    assert pass_at(6, 10, 5) == 1.0
