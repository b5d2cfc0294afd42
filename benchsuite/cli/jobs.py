"""Trainings and reports: a plug of a task, with its dataset and its options."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from benchsuite.cli.assembly import dataset_of
from benchsuite.cli.config import settings
from benchsuite.dataset import Dataset
from benchsuite.errors import BadData, BenchsuiteError, WrongCall, near
from benchsuite.runs.statistics import Statistics, read_statistics
from benchsuite.task import Plug, Progress, Report, Task, load_task, task_names

GIVEN: Final = ("dataset", "out", "progress", "runs")
"""The parameters of recipes and reports that are not options."""


@dataclass(frozen=True)
class Training:
    """One call of a recipe; `dataset` is the settings of the data that it gets.

    A recipe is `(dataset, out, progress, **options)`. It trains on the dataset's samples, writes
    `model.safetensors` and `card.json` under `out`, keeps checkpoints there, and continues from
    them when it is called again.
    """

    task: Task
    model: str
    dataset: dict[str, Any]
    out: Path
    recipe: Plug
    options: Mapping[str, Any]

    def run(self, progress: Progress) -> None:
        """Train, or go on where an earlier call stopped."""
        dataset = dataset_of(self.task, self.dataset)
        self.recipe(dataset=dataset, out=self.out, progress=progress, **self.options)


def training(words: Sequence[str]) -> Training:
    """The training that `task=NAME model=NAME out=DIR dataset=NAME dataset.KEY=VALUE` asks for.

    A dataset with a `split` gives its training split unless the words name another. Raises
    WrongCall for a recipe or option that does not exist, and where `out` is missing.
    """
    given = _pairs(words)
    task = load_task(given.pop("task", ""))
    model = given.pop("model", next(iter(task.train), ""))
    recipe = task.recipe(model)
    if not (out := given.pop("out", "")):
        raise WrongCall("train: expected out=DIR, the folder that gets the weights")
    mine = _of_dataset(given)
    config = settings([f"task={task.name}", *mine])[0].dataset
    if "split" in config and not any(word.startswith("dataset.split=") for word in mine):
        config = {**config, "split": "train"}
    options = _options(f"train: recipe {model}", recipe, given)
    return Training(task, model, config, Path(out), recipe, options)


@dataclass(frozen=True)
class Reporting:
    """One call of a report: on these runs, with these options; `dataset` is words of settings."""

    task: Task
    name: str
    plug: Plug
    runs: tuple[Path, ...]
    dataset: tuple[str, ...]
    options: Mapping[str, Any]

    def make(self, progress: Progress) -> Report:
        """The report. Raises BadData where a run is of another dataset than the one given."""
        runs = [read_statistics(path) for path in self.runs]
        data = {"dataset": self._dataset(runs)} if "dataset" in self.plug.parameters() else {}
        made: Report = self.plug(runs=runs, progress=progress, **data, **self.options)
        return made

    def _dataset(self, runs: Sequence[Statistics]) -> Dataset:
        config = settings([f"task={self.task.name}", *self.dataset])[0].dataset
        dataset = dataset_of(self.task, config)
        for run in runs:
            if (expected := run.identity.dataset_fingerprint) != dataset.fingerprint:
                raise BadData(
                    f"dataset {dataset.name}: expected the fingerprint {expected} of {run.path}, "
                    f"found {dataset.fingerprint}"
                )
        return dataset


def reporting(name: str, words: Sequence[str]) -> Reporting:
    """The report that `NAME RUN... key=value...` asks for.

    The task is that of the runs, that of `task=`, or the one that has a report of this name. Raises
    WrongCall for a report or option that does not exist.
    """
    runs = tuple(Path(word) for word in words if "=" not in word)
    given = _pairs(word for word in words if "=" in word)
    task = _task_of(name, runs, given.pop("task", ""))
    plug, mine = task.report(name), _of_dataset(given)
    options = _options(f"report {name}", plug, given)
    return Reporting(task, name, plug, runs, tuple(mine), options)


def _task_of(name: str, runs: Sequence[Path], asked: str) -> Task:
    names = {read_statistics(path).identity.task for path in runs} | {asked} - {""}
    if len(names) > 1:
        raise WrongCall(f"report: expected runs of one task, found {', '.join(sorted(names))}")
    if names:
        return load_task(names.pop())
    found = [task for task in _available() if name in task.reports]
    if len(found) != 1:
        known = [report for task in _available() for report in task.reports]
        having = f"{len(found)} tasks have" if found else "no task has"
        raise WrongCall(f"report: {having} a report '{name}'{near(name, known)}; give task=NAME")
    return found[0]


def _available() -> list[Task]:
    found = []
    for name in task_names():
        try:
            found.append(load_task(name))
        except BenchsuiteError:
            continue  # `benchsuite list` says why
    return found


def _pairs(words: Iterable[str]) -> dict[str, str]:
    found = {}
    for word in words:
        key, sign, value = word.partition("=")
        if not sign:
            raise WrongCall(f"'{word}': expected key=value")
        found[key] = value
    return found


def _of_dataset(given: dict[str, str]) -> list[str]:
    """Take the words on the dataset out of `given`."""
    mine = [key for key in given if key == "dataset" or key.startswith("dataset.")]
    return [f"{key}={given.pop(key)}" for key in mine]


def _options(what: str, plug: Plug, given: Mapping[str, str]) -> dict[str, Any]:
    known = plug.options()
    for key in given:
        if key not in known or key in GIVEN:
            options = [name for name in known if name not in GIVEN]
            raise WrongCall(f"{what} has no option '{key}'{near(key, options)}")
    for name, default in known.items():
        if default == "???" and name not in GIVEN and name not in given:
            raise WrongCall(f"{what} needs {name}=...")
    return {key: yaml.safe_load(value) for key, value in given.items()}
