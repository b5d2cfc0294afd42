"""The names that a shell completes: settings, tasks, and what each task has.

A task has to be imported to name its parts, which takes a second. So they are kept in a file, until
the code of a task, or of the suite, changes.
"""

import hashlib
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from benchsuite.errors import BadData, BenchsuiteError, CannotWrite
from benchsuite.files.text import json_object, record_of
from benchsuite.files.write import write_json

TASKS: Final = "benchsuite.tasks"
PLUGINS: Final = "benchsuite.plugins"
"""The groups of entry points."""
CODE: Final = (".py", ".yaml")


@dataclass(frozen=True)
class Names:
    """What a task has, by name."""

    dataset: tuple[str, ...] = ()
    model: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    reports: tuple[str, ...] = ()


@dataclass(frozen=True)
class Vocabulary:
    """The names of settings, and those of each task. key: a hash of the code that they are of."""

    key: str = ""
    settings: tuple[str, ...] = ()
    tasks: Mapping[str, Names] = field(default_factory=dict)


def vocabulary() -> Vocabulary:
    """The names as they are kept, or made anew and then kept, where that is possible."""
    path, key = _kept(), _key()
    with suppress(BadData):
        if (found := record_of(Vocabulary, str(path), json_object(path))).key == key:
            return found
    made = _made(key)
    with suppress(CannotWrite):
        write_json(path, asdict(made))
    return made


def _kept() -> Path:
    below = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(below) / "benchsuite" / "completion.json"


def _key() -> str:
    """A hash of the entry points, and of name, time and size of every file of code."""
    named = sorted((point.group, point.name, point.value) for point in points())
    paths = sorted(path for path in code_files() if path.suffix in CODE)
    stamps = [(str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in paths]
    return hashlib.sha256(repr([named, stamps]).encode()).hexdigest()


def points() -> list[EntryPoint]:
    """The entry points of tasks and of plugins."""
    return [*entry_points(group=TASKS), *entry_points(group=PLUGINS)]


def code_files() -> set[Path]:
    """The files of the suite, and those beside the modules that the entry points name."""
    found = {*Path(__file__).parents[1].rglob("*.*")}
    for point in points():
        spec = None
        with suppress(ImportError, ValueError):
            spec = find_spec(point.module)
        if spec is not None and spec.origin is not None:
            file = Path(spec.origin)
            found |= {*file.parent.rglob("*.*")} if spec.parent else {file}
    return found


def _made(key: str) -> Vocabulary:
    from benchsuite.api.config import setting_names
    from benchsuite.task import task_names

    tasks = {name: _names(name) for name in task_names()}
    return Vocabulary(key, tuple(setting_names()), tasks)


def _names(name: str) -> Names:
    from benchsuite.api.groups import names_of
    from benchsuite.condition import with_sampled, words_of
    from benchsuite.task import load_task

    try:
        task = load_task(name)
    except BenchsuiteError:  # `benchsuite doctor` says why
        return Names()
    known = task.known_conditions()
    sampled = {c.suite for c in with_sampled(known).values()}
    return Names(
        dataset=tuple(names_of(task, "dataset")),
        model=tuple(names_of(task, "model")),
        conditions=tuple(sorted(words_of(known) | sampled)),
        metrics=tuple(metric.name for metric in task.metrics),
        reports=tuple(task.reports),
    )
