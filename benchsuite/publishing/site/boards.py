"""What a site is made of: the boards of datasets, from published folders or from runs.

A published folder holds what no run has to be there for. What it has not, a page does not show.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pandas as pd

from benchsuite.boards.board import MEASURED, Board, load_boards
from benchsuite.boards.seeds import run_ids
from benchsuite.boards.submissions import RUNS
from benchsuite.boards.table import table
from benchsuite.errors import BadData, BenchsuiteError
from benchsuite.estimation.wording import in_words
from benchsuite.files.parquet import parquet_table
from benchsuite.files.table import csv_rows
from benchsuite.files.text import text_of
from benchsuite.files.write import slug, slugs
from benchsuite.publishing.folder import (
    FINDINGS,
    PAIRS,
    TABLE,
    by_folder,
    runs_of,
    stored_table,
)
from benchsuite.publishing.pairs import PAIRS as PAIR_COLUMNS
from benchsuite.publishing.pairs import pairs
from benchsuite.publishing.views import Names, names_apart, suite_names
from benchsuite.task import load_task
from benchsuite.task.origin import Access


@dataclass(frozen=True, eq=False)
class Published:
    """The board of one dataset: what its pages are made of.

    folder       its place in a site, and below `leaderboards/`: `bright/birco`
    table        the tidy table (`boards.table.COLUMNS`) with notes as codes; a model's name stands
                 for one row of it
    runs         one row a run, keyed by `run_id`; all texts
    pairs        paired differences of its models, notes in words; empty where they are unknown
    findings     Markdown that a person has written; may be empty
    elsewhere    whether others published the numbers
    stand_in     whether the dataset is a small one that comes with the task
    names        what the task calls the means of its suites
    directories  where its runs are, by `run_id`; empty where they are not here
    """

    task: str
    dataset: str
    folder: str
    table: pd.DataFrame
    runs: pd.DataFrame
    pairs: pd.DataFrame
    findings: str
    elsewhere: bool
    stand_in: bool
    names: Names
    directories: Mapping[str, Path] = field(default_factory=dict)

    @cached_property
    def by_metric(self) -> dict[str, pd.DataFrame]:
        """The rows of the table by metric, the headline first."""
        parts = self.table.groupby("metric", sort=False)
        return {str(metric): rows for metric, rows in parts}

    @cached_property
    def models(self) -> dict[str, str]:
        """The models by the `run_id` of their rows."""
        first = self.table.drop_duplicates("run_id")
        return dict(zip(map(str, first["run_id"]), map(str, first["model"]), strict=True))

    @cached_property
    def files(self) -> dict[str, str]:
        """What the files of models and metrics are called, by their names."""
        return slugs([*self.models.values(), *self.by_metric], ["index"])

    @property
    def headline(self) -> str:
        """The metric that ranks the models."""
        return next(iter(self.by_metric))


def published(
    paths: Sequence[Path], left_out: Callable[[str], None], task: str = "*"
) -> list[Published]:
    """The boards of results folders and folders of published boards, in the order of their places.

    `left_out` gets a line for each run or board that has no page. Of two boards of one place, the
    one of the first path counts. Raises BadData where a path holds neither.
    """
    found: dict[str, Published] = {}
    for path in paths:
        tables = sorted(path.rglob(TABLE))
        if not tables:
            several = list(published_of(load_boards(path, task, left_out)))
        else:
            several = [one for place in tables for one in read_published(place.parent)]
        for one in several:
            if task not in ("*", one.task):
                continue
            if found.setdefault(one.folder, one) is not one:
                left_out(f"left out: {path}: another path has the board {one.folder}")
    if not found:
        raise BadData(f"{', '.join(map(str, paths))}: expected a board of task {task}, found none")
    return [found[folder] for folder in sorted(found)]


def read_published(folder: Path) -> list[Published]:
    """The boards in one folder that `publish` wrote: one for each dataset of its table.

    Raises BadData for a table that is damaged or of other columns.
    """
    found = stored_table(folder)
    runs = _texts(pd.DataFrame([row for _, row in csv_rows(folder / RUNS, ["run_id"])]))
    paired, findings = folder / PAIRS, folder / FINDINGS
    place = f"{slug(str(found['task'].iloc[0]))}/{folder.resolve().name}"
    return _apart(
        place, found, runs,
        parquet_table(paired, PAIR_COLUMNS) if paired.exists() else pd.DataFrame(),
        text_of(findings) if findings.exists() else "",
    )  # fmt: skip


def published_of(boards: Sequence[Board]) -> Iterator[Published]:
    """The boards of runs: one for each dataset."""
    for place, several in by_folder(boards).items():
        found = table(several)
        runs = _texts(runs_of(several, found))
        directories = {one.manifest.run_id: one.directory.path for one in several}
        yield from _apart(place, found, runs, in_words(pairs(several)), "", directories)


def _apart(
    place: str,
    found: pd.DataFrame,
    runs: pd.DataFrame,
    pairs: pd.DataFrame,
    findings: str,
    directories: Mapping[str, Path] | None = None,
) -> list[Published]:
    """A folder's boards, with datasets of one name, and models of one name, apart."""
    task, found = str(found["task"].iloc[0]), _plain(found)
    elsewhere = bool((found["source"] != MEASURED).any())
    parts = {str(name): part for name, part in names_apart(found).groupby("dataset", sort=False)}
    return [
        Published(
            task=task,
            dataset=dataset,
            folder=place if len(parts) == 1 else f"{place}-{_fingerprint(part)[:6]}",
            table=part.reset_index(drop=True),
            runs=_behind(part, runs),
            pairs=pairs,
            findings=findings,
            elsewhere=elsewhere,
            stand_in=comes_with_the_task(task, dataset),
            names=suite_names(task),
            directories=directories or {},
        )
        for dataset, part in parts.items()
    ]


def _behind(table: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """The runs of these rows."""
    known = {run for row in table["run_id"].unique() for run in run_ids(str(row))}
    return runs[runs["run_id"].isin(known)].reset_index(drop=True)


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """The table with its texts as Python's: pages take rows of it a thousand times."""
    texts = map(str, table.select_dtypes("string"))
    return table.astype(dict.fromkeys(texts, object))


def _fingerprint(table: pd.DataFrame) -> str:
    return str(table["dataset_fingerprint"].iloc[0])


def comes_with_the_task(task: str, dataset: str) -> bool:
    """Whether the dataset is a stand-in; False where the task is not installed."""
    try:
        origin = load_task(task).origin(dataset)
    except BenchsuiteError:
        return False
    return origin is not None and origin.access == Access.INCLUDED


def _texts(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.fillna("").astype(str)
