"""The tables of other people's pages and papers, as grids of text: Markdown, LaTeX and CSV.

Markup goes and text stays. A cell that spans several columns or rows is the text of each of them.
"""

import html
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

from benchsuite.errors import BadData
from benchsuite.files.grid import Grid, grid_of
from benchsuite.files.table import csv_rows
from benchsuite.files.tex import tex_grids
from benchsuite.files.text import text_of

_RULE = re.compile(r"\s*\|?(\s*:?-+:?\s*\|)+(\s*:?-+:?\s*)?|\s*\|?\s*:?-+:?\s*\|?\s*")
"""The line below a header of Markdown."""
_BORDER = re.compile(r"(?<!\\)\|")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|\[\^[^\]]*\]|<sup>.*?</sup>|<[^>]*>")


def tables_of(path: Path) -> list[Grid]:
    """The tables of a file: of a page in Markdown or a paper in LaTeX, or the only one of a CSV.

    Raises BadData where there is none.
    """
    text = text_of(path)
    found = [*tex_grids(path)] if r"\begin{" in text else [*_of_markdown(path, text)]
    return found or [_of_csv(path)]


def _of_markdown(path: Path, text: str) -> Iterator[Grid]:
    lines = text.split("\n")
    for number, (above, line) in enumerate(itertools.pairwise(lines), start=1):
        if "|" not in above or "|" not in line or not _RULE.fullmatch(line):
            continue
        rows = []
        for at, below in enumerate(lines[number + 1 :], start=number + 2):
            if "|" not in below:
                break
            rows.append((f"{path}:{at}", _cells(below)))
        if rows:
            yield grid_of(f"{path}:{number}", [_cells(above)], rows)


def _cells(line: str) -> list[str]:
    inside = re.sub(r"^\||(?<!\\)\|$", "", line.strip())
    return [_bare(cell) for cell in _BORDER.split(inside)]


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
