"""A table as text: what Markdown, LaTeX and CSV have in common."""

from dataclasses import dataclass

from benchsuite.errors import BadData
from benchsuite.files.limits import MOST_CELLS

Cells = tuple[str, ...]


@dataclass(frozen=True)
class Grid:
    """A table: its place, the levels of its header, and its rows, each with its place.

    Every level and row has as many cells as there are columns.
    """

    where: str
    header: tuple[Cells, ...]
    rows: tuple[tuple[str, Cells], ...]

    def labels(self, column: int) -> Cells:
        """What the header says of a column, from the top, without repetitions and blanks."""
        levels = [level[column] for level in self.header]
        return tuple(dict.fromkeys(label for label in levels if label))


def grid_of(where: str, header: list[list[str]], rows: list[tuple[str, list[str]]]) -> Grid:
    """A table of rows that may be of different lengths; blanks fill the short ones.

    Raises BadData where it would have more than `MOST_CELLS`.
    """
    width = max(len(cells) for cells in [*header, *(cells for _, cells in rows)])
    if (cells := width * (len(header) + len(rows))) > MOST_CELLS:
        raise BadData(f"{where}: expected a table of at most {MOST_CELLS:,} cells, found {cells:,}")
    padded = [(place, (*cells, *[""] * (width - len(cells)))) for place, cells in rows]
    levels = [(*cells, *[""] * (width - len(cells))) for cells in header]
    return Grid(where, tuple(levels), tuple(padded))
