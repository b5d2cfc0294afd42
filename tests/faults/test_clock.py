"""A clock that is set back moves no number, ends no run, and makes no kept answer a new one."""

import itertools
import time
from types import SimpleNamespace

import pytest

from benchsuite.endpoint import Used
from benchsuite.endpoint.kept import Whose
from benchsuite.runs.answers import answers, answers_of, begin_answers, note_answers
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.inventory import State, inventory
from benchsuite.runs.store import RunDirectory
from tests.faults.models import RUN, numbers_of
from tests.toys import manifest


@pytest.fixture
def clock(monkeypatch):
    """The machine's clock, as a person sets it."""
    held = SimpleNamespace(now=1_000_000.0)
    monkeypatch.setattr(time, "time", lambda: held.now)
    return held


def test_a_clock_that_runs_backwards_moves_no_number_and_ends_no_run(tmp_path, monkeypatch):
    plain = evaluate(RUN, tmp_path / "plain", replicates=200)
    ticks = itertools.count(2_000_000_000, -3600)
    monkeypatch.setattr(time, "time", lambda: float(next(ticks)))
    run = evaluate(RUN, tmp_path / "back", replicates=200)
    assert numbers_of(run.path) == numbers_of(plain.path)
    assert run.complete
    assert [one.state for one in inventory(tmp_path / "back")] == [State.COMPLETE]


def used(asked: float) -> Used:
    return Used(f"answer of {asked}", asked, Whose("model"))


def test_an_answer_of_a_complete_run_is_a_kept_one_when_it_is_called_again_whatever_the_clock_says(
    tmp_path, clock
):
    directory = RunDirectory(tmp_path)
    directory.write_manifest(manifest())
    begin_answers(directory)
    model = SimpleNamespace(answered=lambda: [used(clock.now)])
    note_answers(directory, "clean/00000", model)
    directory.write_status(state="complete")
    assert (answers(directory).asked, answers(directory).kept) == (1, 0)
    clock.now -= 86_400
    begin_answers(directory)
    assert (answers(directory).asked, answers(directory).kept) == (0, 1)
    note_answers(directory, "clean/00001", model)
    assert answers(directory).every == 2


def test_an_answer_of_the_future_counts_as_kept(clock):
    found = answers_of(
        [used(clock.now + 1), used(clock.now - 1), used(clock.now - 3)], clock.now - 2
    )
    assert (found.asked, found.kept) == (1, 2)
