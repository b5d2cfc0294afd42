"""Tables that others published, long or wide, as numbers of a task.

A column is what its header says: the model, the dataset, a value. Another header, or a cell of a
column of words, may name a metric, a condition, a dataset or a part of one. What a table does not
say, the user says. A column that names nothing known is left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Final

from benchsuite.boards.imports.headers import AVERAGES, NOTHING, REPEATS, About, Headers, both
from benchsuite.boards.imports.numbers import Found, LeftOut
from benchsuite.boards.imports.raw import Raw, Told, number_of, said_of, units_of
from benchsuite.boards.imports.values import cell_of, is_blank, unit_of
from benchsuite.boards.imports.vocabulary import Vocabulary, plain
from benchsuite.condition import CLEAN
from benchsuite.errors import BadData, near, some_of
from benchsuite.files.grid import Cells, Grid

KIND: Final = "table"
TWO_THINGS: Final = "its words name two things of one kind"
Words = dict[int, str]
"""The texts of a row by column."""
NO_NUMBER: Final = "no number, but a blank or a dash"


def numbers_of_table(path: Path, grid: Grid, words: Vocabulary, told: Told) -> Found:
    """The numbers of a table. Raises BadData where it does not say something and the user neither.

    That is the model, the metric or the dataset.
    """
    dataset = words.dataset(told.dataset) or told.dataset
    table = _Table(path, Headers(grid, words, dataset), words, replace(told, dataset=dataset))
    items = [*table.items()]
    raws = [one for one in items if isinstance(one, Raw)]
    units = units_of(raws, told, words.task)
    left_out = (*table.left_out(), *(one for one in items if isinstance(one, LeftOut)))
    source = told.source or path.name
    numbers = tuple(number_of(raw, units[raw.about.metric], told, source) for raw in raws)
    return Found(numbers, left_out, (*table.remarks(), *said_of(raws, units, told)))


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
        for _, cells in self.grid.rows:
            if not self._has_numbers(cells):
                texts = dict.fromkeys(text for text in cells if not is_blank(text))
                yield LeftOut(f"row '{some_of(texts, 2)}'", "it holds no number")
        used = {*self.headers.roles, *self._describing, *self._naming, self.models}
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

    @cached_property
    def _naming(self) -> list[int]:
        """The columns of words that tell models of one name apart, such as their backbones."""
        used = {*self.headers.roles, *self._describing, self.models}
        free = [column for column in self.headers.texts if column not in used]
        about = [c for c, role in self.headers.roles.items() if role not in ("stderr", "n")]
        known = [*about, *self._describing, *([] if self.models is None else [self.models])]
        for count in range(len(free) + 1):
            keys = [tuple(words[c] for c in (*known, *free[:count])) for _, _, words in self._rows]
            if len(set(keys)) == len(keys):
                return free[:count]
        return []

    def items(self) -> Iterator[Raw | LeftOut]:
        """The numbers as they stand there, row by row, and what is left out of the rows."""
        if self.models is None and not self.told.model and not self.across:
            raise BadData(f"{self.grid.where}: expected a column of models, found none; --map "
                          "column:THEIRS=model says which it is, or --model NAME")  # fmt: skip
        for where, cells, words in self._rows:
            yield from self._of_row(where, cells, words)

    @cached_property
    def _rows(self) -> list[tuple[str, Cells, Words]]:
        """The rows of numbers, with their words."""
        above: Words = {}
        return [
            (where, cells, self._filled(cells, above))
            for where, cells in self.grid.rows
            if self._has_numbers(cells)
        ]

    def _has_numbers(self, cells: Cells) -> bool:
        return any(cell_of(cells[column]) for column in self.headers.numeric)

    def _filled(self, cells: Cells, above: Words) -> Words:
        """The words of a row by column; a blank one repeats the one above in some columns."""
        found = {}
        for column in (*self.headers.roles, *self.headers.texts):
            repeats = self.headers.roles.get(column, "model") in REPEATS
            if repeats and not is_blank(cells[column]):
                above[column] = cells[column]
            found[column] = above.get(column, "") if repeats else cells[column]
        return found

    def _of_row(self, where: str, cells: Cells, words: Words) -> Iterator[Raw | LeftOut]:
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
                yield Raw(where, self._whole(where, about), cell, model, more)

    def _model(self, column: int, words: Words) -> str:
        if self.models is None:
            return " ".join(self.grid.labels(column))
        more = ", ".join(words[c] for c in self._naming if not is_blank(words[c]))
        return words[self.models] + (f" ({more})" if more else "")

    def _protocol(self, words: Words) -> str:
        roles = self.headers.roles.items()
        columns = [c for c, role in roles if role == "protocol" and not is_blank(words[c])]
        if len(columns) == 1 and self.grid.labels(columns[0])[-1] == "protocol":
            return words[columns[0]]
        told = [f"{' '.join(self.grid.labels(c))} {words[c]}" for c in columns]
        return f"reported ({', '.join(told)})" if told else "reported"

    def _about_row(self, words: Words) -> About | LeftOut:
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

    def remarks(self) -> Iterator[str]:
        """How the columns were read, where they could be read otherwise."""
        if self.models is not None and self.headers.column("model") is None:
            yield f"column {self._called(self.models)}: the models, by its place"
        if self._naming:
            columns = ", ".join(map(self._called, self._naming))
            yield f"column {columns}: part of the names of models, which it tells apart"
        if (
            self.headers.context
            and not self.told.dataset
            and self.headers.column("dataset") is None
        ):
            yield f"dataset {self.headers.context}, whose parts the columns name"
        if not self.told.source and self.headers.column("source") is None:
            yield f"source: {self.path.name}; --source CITATION says who published the numbers"
