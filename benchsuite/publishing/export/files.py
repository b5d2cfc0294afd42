"""The formats in which boards are handed on, by the name that a person asks for."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from benchsuite.errors import WrongCall, near
from benchsuite.files.write import write_bytes
from benchsuite.publishing.elsewhere import figure_of_reported
from benchsuite.publishing.export.cards import cards
from benchsuite.publishing.export.citation import Citation
from benchsuite.publishing.export.croissant import croissant
from benchsuite.publishing.export.evaluations import evaluations
from benchsuite.publishing.latex import board_tables
from benchsuite.publishing.plots import leading
from benchsuite.publishing.site.boards import Published
from benchsuite.publishing.views import VIEWS

Files = Iterable[tuple[str, bytes]]


def _latex(board: Published, citation: Citation) -> Iterator[tuple[str, bytes]]:
    for by in VIEWS:
        if text := board_tables(board.table, by, ""):
            yield f"{board.folder}/{by}.tex", text.encode()


def _figure(board: Published, citation: Citation) -> Iterator[tuple[str, bytes]]:
    """The leading figure for print. Raises NotAvailable without matplotlib."""
    draw = figure_of_reported if board.elsewhere else leading
    for ending in ("pdf", "svg"):
        if picture := draw(board.table, board.names, ending):
            yield f"{board.folder}/figure.{ending}", picture


FORMATS: Final[Mapping[str, Callable[[Published, Citation], Files]]] = {
    "latex": _latex,
    "figure": _figure,
    "every_eval_ever": evaluations,
    "model-index": cards,
    "croissant": croissant,
}
"""What makes the files of a board, each with its place below the folder of all."""


def checked(names: Sequence[str]) -> Sequence[str]:
    """The names of formats. Raises WrongCall for one that there is not."""
    for name in names:
        if name not in FORMATS:
            raise WrongCall(f"--as: no format is called '{name}'{near(name, FORMATS)}")
    return names


def export(
    boards: Sequence[Published], names: Sequence[str], out: Path, citation: Citation
) -> Iterator[Path]:
    """Write boards in the formats of these names; yields the paths. Raises CannotWrite."""
    for board in boards:
        for name in names:
            for place, data in FORMATS[name](board, citation):
                write_bytes(out / place, data)
                yield out / place
