"""The contract of a task plugin, and how plugins are found."""

from contextlib import suppress
from importlib.metadata import EntryPoint, entry_points

from benchsuite.errors import BenchsuiteError, WrongCall, near, needing, placed
from benchsuite.task.contract import ENTRY_POINTS, Task, requirement
from benchsuite.task.elsewhere import Elsewhere
from benchsuite.task.origin import Access, Content, File, Origin, Part, Repository
from benchsuite.task.paper import Paper, Redo
from benchsuite.task.parts import (
    PYTHON,
    SMALL,
    Added,
    ByInput,
    Located,
    Look,
    Plug,
    Plugin,
    Progress,
    Report,
    Reported,
    Written,
    named_plugs,
    one_line,
    silent,
)
from benchsuite.task.plugins import with_plugins

__all__ = [
    "PYTHON",
    "SMALL",
    "Access",
    "Added",
    "ByInput",
    "Content",
    "Elsewhere",
    "File",
    "Located",
    "Look",
    "Origin",
    "Paper",
    "Part",
    "Plug",
    "Plugin",
    "Progress",
    "Redo",
    "Report",
    "Reported",
    "Repository",
    "Task",
    "Written",
    "load_task",
    "named_plugs",
    "one_line",
    "silent",
    "task_names",
    "tasks",
]


def task_names() -> list[str]:
    """The names of the installed tasks, without importing any."""
    return sorted(_entry_points())


def tasks() -> dict[str, Task]:
    """The installed tasks by name; those whose packages are missing are left out."""
    found = {}
    for name in task_names():
        with suppress(BenchsuiteError):  # `benchsuite list` says why
            found[name] = load_task(name)
    return found


def load_task(name: str) -> Task:
    """The installed task of that name, with what plugins add to it.

    Raises WrongCall where there is none, NotAvailable where its packages are missing.
    """
    points = _entry_points()
    if name not in points:
        raise WrongCall(f"no task is called '{name}'{near(name, list(points))}")
    try:
        with needing(f"task {name}", requirement(name, name)):
            task = points[name].load()
    except (BenchsuiteError, KeyboardInterrupt):
        raise
    except BaseException as error:  # a plugin of another version must not hide the others
        what = f"entry point {name} = {points[name].value}"
        raise WrongCall(f"{what}: {placed(error)}") from error
    if not isinstance(task, Task):
        raise WrongCall(f"entry point {points[name].value}: expected a Task, found {type(task)}")
    if task.name != name:
        raise WrongCall(
            f"entry point {name} = {points[name].value}: expected a task of that name, "
            f"found '{task.name}'"
        )
    return with_plugins(task, list(points))


def _entry_points() -> dict[str, EntryPoint]:
    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=ENTRY_POINTS):
        other = found.setdefault(point.name, point)
        if other.value != point.value:
            raise WrongCall(f"two tasks are called '{point.name}': {other.value}, {point.value}")
    return found
