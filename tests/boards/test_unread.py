"""A row says how many answers could not be read, and is not ranked where they are many."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchsuite.boards.ranked import MOST_UNREAD
from benchsuite.boards.table import leaderboard
from benchsuite.condition import CLEAN
from benchsuite.dataset import Sample, in_memory
from benchsuite.estimation import Code, Mean, Note
from benchsuite.publishing.formats import encode
from benchsuite.publishing.views import view
from benchsuite.publishing.words import legend
from benchsuite.runs.cells import what_is_missing
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from benchsuite.task import Task

QUERIES = 20
"""Each is asked about twice."""


@dataclass(frozen=True)
class Mumbles:
    """Answers all but the first `unread` queries, whose answers cannot be read."""

    name: str
    unread: int

    @property
    def fingerprint(self) -> str:
        return self.name

    def predict(self, state, inputs):
        return [2.0 * (int(one.id) < self.unread) for one in inputs]


def measure(sample, prediction, shared):
    return {"score": float(int(sample.id) % 3), "questions": 2, "unread": int(prediction)}


TASK = Task("asks", 1, "", measure, (Mean("score", "score"),), {}, {})
DATASET = in_memory(
    "queries", [Sample(str(i), {}, None, {"half": "ab"[i // 10]}) for i in range(QUERIES)]
)


def run(root: Path, unread: int, **settings: object):
    model = Mumbles(f"reads {QUERIES - unread}", unread)
    return evaluate(replace(Run(TASK, DATASET, model, (CLEAN,)), **settings), root, replicates=200)


def rows(root: Path) -> pd.DataFrame:
    table = leaderboard(root)
    return table[table["form"] == "value"].set_index(["model", "group"])


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    root = tmp_path_factory.mktemp("results")
    for unread in (0, 2, 3, QUERIES):
        run(root, unread)
    return rows(root)


def test_a_row_and_each_group_say_how_many_answers_could_not_be_read(board: pd.DataFrame) -> None:
    for unread in (2, 3, QUERIES):
        for group, members in (("", QUERIES), ("a", 10), ("b", 10)):
            inside = max(0, unread - 10) if group == "b" else min(unread, members)
            told = (
                Note(Code.UNREAD, (2 * inside, 2 * members))
                in board["note"][f"reads {QUERIES - unread}", group]
            )
            assert told == (inside > 0)
    assert not any(one.code == Code.UNREAD for one in board["note"]["reads 20", ""])


def test_a_row_is_ranked_up_to_the_declared_share(board: pd.DataFrame) -> None:
    assert MOST_UNREAD == 2 / QUERIES
    assert board["rank"]["reads 20", ""] == board["rank"]["reads 18", ""] == 1
    for model in ("reads 17", "reads 0"):
        assert np.isnan(board["rank"][model, ""])
        assert Note(Code.NOT_RANKED, (MOST_UNREAD,)) in board["note"][model, ""]


def test_people_see_it_wherever_the_row_is_shown(tmp_path: Path) -> None:
    run(tmp_path, 3)
    table = leaderboard(tmp_path)
    text = encode(table, "csv").decode()
    assert "unusable answers to 6 of 40 questions" in text
    assert "not ranked: more than 10% of answers are unusable" in text
    shown = view(table)
    assert "◇" in shown["score"][0] and shown["rank"][0] == "–"
    assert any("unusable" in line for line in legend(shown, {}, {}))


def test_a_run_of_which_nothing_could_be_read_is_not_done(tmp_path: Path) -> None:
    missing = what_is_missing(TASK.metrics, run(tmp_path, QUERIES))
    assert missing is not None and missing.notes[0] == Note(Code.UNREAD, (40, 40))
    assert what_is_missing(TASK.metrics, run(tmp_path, 10)) is None, "a group is no run"


def test_the_counts_of_a_run_in_shards_and_of_a_resumed_one_are_the_same(tmp_path: Path) -> None:
    whole, parts = run(tmp_path / "a", 3), run(tmp_path / "b", 3, shard_size=7)
    assert whole.cells().column("notes").to_pylist() == parts.cells().column("notes").to_pylist()
    before = (whole.path / "cells.parquet").read_bytes()
    (whole.path / "cells.parquet").unlink()
    assert run(tmp_path / "a", 3).path == whole.path
    assert (whole.path / "cells.parquet").read_bytes() == before
