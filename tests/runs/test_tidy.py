"""A run stores the rows that it gives to boards; a board shows the same with them and without."""

import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from benchsuite.boards.table import leaderboard
from benchsuite.condition import CLEAN, Condition
from benchsuite.estimation import Code, Mean, Note
from benchsuite.runs import tidy
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.forms import Form
from benchsuite.runs.plan import Run
from benchsuite.runs.store import RunDirectory
from benchsuite.runs.tidy import TidyRow, frame_of, store_rows, stored_rows
from benchsuite.task import silent
from tests.toys import MEAN, NOISE, Linear, numbers

TASK = replace(
    MEAN,
    metrics=(Mean("accuracy", "hit", bounds=(0, 1), equity=True), Mean("hits", "hit")),
    chance={"accuracy": 0.5},
)
FAR = Condition("domain", "far", family="domain")


class Twice:
    """The numbers, and the same again elsewhere."""

    def __call__(self, domain):
        return numbers().samples()


RUN = Run(TASK, replace(numbers(), load=Twice(), domains=("far",)), Linear(), (CLEAN, *NOISE, FAR))


def tidy_files(directory: RunDirectory) -> list:
    return sorted(directory.path.glob("tidy-*.parquet"))


def same(a: pd.DataFrame, b: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(a, b, check_exact=True)
    assert [*map(repr, a["note"])] == [*map(repr, b["note"])]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    root = tmp_path_factory.mktemp("results")
    for seed, bias in (("0", 0.2), ("1", 0.5), ("", 0.8)):
        model = Linear("recipe" if seed else "alone", bias=bias, seed=seed)
        evaluate(replace(RUN, model=model), root, replicates=200)
    evaluate(
        replace(RUN, model=Linear("partial"), conditions=(CLEAN, NOISE[0])), root, replicates=200
    )
    return root


def test_a_board_is_the_same_without_the_stored_rows(made, tmp_path):
    bare = tmp_path / "results"
    shutil.copytree(made, bare)
    files = list(bare.rglob("tidy-*.parquet"))
    assert len(files) == 4
    for path in files:
        path.unlink()
    same(leaderboard(made), leaderboard(bare))


def test_a_board_of_stored_rows_computes_no_interval_and_no_gap(made, tmp_path, monkeypatch):
    def never(*_: object, **__: object) -> None:
        pytest.fail("computed again")

    whole = leaderboard(made).query("model == 'alone' and form != 'mde'")
    shutil.copytree(made / "toy-mean/numbers/alone", tmp_path / "toy-mean/numbers/alone")
    monkeypatch.setattr(tidy, "shown", never)
    monkeypatch.setattr(tidy, "interval", never)
    found = leaderboard(tmp_path)
    assert {Form.GAP, Form.ES_SUM, Form.GAP_GROWTH, Form.DROP, Form.CHANCE} <= set(found["form"])
    shown = ["condition", "attribute", "group", "form", "value", "ci_low", "ci_high"]
    pd.testing.assert_frame_equal(found[shown], whole[shown].reset_index(drop=True))


@pytest.mark.parametrize("damage", ["removed", "flipped", "foreign"])
def test_stored_rows_that_do_not_fit_are_computed_again(tmp_path, damage):
    directory = evaluate(RUN, tmp_path / "a", replicates=200)
    before = leaderboard(tmp_path / "a")
    (path,) = tidy_files(directory)
    data = path.read_bytes()
    path.unlink()
    if damage == "flipped":
        middle = len(data) // 2
        path.write_bytes(data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :])
    if damage == "foreign":
        other = evaluate(replace(RUN, model=Linear(bias=2.0)), tmp_path / "b", replicates=200)
        shutil.copy(tidy_files(other)[0], directory.path)
    assert stored_rows(directory, directory.manifest) is None
    same(leaderboard(tmp_path / "a"), before)
    evaluate(RUN, tmp_path / "a", replicates=200)
    assert [one.read_bytes() for one in tidy_files(directory)] == [data]


def test_rows_that_other_code_has_computed_are_not_shown(tmp_path, monkeypatch):
    directory = evaluate(RUN, tmp_path, replicates=200)
    assert stored_rows(directory, directory.manifest) is not None
    monkeypatch.setattr(tidy, "_code", lambda: "of yesterday")
    assert stored_rows(directory, directory.manifest) is None
    store_rows(directory, silent)
    assert stored_rows(directory, directory.manifest) is not None


def test_a_run_that_gets_more_conditions_stores_its_rows_anew(tmp_path):
    directory = evaluate(replace(RUN, conditions=(CLEAN,)), tmp_path, replicates=200)
    first = stored_rows(directory, directory.manifest)
    evaluate(RUN, tmp_path, replicates=200)
    again = stored_rows(directory, directory.manifest)
    assert first is not None and again is not None
    assert len(tidy_files(directory)) == 1
    assert set(again["condition"]) > set(first["condition"])


def test_every_field_of_a_row_survives_the_file(tmp_path, monkeypatch):
    rows = [
        TidyRow("clean", "race×sex", "A×b", "AP", "value", 0.1 + 0.2, 0.1, 1 / 3, "score", 90, 45,
                1.0, False, (Note(Code.LEFT_OUT, ("x", "“y”")), Note(Code.NO_VARIATION))),
        TidyRow("corruption", "", "", "AP", "value", np.nan, coverage=0.25),
    ]  # fmt: skip
    monkeypatch.setattr(tidy, "tidy_rows", lambda *_, **__: rows)
    directory = evaluate(replace(RUN, conditions=(CLEAN,)), tmp_path, replicates=20)
    found = stored_rows(directory, directory.manifest)
    assert found is not None
    same(found, frame_of(rows))
    assert list(found.columns) == list(TidyRow._fields)
    first, second = (TidyRow(*row) for row in found.itertuples(index=False, name=None))
    assert first == rows[0]
    assert np.isnan([second.value, second.ci_low, second.n, second.clusters]).all()
