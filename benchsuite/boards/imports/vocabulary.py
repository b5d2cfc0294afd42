"""What names of others mean in a task: what the user maps, then the task's tables, then spelling.

Two spellings that differ in nothing but case and punctuation are one name, where no other name of
the task is spelled so. Nothing else is guessed.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from benchsuite.task import Elsewhere, Task


@dataclass(frozen=True)
class Mapped:
    """What the user says that names of others are here, by what they name; empty leaves one out."""

    column: Mapping[str, str] = field(default_factory=dict)
    model: Mapping[str, str] = field(default_factory=dict)
    dataset: Mapping[str, str] = field(default_factory=dict)
    metric: Mapping[str, str] = field(default_factory=dict)
    condition: Mapping[str, str] = field(default_factory=dict)


def plain(text: str) -> str:
    """The letters and digits of a text, without case."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def by_spelling(known: Iterable[tuple[str, str]]) -> dict[str, str]:
    """What each plain spelling stands for; one that stands for several is left out."""
    found: dict[str, set[str]] = {}
    for spelling, meant in known:
        found.setdefault(plain(spelling), set()).add(meant)
    return {spelling: meant.pop() for spelling, meant in found.items() if len(meant) == 1}


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The names of a task, and what the user says that others are."""

    task: Task
    mapped: Mapped = field(default_factory=Mapped)

    @cached_property
    def metrics(self) -> dict[str, str]:
        """The task's metrics by their names and aliases."""
        own = {metric.name: metric.name for metric in self.task.metrics}
        theirs = {alias: name for alias, name in self.task.aliases.items() if name in own}
        return {**theirs, **own}

    @cached_property
    def _spelled(self) -> dict[str, str]:
        return by_spelling(self.metrics.items())

    def metric(self, text: str) -> str:
        """The metric that is meant; empty where there is none."""
        known = {**self.metrics, **self.mapped.metric}
        return known.get(text, self._spelled.get(plain(text), ""))

    @property
    def no_metric(self) -> str:
        """Why a metric is left out."""
        return f"task {self.task.name} has no such metric"

    @cached_property
    def _parts(self) -> dict[str, Elsewhere]:
        """The datasets and parts that a single name stands for."""
        single = {names[0]: one for names, one in self.task.elsewhere.items() if len(names) == 1}
        spelled = by_spelling((name, name) for name in single)
        return {spelling: single[name] for spelling, name in spelled.items()}

    def part(self, *names: str) -> tuple[Elsewhere, int] | None:
        """The dataset, or part of one, that the first of these names stand for, and how many do."""
        for count in range(len(names), 0, -1):
            if found := self.task.elsewhere.get(names[:count]):
                return found, count
        found = self._parts.get(plain(names[0])) if names else None
        return (found, 1) if found else None

    def knows(self, *names: str) -> bool:
        """Whether the task knows a dataset by these names."""
        return self.part(*names) is not None
