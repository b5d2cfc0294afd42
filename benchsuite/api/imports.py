"""Files in the layouts of others, recognised by content and read into rows of a reported board."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pandas as pd

from benchsuite.boards.imports import lm_eval, mteb
from benchsuite.boards.imports.named import declared, named
from benchsuite.boards.imports.numbers import Found, LeftOut, Number, joined
from benchsuite.boards.imports.vocabulary import Mapped, Vocabulary
from benchsuite.errors import BadData, WrongCall, one_of, some_of
from benchsuite.files.text import begins_as_json, json_value
from benchsuite.task import Task, load_task, tasks

PREDICTIONS: Final = "predictions"
"""The kind of files that are scored: a task reads them, and they hold no numbers of others."""


@dataclass(frozen=True)
class Harness:
    """A program whose results are read: its name, how they are known, and how they are read."""

    title: str
    holds: Callable[[Any], bool]
    read: Callable[[Path, Mapping[str, Any], str], Found]


HARNESSES: Final = {
    lm_eval.KIND: Harness("lm-evaluation-harness", lm_eval.is_lm_eval, lm_eval.read_lm_eval),
    mteb.KIND: Harness("MTEB", mteb.is_mteb, mteb.read_mteb),
}
KINDS: Final = (*HARNESSES, PREDICTIONS)
COLUMNS: Final = (
    "task", "model", "dataset", "condition", "metric", "attribute", "group", "value", "stderr", "n",
    "higher_is_better", "low", "high", "source", "protocol",
)  # fmt: skip
"""Those of the CSV that `--reported` reads."""


@dataclass(frozen=True)
class Asked:
    """What the user says of the files: empty where their content has to say it."""

    kind: str = ""
    task: str = ""
    model: str = ""
    mapped: Mapped = field(default_factory=Mapped)


@dataclass(frozen=True)
class Recognised:
    """A file, its kind, and what it is in a few words.

    value  what it holds, of JSON;   task  the task that reads it, of predictions
    """

    path: Path
    kind: str
    told: str
    value: Any = None
    task: str = ""


@dataclass(frozen=True, eq=False)
class Imported:
    """What was read: rows for `--reported`, and what they are made of.

    remarks   what was found and how it was read
    left_out  what is not among the rows, by the reason
    """

    rows: pd.DataFrame
    remarks: tuple[str, ...]
    left_out: Mapping[str, Sequence[str]]


def recognised(paths: Sequence[Path], asked: Asked) -> list[Recognised]:
    """What each file is. A folder stands for the results of harnesses in it and below.

    Raises BadData for a file of no known kind, WrongCall for files of two kinds.
    """
    if asked.kind:
        one_of("--from", asked.kind, KINDS)
    found = [one for path in paths for one in _of_path(path, asked)]
    first = found[0]
    for one in found:
        if one.kind != first.kind:
            told = f"{first.kind} ({first.path}), {one.kind} ({one.path})"
            raise WrongCall(f"import: expected files of one kind, found {told}")
    return found


def _of_path(path: Path, asked: Asked) -> list[Recognised]:
    if path.is_dir() and asked.kind != PREDICTIONS:
        every = sorted(one for one in path.rglob("*.json") if one.is_file())
        found = [one for file in every if (one := _of_harness(file, asked))]
        if found:
            return found
    if one := _of_harness(path, asked) or _of_task(path, asked):
        return [one]
    expected = asked.kind or "results of lm-evaluation-harness or MTEB, or predictions"
    raise BadData(f"{path}: expected {expected}, found neither; --from KIND: {', '.join(KINDS)}")


def _of_harness(path: Path, asked: Asked) -> Recognised | None:
    if path.is_dir() or not begins_as_json(path):
        return None
    value = json_value(path)
    for kind, harness in HARNESSES.items():
        if asked.kind in ("", kind) and harness.holds(value):
            return Recognised(path, kind, f"results of {harness.title}", value)
    return None


def _of_task(path: Path, asked: Asked) -> Recognised | None:
    """What a task says of a file of predictions."""
    if asked.kind == PREDICTIONS and asked.task:
        return Recognised(path, PREDICTIONS, "predictions", task=asked.task)
    if asked.kind not in ("", PREDICTIONS):
        return None
    for task in [load_task(asked.task)] if asked.task else tasks().values():
        if task.recognise and (told := task.recognise(path)):
            return Recognised(path, PREDICTIONS, told, task=task.name)
    return None


def imported(files: Sequence[Recognised], asked: Asked) -> Imported:
    """The numbers of files of one kind as rows for `--reported`, in the words of a task.

    The task is the one that is asked for, or the only one that knows a dataset of the files.
    Without one, the rows are of a task that is not installed, and declare its metrics.
    Raises BadData where no number is left.
    """
    harness = HARNESSES[files[0].kind]
    found = joined(harness.read(one.path, one.value, asked.model) for one in files)
    if task := _task(found, asked):
        words = Vocabulary(task, asked.mapped)
        made, own, told = named(found, words), task.name, f"task {task.name}"
    else:
        made, own = declared(found), files[0].kind
        told = f"task {own}, which is not installed: its metrics are those of the files"
    left_out = _reasons(made.left_out)
    if not made.numbers:
        why = "; ".join(f"{some_of(names)}: {reason}" for reason, names in left_out.items())
        raise BadData(f"{files[0].path}: expected a number for {own}, found none ({why})")
    remarks = (*_kinds(files), told, _counts(made.numbers), *made.remarks)
    return Imported(_frame(own, made.numbers, declares=not task), remarks, left_out)


def _task(found: Found, asked: Asked) -> Task | None:
    if asked.task:
        return load_task(asked.task)
    names = dict.fromkeys(one.names for one in found.numbers)
    knowing = [
        task for task in tasks().values() if any(Vocabulary(task).knows(*one) for one in names)
    ]
    if len(knowing) > 1:
        several = ", ".join(task.name for task in knowing)
        raise WrongCall(f"import: tasks {several} know datasets of these files: --task NAME")
    return knowing[0] if knowing else None


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
