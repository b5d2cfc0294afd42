"""What is behind a cell: its row, where it comes from, and what moves it most."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchsuite.boards.board import Board, load_board
from benchsuite.boards.explain import Explanation, explain
from benchsuite.boards.named import CellName, cell_named, cells_of
from benchsuite.boards.samples import samples
from benchsuite.condition import CLEAN
from benchsuite.dataset import Dataset, Sample, in_memory
from benchsuite.errors import WrongCall
from benchsuite.estimation import Mean
from benchsuite.publishing.explained import Explained
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from benchsuite.runs.statistics import run_statistics
from benchsuite.runs.store import RunDirectory
from tests.toys import MEAN, NOISE, Linear, install, numbers

FAIR = replace(MEAN, metrics=(Mean("accuracy", "hit", bounds=(0, 1), equity=True),))


@pytest.fixture(autouse=True)
def _installed(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, FAIR)


@pytest.fixture
def finished(tmp_path: Path) -> RunDirectory:
    run = Run(FAIR, numbers(), Linear(bias=0.2), (CLEAN, *NOISE))
    return evaluate(run, tmp_path, replicates=200)


@pytest.fixture
def board(finished: RunDirectory) -> Board:
    return load_board(finished)


def of(finished: RunDirectory, *words: str) -> Explanation:
    board = load_board(finished)
    return explain(board, run_statistics(finished), cell_named(board, words))


def slow(finished: RunDirectory, words: list[str], sample: str) -> float:
    """The value of a cell from the statistics, with or without a sample."""
    run = run_statistics(finished)
    cell = cell_named(load_board(finished), words)
    means = {
        c: t[(t["sample_id"] != sample) & ((t["colour"] == cell.group) | (cell.group == ""))]
        for c, t in run.tables.items()
    }
    value = {c: t["hit"].mean() for c, t in means.items()}
    noisy = np.mean([value[c.full_name] for c in NOISE])
    mine = noisy if cell.condition == "corruption" else value[cell.condition]
    return mine / value["clean"] if cell.form == "relative" else mine


@pytest.mark.parametrize(
    "words",
    [
        ["clean"],
        ["corruption/noise/2", "colour=red"],
        ["corruption"],
        ["corruption", "relative"],
        ["relative", "colour=green", "corruption"],
    ],
    ids=" ".join,
)
def test_the_samples_are_those_that_move_the_number_most(finished, words):
    found = of(finished, *words)
    assert found.value == pytest.approx(slow(finished, words, ""), abs=1e-12)
    every = {
        sample: found.value - slow(finished, words, sample)
        for sample in run_statistics(finished).tables["clean"]["sample_id"]
    }
    shown = dict(zip(found.samples["sample_id"], found.samples["influence"], strict=True))
    assert len(shown) == 10
    for sample, moved in shown.items():
        assert moved == pytest.approx(every[sample], abs=1e-12)
    assert min(map(abs, shown.values())) >= sorted(map(abs, every.values()))[-10] - 1e-12


def test_an_explanation_repeats_the_row_of_the_board(finished, board):
    for cell, place in cells_of(board).items():
        found, row = explain(board, run_statistics(finished), cell), board.rows.iloc[place]
        shown = [found.value, found.low, found.high, found.n or np.nan, found.clusters or np.nan]
        expected = row[["value", "ci_low", "ci_high", "n", "clusters"]].astype(float)
        np.testing.assert_array_equal(shown, expected)
        assert (found.interval, found.notes) == (row["interval"], row["note"])


def test_attributes_may_be_called_as_columns(tmp_path):
    taken = {"score of": "x", "population": "x", "influence": "x", "accuracy": "x", "a": "x"}
    samples = [replace(s, attributes=taken) for s in numbers().samples()]
    run = Run(FAIR, in_memory("numbers", samples), Linear(), (CLEAN, *NOISE))
    found = of(evaluate(run, tmp_path, replicates=200), "corruption", "relative")
    assert list(found.samples) == ["sample_id", "cluster", "corruption", "clean", "influence"]


def test_a_mean_over_conditions_is_computed_from_their_values(finished):
    found = of(finished, "corruption")
    assert [cell.condition for cell in found.computed_from] == [c.full_name for c in NOISE]
    assert np.mean([*found.computed_from.values()]) == pytest.approx(found.value)


def test_a_gap_is_computed_from_the_values_of_groups_and_no_sample_is_shown(finished):
    found = of(finished, "colour", "clean")
    assert found.cell.form == "gap" and found.samples.empty
    assert {cell.group for cell in found.computed_from} == {"red", "green", "blue"}
    assert np.ptp([*found.computed_from.values()]) == pytest.approx(found.value)


def test_an_equity_scaled_score_is_computed_from_everybody_too(finished):
    found = of(finished, "colour", "es_sum")
    assert {cell.group for cell in found.computed_from} == {"", "red", "green", "blue"}


def test_the_growth_of_a_gap_is_computed_from_clean_groups_too(finished):
    found = of(finished, "colour", "gap_growth", "corruption/noise/3")
    assert {cell.condition for cell in found.computed_from} == {"clean", "corruption/noise/3"}


@pytest.mark.parametrize("together", [True, False])
def test_a_drop_is_moved_by_samples_of_both_sides(monkeypatch, tmp_path, together):
    def load(domain: str) -> list[Sample]:
        rng = np.random.default_rng(len(domain))
        xs = rng.normal(size=40)
        return [Sample(f"s{i:02d}", {"x": x}, bool(rng.random() < 0.5)) for i, x in enumerate(xs)]

    own = in_memory("two", load(""))
    unrelated = () if together else ("night",)
    data = Dataset("two", own.fingerprint, load, domains=("night",), unrelated=unrelated)
    conditions = (CLEAN, FAIR.known_conditions(data)["domain/night"])
    finished = evaluate(Run(FAIR, data, Linear(), conditions), tmp_path, replicates=200)
    found = of(finished, "drop", "domain/night")
    run = run_statistics(finished)
    moved = {c: samples(run, c).set_index("sample_id")["influence"] for c in run.tables}
    expected = moved["clean"] - moved["domain/night"]
    if not together:
        expected = np.concatenate([moved["clean"], -moved["domain/night"]])
    np.testing.assert_allclose(
        np.abs(found.samples["influence"]), np.sort(np.abs(expected))[::-1][:10], atol=1e-12
    )


def test_a_cell_is_named_by_words_in_any_order_or_by_one_text(board):
    expected = CellName("corruption/noise/2", "accuracy", "value", "colour", "red")
    words = ["colour=red", "corruption/noise/2", "value", "accuracy"]
    assert cell_named(board, words) == cell_named(board, words[::-1]) == expected
    assert cell_named(board, words[:2]) == cell_named(board, [" ".join(words)]) == expected
    assert cell_named(board, []) == CellName("clean", "accuracy", "value")
    assert cell_named(board, ["colour×size=red×big"]).group == "red×big"
    assert cell_named(board, ["noise/2"]) == CellName("corruption/noise/2", "accuracy", "value")
    assert cell_named(board, ["colour"]) == CellName("clean", "accuracy", "gap", "colour")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["coruption"], r"no condition, metric, form or group is called 'coruption' .did you mean"),
        (["colour=rad"], r"did you mean colour=red"),
        (["clean", "corruption"], r"'clean corruption': expected one name of each kind"),
        (["clean", "relative"], r"no cell 'clean accuracy relative'"),
        (["gap", "colour=red"], r"no cell 'clean accuracy gap colour=red'"),
        (["clean accuracy nonsense"], r"called 'clean accuracy nonsense'"),
    ],
)
def test_words_that_name_no_cell_get_their_neighbours(board, words, message):
    with pytest.raises(WrongCall, match=message):
        cell_named(board, words)


def test_a_word_that_names_two_things_is_not_guessed(monkeypatch, tmp_path):
    twice = replace(FAIR, metrics=(*FAIR.metrics, Mean("gap", "hit")))
    install(monkeypatch, twice)
    run = Run(twice, numbers(), Linear(), (CLEAN,))
    board = load_board(evaluate(run, tmp_path, replicates=200))
    with pytest.raises(WrongCall, match="'gap colour' may be 'clean accuracy gap colour' or"):
        cell_named(board, ["gap", "colour"])
    assert cell_named(board, ["gap", "colour=red"]).metric == "gap"


def test_an_explanation_shows_itself_and_nothing_in_it_acts(finished):
    found = of(finished, "clean")
    cell = found.cell._replace(condition="<script>\x1b[31m")
    shown = Explained.of(replace(found, cell=cell, command="benchsuite run 'a;b'"))
    text, page = repr(shown), shown._repr_html_()
    for told in (text, page):
        assert finished.manifest.run_id in told and "benchsuite run" in told and "s0" in told
        assert "\x1b" not in told
    assert "<script" not in page
