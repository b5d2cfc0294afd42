"""A cell of a run's board, from the words that a person types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from benchsuite.boards.asked import shown_as
from benchsuite.boards.board import Board
from benchsuite.condition import CLEAN
from benchsuite.errors import WrongCall, near
from benchsuite.runs.forms import Form, short_names


class CellName(NamedTuple):
    """What a row of a board is about, as it is shown."""

    condition: str
    metric: str
    form: str
    attribute: str = ""
    group: str = ""

    @property
    def text(self) -> str:
        """The words that name the cell."""
        words = (self.condition, self.metric, self.form, shown_as(self.attribute, self.group))
        return " ".join(word for word in words if word)


Names = Mapping[str, Mapping[str, tuple[str, ...]]]
"""What a word may stand for: by part of a cell's name, the values of its fields by the word."""


def cell_named(board: Board, words: Sequence[str]) -> CellName:
    """The cell that the words name, in any order.

    A word is a condition or set of conditions (`typo/3` for `text/typo/3`, too), a metric, a form,
    a group (`race=Black`), or an attribute (`race`) for what is said of its groups. Names with
    blanks may be one word or several.
    Defaults: clean, the headline, everybody; the value, or the gap of an attribute.
    Raises WrongCall with near names where a word is no name, or the board has no such cell.
    """
    known = _names(board)
    found = {_cell(board, one) for one in _spelled([*words], known)} or {
        _cell(board, one) for one in _in_text(" ".join(words), known)
    }
    if not found:
        raise _unknown(board, words, known)
    where, every = board.directory.path, cells_of(board)
    there = sorted(found & every.keys())
    if len(there) > 1:
        several = " or ".join(f"'{cell.text}'" for cell in there)
        raise WrongCall(f"{where}: '{' '.join(words)}' may be {several}")
    if not there:
        first = min(found)
        alike = [one.text for one in every if one.metric == first.metric]
        raise WrongCall(f"{where}: no cell '{first.text}'{near(first.text, alike)}")
    return there[0]


def cells_of(board: Board) -> dict[CellName, int]:
    """The cells of a board, and the row of each."""
    columns = (board.rows[name] for name in CellName._fields)
    return {CellName(*row): place for place, row in enumerate(zip(*columns, strict=True))}


def _names(board: Board) -> Names:
    rows = board.rows
    groups = dict.fromkeys(zip(rows["attribute"], rows["group"], strict=True))
    conditions = dict.fromkeys(rows["condition"])
    short = short_names(board.places.values())
    typed = {name: (label,) for name, label in short.items() if label in conditions}
    return {
        "condition": {**typed, **{name: (name,) for name in conditions}},
        "metric": {name: (name,) for name in dict.fromkeys(rows["metric"])},
        "form": {name: (name,) for name in dict.fromkeys(rows["form"])},
        "group": {shown_as(*group): group for group in groups if group[0]},
    }


def _cell(board: Board, parts: Mapping[str, tuple[str, ...]]) -> CellName:
    attribute, group = parts.get("group", ("", ""))
    (metric,) = parts.get("metric", (next(iter(board.metrics)),))
    usual = Form.GAP if attribute and not group else Form.VALUE
    (form,) = parts.get("form", (usual.value,))
    clean = CLEAN.full_name
    first = clean if clean in board.manifest.conditions else board.manifest.conditions[0]
    (condition,) = parts.get("condition", (first,))
    return CellName(condition, metric, form, attribute, group)


Parts = dict[str, tuple[str, ...]]


def _spelled(words: Sequence[str], known: Names) -> Iterator[Parts]:
    """Every way in which each word is a name, each of another part of a cell."""
    if not words:
        yield {}
        return
    for part, names in known.items():
        if words[0] in names:
            for more in _spelled(words[1:], _without(known, part)):
                yield {part: names[words[0]], **more}


def _in_text(text: str, known: Names) -> Iterator[Parts]:
    """Every way in which a text is names with blanks between, each of another part of a cell."""
    if not text:
        yield {}
        return
    for part, names in known.items():
        for word, fields in names.items():
            if text == word or text.startswith(f"{word} "):
                for more in _in_text(text[len(word) + 1 :], _without(known, part)):
                    yield {part: fields, **more}


def _without(known: Names, part: str) -> Names:
    return {name: names for name, names in known.items() if name != part}


def _unknown(board: Board, words: Sequence[str], known: Names) -> WrongCall:
    """What is wrong with words that name no cell."""
    every = [word for names in known.values() for word in names]
    strange = [word for word in words if word not in every]
    where = board.directory.path
    if not strange:
        return WrongCall(f"{where}: '{' '.join(words)}': expected one name of each kind")
    return WrongCall(
        f"{where}: no condition, metric, form or group is called '{strange[0]}'"
        f"{near(strange[0], every)}"
    )
