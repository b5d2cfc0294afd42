"""Processes beside a model decode, alter and measure; the bytes are those of one process."""

import os
import signal
import threading
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from benchsuite.condition import CLEAN, Condition
from benchsuite.dataset import in_memory
from benchsuite.errors import BadData
from benchsuite.runs.engine_local import Local
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from tests.runs.test_evaluate import a_run, contents
from tests.toys import AP, MEAN, Centred, Linear, numbers

BESIDE = Local(prefetch=2)


@pytest.mark.parametrize(
    ("task", "model"), [(MEAN, Linear(bias=0.2)), (AP, Centred())], ids=["mean", "ap adapted"]
)
def test_processes_beside_the_model_give_the_same_bytes(tmp_path, task, model):
    run = a_run(task=task, model=model)
    one = contents(evaluate(run, tmp_path / "one", replicates=20).path)
    beside = contents(evaluate(run, tmp_path / "beside", BESIDE, replicates=20).path)
    assert len(one) > 10
    assert one == beside


@dataclass(frozen=True)
class Watched(Linear):
    """Says where it is called, and fails if it is called twice at once."""

    folder: str = ""

    def predict(self, state, inputs):
        mark = Path(self.folder) / "busy"
        assert not mark.exists()
        mark.touch()
        (Path(self.folder) / f"{os.getpid()}-{threading.get_ident()}").touch()
        found = super().predict(state, inputs)
        mark.unlink()
        return found


def test_the_model_is_called_in_this_process_by_one_unit_at_a_time(tmp_path):
    seen = tmp_path / "seen"
    seen.mkdir()
    evaluate(a_run(model=Watched(folder=str(seen))), tmp_path, BESIDE, replicates=20)
    callers = [path.name.split("-") for path in seen.iterdir()]
    assert {pid for pid, _ in callers} == {str(os.getpid())}
    assert len({thread for _, thread in callers}) > 1


def fails_at_s0007(value: float, severity: int, generator: np.random.Generator) -> float:
    raise ValueError("no such picture") if value == SEVENTH else AssertionError("another sample")


SEVENTH = numbers().samples()[7].inputs["x"]


def kills(value: float, severity: int, generator: np.random.Generator) -> float:
    os.kill(os.getpid(), signal.SIGKILL)
    return value


def kills_once(value: float, severity: int, generator: np.random.Generator) -> float:
    grave = Path(os.environ["TEST_GRAVE"])
    return value if grave.exists() else kills(grave.touch() or value, severity, generator)


def spoilt(alter) -> Run:
    bad = Condition("corruption", "bad", 1, "bad", "x", alter)
    task = replace(MEAN, conditions=(*MEAN.conditions, bad))
    only = in_memory("seventh", [numbers().samples()[7]])
    return a_run(task=task, dataset=only, conditions=(CLEAN, bad))


@pytest.mark.parametrize("engine", [Local(), BESIDE], ids=["alone", "beside"])
def test_a_sample_that_cannot_be_altered_is_named(tmp_path, engine):
    with pytest.raises(
        BadData, match="corruption/bad/1, sample 's0007', predict: ValueError: no s"
    ):
        evaluate(spoilt(fails_at_s0007), tmp_path, engine, replicates=20)


@pytest.mark.slow
def test_a_batch_at_which_processes_beside_the_model_always_die_is_named(tmp_path):
    with pytest.raises(
        BadData, match=r"^corruption/bad/1, samples from 's0007': .* in each of 3 tries"
    ):
        evaluate(spoilt(kills), tmp_path, BESIDE, replicates=20)


@pytest.mark.slow
def test_a_process_beside_the_model_that_dies_once_changes_no_number(tmp_path, monkeypatch):
    monkeypatch.setenv("TEST_GRAVE", str(tmp_path / "grave"))  # processes inherit it
    run = evaluate(spoilt(kills_once), tmp_path / "beside", BESIDE, replicates=20)
    told = "corruption/bad/1, samples from 's0007': a process beside the model died"
    assert run.status["lost"] == [f"{told}; the batch was tried again"]
    alone = evaluate(spoilt(kills_once), tmp_path / "alone", replicates=20)
    assert contents(run.path) == contents(alone.path)
