"""A site of published boards: every page, written whole."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from benchsuite.files.write import write_bytes
from benchsuite.publishing.site.board import board_pages
from benchsuite.publishing.site.boards import Published
from benchsuite.publishing.site.index import index_page
from benchsuite.publishing.site.page import Maker, Page, html_of

MAKERS: Final[tuple[Maker, ...]] = (board_pages,)
"""What makes the pages of a board, in the order of its tabs."""


def build(boards: Sequence[Published], out: Path, more: Sequence[Maker] = ()) -> Iterator[Path]:
    """Write a site of these boards below `out`; yields the first page, and that of each board.

    `more` makes further pages of each board. Raises CannotWrite.
    """
    makers = [*MAKERS, *more]
    made = {board.folder: [part for maker in makers for part in maker(board)] for board in boards}
    first = index_page(boards)
    known = {first.path, *(part.path for parts in made.values() for part in parts)}
    for board in boards:
        parts = made[board.folder]
        tabs = [part for part in parts if isinstance(part, Page) and part.tab]
        for part in parts:
            if isinstance(part, Page):
                write_bytes(out / part.path, html_of(part, known, board, tabs))
            else:
                write_bytes(out / part.path, part.data)
    write_bytes(out / first.path, html_of(first, known))
    yield out / first.path
    yield from (out / made[board.folder][0].path for board in boards)
