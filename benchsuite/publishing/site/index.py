"""The first page of a site: one line for each board."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchsuite.publishing.site.boards import Published
from benchsuite.publishing.site.chart import Chart
from benchsuite.publishing.site.charts import spark_of
from benchsuite.publishing.site.page import Page
from benchsuite.publishing.site.places import board_page
from benchsuite.publishing.site.ranking import blocks, metrics_of


@dataclass(frozen=True)
class Entry:
    """A board on the first page: the first model of its largest ranking.

    models        of the board;   ranked  those of that ranking;   sets  how many rankings there are
    first, value  the model and its headline;   tied  the others that may as well be the best
    line          all models of that ranking on one axis
    """

    board: Published
    path: str
    metric: str
    models: int
    ranked: int
    sets: int
    first: str
    value: str
    tied: int
    line: Chart | None


def index_page(boards: Sequence[Published]) -> Page:
    """The page that names every board, by task."""
    tasks: dict[str, list[Entry]] = {}
    for board in boards:
        tasks.setdefault(board.task, []).append(_entry(board))
    return Page("index.html", "index.html", "Leaderboards", {"tasks": tasks})


def _entry(board: Published) -> Entry:
    metric = metrics_of(board)[0]
    found = blocks(board, metric)
    largest = max(found, key=lambda block: len(block.rows), default=None)
    best = largest.rows[0] if largest else None
    return Entry(
        board=board,
        path=board_page(board),
        metric=metric,
        models=board.table["model"].nunique(),
        ranked=len(largest.rows) if largest else 0,
        sets=len(found),
        first=best.model if best else "",
        value=best.cells[0].text if best else "",
        tied=len(largest.tied) - 1 if largest else 0,
        line=spark_of(board, board.folder.replace("/", "-")),
    )
