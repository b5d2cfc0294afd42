"""Tables that others published, long or wide, as numbers of a task.

A column is what its header says: the model, the dataset, a value. Another header, or a cell of a
column of words, may name a metric, a condition, a dataset or a part of one. What a table does not
say, the user says. A column that names nothing known is left out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Final

from benchsuite.boards.imports.headers import AVERAGES, NOTHING, REPEATS, About, Headers, both
from benchsuite.boards.imports.numbers import Found, LeftOut, Number
from benchsuite.boards.imports.values import (
    PERCENT,
    SHARE,
    Cell,
    as_share,
    cell_of,
    exceeds,
    is_blank,
    unit_of,
)
from benchsuite.boards.imports.vocabulary import Vocabulary, plain
from benchsuite.condition import CLEAN
from benchsuite.errors import BadData, near, some_of
from benchsuite.files.grid import Cells, Grid
from benchsuite.files.text import integer

KIND: Final = "table"
TWO_THINGS: Final = "its words name two things of one kind"
NO_NUMBER: Final = "no number, but a blank or a dash"


@dataclass(frozen=True)
class Told:
    """What the user says of all numbers of a table; empty where the table says it.

    unit    `percent` or `share`;   errors  whether ± is followed by a standard error
    """

    model: str = ""
    dataset: str = ""
    metric: str = ""
    source: str = ""
    unit: str = ""
    errors: bool = False


@dataclass(frozen=True)
class _Raw:
    """A number of a table as it stands there, and all that is known of it."""

    where: str
    about: About
    cell: Cell
    model: str
    more: dict[str, str] = field(default_factory=dict)

    @property
    def in_percent(self) -> bool:
        """Whether its header or its cell says so."""
        return self.cell.percent or self.about.unit == PERCENT


def numbers_of_table(path: Path, grid: Grid, words: Vocabulary, told: Told) -> Found:
    """The numbers of a table. Raises BadData where it does not say something and the user neither.

    That is the model, the metric or the dataset.
    """
    dataset = words.dataset(told.dataset) or told.dataset
    table = _Table(path, Headers(grid, words, dataset), words, replace(told, dataset=dataset))
    items = [*table.items()]
    raws = [one for one in items if isinstance(one, _Raw)]
    units = table.units(raws)
    left_out = (*table.left_out(), *(one for one in items if isinstance(one, LeftOut)))
    numbers = tuple(table.number(raw, units[raw.about.metric]) for raw in raws)
    return Found(numbers, left_out, tuple(table.remarks(raws, units)))


@dataclass(frozen=True, eq=False)
class _Table:
    path: Path
    headers: Headers
    words: Vocabulary
    told: Told

    @property
    def grid(self) -> Grid:
        return self.headers.grid

    @cached_property
    def models(self) -> int | None:
        """The column of the models."""
        return self.headers.rows_name_models

    @cached_property
    def across(self) -> bool:
        """Whether the columns are of models, and the rows say what of."""
        named = [self.headers.about_column(column) for column in self.headers.numeric]
        return self.models is None and not self.told.model and not any(named)

    def left_out(self) -> Iterator[LeftOut]:
        """The columns that are no part of the numbers."""
        used = {*self.headers.roles, *self._describing, self.models}
        for column in self.headers.texts:
            if column not in used:
                yield LeftOut(f"column {self._called(column)}", "it holds no number")
        for column, role in self.headers.roles.items():
            if role == NOTHING:
                yield LeftOut(f"column {self._called(column)}", "--map, or its header, says so")
        for column in self.headers.numeric:
            if column not in self._columns:
                yield LeftOut(f"column {self._called(column)}", self._no_column(column))

    def _no_column(self, column: int) -> str:
        last, _ = unit_of(self.grid.labels(column)[-1]) if self.grid.labels(column) else ("", "")
        if self.words.is_computed(last) or plain(last) in AVERAGES:
            return "it is computed here from the other numbers"
        return f"names no metric, condition or part that task {self.words.task.name} has"

    def _called(self, column: int) -> str:
        return f"'{' '.join(self.grid.labels(column))}'"

    @cached_property
    def _columns(self) -> dict[int, About]:
        """The columns of numbers, and what each is about."""
        found = {}
        for column in self.headers.numeric:
            about = About() if self.across else self.headers.about_column(column)
            if about is not None:
                found[column] = about
        averaged = [column for column, about in found.items() if about.average]
        parts = any(about.group for about in found.values())
        return found if parts else {c: a for c, a in found.items() if c not in averaged}

    @cached_property
    def _describing(self) -> list[int]:
        """The columns of words that say what the numbers of their rows are about."""
        others = [column for column in self.headers.texts if column != self.models]
        return [column for column in others if self.headers.names_something(column)]

    def items(self) -> Iterator[_Raw | LeftOut]:
        """The numbers as they stand there, row by row, and what is left out of the rows."""
        if self.models is None and not self.told.model and not self.across:
            raise BadData(f"{self.grid.where}: expected a column of models, found none; --map "
                          "column:THEIRS=model says which it is, or --model NAME")  # fmt: skip
        above: dict[int, str] = {}
        for where, cells in self.grid.rows:
            texts = [text for text in cells if not is_blank(text)]
            if not any(cell_of(cells[column]) for column in self.headers.numeric):
                yield LeftOut(f"row '{some_of(dict.fromkeys(texts), 2)}'", "it holds no number")
                continue
            yield from self._of_row(where, cells, self._filled(cells, above))

    def _filled(self, cells: Cells, above: dict[int, str]) -> dict[int, str]:
        """The words of a row by column; a blank one repeats the one above in some columns."""
        found = {}
        for column in (*self.headers.roles, *self.headers.texts):
            repeats = self.headers.roles.get(column, "model") in REPEATS
            if repeats and not is_blank(cells[column]):
                above[column] = cells[column]
            found[column] = above.get(column, "") if repeats else cells[column]
        return found

    def _of_row(self, where: str, cells: Cells, words: dict[int, str]) -> Iterator[_Raw | LeftOut]:
        row = self._about_row(words)
        if isinstance(row, LeftOut):
            yield row
            return
        more = {role: words[c] for c, role in self.headers.roles.items() if c in words}
        more["protocol"] = self._protocol(words)
        for column, of_column in self._columns.items():
            what = f"{self._called(column)} of row '{some_of(filter(None, words.values()), 2)}'"
            cell, about = cell_of(cells[column]), both(row, of_column)
            if cell is None:
                why = NO_NUMBER if is_blank(cells[column]) else f"not a number: '{cells[column]}'"
                yield LeftOut(what if why != NO_NUMBER else self._called(column), why)
            elif about is None:
                yield LeftOut(what, TWO_THINGS)
            else:
                model = self.told.model or self._model(column, words)
                yield _Raw(where, self._whole(where, about), cell, model, more)

    def _model(self, column: int, words: dict[int, str]) -> str:
        return " ".join(self.grid.labels(column)) if self.models is None else words[self.models]

    def _protocol(self, words: dict[int, str]) -> str:
        roles = self.headers.roles.items()
        columns = [c for c, role in roles if role == "protocol" and not is_blank(words[c])]
        if len(columns) == 1 and self.grid.labels(columns[0])[-1] == "protocol":
            return words[columns[0]]
        told = [f"{' '.join(self.grid.labels(c))} {words[c]}" for c in columns]
        return f"reported ({', '.join(told)})" if told else "reported"

    def _about_row(self, words: dict[int, str]) -> About | LeftOut:
        """What the words of a row say; why it is left out where they name something unknown."""
        role = {known: words[c] for c, known in self.headers.roles.items() if c in words}
        task, of = self.words.task.name, self.headers.asked(role)
        if self.models is not None and not (self.told.model or words[self.models]):
            return LeftOut("a row", "it names no model")
        found = About(
            metric=self.words.metric(role.get("metric", "")),
            condition=self.headers.condition(role),
            dataset=self.words.dataset(role.get("dataset", "")) or role.get("dataset", ""),
        )
        for what, text, known in (
            ("metric", role.get("metric", ""), found.metric), ("condition", of, found.condition)
        ):  # fmt: skip
            if text and not known:
                return LeftOut(f"{what} {text}", f"task {task} has no such {what}")
        if group := role.get("group", ""):
            part = self.words.part(found.dataset or self.headers.context, group)
            here = part[0] if part and part[1] == 2 else None
            attribute = role.get("attribute") or (here.attribute if here else "group")
            named = here.group if here else group
            found = replace(found, attribute=attribute, group=named)
        for column in self._describing:
            merged = both(found, self.headers.about(words[column], found.dataset))
            if merged is None:
                return LeftOut(f"row '{words[column]}'", TWO_THINGS)
            found = merged
        return found

    def _whole(self, where: str, about: About) -> About:
        """What a number is about, with what the user says of all; raises BadData where it lacks."""
        metric = about.metric or self.words.metric(self.told.metric)
        dataset = about.dataset or self.told.dataset or self.headers.context
        for key, found, known in (
            ("metric", metric, [one.name for one in self.words.task.metrics]),
            ("dataset", dataset, []),
        ):
            if not found:
                told = self.told.metric if key == "metric" else ""
                raise BadData(f"{where}: expected a {key}, found {told or 'none in header and row'}"
                              f"; --{key} NAME says it{near(told, known)}")  # fmt: skip
        condition = about.condition or CLEAN.full_name
        return replace(about, metric=metric, dataset=dataset, condition=condition)

    def units(self, raws: Sequence[_Raw]) -> dict[str, str]:
        """The unit of each metric: the user's, else percent if a value is beyond its bounds."""
        bounds = {one.name: one.bounds for one in self.words.task.metrics}
        found = {}
        for metric in dict.fromkeys(raw.about.metric for raw in raws):
            silent = [
                raw.cell.value for raw in raws if raw.about.metric == metric and not raw.in_percent
            ]
            told = self.told.unit or (PERCENT if exceeds(silent, bounds[metric]) else SHARE)
            found[metric] = told if bounds[metric][1] == 1 else ""
        return found

    def number(self, raw: _Raw, unit: str) -> Number:
        """A number in the words of the task; a share where it was percent."""
        about, more = raw.about, raw.more
        spread = more.get("stderr") or (raw.cell.spread if self.told.errors else "")
        known = cell_of(spread) if spread and not is_blank(spread) else None
        n = more.get("n", "")
        own = PERCENT if raw.in_percent and unit and not self.told.unit else unit
        return Number(
            raw.where, raw.model, about.dataset, about.metric, as_share(raw.cell.value, own),
            more.get("source") or self.told.source or self.path.name,
            condition=about.condition, attribute=about.attribute, group=about.group,
            protocol=more["protocol"], stderr=as_share(known.value, own) if known else None,
            n=None if is_blank(n) else integer(raw.where, "n", n),
        )  # fmt: skip

    def remarks(self, raws: Sequence[_Raw], units: dict[str, str]) -> Iterator[str]:
        """How the table was read, where it could be read otherwise."""
        if self.models is not None and self.headers.column("model") is None:
            yield f"column {self._called(self.models)}: the models, by its place"
        if (
            self.headers.context
            and not self.told.dataset
            and self.headers.column("dataset") is None
        ):
            yield f"dataset {self.headers.context}, whose parts the columns name"
        for metric, unit in units.items():
            own = [raw for raw in raws if raw.about.metric == metric]
            values = [float(raw.cell.value) for raw in own]
            every = all(raw.in_percent for raw in own) and not self.told.unit
            read = "percent, as it says" if every else f"{unit}; --unit says otherwise"
            if unit:
                yield f"{metric}: {min(values):g} to {max(values):g}, read as {read}"
        if spread := sum(bool(raw.cell.spread) for raw in raws) * (not self.told.errors):
            yield f"± of {spread} numbers: left out; --errors says that it is a standard error"
        if beside := sum(bool(raw.cell.beside) for raw in raws):
            yield f"what stands in brackets beside {beside} numbers: left out"
        if not self.told.source and self.headers.column("source") is None:
            yield f"source: {self.path.name}; --source CITATION says who published the numbers"
