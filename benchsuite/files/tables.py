"""The tables of other people's pages and papers, as grids of text: Markdown, LaTeX and CSV.

Markup goes and text stays. A cell that spans several columns or rows is the text of each of them.
What a pattern repeats stops where the pattern could begin again, so that a page is read in a time
that is linear in its length.
"""

import html
import re
from collections.abc import Iterator
from pathlib import Path

from benchsuite.errors import BadData
from benchsuite.files.grid import Grid, grid_of
from benchsuite.files.table import csv_rows
from benchsuite.files.tex import tex_grids
from benchsuite.files.text import text_of

_RULE = re.compile(r":?-+:?")
"""A cell of the line below a header of Markdown."""
_BORDER = re.compile(r"(?<!\\)\|")
_LINK = re.compile(
    r"!?\[([^\[\]]*)\]\([^)\[]*\)|\[\^[^\[\]]*\]|<sup>(?:(?!<sup>).)*?</sup>|<[^<>]*>"
)


def tables_of(path: Path) -> list[Grid]:
    """The tables of a file: of a page in Markdown or a paper in LaTeX, or the only one of a CSV.

    Raises BadData where there is none.
    """
    text = text_of(path)
    found = [*tex_grids(path)] if r"\begin{" in text else [*_of_markdown(path, text)]
    return found or [_of_csv(path)]


def _of_markdown(path: Path, text: str) -> Iterator[Grid]:
    lines = text.split("\n")
    end = 0
    for rule in range(1, len(lines)):
        if rule <= end or "|" not in lines[rule - 1] or not _is_rule(lines[rule]):
            continue
        end = rule + 1
        while end < len(lines) and "|" in lines[end]:
            end += 1
        rows = [(f"{path}:{at + 1}", _cells(lines[at])) for at in range(rule + 1, end)]
        if rows:
            yield grid_of(f"{path}:{rule}", [_cells(lines[rule - 1])], rows)


def _is_rule(line: str) -> bool:
    """Whether a line is the one below a header of Markdown."""
    return "|" in line and all(_RULE.fullmatch(cell.strip()) for cell in _split(line))


def _split(line: str) -> list[str]:
    return _BORDER.split(re.sub(r"^\||(?<!\\)\|$", "", line.strip()))


def _cells(line: str) -> list[str]:
    return [_bare(cell) for cell in _split(line)]


def _bare(cell: str) -> str:
    """The text of a cell of Markdown: a link is its text, and emphasis goes."""
    text = html.unescape(_LINK.sub(lambda found: found[1] or "", cell)).replace("\\|", "|")
    text = text.replace("**", "").replace("\\_", "_").strip()
    while len(text) > 1 and text[0] == text[-1] and text[0] in "*_`":
        text = text[1:-1].strip()
    return " ".join(text.split())


def _of_csv(path: Path) -> Grid:
    rows = csv_rows(path)
    header = list(rows[0][1])
    if len(header) < 2:
        raise BadData(f"{path}: expected a table of CSV, Markdown or LaTeX, found none")
    return grid_of(f"{path}:1", [header], [(where, list(row.values())) for where, row in rows])
