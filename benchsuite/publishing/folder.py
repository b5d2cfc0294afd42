"""The published leaderboard of a results folder: a page and its tables for each dataset.

<out>/<task>/<dataset>/
    README.md      the findings and the views, for people
    findings.md    written by hand, and never by us: the page shows it below its title
    figure.png     the one that says most; none without matplotlib
    table.parquet  the tidy table; as CSV it would be megabytes in every history
    runs.csv       what each row was: fingerprints, design factors
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import pandas as pd

from benchsuite.boards.board import Board, load_boards, warn_left_out
from benchsuite.boards.table import table
from benchsuite.errors import NotAvailable
from benchsuite.files.text import text_of
from benchsuite.files.write import slug, write_bytes
from benchsuite.publishing.ceilings import held
from benchsuite.publishing.escape import in_markdown
from benchsuite.publishing.formats import markdown, write_table
from benchsuite.publishing.narrow import narrow
from benchsuite.publishing.plots import leading
from benchsuite.publishing.tables import runs_table
from benchsuite.publishing.views import (
    VIEWS,
    Names,
    headline_first,
    names_apart,
    nothing,
    once,
    suite_names,
    view,
    without_value,
)
from benchsuite.publishing.words import legend

FIGURE: Final = "figure.png"
FINDINGS: Final = "findings.md"


def publish(
    results: Path, out: Path, task: str = "*", left_out: Callable[[str], None] = warn_left_out
) -> Iterator[Path]:
    """Write every task's and dataset's folder under `out`; yields the folders.

    Raises BadData where there is no finished run, CannotWrite.
    """
    sets: dict[tuple[str, str], list[Board]] = {}
    for board in load_boards(results, task, left_out):
        sets.setdefault((board.identity.task, board.identity.dataset), []).append(board)
    for (name, dataset), boards in sets.items():
        folder = out / slug(name) / slug(dataset)
        found = table(boards)
        picture = _figure(found, suite_names(name))
        told = text_of(folder / FINDINGS) if (folder / FINDINGS).exists() else ""
        text = page(boards, found, suite_names(name), told, FIGURE if picture else "")
        write_bytes(folder / "README.md", text.encode())
        if picture:
            write_bytes(folder / FIGURE, picture)
        write_table(found, folder / "table.parquet")
        write_table(runs_table(boards), folder / "runs.csv")
        yield folder


def published(
    results: str | Path = "results", out: str | Path = "leaderboards", task: str = "*"
) -> list[Path]:
    """Write a page and its tables for every dataset below `results`, and return their folders.

    Raises BadData where there is no finished run, CannotWrite.
    """
    return [*publish(Path(results), Path(out), task)]


def _figure(found: pd.DataFrame, names: Names) -> bytes | None:
    try:
        return leading(names_apart(found), names)
    except NotAvailable:  # matplotlib is an extra
        return None


def page(
    boards: Sequence[Board], found: pd.DataFrame, names: Names, findings: str = "", figure: str = ""
) -> str:
    """The page of one dataset: findings, what was measured, a figure, every view of its table."""
    first = boards[0]
    identity = first.identity
    clean = found[(found["kind"] == "clean") & (found["attribute"] == "")]
    headline = headline_first(found)[0]
    facts = [
        f"{int(clean['n'].max())} samples in {int(clean['clusters'].max())} clusters",
        f"{first.comparable['replicates']:,} bootstrap replicates, seed {identity.seed}",
        f"protocol: {identity.protocol or 'the task’s own'}",
        first.manifest.dataset_note,
    ]
    lines = [
        f"# {identity.task}: {in_markdown(identity.dataset)}",
        "",
        *([findings.strip("\n"), ""] if findings else []),
        f"{'; '.join(in_markdown(fact) for fact in facts if fact)}.",
        "Brackets are 95 % intervals; a rank is the set of ranks that the data does not rule out.",
        "",
        *([f"![{in_markdown(headline)} of each model]({figure})", ""] if figure else []),
    ]
    for by in VIEWS:
        shown = view(found, by, names=names)
        of = "" if by == "overall" else f": {in_markdown(headline)}"
        left_out = without_value(found) if by == "overall" else {}
        told = [*legend(shown, names, left_out), *held(found, by, [headline])]
        marks = [f"- {in_markdown(line)}" for line in told]
        lines += [f"## By {by}{of}", "", *_tables(once(shown), by)]
        lines += [*marks, *([""] if marks else [])]
    return "\n".join(lines).rstrip("\n") + "\n"


def _tables(shown: pd.DataFrame, by: str) -> Iterator[str]:
    """A view as Markdown, in tables that fit a page."""
    if shown.empty:
        yield nothing(by) + "\n"
        return
    for part in narrow(shown):
        yield markdown(part.table)
        if part.left_out:
            yield in_markdown(part.left_out) + "\n"
