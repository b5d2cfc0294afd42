"""The first page of a site: one line for each board."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchsuite.publishing.site.boards import Published
from benchsuite.publishing.site.page import Page
from benchsuite.publishing.site.places import board_page
from benchsuite.publishing.site.ranking import blocks, metrics_of


@dataclass(frozen=True)
class Entry:
    """A board on the first page."""

    board: Published
    path: str
    metric: str
    models: int
    first: str
    value: str
    tied: int


def index_page(boards: Sequence[Published]) -> Page:
    """The page that names every board, by task."""
    tasks: dict[str, list[Entry]] = {}
    for board in boards:
        tasks.setdefault(board.task, []).append(_entry(board))
    return Page("index.html", "index.html", "Leaderboards", {"tasks": tasks})


def _entry(board: Published) -> Entry:
    metric = metrics_of(board)[0]
    found = [block for block in blocks(board, metric) if block.rows]
    best = found[0].rows[0] if found else None
    return Entry(
        board=board,
        path=board_page(board),
        metric=metric,
        models=board.table["model"].nunique(),
        first=best.model if best else "",
        value=best.cells[0].text if best else "",
        tied=len(found[0].tied) - 1 if found else 0,
    )
