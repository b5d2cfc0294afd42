"""What the columns and rows of a table are: roles by the words of headers, meanings by a task's."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from benchsuite.boards.imports.values import cell_of, is_blank, unit_of
from benchsuite.boards.imports.vocabulary import Vocabulary, plain
from benchsuite.condition import CLEAN
from benchsuite.files.grid import Cells, Grid

ROLES: Final = {
    "model": ("model", "models", "method", "methods", "system", "systems", "approach", "detector",
              "retriever", "reranker", "encoder", "network", "architecture", "modelname"),
    "dataset": ("dataset", "datasets", "benchmark", "corpus", "task", "tasks", "testset"),
    "metric": ("metric", "metrics", "measure"),
    "value": ("value", "score", "result"),
    "condition": ("condition", "conditions", "corruption", "corruptions", "perturbation"),
    "severity": ("severity", "level"),
    "attribute": ("attribute",),
    "group": ("group", "split", "subset", "subgroup"),
    "stderr": ("stderr", "se", "standarderror"),
    "n": ("n", "samples", "nsamples"),
    "source": ("source", "reference", "citation", "paper"),
    "protocol": ("protocol", "setting", "filter", "nshot", "shots", "version"),
}  # fmt: skip
"""What a column is by its header, in plain spelling."""
ROLE_OF: Final = {word: role for role, words in ROLES.items() for word in words}
AVERAGES: Final = ("avg", "average", "mean", "overall", "all", "total")
NOTHING: Final = "nothing"
"""The role of a column that the user leaves out."""
REPEATS: Final = ("model", "dataset", "metric", "condition", "source")
"""Roles in whose columns a blank cell repeats the one above, as in a cell of several rows."""


@dataclass(frozen=True)
class About:
    """What a header or cell says of numbers; empty where it says nothing.

    average  whether it is the mean of what stands beside it
    """

    metric: str = ""
    condition: str = ""
    dataset: str = ""
    attribute: str = ""
    group: str = ""
    average: bool = False
    unit: str = ""

    def __bool__(self) -> bool:
        """Whether it says anything but a unit."""
        said = (self.metric, self.condition, self.dataset, self.group)
        return any(said) or self.average


def both(one: About, other: About) -> About | None:
    """What two texts say together; None where they contradict each other."""
    merged = {}
    for key in ("metric", "condition", "dataset", "attribute", "group", "unit"):
        first, second = getattr(one, key), getattr(other, key)
        if first and second and first != second:
            return None
        merged[key] = first or second
    return About(**merged, average=one.average or other.average)


def below(upper: About, lower: About) -> About:
    """What two levels of a header say: the lower one is more special than the one above."""
    said = {key: value for key, value in vars(lower).items() if value}
    return replace(upper, **said)


@dataclass(frozen=True, eq=False)
class Headers:
    """The columns of a table, in the words of a task.

    dataset  the one that the user says; else that whose parts the columns name, if it is one
    """

    grid: Grid
    words: Vocabulary
    dataset: str = ""

    @cached_property
    def roles(self) -> dict[int, str]:
        """What columns are by their headers, or by what the user maps; others have no role."""
        found = {column: self._role(self.grid.labels(column)) for column in range(self.width)}
        known = [column for column, role in found.items() if role == "dataset"]
        if len(known) > 1:  # rows for --reported name the task as well as the dataset
            named = [c for c in known if plain(self.grid.labels(c)[-1]) in ROLES["dataset"][:2]]
            found |= {column: NOTHING for column in known if named and column not in named}
        return {column: role for column, role in found.items() if role}

    def _role(self, labels: Cells) -> str:
        mapped = self.words.mapped.column
        told = [mapped[label] or NOTHING for label in labels if label in mapped]
        return told[0] if told else ROLE_OF.get(plain(labels[-1]), "") if labels else ""

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self.grid.header[-1])

    def column(self, role: str) -> int | None:
        """The first column of a role; None where there is none."""
        return next((column for column, known in self.roles.items() if known == role), None)

    def cells(self, column: int) -> list[str]:
        """The distinct texts of a column that are no blanks, from the top."""
        texts = (cells[column] for _, cells in self.grid.rows)
        return [text for text in dict.fromkeys(texts) if not is_blank(text)]

    @cached_property
    def numeric(self) -> list[int]:
        """The columns that hold numbers and have no role but that of a value."""
        free = [c for c in range(self.width) if self.roles.get(c, "value") == "value"]
        return [c for c in free if any(cell_of(text) for text in self.cells(c))]

    @cached_property
    def texts(self) -> list[int]:
        """The columns of words that have no role."""
        free = [c for c in range(self.width) if c not in self.roles and c not in self.numeric]
        return [c for c in free if self.cells(c)]

    @cached_property
    def labels(self) -> list[str]:
        """The headers and words that may name a metric, a condition, or a part of a dataset."""
        headers = [label for c in self.numeric for label in self.grid.labels(c)]
        return [*headers, *(text for c in self.texts for text in self.cells(c))]

    @cached_property
    def context(self) -> str:
        """The dataset whose parts the table names: the user's, else the only one that has them."""
        if self.dataset:
            return self.dataset
        found: dict[str, int] = {}
        for label in self.labels:
            text, _ = unit_of(label)
            for dataset in self.words.datasets_with(text):
                found[dataset] = found.get(dataset, 0) + 1
        most = [dataset for dataset, count in found.items() if count == max(found.values())]
        return most[0] if len(most) == 1 else ""

    def asked(self, role: Mapping[str, str]) -> str:
        """The condition that the words of a row name, by their roles; empty for none."""
        text, severity = role.get("condition", ""), role.get("severity", "")
        return f"{text}/{severity}" if severity and text else text

    def condition(self, role: Mapping[str, str]) -> str:
        """The condition of a row; severity 0 is clean."""
        severity = role.get("severity", "")
        if severity in ("0", "0.0"):
            return CLEAN.full_name
        kind = self.words.condition(role.get("condition", ""))
        known = self.words.condition(self.asked(role))
        return known or (kind and self.words.condition(f"{kind}/{severity}"))

    def about(self, label: str, dataset: str = "") -> About:
        """What a header or a cell says, in a table of that dataset: one known name, or two."""
        text, unit = unit_of(label)
        whole = self._about(text, dataset)
        pairs = [] if whole else list(self._two(text, dataset))
        return replace(pairs[0] if len(pairs) == 1 else whole, unit=unit)

    def _two(self, text: str, dataset: str) -> Iterator[About]:
        """What two known names say that make a text, as in `COCO AP` and `AP (clean)`."""
        parts = re.split(r"[\s()\[\]/,:|]+", text.strip(" ()[]"))
        for place in range(1, len(parts)):
            first = self._about(" ".join(parts[:place]), dataset)
            second = self._about(" ".join(parts[place:]), first.dataset or dataset)
            if first and second and (merged := both(first, second)):
                yield merged

    def _about(self, text: str, dataset: str) -> About:
        if metric := self.words.metric(text):
            return About(metric=metric)
        if condition := self.words.condition(text):
            return About(condition=condition)
        if known := self.words.dataset(text):
            return About(dataset=known)
        if (part := self.words.part(dataset or self.context, text)) and part[1] == 2:
            one = part[0]
            return About(dataset=one.dataset, attribute=one.attribute, group=one.group)
        return About(average=plain(text) in AVERAGES)

    def about_column(self, column: int) -> About | None:
        """What all levels of a header say of a column; None where the last one says nothing."""
        whole = About()
        if self.roles.get(column) == "value":
            return whole
        last = whole
        for label in self.grid.labels(column):
            last = self.about(label, whole.dataset)
            whole = below(whole, last)
        return whole if last else None

    def names_a_metric(self, told: str) -> bool:
        """Whether the task has a metric that the table names, or else the user."""
        column = self.column("metric")
        cells = self.cells(column) if column is not None else [told] if told else []
        return any(self.about(text).metric for text in [*self.labels, *cells])

    @property
    def known(self) -> int:
        """How many headers, and words that describe numbers, the task knows; at least 1."""
        return max(1, sum(bool(self.about(label)) for label in self.labels))

    @cached_property
    def rows_name_models(self) -> int | None:
        """The column of the models: by its header, else the first of words that name nothing."""
        if (column := self.column("model")) is not None:
            return column
        return next((c for c in self.texts if not self.names_something(c)), None)

    def names_something(self, column: int) -> bool:
        """Whether most words of a column name a metric, a condition or a part of a dataset."""
        texts = self.cells(column)
        return 2 * sum(bool(self.about(text)) for text in texts) > len(texts)
