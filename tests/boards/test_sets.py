"""A comparison of two sets of runs is the difference of their means, paired."""

from pathlib import Path

import numpy as np
import pytest

import benchsuite as bs
from benchsuite.boards.compare import compare, open_board
from benchsuite.cli.parser import main
from benchsuite.condition import CLEAN
from benchsuite.errors import BadData
from benchsuite.estimation import interval, mean
from benchsuite.estimation.cells import EVERYBODY
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.forms import Key
from benchsuite.runs.plan import Run
from tests.toys import MEAN, Linear, numbers

KEY = Key("clean", EVERYBODY, "accuracy")
BIASES = {
    "plain-a": 0.1,
    "plain-b": 0.5,
    "told-a": 0.4,
    "told-b": 1.0,
    "seen-a": 0.2,
    "seen-b": 0.7,
    "seen-alone": 2.0,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("results")
    for name, bias in BIASES.items():
        evaluate(Run(MEAN, numbers(), Linear(name, bias=bias), (CLEAN,)), root, replicates=200)
    return root / "toy-mean/numbers"


def of(folder, *names):
    return [open_board(folder / name).estimates[KEY] for name in names]


def test_the_difference_of_sets_is_that_of_their_means_replicate_by_replicate(folder):
    a, b = open_board(folder / "plain-*"), open_board(folder / "told-*")
    row = compare(a, b).query("condition == 'clean' and attribute == ''").iloc[0]
    plain, told = of(folder, "plain-a", "plain-b"), of(folder, "told-a", "told-b")
    expected = [np.mean([e.value for e in side]) for side in (plain, told)]
    assert row[["a", "b"]].tolist() == pytest.approx(expected)
    pairs = mean([y - x for x, y in zip(plain, told, strict=True)])
    found = interval(pairs)
    assert row[["ci_low", "ci_high"]].tolist() == pytest.approx([found.low, found.high])


def test_commas_and_patterns_name_the_same_set_and_a_run_counts_once(folder):
    listed = Path(f"{folder}/told-a,{folder}/told-b,{folder}/told-*")
    assert (
        open_board(listed).estimates[KEY].value
        == open_board(folder / "told-*").estimates[KEY].value
    )


def test_a_set_of_one_run_is_the_run(folder):
    assert open_board(folder / "told-a*").identity.model == "told-a"


def test_a_comparison_of_sets_says_how_many_models_it_is_of(folder, capsys):
    assert main(["compare", f"{folder}/plain-*", f"{folder}/told-*"]) == 0
    assert "mean of 2 models - mean of 2 models (B - A)" in capsys.readouterr().out
    with pytest.raises(BadData, match="expected one run, found 2"):
        bs.compare(folder / "plain-*", folder / "told-*").samples()


def test_matched_patterns_compare_the_names_that_both_have(folder, capsys):
    assert main(["compare", f"{folder}/plain-*", f"{folder}/seen-*", "--matched"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["A: plain-a, plain-b", "B: seen-a, seen-b"]
    found = bs.compare(folder / "plain-*", folder / "seen-*", matched=True)
    values = [e.value for e in of(folder, "seen-a", "seen-b")]
    assert found.b.estimates[KEY].value == np.mean(values)
    with pytest.raises(
        BadData, match=r"plai\*: expected a name that .*seen-\* has, found n-a, n-b"
    ):
        bs.compare(folder / "seen-*", folder / "plai*", matched=True)


def test_what_matches_nothing_and_what_cannot_be_compared_is_one_line(folder, tmp_path):
    with pytest.raises(BadData, match=r"none-\*: expected a pattern that something matches"):
        open_board(folder / "none-*")
    evaluate(Run(MEAN, numbers(40), Linear("told-c"), (CLEAN,)), tmp_path, replicates=200)
    mixed = Path(f"{folder}/told-a,{tmp_path}/toy-mean/numbers/told-c")
    with pytest.raises(BadData, match=r"told-c.*dataset_fingerprint: expected"):
        open_board(mixed)
