"""What names of others mean in a task: what the user maps, then the task's tables, then spelling.

Two spellings that differ in nothing but case and punctuation are one name, where no other name of
the task is spelled so. Nothing else is guessed.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from benchsuite.runs.forms import Scope, places_of, short_names
from benchsuite.runs.manifest import described
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
    def _conditions(self) -> dict[str, str]:
        """The conditions, and the sets of them that have a mean, by every name that is theirs."""
        places = [*places_of(described(self.task.known_conditions())).values()]
        names = [(place.label, place.label) for place in places]
        names += short_names(places).items()
        names += [(place.family, place.label) for place in places if place.scope == Scope.FAMILY]
        names += [(one.mean, suite) for suite, one in self.task.suite_names.items()]
        own = {place.label for place in places}
        aliases = self.task.condition_aliases.items()
        return by_spelling([*names, *((theirs, ours) for theirs, ours in aliases if ours in own)])

    def condition(self, text: str) -> str:
        """The condition, or the set of conditions, that is meant; empty where there is none."""
        return self.mapped.condition.get(text, self._conditions.get(plain(text), ""))

    def is_computed(self, text: str) -> bool:
        """Whether this names a figure that boards compute from others: a share of clean."""
        return plain(text) in {plain(one.relative) for one in self.task.suite_names.values()}

    @cached_property
    def _datasets(self) -> dict[str, str]:
        single = {
            names[0]: e.dataset for names, e in self.task.elsewhere.items() if len(names) == 1
        }
        own = [*self.task.datasets, *self.task.origins]
        return by_spelling([*single.items(), *((name, name) for name in own)])

    def dataset(self, text: str) -> str:
        """The dataset that is meant; empty where the task knows none of that name."""
        return self.mapped.dataset.get(text, self._datasets.get(plain(text), ""))

    @cached_property
    def _parts(self) -> dict[tuple[str, ...], Elsewhere]:
        """The parts of datasets by the plain spellings of their names."""
        return {tuple(map(plain, names)): one for names, one in self.task.elsewhere.items()}

    def part(self, *names: str) -> tuple[Elsewhere, int] | None:
        """The dataset, or part of one, that the first of these names stand for, and how many do."""
        for count in range(len(names), 0, -1):
            exact = self.task.elsewhere.get(names[:count])
            if found := exact or self._parts.get(tuple(map(plain, names[:count]))):
                return found, count
        return None

    def datasets_with(self, text: str) -> set[str]:
        """The datasets that have a part of this name."""
        return {one.dataset for names, one in self._parts.items() if names[1:] == (plain(text),)}
