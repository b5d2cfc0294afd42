"""Tables of models against places: no cell is lost, and a missing number is told apart."""

import math
from dataclasses import replace

import pytest

from benchsuite.estimation import Code, note
from benchsuite.publishing.site.cells import Cell, absent, cell_of, legend_of, small
from benchsuite.publishing.site.grid import MANY, Place, grid
from tests.site.made import Shape, board


def cells(models, places):
    return {
        (m, p): Cell(f"{i}.{j}", i + j / 10)
        for i, m in enumerate(models)
        for j, p in enumerate(places)
    }


@pytest.mark.parametrize(("models", "places"), [(2, 30), (2, 3), (30, 30)])
def test_every_cell_stands_once_in_either_direction(models, places):
    named, there = [f"m{i}" for i in range(models)], [Place(f"p{j}") for j in range(places)]
    found = grid(named, there, cells(named, there), None)
    assert found.of_models == (models > MANY or places <= MANY)
    shown = sorted(spot.cell.text for line in found.lines for spot in line.spots)
    assert shown == sorted(one.text for one in cells(named, there).values())


@pytest.mark.parametrize("better", [True, False])
def test_the_best_value_has_the_last_colour(better):
    there = [Place("a"), Place("b")]
    found = grid(["m", "n"], there, cells(["m", "n"], there), better)
    steps = {spot.cell.value: spot.step for line in found.lines for spot in line.spots}
    best = max(steps) if better else min(steps)
    assert steps[best] == max(steps.values()) == 8


def test_a_cell_that_is_not_there_says_so_and_has_no_colour():
    found = grid(["m"], [Place("a"), Place("b")], {("m", Place("a")): Cell("1", 1.0)}, True)
    (_, missing) = found.lines[0].spots
    assert missing.cell == absent()
    assert missing.step is None
    assert (absent().text, absent().meaning) in found.legend


class Row:
    """A row of the tidy table."""

    value, ci_low, ci_high, ci_recipe_low, n = 0.5, 0.4, 0.6, math.nan, 3
    interval, note = "score", ()

    def __init__(self, **changed):
        vars(self).update(changed)


@pytest.mark.parametrize(
    ("notes", "text"),
    [
        (note(Code.INCOMPLETE, 3, 15), "part 3/15"),
        (note(Code.EMPTY), "n=0"),
        (note(Code.SINGLE_GROUP), "single"),
        ((), "n=0"),
    ],
)
def test_a_cell_without_a_number_has_a_code_and_a_reason(notes, text):
    found = cell_of(Row(value=math.nan, note=notes))
    assert (found.text, found.value) == (text, None)
    assert found.reason
    assert legend_of([found]) == [(text, found.meaning)]


def test_a_small_group_shows_its_size_and_is_withheld():
    row = Row(interval="withheld", ci_low=math.nan, ci_high=math.nan)
    assert small(row).text == "n=3"
    assert small(row).value is None
    assert "withheld" in small(row).reason
    assert cell_of(row).value == 0.5


def test_an_interval_that_is_not_to_be_trusted_keeps_its_number():
    found = cell_of(Row(note=note(Code.FEW_CLUSTERS, 30)))
    assert found.doubted
    assert found.value == 0.5
    assert "30 clusters" in found.reason


def test_a_board_without_runs_or_findings_has_its_pages(tmp_path):
    from benchsuite.publishing.site.build import build

    plain = board(Shape(models=["ant"]), "toy/plain")
    bare = replace(plain, runs=plain.runs[:0], pairs=plain.pairs[:0], findings="")
    assert len(list(build([bare], tmp_path))) == 2
