"""The tables of a paper, as commands that make them anew on a machine that has what it takes."""

import shlex
from dataclasses import dataclass


@dataclass(frozen=True)
class Redo:
    """A command, and what of the paper it makes.

    words  those behind `benchsuite`: `run task=...`; datasets lie where `data get` puts them
    """

    makes: str
    words: tuple[str, ...]

    @property
    def command(self) -> str:
        """`run`, `train` and so on."""
        return self.words[0]

    @property
    def line(self) -> str:
        """What a person types."""
        return shlex.join(["benchsuite", *self.words])


@dataclass(frozen=True)
class Paper:
    """A paper whose numbers a task can make anew.

    address  of the paper;   needs  what it takes beside the datasets
    differs  how the commands are another thing than the paper, and what of it they leave out
    """

    title: str
    address: str
    steps: tuple[Redo, ...]
    needs: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()
