"""Trainings and reports: a plug of a task, with its dataset and its options."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from benchsuite.api.assembly import check_value, dataset_of
from benchsuite.api.config import settings
from benchsuite.boards.looks import check_same
from benchsuite.dataset import Dataset
from benchsuite.errors import WrongCall, near, of_others
from benchsuite.learning.hub import downloads
from benchsuite.runs.statistics import Statistics, read_statistics
from benchsuite.task import Plug, Progress, Report, Task, load_task, tasks

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
    download: bool = False

    def run(self, progress: Progress) -> None:
        """Train, or go on where an earlier call stopped."""
        with downloads(self.download):
            self._run(progress)

    def _run(self, progress: Progress) -> None:
        dataset = dataset_of(self.task, self.dataset)
        with of_others(f"task {self.task.name}: training {self.model}"):
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
    asked = settings([f"task={task.name}", *mine])[0]
    config = asked.dataset
    if "split" in config and not any(word.startswith("dataset.split=") for word in mine):
        config = {**config, "split": "train"}
    options = _options(f"train: recipe {model}", recipe, given)
    return Training(task, model, config, Path(out), recipe, options, asked.download)


@dataclass(frozen=True)
class Reporting:
    """One call of a report: on these runs, with these options; `dataset` is words of settings."""

    task: Task
    name: str
    plug: Plug
    runs: tuple[Statistics, ...]
    dataset: tuple[str, ...]
    options: Mapping[str, Any]

    def make(self, progress: Progress) -> Report:
        """The report. Raises BadData where a run is of another dataset than the one given."""
        asks = "dataset" in self.plug.parameters()
        data = {"dataset": dataset_for(self.runs, self.task, self.dataset)} if asks else {}
        with of_others(f"task {self.task.name}: report {self.name}"):
            made: Report = self.plug(runs=self.runs, progress=progress, **data, **self.options)
        return made


def dataset_for(runs: Sequence[Statistics], task: Task, words: Sequence[str]) -> Dataset:
    """The dataset that `dataset=NAME dataset.KEY=VALUE` names.

    Raises BadData where a run is of another one.
    """
    asked = settings([f"task={task.name}", *words])[0]
    with downloads(asked.download):
        dataset = dataset_of(task, asked.dataset)
    for run in runs:
        check_same(run, dataset)
    return dataset


def reporting(name: str, words: Sequence[str]) -> Reporting:
    """The report that `NAME RUN... key=value...` asks for.

    The task is that of the runs, that of `task=`, or the one that has a report of this name. Raises
    WrongCall for a report or option that does not exist.
    """
    runs = tuple(read_statistics(Path(word)) for word in words if "=" not in word)
    given = _pairs(word for word in words if "=" in word)
    task = _task_of(name, runs, given.pop("task", ""))
    plug, mine = task.report(name), _of_dataset(given)
    if mine and "dataset" not in plug.parameters():
        raise WrongCall(f"report {name}: '{mine[0]}': it takes no dataset")
    options = _options(f"report {name}", plug, given)
    return Reporting(task, name, plug, runs, tuple(mine), options)


def _task_of(name: str, runs: Sequence[Statistics], asked: str) -> Task:
    names = {run.identity.task for run in runs} | {asked} - {""}
    if len(names) > 1:
        raise WrongCall(f"report: expected runs of one task, found {', '.join(sorted(names))}")
    if names:
        return load_task(names.pop())
    available = list(tasks().values())
    found = [task for task in available if name in task.reports]
    if not found:
        known = {report for task in available for report in task.reports}
        lacks = "".join(dict.fromkeys(task.lacks for task in available))
        raise WrongCall(f"report: no task has a report '{name}'{near(name, known)}{lacks}")
    if len(found) > 1:
        having = ", ".join(task.name for task in found)
        raise WrongCall(f"report: {having} have a report '{name}'; give task=NAME")
    return found[0]


def _pairs(words: Iterable[str]) -> dict[str, str]:
    found = {}
    for word in words:
        key, sign, value = word.partition("=")
        if not sign:
            raise WrongCall(f"'{word}': expected key=value")
        found[key] = value
    return found


def _of_dataset(given: dict[str, str]) -> list[str]:
    """Take the words on the dataset, and on what may be fetched for it, out of `given`."""
    mine = [k for k in given if k in ("dataset", "download") or k.startswith("dataset.")]
    return [f"{key}={given.pop(key)}" for key in mine]


def _options(what: str, plug: Plug, given: Mapping[str, str]) -> dict[str, Any]:
    known = {name: one for name, one in plug.parameters().items() if name not in GIVEN}
    for key in given:
        if key not in known:
            raise WrongCall(f"{what} has no option '{key}'{near(key, known)}")
    for name, one in known.items():
        if one.default is one.empty and name not in given:
            raise WrongCall(f"{what} needs {name}=...")
    options = {key: _value(f"{what}: {key}", text) for key, text in given.items()}
    for key, value in options.items():
        check_value(f"{what}: {key}", known[key], value)
    return options


def _value(where: str, text: str) -> Any:
    """What the text of an option means; as in a setting of a run, `1e-3` is a number."""
    try:
        made: Any = OmegaConf.to_object(OmegaConf.from_dotlist([f"value={text}"]))
        return made["value"]
    except (yaml.YAMLError, OmegaConfBaseException) as error:
        raise WrongCall(f"{where}: expected a value, found '{text}'") from error
