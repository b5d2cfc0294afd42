"""The call that made a run: how a person makes it again, and where its dataset comes from.

It belongs to the environment of a run: never to a number, and never to its identity. Nothing that
it names is run or imported; only the registered dataset is loaded from it.
"""

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any, Final

from benchsuite.runs.manifest import ConditionRecord

_ADDRESS: Final = re.compile(
    r"""(?<![a-z0-9+.-])(?!file:)[a-z0-9+.-]++://[^\s'",\[\](){}]*""", re.IGNORECASE
)
_ABSOLUTE: Final = r"(?:file:/*|/(?!/)|[A-Za-z]:[\\/]|\\\\)"
_FOLDER: Final = re.compile(
    rf"""(?<![^\s'"=:,\[({{]){_ABSOLUTE}(?:[^'",\[\](){{}}\\/]{{0,255}}+[\\/])*+""", re.IGNORECASE
)
"""An absolute path up to its last part, at the start of a text, word, value or item."""


@dataclass(frozen=True)
class Call:
    """The words of a command, or the text of a call in Python.

    command  `run` or `score`; empty for a call in Python with objects of its own
    words    its words, without those on conditions
    python   the text of the call in Python; empty for one whose words say all of it
    dataset  kind and options of the registered dataset; empty for an object
    folder   where it was called: relative paths start there
    """

    command: str = ""
    words: tuple[str, ...] = ()
    python: str = ""
    dataset: Mapping[str, Any] = field(default_factory=dict)
    folder: str = ""

    def text(self, conditions: Sequence[str]) -> str:
        """What a person types to measure these conditions again; empty where nobody noted it."""
        if self.python:
            return f"bs.evaluate({self.python}, conditions={list(conditions)!r})"
        if not self.command:
            return ""
        words = [*self.words, f"conditions={','.join(conditions)}"]
        return " ".join(["benchsuite", self.command, *map(shlex.quote, words)])

    @property
    def public(self) -> "Call":
        """The call as strangers may read it: without folders and addresses of a machine.

        `/home/ann/sets/eyes.csv` becomes `DIR/eyes.csv`, an address `URL`. Relative paths stay.
        """
        return replace(
            self, words=tuple(map(_shown, self.words)), python=_without(self.python), folder=""
        )


def _shown(word: str) -> str:
    key, equals, value = word.partition("=")
    return key + equals + _bare(value)


def _bare(value: str) -> str:
    """A value without its folder: the whole of it where it is a path, else each path in it."""
    kind = PurePosixPath if value.startswith("/") else PureWindowsPath
    path = kind(value)
    whole = path.is_absolute() and not set(value) & set(",[]{}")
    return f"DIR/{path.name}".rstrip("/") if whole else _without(value)


def _without(text: str) -> str:
    return _FOLDER.sub("DIR/", _ADDRESS.sub("URL", text))


def asked_for(conditions: Sequence[str], known: Iterable[ConditionRecord]) -> list[str]:
    """The shortest words that ask for these conditions: a suite by its name where it is whole."""
    every, measured = [*known], {*conditions}
    words = dict.fromkeys(name for name in conditions if name not in {c.condition for c in every})
    for one in every:
        if one.condition in measured:
            # a name asks for each condition that has it in any of these parts
            asked = {c.condition for c in every if one.suite in (c.suite, c.kind, c.name)}
            whole = len(asked) > 1 and asked <= measured
            words[one.suite if whole else one.condition] = None
    return [*words]
