"""A sentence claims what an interval shows, and nothing else."""

import math
import re
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchsuite.estimation import Code, Notes, note
from benchsuite.publishing.site import sentences as say
from benchsuite.publishing.site.sentences import Told
from benchsuite.runs.forms import Form

NUMBERS = st.floats(-1, 1).map(lambda value: round(value, 6))
CLAIMS = re.compile(r"\b(better|worse)\b")


class Pair(NamedTuple):
    """The fields of a row of pairs that sentences read."""

    difference: float
    ci_low: float
    ci_high: float
    at_once_low: float = math.nan
    at_once_high: float = math.nan
    pairs: int = 1
    higher_is_better: bool = True
    note: str = ""
    run_a: str = "a"
    run_b: str = "b"
    a: float = 0.0
    b: float = 0.0
    ci_recipe_low: float = math.nan
    ci_recipe_high: float = math.nan


def tidy(value: float, low: float = math.nan, high: float = math.nan, **rest: Any) -> Any:
    """The fields of a tidy row that sentences read."""
    own: dict[str, Any] = {
        "model": "m", "metric": "accuracy", "condition": "text/typo", "suite": "text",
        "group": "", "interval": "t", "note": (), "higher_is_better": True, "rank": math.nan,
        "rank_low": math.nan, "rank_high": math.nan, "ci_recipe_low": math.nan,
        "ci_recipe_high": math.nan, "n": 90.0, "clusters": 90.0, **rest,
    }  # fmt: skip
    return SimpleNamespace(value=value, ci_low=low, ci_high=high, **own)


@given(NUMBERS, NUMBERS, NUMBERS, st.booleans())
def test_two_models_are_told_apart_only_where_the_interval_excludes_0(a, b, c, higher):
    low, value, high = sorted((a, b, c))
    text = " ".join(say.against(Pair(value, low, high, higher_is_better=higher), "m", "other"))
    if low > 0 or high < 0:
        better = (low > 0) == higher
        assert text.startswith(f"m is {'better' if better else 'worse'} than other")
    else:
        assert not CLAIMS.search(text)
        assert ("could not be told apart" in text) == (not low == high == 0)


@given(NUMBERS, NUMBERS, NUMBERS, st.booleans())
def test_a_pair_turned_over_says_the_opposite_and_turned_twice_is_itself(a, b, c, higher):
    low, value, high = sorted((a, b, c))
    row = Pair(
        value, low, high, low, high, higher_is_better=higher, ci_recipe_low=low, ci_recipe_high=high
    )
    one, other = say.verdicts(row), say.verdicts(say.turned(row))
    opposite = {Told.BETTER: Told.WORSE, Told.WORSE: Told.BETTER}
    assert other == tuple(opposite.get(said, said) for said in one)
    assert say.turned(say.turned(row)) == row


def test_a_difference_that_does_not_hold_among_all_pairs_says_so():
    text = " ".join(say.against(Pair(0.2, 0.1, 0.3, -0.01, 0.4, pairs=10), "m", "other"))
    assert "m is better than other" in text
    assert "for this pair by itself" in text
    assert "all 10 pairs at once" in text
    assert "could not be told apart" in text
    holds = " ".join(say.against(Pair(0.2, 0.1, 0.3, 0.05, 0.35, pairs=10), "m", "other"))
    assert "That holds among all 10 pairs" in holds


def test_a_difference_of_recipes_says_whether_it_holds_for_new_trainings():
    row = Pair(0.2, 0.1, 0.3, ci_recipe_low=0.05, ci_recipe_high=0.35)
    assert "For new trainings of both, it holds" in " ".join(say.against(row, "m", "other"))
    wider = row._replace(ci_recipe_low=-0.05)
    assert "it is not shown: ⟨-0.050, 0.350⟩" in " ".join(say.against(wider, "m", "other"))


def test_without_an_interval_nothing_is_claimed():
    row = Pair(0.2, math.nan, math.nan, note="3 clusters: no interval under 5")
    (text,) = say.against(row, "m", "other")
    assert "no interval" in text
    assert not CLAIMS.search(text)


@given(
    st.integers(2, 40).flatmap(
        lambda n: st.tuples(st.just(n), st.integers(1, n), st.integers(1, n))
    )
)
def test_the_others_of_a_rank_set_are_counted_once_each(found):
    models, low, high = found[0], *sorted(found[1:])
    row = tidy(0.5, 0.4, 0.6, rank=low, rank_low=low, rank_high=high, note=ranked(models))
    text = " ".join(say.standing(row))
    better = re.search(r"Surely better than it: (\d+)", text)
    worse = re.search(r"Surely worse than it: (\d+)", text)
    assert (int(better[1]) if better else 0) == low - 1
    assert (int(worse[1]) if worse else 0) == models - high
    alike = re.search(r"(\d+) models? could not be told apart", text)
    nobody = "None of the" in text or "could not be told apart from it" in text
    assert bool(nobody) == (high > low)
    if alike:
        assert int(alike[1]) == high - low


def ranked(models: int) -> Notes:
    return note(Code.RANKED, "ab12", models)


def test_a_model_without_a_number_has_the_reason():
    (text,) = say.standing(tidy(math.nan, note=note(Code.FAILED, "no truth")))
    assert text == "m has no accuracy on clean inputs: the metric failed: no truth."


def test_numbers_of_others_are_numbered_and_nothing_is_claimed():
    text = " ".join(say.standing(tidy(0.5, rank=3.0, note=ranked(9), interval="none")))
    assert "number 3 of 9" in text
    assert "no interval" in text
    assert "urely" not in text


@given(NUMBERS, NUMBERS, NUMBERS, st.booleans())
def test_a_loss_is_claimed_only_where_the_share_of_clean_excludes_1(a, b, c, higher):
    low, value, high = sorted(1 + one for one in (a, b, c))
    row = tidy(value, low, high, higher_is_better=higher)
    (text,) = say.robustness([row], [])
    loses = high < 1 if higher else low > 1
    assert ("No loss could be shown" in text) == (not loses)


def test_conditions_with_a_loss_are_counted():
    rows = [tidy(0.8, 0.7, 0.9), tidy(0.95, 0.9, 1.01, condition="text/plain")]
    text = " ".join(say.robustness([], rows))
    assert "1 of 2 conditions shows a loss" in text
    assert "text/typo costs it most" in text
    assert "none of 2 conditions shows a loss" in " ".join(say.robustness([], rows[1:] * 2))


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(0.01, 0.1, "worse than"), (-0.1, -0.01, "better than"), (-0.1, 0.1, "not be told apart")],
)
def test_a_drop_is_a_loss_only_above_0(low, high, said):
    night = tidy((low + high) / 2, low, high, condition="domain/night")
    (text,) = say.drops([night])
    assert said in text
    assert [*say.drops([night, night])][-1] == "Each domain is judged by itself."


@pytest.mark.parametrize(("higher", "worst"), [(True, "low"), (False, "high")])
def test_a_gap_is_claimed_only_above_0_and_names_the_worst_by_direction(higher, worst):
    groups = [
        tidy(0.2, group="low", higher_is_better=higher),
        tidy(0.9, group="high", higher_is_better=higher),
    ]
    null = tidy(0.1)
    shown = say.equity("race", {Form.GAP: tidy(0.7, 0.5, 0.9), Form.NULL95: null}, groups)
    assert f"{worst} has the worst score" in shown
    assert "under 0.100" in shown
    assert say.equity("race", {Form.GAP: tidy(0.7, 0.0, 0.9)}, groups) == ""
    assert say.equity("race", {Form.GAP: tidy(0.7)}, groups) == ""


def test_many_attributes_are_judged_each_by_itself():
    text = " ".join(say.attributes(["race"], ["race", "age", "sex"]))
    assert "told apart by age, sex" in text
    assert "1 of 3 attributes show a gap, each judged by itself" in text


def test_a_condition_is_surely_won_only_by_a_rank_set_of_one():
    def row(condition: str, low: float, high: float) -> Any:
        return tidy(
            0.5, rank=low, rank_low=low, rank_high=high, condition=condition, note=ranked(5)
        )

    text = " ".join(say.ranks([row("fog", 1, 1), row("snow", 1, 3), row("rain", 4, 5)]))
    assert "surely the best under 1 of 3 conditions: fog" in text
    assert "stands best under fog, rank 1, and worst under rain, rank 4–5" in text
    apart = " ".join(say.ranks([row("fog", 1, 3), row("snow", 2, 4)]))
    assert "stands best" not in apart
    assert "surely the best under" not in apart
    assert "some other model is surely better" in " ".join(
        say.ranks([row("a", 2, 4), row("b", 2, 3)])
    )
