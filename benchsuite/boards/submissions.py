"""The submissions of a board: what each has to share with the others, and all of them as boards.

A board is one set of runs that can be compared. The first of its submissions says what all have to
share; the runs that are published come before those that are new.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd

from benchsuite.boards.board import MEASURED, Board
from benchsuite.errors import BadData, some_of
from benchsuite.files.table import csv_rows
from benchsuite.runs.answers import answers
from benchsuite.runs.ceilings import ceilings_of
from benchsuite.runs.manifest import comparable
from benchsuite.runs.submission import Submission, differences, open_submission

SUBMISSIONS: Final = "submissions"
RUNS: Final = "runs.csv"
SHARED: Final = ("task", "task_version", "dataset", "dataset_fingerprint", "protocol", "seed")
"""What `runs.csv` says of a run that all runs of a board share."""
MOST_TOLD: Final = 5
"""Lines about the cells of one submission."""


def folders_of(board: Path) -> list[Path]:
    """The folders of a board's submissions, those of published runs first."""
    shown = [row["run_id"] for row in published_runs(board)]
    order = {run_id: place for place, run_id in enumerate(shown)}
    found = (board / SUBMISSIONS).iterdir() if (board / SUBMISSIONS).is_dir() else iter(())
    return sorted(found, key=lambda path: (order.get(path.name, len(order)), path.name))


def published_runs(board: Path) -> list[dict[str, str]]:
    """The rows of the board's `runs.csv`; none of a board that nobody has published."""
    path = board / RUNS
    return [row for _, row in csv_rows(path, ("run_id",))] if path.exists() else []


def problems_of(submission: Submission) -> Iterator[str]:
    """What is wrong with a submission by itself: a line each."""
    path, run_id = submission.path, submission.manifest.run_id
    if path.name != run_id:
        yield f"{path}: expected a folder of the name {run_id}, its run_id"
    found = list(differences(submission))
    yield from (f"{path}: {line}" for line in found[:MOST_TOLD])
    if len(found) > MOST_TOLD:
        yield f"{path}: and {len(found) - MOST_TOLD} more cells"


def opened(folders: Sequence[Path]) -> tuple[list[Submission], list[str]]:
    """The submissions that can be read, and a line for each that cannot."""
    found, problems = [], []
    for folder in folders:
        try:
            found.append(open_submission(folder))
        except BadData as error:
            problems.append(str(error))
    return found, problems


def problems_beside(
    board: Path, submission: Submission, others: Sequence[Submission]
) -> Iterator[str]:
    """Why a submission cannot stand on a board, beside its other submissions: a line each."""
    mine, path = submission.manifest.identity, submission.path
    if others:
        first = others[0]
        expected = comparable(first.manifest, first.replicates)
        found = comparable(submission.manifest, submission.replicates)
    else:
        rows = published_runs(board)
        expected = {name: rows[0][name] for name in SHARED if rows and name in rows[0]}
        found = {name: str(getattr(mine, name)) for name in SHARED}
    unlike = [name for name, one in expected.items() if one != found[name]]
    for name in unlike:
        yield f"{path}: {name}: expected {expected[name]} as on the board, found {found[name]}"
    if others and not unlike:
        yield from _unlike(submission, others)


def _unlike(submission: Submission, others: Sequence[Submission]) -> Iterator[str]:
    """What a comparable run has to share with the others, besides."""
    first, path = others[0], submission.path
    for what, expected in _facts(first).items():
        found = _facts(submission)[what]
        if wrong := [name for name, one in expected.items() if found.get(name, one) != one]:
            yield f"{path}: {what}: expected '{wrong[0]}' as in {first.path.name}, found another"
    asked = [c for c in first.manifest.conditions
             if all(c in other.manifest.conditions for other in others)]  # fmt: skip
    if absent := [c for c in asked if c not in submission.manifest.conditions]:
        yield (f"{path}: expected the conditions that every other run of the board has, found none "
               f"of {some_of(absent)}")  # fmt: skip
    for condition in submission.manifest.conditions:
        if condition in first.manifest.conditions:
            yield from _other_samples(submission, first, condition)


def _facts(submission: Submission) -> dict[str, Mapping[Any, Any]]:
    """What a manifest says of task and dataset, by what it is and by name."""
    manifest = submission.manifest
    return {
        "metrics": {one.name: one for one in manifest.own},
        "known_conditions": {one.condition: one for one in manifest.known_conditions},
        "populations": manifest.populations,
        "chance": manifest.chance,
        "crossed": {"×".join(names): names for names in manifest.crossed},
        "ceilings": {
            cell: (f"{one.value:.9f}", one.n)
            for cell, one in ceilings_of(submission.directory).items()
        },
    }


def _other_samples(submission: Submission, first: Submission, condition: str) -> Iterator[str]:
    found, expected = (_who(one, condition) for one in (submission, first))
    where = f"{submission.path}: {condition}: expected the samples of {first.path.name}"
    if found.equals(expected):
        return
    if absent := [sample for sample in expected.index if sample not in found.index]:
        yield f"{where}, found none called '{absent[0]}' ({len(absent)} are absent)"
    elif more := [sample for sample in found.index if sample not in expected.index]:
        yield f"{where}, found '{more[0]}' as well ({len(more)} are foreign)"
    elif {*found} != {*expected}:
        names = [", ".join(map(str, one.columns)) for one in (expected, found)]
        yield f"{where} with {names[0]}, found {names[1]}"
    else:
        unlike = (found[[*expected]] != expected).any(axis=1)
        yield f"{where}, found another cluster or attribute of '{unlike.idxmax()}'"


def _who(submission: Submission, condition: str) -> pd.DataFrame:
    """The clusters and attributes of the samples, by sample id."""
    return submission.samples(condition).set_index("sample_id").sort_index()


def board_of(submission: Submission) -> Board:
    """The run of a submission as a leaderboard sees it: its cells come from its statistics."""
    manifest, directory = submission.manifest, submission.directory
    source = manifest.source or MEASURED
    return Board(directory, manifest, submission.cells, source, answers=answers(directory))
