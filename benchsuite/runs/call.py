"""The call that made a run: how a person makes it again, and where its dataset comes from.

It belongs to the environment of a run: never to a number, and never to its identity. Nothing that
it names is run or imported; only the registered dataset is loaded from it.
"""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


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
