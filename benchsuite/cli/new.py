"""`benchsuite new`: a small package that works, to start a task, model or dataset of one's own."""

import argparse
import json
import keyword
import re
import shlex
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any, Final

from benchsuite.cli.output import out
from benchsuite.errors import Exit, WrongCall

if TYPE_CHECKING:
    from benchsuite.task import Task

KINDS: Final = ("task", "model", "dataset")
TEMPLATES: Final = Path(__file__).parents[1] / "conf" / "new"
NAME: Final = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")


def declare(sub: argparse.ArgumentParser) -> None:
    """write a small working package: new task NAME, or new model or dataset NAME --task TASK."""
    sub.add_argument("kind", choices=KINDS, help="what the package adds")
    sub.add_argument("name", help="its name: lower-case letters, digits, - and _")
    sub.add_argument("--task", default="", help="the task of the model or dataset")
    sub.add_argument("--out", type=Path, default=Path(), help="its parent; default: this folder")


def run_new(arguments: argparse.Namespace) -> Exit:
    """Write the package, and print the commands that come next."""
    from benchsuite.files.text import text_of
    from benchsuite.files.write import write_bytes

    kind, name = arguments.kind, arguments.name
    words = _words(kind, name, arguments.task)
    title = words["summary"].capitalize()
    folder: Path = arguments.out / name
    if folder.exists():
        raise WrongCall(f"{folder}: expected no folder of this name, found one")
    for template in (*_templates("common"), *_templates(kind)):
        path = folder / template.stem.replace("module", words["module"])
        write_bytes(path, Template(text_of(template)).substitute(words, title=title).encode())
        out(str(path))
    out(f"\ncd {shlex.quote(str(folder))}\npip install -e '.[test]'\npytest\n{words['run']}")
    return Exit.DONE


def _templates(folder: str) -> list[Path]:
    return sorted((TEMPLATES / folder).glob("*.txt"))


def _words(kind: str, name: str, task: str) -> dict[str, str]:
    """What the templates of that kind leave open. Raises WrongCall for a name that cannot be."""
    from benchsuite.task import load_task, task_names

    words = {"name": name, "module": _module(name), "task": task or name}
    if kind == "task":
        if task or name in task_names():
            raise WrongCall(f"new task: expected a new name and no --task, found '{task or name}'")
        return words | {
            "group": "benchsuite.tasks",
            "record": "TASK",
            "summary": "whether a text asks something",
            "run": f"benchsuite run task={name} conditions=clean,lose",
        }
    if not task:
        raise WrongCall(f"new {kind}: expected --task NAME, the task that gets the {kind}")
    words |= {
        "group": "benchsuite.plugins",
        "record": "PLUGIN",
        "summary": f"a {kind} for the task {task}",
        "run": f"benchsuite run task={task} {kind}={name}",
    }
    return words | _of_task(load_task(task), kind, name)


def _module(name: str) -> str:
    """The name of the module of a package. Raises WrongCall for one that Python has, or cannot."""
    module = name.replace("-", "_")
    if not NAME.fullmatch(name) or keyword.iskeyword(module):
        expected = "lower-case letters and digits, with - or _ between them"
        word = ", a word of Python" if keyword.iskeyword(module) else ""
        raise WrongCall(f"new: expected a name of {expected}, found '{name}'{word}")
    if find_spec(module) is not None:
        raise WrongCall(f"new: expected the name of no module, found '{name}': it is one already")
    return module


def _of_task(task: "Task", kind: str, name: str) -> dict[str, str]:
    """How the task's default is made that the package starts from, and what a sample has."""
    from benchsuite.api.assembly import dataset_of
    from benchsuite.api.config import settings

    if name in (task.models if kind == "model" else task.datasets):
        raise WrongCall(f"new {kind}: task {task.name} has a {kind} '{name}' already")
    (config,) = settings([f"task={task.name}"])
    sample = dataset_of(task, config.dataset).samples()[0]
    chosen: dict[str, Any] = config.model if kind == "model" else config.dataset
    defaults = task.plug(kind, chosen["kind"]).options()
    given = {k: v for k, v in chosen.items() if k not in ("kind", "name") and v != defaults.get(k)}
    return {
        "first": chosen["name"],
        "call": ", ".join([json.dumps(chosen["kind"]), *(f"{k}={v!r}" for k, v in given.items())]),
        "fields": _typed(sample.inputs),
        "truth": type(sample.truth).__name__,
        "attributes": ", ".join(sample.attributes) or "none",
    }


def _typed(fields: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} ({type(value).__name__})" for name, value in fields.items())
