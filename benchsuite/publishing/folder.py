"""The published leaderboard of a results folder: a page and its tables for each dataset.

<out>/<task>/<dataset>/            reported-<dataset>/ for numbers that were published elsewhere
    README.md      the findings and the views, for people
    findings.md    written by hand, and never by us: the page shows it below its title
    figure.png     the one that says most; none without matplotlib
    table.parquet  the tidy table; as CSV it would be megabytes in every history
    runs.csv       what each row was: fingerprints, design factors, command, versions; or its source
    pairs.parquet  the paired differences of its models; none for numbers of others
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import pandas as pd

from benchsuite.boards.board import MEASURED, Board, load_boards, warn_left_out
from benchsuite.boards.table import table
from benchsuite.errors import NotAvailable
from benchsuite.files.text import text_of
from benchsuite.files.write import slug, write_bytes
from benchsuite.publishing.elsewhere import figure_of_reported
from benchsuite.publishing.formats import write_table
from benchsuite.publishing.pages import page, page_of_reported
from benchsuite.publishing.pairs import pairs
from benchsuite.publishing.plots import leading
from benchsuite.publishing.tables import runs_table
from benchsuite.publishing.views import Names, names_apart, suite_names

FIGURE: Final = "figure.png"
FINDINGS: Final = "findings.md"
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
    sets: dict[tuple[str, str, bool], list[Board]] = {}
    for board in boards:
        key = (board.identity.task, board.identity.dataset, board.source != MEASURED)
        sets.setdefault(key, []).append(board)
    for (task, dataset, elsewhere), several in sets.items():
        folder = out / slug(task) / f"{REPORTED if elsewhere else ''}{slug(dataset)}"
        _write(folder, several, suite_names(task), elsewhere)
        yield folder


def _write(folder: Path, boards: Sequence[Board], names: Names, elsewhere: bool) -> None:
    found = table(boards)
    picture = _figure(found, names, elsewhere)
    told = text_of(folder / FINDINGS) if (folder / FINDINGS).exists() else ""
    shown = (names, told, FIGURE if picture else "")
    text = page_of_reported(found, *shown) if elsewhere else page(boards, found, *shown)
    write_bytes(folder / "README.md", text.encode())
    if picture:
        write_bytes(folder / FIGURE, picture)
    write_table(found, folder / "table.parquet")
    rows = found[PUBLISHED].drop_duplicates() if elsewhere else runs_table(boards)
    write_table(rows, folder / "runs.csv")
    if not elsewhere:
        write_table(pairs(boards), folder / "pairs.parquet")


def published(
    results: str | Path = "results", out: str | Path = "leaderboards", task: str = "*"
) -> list[Path]:
    """Write a page and its tables for every dataset below `results`, and return their folders.

    Raises BadData where there is no finished run, CannotWrite.
    """
    return [*publish(Path(results), Path(out), task)]


def _figure(found: pd.DataFrame, names: Names, elsewhere: bool) -> bytes | None:
    try:
        return figure_of_reported(found, names) if elsewhere else leading(names_apart(found), names)
    except NotAvailable:  # matplotlib is an extra
        return None
