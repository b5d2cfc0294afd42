"""The contract of a task plugin."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pandas as pd

from benchsuite.condition import CLEAN, Condition, SuiteNames
from benchsuite.dataset import Dataset, Inputs, Sample
from benchsuite.errors import WrongCall, near
from benchsuite.estimation import Metric
from benchsuite.model import Arrives, Model
from benchsuite.task.elsewhere import Elsewhere
from benchsuite.task.origin import Access, Origin
from benchsuite.task.paper import Paper
from benchsuite.task.parts import Added, ByInput, Located, Look, Plug, Written

ENTRY_POINTS = "benchsuite.tasks"


@dataclass(frozen=True)
class Task:
    """A frozen record of functions: what a sample, a prediction and a metric are.

    measure            (sample, prediction, shared) -> one row of statistics: scalars, or lists
    metrics            estimators over those rows; the first one is the headline
    datasets, models   by registered name; the first one is the default
    conditions         clean is always there; a dataset adds its domains
    arrival            (view of a sample under a condition) -> its key in the order in which a model
                       that learns meets the samples; without it, clusters and ids say the order.
                       What such a model predicted reaches `measure` as an `Answer`
    redrawn            (backend, textures) -> the conditions of a task that alters images, with the
                       image corruptions by that backend, of those textures
    read_predictions   a file of predictions made elsewhere -> {sample id: prediction}; a folder,
                       where `predictions_in_folders` says that each is a file of its own, or where
                       `predictions_in_parts` says that one file may come in several. `Reported`
                       stands for a prediction of which others give the statistics alone, and
                       `ByInput` for the predictions of a file of several conditions. A reader
                       of files that hold several models' predictions has a parameter `column`
    write_predictions  (statistics, model's name) -> the text of such a file, or files by name
    conf               the folder of the plugin's Hydra groups; without it, names and defaults do
    chance             what a model that knows nothing gets, by metric; a function of the dataset
                       where that depends on its samples
    crossed            attributes that are crossed to groups: (("race", "gender"),); a run on a
                       dataset that lacks some of them says so
    aliases            what others call the metrics: {"segm_AP": "AP"}
    condition_aliases  what others call conditions and sets of them, these by what boards call them:
                       {"Gauss.": "corruption/gaussian_noise"}
    elsewhere          what others call the datasets and their parts, each by its names at their
                       place, the most general first: {("BEIR", "test"): Elsewhere("beir")}
    recognised         kinds of files that `read_predictions` reads, each with a test that says at
                       first sight whether a file is one: {"a TREC run": is_trec_run}
    origins            where datasets come from, by the name of the dataset or preset
    papers             the papers whose tables it can make anew, by name
    contents           what a dataset holds beside samples, by what is counted: documents, objects
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
    perfect            (sample, shared) -> what a perfect model predicts. The metrics of that are
                       the ceilings on a board; without it, a board has none
    look               (sample, its view under a condition, its row of statistics, shared) -> Look:
                       prediction and truth, drawn into a picture or written as text
    plugins, left_out  what other packages add, and a line for each that cannot be added; a task
                       gets both when it is loaded
    """

    name: str
    version: int
    summary: str
    measure: Callable[[Sample, Any, Mapping[str, Any]], Mapping[str, Any]]
    metrics: tuple[Metric, ...]
    datasets: Mapping[str, Plug]
    models: Mapping[str, Plug]
    conditions: tuple[Condition, ...] = (CLEAN,)
    arrival: Arrives | None = None
    redrawn: Callable[[str, str], tuple[Condition, ...]] | None = None
    read_predictions: Callable[[Path, Dataset], Mapping[str, Any] | ByInput] | None = None
    write_predictions: Callable[[pd.DataFrame, str], Written] | None = None
    conf: Path | None = None
    extra: str = ""
    protocol: str = ""
    chance: Mapping[str, float] | Callable[[Dataset], Mapping[str, float]] = field(
        default_factory=dict
    )
    crossed: tuple[tuple[str, ...], ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    condition_aliases: Mapping[str, str] = field(default_factory=dict)
    elsewhere: Mapping[tuple[str, ...], Elsewhere] = field(default_factory=dict)
    recognised: Mapping[str, Callable[[Path], bool]] = field(default_factory=dict)
    origins: Mapping[str, Origin] = field(default_factory=dict)
    papers: Mapping[str, Paper] = field(default_factory=dict)
    contents: Callable[[Dataset], Mapping[str, int]] | None = None
    reports: Mapping[str, Plug] = field(default_factory=dict)
    train: Mapping[str, Plug] = field(default_factory=dict)
    reported: Callable[[Sequence[Located]], Iterable[Located]] | None = None
    draw: Callable[[pd.DataFrame, Path], Sequence[Path]] | None = None
    predictions_in_folders: bool = False
    suite_names: Mapping[str, SuiteNames] = field(default_factory=dict)
    predictions_in_parts: bool = False
    own: Plug | None = None
    look: Callable[[Sample, Inputs, Mapping[str, Any], Mapping[str, Any]], Look] | None = None
    perfect: Callable[[Sample, Mapping[str, Any]], Any] | None = None
    plugins: tuple[Added, ...] = ()
    left_out: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names = [metric.name for metric in self.metrics]
        if twice := [name for name in names if names.count(name) > 1]:
            raise WrongCall(f"task {self.name}: metrics: two are called '{twice[0]}'")

    @property
    def needs(self) -> str:
        """What pip installs where a package of the task is missing."""
        return requirement(self.name, self.extra)

    @property
    def confs(self) -> list[Path]:
        """The folders of Hydra groups, the task's own first."""
        every = [self.conf, *(one.plugin.conf for one in self.plugins)]
        return [conf for conf in every if conf]

    @property
    def lacks(self) -> str:
        """The end of a message about an unknown name: which plugins were left out, and why."""
        return "".join(f"; left out: {line}" for line in self.left_out)

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

    def origin(self, dataset: str) -> Origin | None:
        """Where the dataset of that name comes from; None where nobody has said so."""
        return next((known[dataset] for known in self._origins if dataset in known), None)

    def public_origin(self, kind: str, fingerprint: str) -> Origin | None:
        """Where a dataset comes from whose samples everybody may show; None where none is known.

        A folder of anybody's can have any name. So data that does not come with the task counts by
        its published fingerprint alone.
        """
        mine = self.origin(kind)
        if mine is not None and mine.access is Access.INCLUDED:
            return mine if mine.public else None
        every = (one for known in self._origins for one in known.values() if one.public)
        return next((one for one in every if one.has(fingerprint)), None)

    @property
    def _origins(self) -> list[Mapping[str, Origin]]:
        return [self.origins, *(one.plugin.origins for one in self.plugins)]

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
        if not plugs:
            raise WrongCall(f"there is no {kind}{self.lacks}")
        if name not in plugs:
            raise WrongCall(f"no {kind} is called '{name}'{near(name, plugs)}{self.lacks}")
        found = plugs[name]
        return found if found.needs else replace(found, needs=self.needs)

    def drawn_by(self, backend: str, textures: str) -> "Task":
        """The task with its image corruptions by another backend, or of other textures.

        Raises WrongCall for a task that alters no images.
        """
        if self.redrawn is None:
            raise WrongCall(f"backend, textures: task {self.name} has no image corruptions")
        return replace(self, conditions=self.redrawn(backend, textures))

    def known_conditions(self, dataset: Dataset | None = None) -> dict[str, Condition]:
        """Conditions by full name: clean, the task's, the dataset's domains, those of plugins."""
        named = dataset.domains if dataset else ()
        domains = [Condition("domain", name, family="domain") for name in named]
        added = [condition for one in self.plugins for condition in one.conditions]
        return {c.full_name: c for c in (CLEAN, *self.conditions, *domains, *added)}


def requirement(name: str, extra: str) -> str:
    """What pip installs for a task: its package with the extra; nothing of a package of others."""
    points = entry_points(group=ENTRY_POINTS)
    owners = {point.dist.name for point in points if point.name == name and point.dist}
    # Metadata writes extras with hyphens (PEP 685), and older versions of pip know no other form.
    return f"benchsuite[{extra.replace('_', '-')}]" if extra and owners == {"benchsuite"} else ""
