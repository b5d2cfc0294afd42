"""What a shell completes: commands and flags, settings with their values, metrics, and runs.

argcomplete calls this in a process of its own at every press of the key. So nothing here imports
more than names need; see `vocabulary`.
"""

import argparse
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

import argcomplete
from argcomplete.completers import DirectoriesCompleter, FilesCompleter

from benchsuite.cli.results import results_folder
from benchsuite.cli.vocabulary import Names, vocabulary
from benchsuite.runs.engine import ENGINES

SEVERAL: Final = ("dataset", "model", "conditions")
"""The settings that take names with commas between them."""
RUNS: Final = "*/*/*/*/manifest.json"
FIXED: Final[Mapping[str, tuple[str, ...]]] = {
    "engine": ENGINES,
    "on_error": ("fail", "skip"),
    "backend": ("benchsuite", "imagecorruptions"),
}

Completer = Callable[..., Iterable[str]]


def complete(parser: argparse.ArgumentParser) -> None:
    """Answer the shell, and end the process; return where no shell has asked."""
    for action in _actions(parser):
        if action.dest in COMPLETERS and action.choices is None:
            action.completer = COMPLETERS[action.dest]  # type: ignore[attr-defined]
    argcomplete.autocomplete(parser, always_complete_options="long")


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for sub in action.choices.values():
                yield from _actions(sub)


def settings(prefix: str, parsed_args: argparse.Namespace, **_: Any) -> list[str]:
    """`task=NAME`, `model=A,B`, and the other settings of a run."""
    known = vocabulary()
    key, sign, value = prefix.partition("=")
    if not sign:
        return [f"{name}=" for name in known.settings]
    head, comma, _last = value.rpartition(",")
    if key in SEVERAL:
        names = [n for one in _asked(parsed_args, known.tasks) for n in getattr(one, key)]
        return [f"{key}={head}{comma}{name}" for name in names]
    names = list(known.tasks if key == "task" else FIXED.get(key, ()))
    return [f"{key}={one}" for one in names or FilesCompleter()(value)]


def _asked(parsed: argparse.Namespace, tasks: Mapping[str, Names]) -> Iterable[Names]:
    """The task that the words before name; all of them where they name none."""
    words = [
        word for several in vars(parsed).values() if isinstance(several, list) for word in several
    ]
    named = [str(word).removeprefix("task=") for word in words if str(word).startswith("task=")]
    named += [parsed.task] if getattr(parsed, "task", None) else []
    found = [tasks[name] for name in named if name in tasks]
    return found or tasks.values()


def _tasks(**_: Any) -> Iterable[str]:
    return vocabulary().tasks


def _datasets(parsed_args: argparse.Namespace, **_: Any) -> Iterable[str]:
    every = _asked(parsed_args, vocabulary().tasks)
    return {name: name for one in every for name in one.dataset}


def _metrics(parsed_args: argparse.Namespace, **_: Any) -> Iterable[str]:
    return {name: name for one in _asked(parsed_args, vocabulary().tasks) for name in one.metrics}


def _conditions(parsed_args: argparse.Namespace, **_: Any) -> Iterable[str]:
    every = _asked(parsed_args, vocabulary().tasks)
    return {name: name for one in every for name in one.conditions}


def _reports(**_: Any) -> Iterable[str]:
    return [name for one in vocabulary().tasks.values() for name in one.reports]


def _runs(prefix: str, parsed_args: argparse.Namespace, **_: Any) -> list[str]:
    """The runs of the results folder, and folders."""
    root = results_folder(getattr(parsed_args, "results", None))
    return [*(str(path.parent) for path in root.glob(RUNS)), *DirectoriesCompleter()(prefix)]


def _words(prefix: str, parsed_args: argparse.Namespace, **more: Any) -> list[str]:
    """Runs, and settings."""
    runs = [] if "=" in prefix else _runs(prefix, parsed_args)
    return [*runs, *settings(prefix, parsed_args, **more)]


COMPLETERS: Final[Mapping[str, Completer]] = {
    "overrides": settings,
    "words": _words,
    "what": _words,
    "task": _tasks,
    "tasks": _tasks,
    "name": _reports,
    "dataset": _datasets,
    "metric": _metrics,
    "condition": _conditions,
    "run": _runs,
    "runs": _runs,
    "a": _runs,
    "b": _runs,
}
"""By what argparse calls the argument."""
