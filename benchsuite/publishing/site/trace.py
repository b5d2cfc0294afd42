"""The page of a board's runs: what each was, and the command that makes it again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from benchsuite.boards.seeds import run_ids
from benchsuite.publishing.site.boards import Published
from benchsuite.publishing.site.downloads import behind
from benchsuite.publishing.site.page import Page, Part
from benchsuite.publishing.site.places import model_page, runs_page

APART: Final = ("run_id", "model", "command")
"""Columns with a place of their own."""
WORDS: Final[Mapping[str, str]] = {
    "task_version": "version of the task",
    "dataset_fingerprint": "fingerprint of the dataset",
    "model_fingerprint": "fingerprint of the model",
    "population": "population of its samples",
    "seed": "seed of conditions and weights",
    "batch_size": "batch size",
    "shard_size": "samples in a unit of work",
    "conditions": "conditions measured",
    "noted": "what changed while it ran",
}
"""What columns of `runs.csv` are called on the page."""


@dataclass(frozen=True)
class One:
    """A run: its model, what is its own, and the command that makes it again."""

    run_id: str
    model: str
    page: str
    facts: tuple[tuple[str, str], ...]
    command: str


def run_pages(board: Published) -> Iterator[Part]:
    """The page of all runs of a board, and the files of its table."""
    if board.runs.empty:
        return
    runs = board.runs
    names = [str(name) for name in runs if name not in APART]
    rows = [dict(zip(map(str, runs), row, strict=True)) for row in runs.itertuples(index=False)]
    same = [name for name in names if runs[name].nunique() == 1]
    own = [name for name in names if name not in same]
    models = {run: model for row, model in board.models.items() for run in run_ids(row)}
    files = behind(board, "runs", runs)
    values = {
        "shared": [(_word(name), rows[0][name]) for name in same if rows[0][name]],
        "runs": [_one(board, run, own, models) for run in rows],
        "downloads": files.links,
    }
    yield Page(runs_page(board), "runs.html", f"{board.dataset}: runs", values, "Runs")
    yield from files.files


def _one(
    board: Published, run: Mapping[str, str], own: Sequence[str], models: Mapping[str, str]
) -> One:
    model = models.get(run["run_id"], "")
    page = model_page(board, model) if model else ""
    facts = tuple((_word(name), run[name]) for name in own if run[name])
    return One(run["run_id"], model or run["model"], page, facts, run.get("command", ""))


def _word(column: str) -> str:
    return WORDS.get(column, column)
