"""The notebook of the task tells what happens: its stored outputs are those of a run today."""

import re

import nbformat
import pytest

pytest.importorskip("nbclient", reason="nbclient is not installed")

from tests.tasks.fairseg.story import STORY, executed

NUMBER = re.compile(r"-?\d+\.?\d*")
IMAGE = "image/png"


@pytest.fixture(scope="module")
def stored():
    return nbformat.read(STORY, as_version=4)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    return executed(tmp_path_factory.mktemp("story"))


def outputs(notebook):
    return [one for cell in notebook.cells for one in cell.get("outputs", [])]


def told(output):
    """What an output shows as text: a stream, a table in HTML, or a plain value."""
    data = output.get("data", {})
    return output.get("text") or data.get("text/html") or data["text/plain"]


def test_the_stored_outputs_are_those_of_a_run_today(stored, fresh):
    assert [(one.cell_type, one.source) for one in stored.cells] == [
        (one.cell_type, one.source) for one in fresh.cells
    ]
    assert len(outputs(stored)) == len(outputs(fresh)) >= 10
    for before, now in zip(outputs(stored), outputs(fresh), strict=True):
        assert NUMBER.sub("#", told(before)) == NUMBER.sub("#", told(now))
        numbers = [[float(n) for n in NUMBER.findall(told(one))] for one in (before, now)]
        assert numbers[0] == pytest.approx(numbers[1], abs=0.002)


def test_it_shows_tables_and_two_small_pictures(stored, fresh):
    for notebook in (stored, fresh):
        shown = [one.get("data", {}) for one in outputs(notebook)]
        pictures = [len(data[IMAGE]) for data in shown if IMAGE in data]
        assert len(pictures) == 2
        assert max(pictures) < 130_000, "base64 of 100 kB"
        assert sum("text/html" in data for data in shown) >= 5
    assert not [one for one in outputs(stored) if one.get("name") == "stderr"]


def test_the_story_holds(fresh):
    """The prose names what the outputs show: the U-Net is better, and the gate says so."""
    verdicts = [told(one).split() for one in outputs(fresh) if one.get("name") == "stdout"]
    assert ["FAIL", "1"] in [words[:2] for words in verdicts]
    assert any("PASS" in words for words in verdicts)
