"""What makes two runs comparable is one list: comparisons, boards and gates go by it alike."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchsuite.boards.board import Board
from benchsuite.boards.compare import compare
from benchsuite.boards.table import table
from benchsuite.errors import BadData
from benchsuite.estimation import Code, Estimate
from benchsuite.estimation.cells import EVERYBODY
from benchsuite.gates.policy import Policy
from benchsuite.gates.regression import gate
from benchsuite.gates.verdict import Verdict
from benchsuite.runs.manifest import Manifest, Stopped, comparable
from benchsuite.runs.statistics import Statistics
from benchsuite.runs.store import RunDirectory
from tests.toys import MEAN, install, manifest

KEYS = list(comparable(manifest(), 400))
OTHER = {
    "task": "toy-other",
    "task_version": 2,
    "metrics": {"accuracy": 2},
    "dataset": "digits",
    "dataset_fingerprint": "f" * 32,
    "protocol": "adapted",
    "seed": 1,
}
"""Another value of each; of replicates, another number of them; of samples, a part of them."""
PART = Stopped(1, 20, {"clean": 1}, {"clean": 60}, {"clean": 90})


@pytest.fixture(autouse=True)
def toys(monkeypatch):
    install(monkeypatch, MEAN, replace(MEAN, name="toy-other"))


def of(model: str, key: str = "") -> Manifest:
    made = manifest(model=model)
    identity = replace(made.identity, **({key: OTHER[key]} if key in OTHER else {}))
    stopped = PART if key == "samples" else None
    return replace(made, run_id=identity.run_id, identity=identity, stopped=stopped)


def board(model: str, hits: float, key: str = "") -> Board:
    made = of(model, key)
    drawn = np.random.default_rng(3).normal(hits, 0.01, 300 if key == "replicates" else 400)
    cells = {("clean", EVERYBODY, "accuracy"): Estimate.of(hits, drawn, 90, 45)}
    return Board(RunDirectory(Path(made.run_id)), made, cells)


def statistics(model: str, key: str = "") -> Statistics:
    ids = [f"{i:03d}" for i in range(60)]
    hit = np.random.default_rng(5).random(60)
    rows = pd.DataFrame({"sample_id": ids, "cluster": ids, "hit": hit})
    return Statistics(Path(model), of(model, key), {"clean": rows}, ())


def judged(key: str = "") -> Verdict:
    metrics = {"toy-mean": MEAN.metrics[:1], "toy-other": MEAN.metrics[:1]}
    pair = (statistics("a"), statistics("b", key))
    return gate([pair], metrics, Policy(replicates=200)).verdict


def ranks(*boards: Board) -> pd.DataFrame:
    rows = table(boards)
    return rows[(rows["condition"] == "clean") & (rows["form"] == "value")].set_index("model")


def test_runs_of_two_models_are_compared_ranked_together_and_judged():
    a, b = board("a", 0.9), board("b", 0.8)
    assert compare(a, b)["difference"].tolist() == pytest.approx([-0.1])
    assert ranks(a, b)["rank"].to_dict() == {"a": 1, "b": 2}
    assert judged() == Verdict.PASS


@pytest.mark.parametrize("key", KEYS)
def test_a_run_that_differs_in_one_of_the_list_is_not_compared(key):
    assert a_and_b(key) == [key]
    with pytest.raises(BadData, match=f": {key}: expected .* as in A, found "):
        compare(board("a", 0.9), board("b", 0.8, key))


@pytest.mark.parametrize("key", KEYS)
def test_a_run_that_differs_in_one_of_the_list_is_ranked_apart(key):
    found = ranks(board("a", 0.9), board("b", 0.8, key))
    assert found["rank"].to_dict() == {"a": 1, "b": 1}
    sets = {note.arguments for notes in found["note"] for note in notes if note.code == Code.RANKED}
    assert len(sets) == 2
    assert {rows for _, rows in sets} == {1}


@pytest.mark.parametrize("key", KEYS)
def test_a_run_that_differs_in_one_of_the_list_is_invalid_in_the_gate(key):
    # A gate draws its own replicates, so the runs' number of them says nothing there.
    assert judged(key) == (Verdict.PASS if key == "replicates" else Verdict.INVALID)


def a_and_b(key: str) -> list[str]:
    """In which of the list the runs of a test differ."""
    a, b = board("a", 0.9).comparable, board("b", 0.8, key).comparable
    return [name for name in a if a[name] != b[name]]


@pytest.mark.parametrize(
    "more", [{"model_fingerprint": "e" * 32}, {"batch_size": 7}, {"threads": 2}, {"shard_size": 3}]
)
def test_what_is_not_in_the_list_keeps_nothing_apart(more):
    a, b = board("a", 0.9), board("b", 0.8)
    other = replace(b, manifest=manifest(model="b", **more))
    assert a.comparable == other.comparable
    assert other.manifest.run_id != b.manifest.run_id
    assert ranks(a, other)["rank"].to_dict() == {"a": 1, "b": 2}
