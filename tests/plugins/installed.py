"""Plugins of the toy tasks, installed for a test."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from benchsuite.api.assembly import make_engine, make_run
from benchsuite.api.config import settings
from benchsuite.condition import Condition
from benchsuite.estimation import Mean
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.store import RunDirectory
from benchsuite.task import Plugin, Task
from tests.toys import MEAN, add_noise
from tests.toys import install as install_tasks

SCORE = Mean("score", "score", equity=True)
HISS = tuple(
    Condition("sound", "hiss", severity, "noise", "x", add_noise, "hiss") for severity in (1, 2, 3)
)


@dataclass(frozen=True)
class Point:
    """The entry point of a plugin; one that holds an error fails with it."""

    package: str
    plugin: Any
    release: str = "0.1"
    name: str = "extras"

    @property
    def value(self) -> str:
        return f"{self.package}:PLUGIN"

    @property
    def dist(self) -> Any:
        return SimpleNamespace(name=self.package, version=self.release)

    def load(self) -> Any:
        if isinstance(self.plugin, BaseException):
            raise self.plugin
        return self.plugin


def install(
    monkeypatch: pytest.MonkeyPatch, *points: Point, tasks: Sequence[Task] = (MEAN,)
) -> None:
    """Make these the installed plugins, and these the installed tasks."""
    install_tasks(monkeypatch, *tasks)
    known = {"benchsuite.plugins": points}
    monkeypatch.setattr(
        "benchsuite.task.plugins.entry_points", lambda group, **rest: known.get(group, ())
    )


def plugin(**parts: Any) -> Plugin:
    """A plugin of the task toy-mean."""
    return Plugin(task=parts.pop("task", "toy-mean"), **parts)


def run(results: Any, *words: str) -> RunDirectory:
    """Evaluate what the words ask for, of the task toy-mean."""
    (config,) = settings(["task=toy-mean", f"results={results}", *words])
    return evaluate(make_run(config), results, make_engine(config.engine), replicates=200)


def rows(table: pd.DataFrame, **where: Any) -> pd.DataFrame:
    """The rows of a table in which these columns have these values."""
    for column, value in where.items():
        table = table[table[column] == value]
    return table.reset_index(drop=True)
