"""The published leaderboard of a results folder: a page and its tables for each dataset.

<out>/<task>/<dataset>/            reported-<dataset>/ for numbers that were published elsewhere
    README.md      the findings and the views, for people
    findings.md    written by hand, and never by us: the page shows it below its title
    figure.png     the one that says most, beside those of the task's own; none without matplotlib
    table.parquet  the tidy table; as CSV it would be megabytes in every history. `note` has the
                   notes in words, and `codes` the same for programs
    runs.csv       what each row was: fingerprints, design factors, command, versions; or its source
    pairs.parquet  the paired differences of its models; none for numbers of others
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Final

import pandas as pd

from benchsuite.boards.board import MEASURED, Board, load_boards, warn_left_out
from benchsuite.boards.submissions import RUNS
from benchsuite.boards.table import COLUMNS, table
from benchsuite.errors import NotAvailable, WrongCall, of_others
from benchsuite.estimation import Code, note
from benchsuite.estimation.notes import decoded, encoded
from benchsuite.files.parquet import parquet_table
from benchsuite.files.text import text_of
from benchsuite.files.write import slug, write_bytes
from benchsuite.publishing.elsewhere import figure_of_reported
from benchsuite.publishing.formats import write_table
from benchsuite.publishing.pages import page, page_of_reported
from benchsuite.publishing.pairs import pairs
from benchsuite.publishing.plots import leading
from benchsuite.publishing.tables import runs_table
from benchsuite.publishing.views import Names, names_apart, suite_names
from benchsuite.task import load_task

FIGURE: Final = "figure.png"
FINDINGS: Final = "findings.md"
TABLE: Final = "table.parquet"
PAIRS: Final = "pairs.parquet"
REPORTED: Final = "reported-"
PUBLISHED: Final = ["run_id", "task", "model", "dataset", "protocol", "source"]
"""What `runs.csv` says of a row that was published elsewhere."""


def publish(
    results: Path, out: Path, task: str = "*", left_out: Callable[[str], None] = warn_left_out
) -> Iterator[Path]:
    """Write every task's and dataset's folder under `out`; yields the folders.

    Raises BadData where there is no finished run, CannotWrite.
    """
    yield from publish_boards(load_boards(results, task, left_out), out)


def publish_boards(boards: Sequence[Board], out: Path) -> Iterator[Path]:
    """Write a folder under `out` for each task and dataset, apart for numbers of others."""
    for place, several in by_folder(boards).items():
        found = table(several)
        paired = None if several[0].source != MEASURED else pairs(several)
        write_board(out / place, several, found, runs_of(several, found), paired)
        if paired is not None:
            _draw_own(several[0].identity.task, found, out / place)
        yield out / place


def by_folder(boards: Iterable[Board]) -> dict[str, list[Board]]:
    """The boards of each dataset by their folder: `bright/birco`, `bright/reported-bright`."""
    sets: dict[str, list[Board]] = {}
    for board in boards:
        kept_apart = "" if board.source == MEASURED else REPORTED
        place = f"{slug(board.identity.task)}/{kept_apart}{slug(board.identity.dataset)}"
        sets.setdefault(place, []).append(board)
    return sets


def write_board(
    folder: Path,
    boards: Sequence[Board],
    found: pd.DataFrame,
    runs: pd.DataFrame,
    paired: pd.DataFrame | None,
) -> None:
    """Write the folder of one dataset.

    boards  what its page says was measured;   found  the tidy table
    paired  the differences of its models; None for numbers of others
    """
    names, elsewhere = suite_names(boards[0].identity.task), paired is None
    picture = _figure(found, names, elsewhere)
    told = text_of(folder / FINDINGS) if (folder / FINDINGS).exists() else ""
    shown = (names, told, FIGURE if picture else "")
    text = page_of_reported(found, *shown) if elsewhere else page(boards, found, *shown)
    write_bytes(folder / "README.md", text.encode())
    if picture:
        write_bytes(folder / FIGURE, picture)
    write_table(found.assign(codes=found["note"].map(encoded)), folder / TABLE)
    write_table(runs, folder / RUNS)
    if paired is not None:
        write_table(paired, folder / PAIRS)


def stored_table(folder: Path) -> pd.DataFrame:
    """The tidy table of a folder, with notes as codes. Words alone are those of an older table.

    Raises BadData for a table that is damaged or of other columns.
    """
    found = parquet_table(folder / TABLE, COLUMNS)
    if "codes" in found:
        notes = found["codes"].map(cache(decoded))
    else:
        notes = found["note"].map(lambda text: note(Code.SAID, text) if text else ())
    return found.assign(note=notes.astype(object))[list(COLUMNS)]


def runs_of(boards: Sequence[Board], found: pd.DataFrame) -> pd.DataFrame:
    """One row for each run of a dataset's tidy table: what it was, or who published it."""
    elsewhere = boards[0].source != MEASURED
    return found[PUBLISHED].drop_duplicates() if elsewhere else runs_table(boards)


def published(
    results: str | Path = "results", out: str | Path = "leaderboards", task: str = "*"
) -> list[Path]:
    """Write a page and its tables for every dataset below `results`, and return their folders.

    Raises BadData where there is no finished run, CannotWrite.
    """
    return [*publish(Path(results), Path(out), task)]


def _draw_own(name: str, found: pd.DataFrame, folder: Path) -> None:
    """Write the task's own figures, which the findings may show; none without matplotlib."""
    with suppress(NotAvailable, WrongCall):  # the task of a board may be gone
        if (task := load_task(name)).draw is not None:
            with of_others(f"task {name}: figures"):
                task.draw(names_apart(found), folder)


def _figure(found: pd.DataFrame, names: Names, elsewhere: bool) -> bytes | None:
    try:
        return figure_of_reported(found, names) if elsewhere else leading(names_apart(found), names)
    except NotAvailable:  # matplotlib is an extra
        return None
