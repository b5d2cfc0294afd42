"""The parts of a task that a name stands for, and what a package adds to a task of others."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from inspect import Parameter, signature
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchsuite.condition import Condition
from benchsuite.errors import WrongCall, needing, of_others
from benchsuite.estimation import Metric, record_of_metric
from benchsuite.task.origin import Origin

_UNRESOLVED: dict[str, Any] = {}
if sys.version_info >= (3, 14):  # annotations are read late, names in them may not exist
    _UNRESOLVED["annotation_format"] = import_module("annotationlib").Format.FORWARDREF

PYTHON: Final = "python"
"""The name of the model that is an object of the user's own."""

SMALL: Final = 224
"""Pixels of the longer side of a look's small picture. Pages show it about 192 wide."""

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
    """A sample as a person looks at it: lines of text, or a picture, uint8 RGB (H, W, 3).

    key     what the lines of the picture mean, in the same words for all samples
    small   the picture at SMALL pixels, for pages that have many: few and thick lines. Without one,
            `picture` is shrunk
    absent  whether there is nothing to look at; the text says why, and may name files
    """

    text: str = ""
    picture: NDArray[np.uint8] | None = None
    key: str = ""
    small: NDArray[np.uint8] | None = None
    absent: bool = False


def one_line(text: str, most: int) -> str:
    """A text for a look: one line of at most `most` printable characters; dots say that it was cut.

    A text that is long beyond reason is not read to its end.
    """
    line = "".join(c if c.isprintable() else " " for c in text[: 4 * most])
    line = " ".join(line.split())
    return line if len(line) <= most and len(text) <= 4 * most else f"{line[:most].rstrip()}…"


@dataclass(frozen=True)
class Reported:
    """In place of a prediction: statistics of a sample that others computed, by column."""

    columns: Mapping[str, float]


@dataclass(frozen=True)
class ByInput:
    """In place of predictions by sample: by the value of an input, too, as the rows of a file tell.

    field        the input that conditions alter, such as the temperature of a sampling
    predictions  {value: {sample id: prediction}}. Those of a condition are under the value that it
                 gives the field; under None are those of which a file tells no value
    """

    field: str
    predictions: Mapping[Any, Mapping[str, Any]]


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


@dataclass(frozen=True, eq=False)
class Plugin:
    """What a package adds to an existing task; an entry point of `benchsuite.plugins` names it.

    version          of what its conditions do to an input: raise it if that changes
    models, datasets, reports, train   by names that neither the task nor another package has
    conditions       of a kind and suite of their own, so that no mean of the task changes
    metrics          estimators over the columns that the task measures, beside its own. They are no
                     part of a run's identity: a finished run gets them when it is called again
    conf             a folder with `model/NAME.yaml` and `dataset/NAME.yaml`, for presets of options
    origins          where datasets come from, by the name of the dataset or preset

    Raises WrongCall for a part of another type.
    """

    task: str
    version: int = 1
    models: Mapping[str, Plug] = field(default_factory=dict)
    datasets: Mapping[str, Plug] = field(default_factory=dict)
    conditions: tuple[Condition, ...] = ()
    metrics: tuple[Metric, ...] = ()
    reports: Mapping[str, Plug] = field(default_factory=dict)
    train: Mapping[str, Plug] = field(default_factory=dict)
    conf: Path | None = None
    origins: Mapping[str, Origin] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for kind, parts in {**named_plugs(self), "origin": self.origins}.items():
            expected, told = (Origin, "an Origin") if kind == "origin" else (Plug, "a Plug")
            for name, part in parts.items():
                if not isinstance(part, expected):
                    raise WrongCall(f"{kind} '{name}': expected {told}, found {_kind(part)}")
        for condition in self.conditions:
            if not isinstance(condition, Condition) or not condition.alter or condition.domain:
                found = getattr(condition, "full_name", _kind(condition))
                raise WrongCall(f"conditions: expected one that alters something, found {found}")
        for metric in self.metrics:
            if not _is_metric(metric):
                raise WrongCall(f"metrics: expected a Metric, found {_kind(metric)}")
        named = [*(m.name for m in self.metrics), *(c.full_name for c in self.conditions)]
        if twice := [name for name in named if named.count(name) > 1]:
            raise WrongCall(f"metrics, conditions: two are called '{twice[0]}'")
        if self.conf is not None and not self.conf.is_dir():
            raise WrongCall(f"conf: expected a folder, found {self.conf}")


class HasPlugs(Protocol):
    """A task, or a plugin of one."""

    @property
    def models(self) -> Mapping[str, Plug]: ...
    @property
    def datasets(self) -> Mapping[str, Plug]: ...
    @property
    def reports(self) -> Mapping[str, Plug]: ...
    @property
    def train(self) -> Mapping[str, Plug]: ...


def named_plugs(owner: HasPlugs) -> dict[str, Mapping[str, Plug]]:
    """The plugs of a task or plugin by name, and these by what they are: `model`, `report`."""
    return {
        "dataset": owner.datasets,
        "model": owner.models,
        "training": owner.train,
        "report": owner.reports,
    }


def _is_metric(metric: Metric) -> bool:
    """Whether it has the parts of a metric, each of its type."""
    try:
        record, columns = record_of_metric(metric), metric.columns
        steps = (metric.accumulate, metric.merge, metric.finish)
    except (AttributeError, TypeError, ValueError):
        return False
    texts = [record.name, record.unit, *columns]
    typed = isinstance(record.version, int) and all(isinstance(text, str) for text in texts)
    return typed and all(map(callable, steps))


def _kind(value: object) -> str:
    return type(value).__name__


@dataclass(frozen=True, eq=False)
class Added:
    """A plugin that belongs to a task now; the package that it is of, and the release of that."""

    package: str
    release: str
    plugin: Plugin

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The plugin's conditions, which say whose they are."""
        version = self.plugin.version
        return tuple(
            replace(one, added_by=self.package, version=version) for one in self.plugin.conditions
        )
