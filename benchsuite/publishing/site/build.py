"""A site of published boards: every page, written whole."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from benchsuite.files.write import write_bytes
from benchsuite.publishing.site.board import board_pages
from benchsuite.publishing.site.boards import Published
from benchsuite.publishing.site.compare import compare_pages
from benchsuite.publishing.site.conditions import condition_pages
from benchsuite.publishing.site.groups import group_pages
from benchsuite.publishing.site.index import index_page
from benchsuite.publishing.site.model import model_pages
from benchsuite.publishing.site.page import Maker, Page, html_of
from benchsuite.publishing.site.places import board_page
from benchsuite.publishing.site.trace import run_pages

READING: Final = Page("reading.html", "reading.html", "How to read a board")
MAKERS: Final[tuple[Maker, ...]] = (
    board_pages, condition_pages, group_pages, model_pages, compare_pages, run_pages,
)  # fmt: skip
"""What makes the pages of a board, in the order of its tabs."""


def build(boards: Sequence[Published], out: Path, more: Sequence[Maker] = ()) -> Iterator[Path]:
    """Write a site of these boards below `out`; yields the first page, and that of each board.

    `more` makes further pages of each board. Raises CannotWrite.
    """
    makers = [*MAKERS, *more]
    made = {board.folder: [part for maker in makers for part in maker(board)] for board in boards}
    of_site = [index_page(boards), READING]
    known = {one.path for one in of_site}
    known |= {part.path for parts in made.values() for part in parts}
    for page in of_site:
        write_bytes(out / page.path, html_of(page, known), durable=False)
    yield out / of_site[0].path
    for board in boards:
        parts = made.pop(board.folder)
        pages = [part for part in parts if isinstance(part, Page)]
        for part in parts:
            if isinstance(part, Page):
                data = html_of(part, known, board, _tabs(part, pages))
            else:
                data = part.data
            write_bytes(out / part.path, data, durable=False)
        yield out / board_page(board)


def _tabs(page: Page, pages: Sequence[Page]) -> list[Page]:
    """The tabs that a page shows: of each name the one about the page's metric, or the headline."""
    found = {one.tab: one for one in pages if one.tab and not one.metric}
    found |= {one.tab: one for one in pages if one.tab and one.metric == page.metric}
    return list(found.values())
