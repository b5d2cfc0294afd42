"""The contract of a task plugin, and how plugins are found."""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from inspect import Parameter, signature
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchsuite.condition import CLEAN, Condition, SuiteNames
from benchsuite.dataset import Dataset, Inputs, Sample
from benchsuite.errors import BenchsuiteError, WrongCall, near, needing, of_others, placed
from benchsuite.estimation import Metric
from benchsuite.model import Model

_UNRESOLVED: dict[str, Any] = {}
if sys.version_info >= (3, 14):  # annotations are read late, names in them may not exist
    _UNRESOLVED["annotation_format"] = import_module("annotationlib").Format.FORWARDREF

ENTRY_POINTS = "benchsuite.tasks"

Progress = Callable[[str, int, int], None]
"""Gets the name of a stage, how much of it is done, and how much there is."""


def silent(stage: str, done: int, total: int) -> None:
    """A progress that shows nothing."""


@dataclass(frozen=True, eq=False)
class Report:
    """The result of a report: tables by name, and files (figures) by file name."""

    tables: Mapping[str, pd.DataFrame]
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Look:
    """A sample as a person looks at it: lines of text, or a picture, uint8 RGB (H, W, 3)."""

    text: str = ""
    picture: NDArray[np.uint8] | None = None


Written = str | Mapping[str, bytes]
"""Predictions as a task writes them: the text of one file, or files by their names."""
Located = tuple[str, dict[str, str]]
"""A row of a CSV: its place (file and line), and its values by column."""


@dataclass(frozen=True)
class Plug:
    """A dataset or model of a task: one line for `list`, and where its factory is.

    `factory` is `module:attribute`, imported on first use; it is called with the config's keys.
    `needs` is what pip installs for it; a task's plugs have the task's own.
    """

    summary: str
    factory: str
    needs: str = ""

    def __call__(self, **config: Any) -> Any:
        """Import the factory and call it. Raises NotAvailable where a package is missing."""
        factory = self._made()
        with needing(self.factory, self.needs):
            return factory(**config)

    def parameters(self) -> Mapping[str, Parameter]:
        """The factory's parameters by name."""
        factory = self._made()
        try:
            return signature(factory, eval_str=True).parameters
        except NameError:  # an annotation that is imported for type checkers alone
            return signature(factory, **_UNRESOLVED).parameters

    def options(self) -> dict[str, Any]:
        """The factory's parameters and their defaults; `???` for one that must be given."""
        parameters = self.parameters().values()
        return {p.name: "???" if p.default is p.empty else p.default for p in parameters}

    def _made(self) -> Callable[..., Any]:
        module, _, attribute = self.factory.partition(":")
        with needing(self.factory, self.needs), of_others(f"factory '{self.factory}'"):
            try:
                factory: Callable[..., Any] = getattr(import_module(module), attribute)
            except (AttributeError, ModuleNotFoundError, ValueError) as error:
                missing = error.name if isinstance(error, ModuleNotFoundError) else None
                if missing and not f"{module}.".startswith(f"{missing}."):
                    raise
                raise WrongCall(
                    f"factory '{self.factory}': expected module:attribute, found {error}"
                ) from error
        return factory


@dataclass(frozen=True)
class Task:
    """A frozen record of functions: what a sample, a prediction and a metric are.

    measure            (sample, prediction, shared) -> one row of statistics: scalars, or lists
    metrics            estimators over those rows; the first one is the headline
    datasets, models   by registered name; the first one is the default
    conditions         clean is always there; a dataset adds its domains
    redrawn            (backend, textures) -> the conditions of a task that alters images, with the
                       image corruptions by that backend, of those textures
    read_predictions   a file of predictions made elsewhere -> {sample id: prediction}; a folder,
                       where `predictions_in_folders` says that each is a file of its own, or where
                       `predictions_in_parts` says that one file may come in several
    write_predictions  (statistics, model's name) -> the text of such a file, or files by name
    conf               the folder of the plugin's Hydra groups; without it, names and defaults do
    chance             what a model that knows nothing gets, by metric; a function of the dataset
                       where that depends on its samples
    crossed            attributes that are crossed to groups: (("race", "gender"),); a run on a
                       dataset that lacks some of them says so
    aliases            what others call the metrics: {"segm_AP": "AP"}
    reports            by name: (statistics of runs, progress, **options) -> Report. A parameter
                       `dataset` gets the runs' dataset
    train              recipes by the name of the model that they make:
                       (dataset, out, progress, **options), see `benchsuite.train`
    reported           rows of a CSV of numbers published elsewhere, in a layout of its own, each
                       with where it stands -> rows in the columns of `benchsuite.reported`
    draw               (tidy table, folder) -> the figures that it wrote there, beside those that
                       every task has
    suite_names        what boards call the mean of a suite: {"imagecorruptions": MPC}
    own                a factory (object, name, fingerprint, **options) -> a model of an object of
                       the user's own, as people of the field have it
    look               (sample, its view under a condition, its row of statistics, shared) -> Look:
                       prediction and truth, drawn into a picture or written as text
    """

    name: str
    version: int
    summary: str
    measure: Callable[[Sample, Any, Mapping[str, Any]], Mapping[str, Any]]
    metrics: tuple[Metric, ...]
    datasets: Mapping[str, Plug]
    models: Mapping[str, Plug]
    conditions: tuple[Condition, ...] = (CLEAN,)
    redrawn: Callable[[str, str], tuple[Condition, ...]] | None = None
    read_predictions: Callable[[Path, Dataset], Mapping[str, Any]] | None = None
    write_predictions: Callable[[pd.DataFrame, str], Written] | None = None
    conf: Path | None = None
    extra: str = ""
    protocol: str = ""
    chance: Mapping[str, float] | Callable[[Dataset], Mapping[str, float]] = field(
        default_factory=dict
    )
    crossed: tuple[tuple[str, ...], ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    reports: Mapping[str, Plug] = field(default_factory=dict)
    train: Mapping[str, Plug] = field(default_factory=dict)
    reported: Callable[[Sequence[Located]], Iterable[Located]] | None = None
    draw: Callable[[pd.DataFrame, Path], Sequence[Path]] | None = None
    predictions_in_folders: bool = False
    suite_names: Mapping[str, SuiteNames] = field(default_factory=dict)
    predictions_in_parts: bool = False
    own: Plug | None = None
    look: Callable[[Sample, Inputs, Mapping[str, Any], Mapping[str, Any]], Look] | None = None

    def __post_init__(self) -> None:
        names = [metric.name for metric in self.metrics]
        if twice := [name for name in names if names.count(name) > 1]:
            raise WrongCall(f"task {self.name}: metrics: two are called '{twice[0]}'")

    @property
    def needs(self) -> str:
        """What pip installs where a package of the task is missing."""
        return _requirement(self.name, self.extra)

    def on(self, dataset: Dataset) -> "Task":
        """The task with the metrics of a dataset, and the attributes that it crosses, too."""
        crossed = dict.fromkeys([*self.crossed, *dataset.crossed])
        return replace(self, metrics=dataset.metrics or self.metrics, crossed=tuple(crossed))

    def dataset(self, kind: str, /, **config: Any) -> Dataset:
        """The registered dataset of that kind."""
        made: Dataset = self.plug("dataset", kind)(**config)
        return made

    def model(self, kind: str, /, **config: Any) -> Model:
        """The registered model of that kind."""
        made: Model = self.plug("model", kind)(**config)
        return made

    def plug(self, group: str, kind: str) -> Plug:
        """What is registered as that `dataset` or `model`. Raises WrongCall with near matches."""
        plugs = self.datasets if group == "dataset" else self.models
        return self._plug(plugs, kind, f"{group} of task {self.name}")

    def chance_on(self, dataset: Dataset) -> dict[str, float]:
        """The score of a model that knows nothing on the dataset, by metric."""
        return dict(self.chance(dataset) if callable(self.chance) else self.chance)

    def recipe(self, kind: str) -> Plug:
        """The registered training recipe of that name."""
        return self._plug(self.train, kind, f"training recipe of task {self.name}")

    def report(self, name: str) -> Plug:
        """The registered report of that name."""
        return self._plug(self.reports, name, f"report of task {self.name}")

    @property
    def adapter(self) -> Plug | None:
        """The factory of models from objects of a user's own; None where the task has none."""
        return self.own and replace(self.own, needs=self.own.needs or self.needs)

    def _plug(self, plugs: Mapping[str, Plug], name: str, kind: str) -> Plug:
        found = _find(plugs, name, kind)
        return found if found.needs else replace(found, needs=self.needs)

    def drawn_by(self, backend: str, textures: str) -> "Task":
        """The task with its image corruptions by another backend, or of other textures.

        Raises WrongCall for a task that alters no images.
        """
        if self.redrawn is None:
            raise WrongCall(f"backend, textures: task {self.name} has no image corruptions")
        return replace(self, conditions=self.redrawn(backend, textures))

    def known_conditions(self, dataset: Dataset | None = None) -> dict[str, Condition]:
        """Conditions by full name: clean first, the task's, then the dataset's domains."""
        named = dataset.domains if dataset else ()
        domains = [Condition("domain", name, family="domain") for name in named]
        return {c.full_name: c for c in (CLEAN, *self.conditions, *domains)}


def _find(plugs: Mapping[str, Plug], name: str, kind: str) -> Plug:
    if not plugs:
        raise WrongCall(f"there is no {kind}")
    if name not in plugs:
        raise WrongCall(f"no {kind} is called '{name}'{near(name, dict(plugs))}")
    return plugs[name]


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
    """The installed task of that name.

    Raises WrongCall where there is none, NotAvailable where its packages are missing.
    """
    points = _entry_points()
    if name not in points:
        raise WrongCall(f"no task is called '{name}'{near(name, list(points))}")
    try:
        with needing(f"task {name}", _requirement(name, name)):
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
    return task


def _requirement(name: str, extra: str) -> str:
    """What pip installs for a task: its package with the extra; nothing of a package of others."""
    points = entry_points(group=ENTRY_POINTS)
    owners = {point.dist.name for point in points if point.name == name and point.dist}
    # Metadata writes extras with hyphens (PEP 685), and older versions of pip know no other form.
    return f"benchsuite[{extra.replace('_', '-')}]" if extra and owners == {"benchsuite"} else ""


def _entry_points() -> dict[str, EntryPoint]:
    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=ENTRY_POINTS):
        other = found.setdefault(point.name, point)
        if other.value != point.value:
            raise WrongCall(f"two tasks are called '{point.name}': {other.value}, {point.value}")
    return found
