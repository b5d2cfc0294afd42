"""Conditions: how an input was altered, or where it came from."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import numpy as np

from benchsuite.dataset import CLEAN_DOMAIN, Dataset, Inputs, Sample, digest
from benchsuite.errors import WrongCall, near

Alter = Callable[[Any, int, np.random.Generator], Any]

Altered = Literal["inputs", "model"]
"""Whose field a condition alters: most degrade what a model sees, some the model itself."""

SAMPLED: Final = "@sampled"
"""Follows the names of a sampled suite and of its conditions."""
SAMPLED_SHARE: Final = 5
"""A sampled suite measures each cluster under one condition in so many, but at least two."""


@dataclass(frozen=True)
class SuiteNames:
    """What a field calls the mean over a suite, and this mean relative to clean: mPC and rPC."""

    mean: str
    relative: str


@dataclass(frozen=True)
class Condition:
    """One condition of one axis: `kind/name/severity`, and the field that it alters.

    `alter(value, severity, generator)` is a pure function; a condition without one is `clean`, or
    a domain, which only names a dataset's other samples. The field is one of the inputs, or, with
    `of="model"`, one of the model (the bits of its weights): the inputs are then as they are.
    Summaries group by `family`, and by `suite`: the set that is averaged as a whole, by default all
    of the kind. With `adds`, samples need not have the field (the order of candidates): it is then
    altered from None. With `beside`, what happens to a value depends on another input, such as when
    it arrives: `alter` gets the pair of both values.

    `drawn_from` makes it a condition of a sampled suite: the full names of all of them. A run
    measures each cluster under a keyed few of them, see `runs.design`.

    `added_by` and `version` say which package adds it to a task of others; those of a task itself
    have neither.
    """

    kind: str
    name: str = ""
    severity: int = 0
    family: str = ""
    field: str = ""
    alter: Alter | None = None
    summary: str = ""
    suite: str = ""
    adds: bool = False
    beside: str = ""
    drawn_from: tuple[str, ...] = ()
    added_by: str = ""
    version: int = 0
    of: Altered = "inputs"

    def __post_init__(self) -> None:
        object.__setattr__(self, "suite", self.suite or self.kind)

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts of its name: kind, name and severity, without those that are empty."""
        every = (self.kind, self.name, str(self.severity) if self.severity else "")
        return tuple(part for part in every if part)

    @property
    def view_name(self) -> str:
        """The name of what a model sees: the same whether or not its suite is sampled."""
        return "/".join(self.parts)

    @property
    def full_name(self) -> str:
        """`clean`, `domain/night`, `text/typo/3`; `text/typo/3@sampled` of a sampled suite."""
        return self.view_name + (SAMPLED if self.drawn_from else "")

    def __str__(self) -> str:
        return self.full_name

    @property
    def per_cluster(self) -> int:
        """Under how many conditions of its sampled suite a cluster is measured; 0 for all."""
        of = len(self.drawn_from)
        return max(2, math.ceil(of / SAMPLED_SHARE)) if of else 0

    @property
    def domain(self) -> str:
        """The name of the domain whose samples this condition uses; empty for the dataset's own."""
        return self.name if self.kind == "domain" else CLEAN_DOMAIN

    def view(self, seed: int, dataset: str, sample: Sample) -> Inputs:
        """What a model sees of `sample` under this condition. It is the same on every call."""
        if self.alter is None or self.of == "model":
            return Inputs(sample.id, sample.inputs)
        return Inputs(sample.id, _Altered(self, (seed, dataset, sample.id), sample.inputs))


@dataclass(frozen=True)
class _Altered(Mapping[str, Any]):
    """Inputs with one altered field. It is altered when it is read; scoring reads none."""

    condition: Condition
    key: tuple[object, ...]
    inputs: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        condition = self.condition
        if name != condition.field or condition.alter is None:
            return self.inputs[name]
        value = self.inputs.get(name)
        if condition.beside:
            value = (value, self.inputs[condition.beside])
        return condition.alter(value, condition.severity, generator(*self.key, condition.view_name))

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([*self.inputs, self.condition.field]))

    def __len__(self) -> int:
        return len({*self.inputs, self.condition.field})


CLEAN = Condition("clean", summary="the input as it is")


@dataclass(frozen=True)
class Each:
    """An alteration of one value as one of a list of them."""

    alter: Alter

    def __call__(self, values: Any, severity: int, generator: np.random.Generator) -> list[Any]:
        """Each value altered in turn, with the one generator."""
        return [self.alter(value, severity, generator) for value in values]


def of_each(conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    """The conditions for a field that holds several values: images of a group, texts of a pair."""
    return tuple(replace(c, alter=Each(c.alter)) for c in conditions if c.alter is not None)


def generator(*key: object) -> np.random.Generator:
    """A random generator that depends on `key` alone, never on what was drawn before."""
    return np.random.Generator(np.random.PCG64(int(digest([str(part) for part in key]), 16)))


def resolve(names: Iterable[str], known: Mapping[str, Condition]) -> list[Condition]:
    """Conditions by full name, by suite, or by neighbouring parts of a name (`typo`, `typo/3`).

    The result keeps the order of `known`, so the order of the words does not matter.
    Raises WrongCall, with the nearest names, if a name fits no condition.
    """
    wanted: set[str] = set()
    for name in names:
        hits = [full for full, c in known.items() if name in (c.suite, full) or _fits(name, c)]
        if not hits:
            raise WrongCall(f"conditions: no condition '{name}'{near(name, words_of(known))}")
        wanted.update(hits)
    return [known[full] for full in known if full in wanted]


def with_sampled(known: Mapping[str, Condition]) -> dict[str, Condition]:
    """The conditions, and after them those of every sampled suite: `text@sampled`.

    A suite of domains is never sampled, since its conditions have other samples. Nor is one of
    fewer than three conditions, since each cluster is measured under two.
    """
    suites: dict[str, list[Condition]] = {}
    for c in known.values():
        if c.alter is not None and not c.drawn_from:
            suites.setdefault(c.suite, []).append(c)
    made = [
        replace(c, suite=c.suite + SAMPLED, drawn_from=names)
        for members in suites.values()
        for names in [tuple(f"{c.view_name}{SAMPLED}" for c in members)]
        for c in members
        if len(members) > 2
    ]
    return {**known, **{c.full_name: c for c in made}}


def check_fields(conditions: Iterable[Condition], dataset: Dataset) -> None:
    """Raise WrongCall if a condition alters nothing because no sample has its field."""
    for c in conditions:
        if c.alter is None or c.adds or c.of == "model":
            continue
        fields = [set(sample.inputs) for sample in dataset.samples(c.domain)]
        read = [name for name in (c.field, c.beside) if name]
        if lacking := [name for name in read if not any(name in names for names in fields)]:
            there = sorted({name for sample in dataset.samples(c.domain) for name in sample.inputs})
            raise WrongCall(
                f"condition {c.full_name}: no sample of dataset {dataset.name} has its field "
                f"'{lacking[0]}', only {', '.join(there)}"
            )


def _fits(word: str, condition: Condition) -> bool:
    """Whether a user's word consists of neighbouring parts of the name, and is no bare severity.

    A sampled suite is asked for as a whole.
    """
    if condition.drawn_from:
        return False
    parts, asked = condition.parts, tuple(word.strip("/").split("/"))
    starts = range(len(parts) - len(asked) + 1)
    return any(parts[i : i + len(asked)] == asked for i in starts) and not word.isdigit()


def words_of(known: Mapping[str, Condition]) -> set[str]:
    """The names by which a person asks for conditions; see `resolve`."""
    words = (word for full, c in known.items() for word in (full, c.suite, *c.parts))
    return {word for word in words if not word.isdigit()}
