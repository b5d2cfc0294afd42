"""The tables of a LaTeX file: environments of the kind of `tabular`, without their markup.

What a pattern repeats stops where the pattern could begin again, and what is read more than once is
short: so a file is read in a time that is linear in its length.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchsuite.files.grid import Grid, grid_of
from benchsuite.files.text import text_of

TABLES: Final = r"(?:tabular[*xy]?|tabulary|longtable|tblr|array)"
RULES: Final = (
    r"\\(?:top|mid|bottom)rule(?:\[[^][]*\])?|\\hline|\\Xhline\{[^{}]*\}"
    r"|\\specialrule(?:\{[^{}]*\}){3}"
)
"""Lines across a whole table."""
NO_TEXT: Final = (
    r"\\c(?:mid|dash)?(?:rule|line)(?:\[[^][]*\])?(?:\([^()]*\))?\{[^{}]*\}"
    r"|\\addlinespace(?:\[[^][]*\])?|\\(?:row|cell)color(?:\[[^][]*\])?\{[^{}]*\}"
    r"|~?\\(?:cite[a-z]*|ref|label|footnote(?:mark|text)?|vspace|hspace|phantom)\*?"
    r"(?:\[[^][]*\])*(?:\{[^{}]*\})?|\\(?:rowfont|arraystretch|setlength)\{[^{}]*\}"
)
"""Commands that show nothing of a cell's text."""
WITH_TWO: Final = r"\\(?:textcolor|colorbox|scalebox|rotatebox|raisebox|fontsize|href)"
"""Commands whose text is the last of two arguments."""
SYMBOLS: Final = {
    r"\pm": "±", r"\uparrow": "↑", r"\downarrow": "↓", r"\times": "×", r"\dagger": "†",
    r"\ddagger": "‡", r"\ast": "*", r"\star": "*", r"\textendash": "–", r"\textemdash": "—",
    r"\%": "%", r"\_": "_", r"\&": "&", r"\#": "#", r"\$": "$", r"\textpm": "±",
    r"\textminus": "-", r"\textunderscore": "_",
    r"\,": "", r"\;": "", r"\!": "", r"\ ": " ", r"\quad": " ", r"\qquad": " ",
    r"\alpha": "α", r"\beta": "β", r"\lambda": "λ", r"\checkmark": "✓",
}  # fmt: skip
_MULTICOLUMN = re.compile(r"\\multicolumn\{\s*(\d+)\s*\}")
_MULTIROW = re.compile(r"\\multirow(?:cell)?(?:\[[^][]*\])?\{\s*(-?\d+|\*)\s*\}")
MOST_SPAN: Final = 100
"""The most columns or rows that a cell spans."""
LONGEST_CELL: Final = 2000
"""Characters of a cell, or of a column specification, that are read."""


def tex_grids(path: Path) -> Iterator[Grid]:
    """The tables of a file that have a row below a header."""
    text = re.sub(r"(?<!\\)%.*", lambda found: "", text_of(path))
    depth, first, line, counted = 0, 0, 1, 0
    for found in re.finditer(rf"\\(begin|end)\{{({TABLES})\}}", text):
        depth = max(0, depth + (1 if found[1] == "begin" else -1))
        if found[1] == "begin" and depth == 1:
            first = found.end()
        elif found[1] == "end" and depth == 0 and first:
            line, counted = line + text.count("\n", counted, first), first
            body = _after_options(text[first : found.start()], found[2])
            if grid := _grid(f"{path}:{line}", _flat(body)):
                yield grid
            first = 0


def _flat(body: str) -> str:
    """The body of a table whose cells are of one line: what is in braces breaks no row or cell."""
    inner = re.sub(rf"\\end\{{{TABLES}\}}", "}", body)
    pieces, place = [], 0
    for begun in re.finditer(rf"\\begin\{{({TABLES})\}}", inner):
        options = inner[begun.end() : begun.end() + LONGEST_CELL]
        pieces += [inner[place : begun.start()], "{"]
        place = begun.end() + len(options) - len(_after_options(options, begun[1]))
    depth, found = 0, []
    for piece in re.split(r"(\\[\\&{}]|[&{}])", "".join([*pieces, inner[place:]])):
        depth = max(0, depth + {"{": 1, "}": -1}.get(piece, 0))
        found.append(" " if depth and piece in ("\\\\", "&") else piece)
    return "".join(found)


def _after_options(body: str, kind: str) -> str:
    """What follows the column specification."""
    rest = re.sub(r"^\s*\[[^][]*\]", "", body)
    for _ in range(2 if kind.endswith(("*", "x", "y")) else 1):
        _, rest = argument(rest)
    return rest


def argument(text: str) -> tuple[str, str]:
    """The braced argument with which a text begins, and what follows; no argument is empty."""
    start = len(text) - len(text.lstrip())
    if not text[start:].startswith("{"):
        return "", text
    depth = 0
    for place in range(start, len(text)):
        escaped = place and text[place - 1] == "\\"
        depth += {"{": 1, "}": -1}.get(text[place], 0) if not escaped else 0
        if depth == 0:
            return text[start + 1 : place], text[place + 1 :]
    return text[start + 1 :], ""


def _grid(where: str, body: str) -> Grid | None:
    header: list[list[str]] = []
    rows: list[tuple[str, list[str]]] = []
    spans: dict[int, tuple[str, int]] = {}
    parts = re.split(rf"({RULES})", body)
    below, ruled = 0, len(parts) > 1
    for part in parts:
        if re.fullmatch(RULES, part):
            below += bool(header)
            continue
        for line in re.split(r"\\\\\*?(?:\[[^][]*\])?|\\tabularnewline\b", part):
            cells = _cells(line, spans)
            if not any(cells):
                continue
            if below or (header and not ruled):
                rows.append((f"{where} (row {len(rows) + 1})", cells))
            else:
                header.append(cells)
    return grid_of(where, header, rows) if header and rows else None


def _cells(line: str, spans: dict[int, tuple[str, int]]) -> list[str]:
    """The cells of a line; `spans` are the texts that cells above give to those below them."""
    found: list[str] = []
    if not line.strip():
        return found
    for part in re.split(r"(?<!\\)&", line):
        wide, text = 1, part[:LONGEST_CELL]
        if spanned := _MULTICOLUMN.search(text):
            wide = min(int(spanned[1]), MOST_SPAN)
            _, rest = argument(text[spanned.end() :])
            text, _ = argument(rest)
        high = 1
        if tall := _MULTIROW.search(text):
            high = min(int(tall[1]), MOST_SPAN) if tall[1].isdecimal() else 1
            _, rest = argument(re.sub(r"^\s*\[[^][]*\]", "", text[tall.end() :]))
            text, _ = argument(rest) if rest.lstrip().startswith("{") else (rest.lstrip("*"), "")
        text = bare(text)
        for _ in range(wide):
            found.append(_from_above(text, high, spans, len(found)))
    return found


def _from_above(text: str, high: int, spans: dict[int, tuple[str, int]], column: int) -> str:
    above, left = spans.pop(column, ("", 0))
    if not text and left:
        text, high = above, left
    if high > 1:
        spans[column] = (text, high - 1)
    return text


def bare(text: str) -> str:
    """The text of a cell without commands, braces and mathematics."""
    text = re.sub(NO_TEXT, "", text)
    while found := re.search(WITH_TWO, text):
        rest = re.sub(r"^(?:\[[^][]*\])*", "", text[found.end() :])
        _, rest = argument(rest)
        inside, after = argument(rest)
        text = text[: found.start()] + inside + after
    for command, symbol in SYMBOLS.items():
        last = command[-1].isalpha()
        text = re.sub(re.escape(command) + (r"(?![A-Za-z])\s?" if last else ""), symbol, text)
    text = re.sub(r"\\[A-Za-z]+\*?\s*", "", text)
    text = re.sub(r"(?<!\\)[{}$^]|(?<=[A-Za-z0-9}])_(?=\{)", "", text.replace("_{", "{"))
    return " ".join(text.replace("~", " ").replace("\\", "").split())
