"""Marks of values that are not known, as people and programs write them in tables."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from benchsuite.errors import WrongCall

from .table import composed

UNKNOWN: Final = (
    "", "-1", "na", "n/a", "n.a.", "nan", "-nan", "null", "None", "nat", r"\n", ".", "?",
    "#n/a", "#na", "#n/a n/a", "#nv", "#n/d", "#value!", "1.#ind", "-1.#ind", "1.#qnan",
    "-1.#qnan", "unknown", "unk", "undefined", "missing", "blank", "not known", "not available",
    "not applicable", "not reported", "not recorded", "not given", "not specified",
)  # fmt: skip
"""What people and programs write for a value that they do not know; capitals count as well.

So do brackets around it, as in `<NA>` and `(blank)`. Every error of a spreadsheet is `#VALUE!`.
Python's `None` counts as it is spelled: `none` is a word that people use for a category.
"""

_ERROR = re.compile(r"#¡?[^\W\d][\w/]*[!?]")
"""An error of a spreadsheet, in any language: `#DIV/0!`, `#WERT!`, `#NOM?`."""
NUMBER = re.compile(r"[+-]?\d+(\.\d*)?", re.ASCII)
"""A plain number."""


@dataclass(frozen=True)
class Marks:
    """What a cell holds whose value is not known: UNKNOWN and `missing`, but not `known`.

    A number is a mark in every spelling: 9999 is 9999.0, too. Raises WrongCall for no lists.
    """

    missing: Sequence[object] = ()
    known: Sequence[object] = ()

    def __post_init__(self) -> None:
        for option, words in (("missing", self.missing), ("known", self.known)):
            if isinstance(words, str) or not isinstance(words, Collection):
                raise WrongCall(f"dataset.{option}: expected a list ([9999]), found '{words}'")

    @cached_property
    def _words(self) -> frozenset[str]:
        unknown = {mark_of(word) for word in (*UNKNOWN, *self.missing)}
        return frozenset(unknown - {mark_of(word) for word in self.known})

    def unknown(self, value: str) -> bool:
        """Whether a cell says that its value is not known."""
        return mark_of(value) in self._words

    def without_unknown(self, attributes: Mapping[str, str]) -> dict[str, str]:
        """The attributes whose values are known, without blanks around them."""
        plain = {name: composed(value) for name, value in attributes.items()}
        return {name: value for name, value in plain.items() if not self.unknown(value)}


def mark_of(value: object) -> str:
    """What a cell is compared by: without blanks, brackets and capitals; a number as a float."""
    text = composed(str(value))
    text = text.strip("<>()[]") or text
    if NUMBER.fullmatch(text):
        return repr(float(text))
    text = _ERROR.sub("#value!", text)
    return text if text == "None" else text.casefold()
