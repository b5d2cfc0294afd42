"""Results in the layouts of others, as rows of a reported board."""

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from benchsuite.api.recognised import HARNESSES, Asked, Recognised
from benchsuite.boards.imports.headers import Headers
from benchsuite.boards.imports.named import declared, named
from benchsuite.boards.imports.numbers import Found, LeftOut, Number, joined
from benchsuite.boards.imports.tables import numbers_of_table
from benchsuite.boards.imports.vocabulary import Vocabulary
from benchsuite.errors import BadData, WrongCall, some_of
from benchsuite.files.grid import Grid, grid_of
from benchsuite.files.tables import tables_of
from benchsuite.task import Task, load_task, tasks

COLUMNS: Final = (
    "task", "model", "dataset", "condition", "metric", "attribute", "group", "value", "stderr", "n",
    "higher_is_better", "low", "high", "source", "protocol",
)  # fmt: skip
"""Those of the CSV that `--reported` reads."""


@dataclass(frozen=True, eq=False)
class Imported:
    """What was read: rows for `--reported`, and what they are made of.

    remarks   what was found and how it was read
    left_out  what is not among the rows, by the reason
    """

    rows: pd.DataFrame
    remarks: tuple[str, ...]
    left_out: Mapping[str, Sequence[str]]


def imported(files: Sequence[Recognised], asked: Asked) -> Imported:
    """The numbers of files of one kind as rows for `--reported`, in the words of a task.

    The task is the one that is asked for, or the only one that knows a dataset or a metric of the
    files. Results of a harness that none knows are of a task that is not installed, and declare its
    metrics. Raises BadData where no number is left, WrongCall where two tasks fit.
    """
    task, found = _read(files, asked)
    if task:
        made, own, told = named(found, Vocabulary(task, asked.mapped)), task.name, ""
    else:
        made, own = declared(found), files[0].kind
        told = ", which is not installed: its metrics are those of the files"
    left_out = _reasons(made.left_out)
    if not made.numbers:
        why = "; ".join(f"{some_of(names)}: {reason}" for reason, names in left_out.items())
        raise BadData(f"{files[0].path}: expected a number of task {own}, found none ({why})")
    remarks = (*_kinds(files), f"task {own}{told}", _counts(made.numbers), *made.remarks)
    return Imported(_frame(own, made.numbers, declares=not task), remarks, left_out)


def _read(files: Sequence[Recognised], asked: Asked) -> tuple[Task | None, Found]:
    """The numbers of the files, and the installed task that they are of."""
    if harness := HARNESSES.get(files[0].kind):
        found = joined(harness.read(one.path, one.value, asked.told.model) for one in files)
        names = dict.fromkeys(one.names for one in found.numbers)
        return _task(asked, lambda words: sum(bool(words.part(*one)) for one in names)), found
    task = _task(asked, lambda words: sum(_known(one.path, words, asked) for one in files))
    if task is None:
        raise WrongCall(f"import: {files[0].path}: no task knows a metric of it: --task NAME, and "
                        "--metric NAME or --map metric:THEIRS=OURS")  # fmt: skip
    words = Vocabulary(task, asked.mapped)
    return task, joined(_of_file(one.path, words, asked) for one in files)


def _task(asked: Asked, known: Callable[[Vocabulary], int]) -> Task | None:
    """The task that is asked for, or else the installed one that knows most names of the files.

    Raises WrongCall where two tasks know equally many.
    """
    if asked.task:
        return load_task(asked.task)
    counts = {name: known(Vocabulary(one, asked.mapped)) for name, one in tasks().items()}
    most = max(counts.values(), default=0)
    best = [name for name, count in counts.items() if count == most and count]
    if len(best) > 1:
        told = " and ".join(best)
        raise WrongCall(f"import: {told} know equally many names of these files: --task NAME")
    return load_task(best[0]) if best else None


def _grids(path: Path, words: Vocabulary) -> list[Grid]:
    """The tables of a file; a CSV in a layout of the task's own is in that of `--reported`."""
    grids = tables_of(path)
    if words.task.reported and len(grids) == 1 and len(grids[0].header) == 1:
        (header,), grid = grids[0].header, grids[0]
        rows = [(where, dict(zip(header, cells, strict=True))) for where, cells in grid.rows]
        made = list(words.task.reported(rows))
        if made != rows:
            keys = list(dict.fromkeys(key for _, row in made for key in row))
            every = [(where, [row.get(key, "") for key in keys]) for where, row in made]
            return [grid_of(grid.where, [keys], every)]
    return grids


def _known(path: Path, words: Vocabulary, asked: Asked) -> int:
    """How many names of a file's tables the task knows; none where it knows no metric of them."""
    with suppress(BadData):
        every = [Headers(grid, words) for grid in _grids(path, words)]
        return sum(one.known for one in every if one.names_a_metric(asked.told.metric))
    return 0


def _of_file(path: Path, words: Vocabulary, asked: Asked) -> Found:
    """The numbers of a file's tables; of several, those that cannot be read are left out."""
    grids = _grids(path, words)
    if len(grids) == 1:
        return numbers_of_table(path, grids[0], words, asked.told)
    found = []
    for grid in grids:
        try:
            found.append(numbers_of_table(path, grid, words, asked.told))
        except BadData as error:
            found.append(Found(left_out=(LeftOut(f"table {grid.where}", str(error)),)))
    return joined(found)


def _kinds(files: Sequence[Recognised]) -> list[str]:
    told: dict[str, list[str]] = {}
    for one in files:
        told.setdefault(one.told, []).append(str(one.path))
    return [f"{some_of(paths, 3)}: {what}" for what, paths in told.items()]


def _reasons(left_out: Sequence[LeftOut]) -> dict[str, list[str]]:
    found: dict[str, dict[str, None]] = {}
    for one in left_out:
        found.setdefault(one.why, {})[one.what] = None
    return {why: [*names] for why, names in found.items()}


def _counts(numbers: Sequence[Number]) -> str:
    """How many numbers there are, and of what."""
    parts = [
        _several({one.model for one in numbers}, "model"),
        _several({one.dataset for one in numbers}, "dataset"),
        _several({one.metric for one in numbers}, "metric"),
        _several({one.condition for one in numbers}, "condition"),
    ]
    errors = sum(one.stderr is not None for one in numbers)
    told = f"; {errors} have a standard error, and so an interval" if errors else ""
    return f"numbers: {len(numbers)}, of {', '.join(parts)}{told}"


def _several(names: set[str], what: str) -> str:
    return f"{len(names)} {what}{'' if len(names) == 1 else 's'} ({some_of(sorted(names), 3)})"


def _frame(task: str, numbers: Sequence[Number], declares: bool) -> pd.DataFrame:
    rows = [_row(task, one, declares) for one in numbers]
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)


def _row(task: str, one: Number, declares: bool) -> dict[str, Any]:
    low, high = (bound if math.isfinite(bound) else "" for bound in one.bounds)
    metric = {"higher_is_better": "yes" if one.higher_is_better else "no", "low": low, "high": high}
    return {
        "task": task, "model": one.model, "dataset": one.dataset, "condition": one.condition,
        "metric": one.metric, "attribute": one.attribute, "group": one.group,
        "value": repr(one.value), "stderr": "" if one.stderr is None else repr(one.stderr),
        "n": "" if one.n is None else str(one.n),
        **(metric if declares else {}), "source": one.source, "protocol": one.protocol,
    }  # fmt: skip
