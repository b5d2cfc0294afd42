"""The first token of an answer as yes or no."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchsuite.endpoint.first import LEAST, probability_of_yes, word


def logs(**probabilities: float) -> dict[str, float]:
    return {token: math.log(p) for token, p in probabilities.items()}


@pytest.mark.parametrize(
    "token",
    ["yes", "Yes", "YES", " Yes", "\u0120Yes", "\u2581yes", "\u010aYes", "\n\nyes", "**Yes", '"Yes"', "Yes.",
     "yes</w>"],
)  # fmt: skip
def test_a_piece_reads_as_its_word(token: str) -> None:
    assert word(token) == "yes"


@pytest.mark.parametrize(
    "token", ["", " ", "**", "<think>", "Y", "yesterday", "not", "none", "y_e_s"]
)
def test_another_piece_is_no_word_of_ours(token: str) -> None:
    assert word(token) not in ("yes", "no")


@given(st.floats(0.001, 1), st.floats(0, 1))
def test_spellings_of_a_word_are_summed(mass: float, share: float) -> None:
    yes, no = mass * share, mass * (1 - share)
    first = {
        " Yes": yes / 4,
        "\u0120yes": yes / 4,
        "YES": yes / 2,
        "No": no / 2,
        "\u2581no": no / 2,
    }
    found = probability_of_yes({t: math.log(p) for t, p in first.items() if p})
    if mass > LEAST + 1e-9:
        assert found == pytest.approx(share, abs=1e-9)
    if mass < LEAST - 1e-9:
        assert found is None, "the answer begins with another word"


@pytest.mark.parametrize(
    "first",
    [{}, {"**": -0.05, "Yes": -8.0}, {"<think>": 0.0}, {"Yes": math.nan}, {"Yes": -math.inf}],
)
def test_what_is_no_answer_has_no_probability(first: dict[str, float]) -> None:
    assert probability_of_yes(first) is None
    assert probability_of_yes({}, least=0.0) is None


def test_a_probability_beyond_one_does_not_end_a_run() -> None:
    assert probability_of_yes({"Yes": 1e9, **logs(No=0.5)}) == pytest.approx(2 / 3)
