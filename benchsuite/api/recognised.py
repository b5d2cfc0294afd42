"""What a file of others is, by its content: results of a harness, a table, or predictions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from benchsuite.boards.imports import lm_eval, mteb, tables
from benchsuite.boards.imports.numbers import Found
from benchsuite.boards.imports.raw import Told
from benchsuite.boards.imports.vocabulary import Mapped
from benchsuite.errors import BadData, WrongCall, one_of
from benchsuite.files.sight import begins_as_json
from benchsuite.files.tables import tables_of
from benchsuite.files.text import json_value
from benchsuite.task import load_task
from benchsuite.task import tasks as installed

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
KINDS: Final = (*HARNESSES, tables.KIND, PREDICTIONS)


@dataclass(frozen=True)
class Asked:
    """What the user says of the files: empty where their content has to say it.

    told  of all their numbers;   mapped  of names in them
    """

    kind: str = ""
    task: str = ""
    told: Told = field(default_factory=Told)
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
    damaged: BadData | None = None
    try:
        one = _of_harness(path, asked)
    except BadData as error:  # JSON lines, or JSON that is damaged
        one, damaged = None, error
    if one := one or _of_task(path, asked):
        return [one]
    if damaged:
        raise damaged
    if asked.kind in ("", tables.KIND) and not path.is_dir() and not begins_as_json(path):
        count = len(tables_of(path))
        told = "a table" if count == 1 else f"{count} tables"
        return [Recognised(path, tables.KIND, told)]
    expected = asked.kind or "results, predictions or a table"
    raise BadData(f"{path}: expected {expected}, found none that is known; "
                  f"--from KIND: {', '.join(KINDS)}")  # fmt: skip


def _of_harness(path: Path, asked: Asked) -> Recognised | None:
    if path.is_dir() or not begins_as_json(path):
        return None
    value = json_value(path)
    for kind, harness in HARNESSES.items():
        if asked.kind in ("", kind) and harness.holds(value):
            return Recognised(path, kind, f"results of {harness.title}", value)
    return None


def _of_task(path: Path, asked: Asked) -> Recognised | None:
    """What a task says of a file of predictions, or of the first one of a folder."""
    if asked.kind == PREDICTIONS and asked.task:
        return Recognised(path, PREDICTIONS, "predictions", task=asked.task)
    if asked.kind not in ("", PREDICTIONS):
        return None
    inside = (one for one in sorted(path.rglob("*")) if one.is_file())
    first = next(inside, None) if path.is_dir() else path
    for task in [load_task(asked.task)] if asked.task else installed().values():
        for told, is_one in task.recognised.items():
            if first and is_one(first):
                return Recognised(path, PREDICTIONS, told, task=task.name)
    return None
