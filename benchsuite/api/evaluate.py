"""Evaluate a model in one call: a registered one, or an object of the user's own."""

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import NoneType
from typing import Any, Final

from benchsuite.api.assembly import make_engine, make_run, own_model
from benchsuite.api.config import Settings, settings
from benchsuite.api.finished import Run
from benchsuite.api.judged import watched
from benchsuite.api.progress import bar
from benchsuite.api.words import word_of
from benchsuite.condition import check_fields
from benchsuite.dataset import Dataset
from benchsuite.errors import WrongCall, near
from benchsuite.estimation.cells import CROSS
from benchsuite.learning.hub import downloads
from benchsuite.model import Model
from benchsuite.runs import plan
from benchsuite.runs.call import Call
from benchsuite.runs.evaluate import evaluate as run_it
from benchsuite.task import load_task

SETTINGS: Final = {
    "workers": "engine.workers",
    "timeout": "engine.timeout",
    "prefetch": "engine.prefetch",
    **{
        key: key
        for key in (
            "results", "seed", "batch_size", "shard_size", "threads", "precision", "compile",
            "replicates", "backend", "textures", "on_error", "allow", "download", "order",
            "baseline", "gate",
        )
    },
}  # fmt: skip
"""Options of `evaluate` that are settings of the run, and how the command line calls them."""
OF_MODEL, OF_DATASET = "model_options", "dataset_options"


def evaluate(
    task: str,
    model: Any,
    *,
    dataset: str | Dataset = "",
    conditions: str | Sequence[str] = "clean",
    name: str = "",
    fingerprint: str = "",
    **options: Any,
) -> Run:
    """Run what is missing of one model on one dataset, and return the finished run.

    The command line makes the same run, with the same id and bytes, from the same settings.

    task         an installed task, such as `bright`; `bs.tasks()` has them all
    model        a registered name, an object with the `Model` protocol, or an object of your own
                 as the task's page documents it
    dataset      a registered name, or a `Dataset`; by default the task's own small one
    conditions   by full name, suite or part of a name: `clean`, `typo/3`, `imagecorruptions`
    name         what the model is called; by default what its class or function is called
    fingerprint  names this version of an object of your own, where none can be computed
    options      the dataset's options (`path=...`), and those of the run: `results`, `seed`,
                 `batch_size`, `shard_size`, `threads`, `precision`, `compile`, `workers`,
                 `timeout`, `prefetch`, `replicates`, `on_error`, `allow`, `backend`, `textures`,
                 `download`, `order`, `engine`: `"ray"`, or `{"name": "ray", "gpus": 1}`;
                 `baseline` and `gate`, a path each, which stop it early.
                 `model_options={...}` are the model's; `dataset_options={...}` are options of the
                 dataset that are called like the run's

    Raises WrongCall for a name or option that does not exist, BadData for a sample or prediction
    that is wrong, ModelChanged if the model's weights change while it runs, Held, CannotWrite.
    """
    config, run = _asked(task, model, dataset, conditions, (name, fingerprint), options)
    for line in remarks(run):
        warnings.warn(line, stacklevel=2)
    found = finished(config, run)
    for line in filter(None, [*found.remarks, found.lacks]):
        warnings.warn(line, stacklevel=2)
    return found


def _asked(
    task: str,
    model: Any,
    dataset: str | Dataset,
    conditions: str | Sequence[str],
    said: tuple[str, str],
    options: dict[str, Any],
) -> tuple[Settings, plan.Run]:
    """The settings and the run that a call of `evaluate` asks for; `said`: name, fingerprint."""
    name, fingerprint = said
    named = isinstance(model, str)
    if named and fingerprint:
        raise WrongCall(f"fingerprint: model '{model}' has its own: expected none beside it")
    given = {"dataset": dataset, **options}
    own = _by_name(OF_MODEL, options.pop(OF_MODEL, {}))
    words = [f"task={task}", *_engine_of(options), *_settings_of(options)]
    words += _dataset_of(dataset, options)
    words += _of_group("model", model, {**own, **({"name": name} if name else {})}) if named else []
    config = _one(settings([*words, f"conditions={_joined(conditions)}"]))
    there = dataset if isinstance(dataset, Dataset) else None
    if named and there is None:
        return config, replace(assembled(config), call=call_of(config))
    if named:
        run = assembled(config, dataset=there)
    else:
        made, thing = own_model(load_task(task), model, name, fingerprint, own)
        run = replace(assembled(config, made, there), own=thing)
        check_fields(run.conditions, run.dataset)
    text, registered = _text(task, run.model.name, given), {} if there else config.dataset
    return config, replace(run, call=replace(call_of(config), python=text, dataset=registered))


def assembled(
    config: Settings, model: Model | None = None, dataset: Dataset | None = None
) -> plan.Run:
    """The run that the settings describe, with progress; see `make_run`."""
    called = dataset.name if dataset else config.dataset["name"]
    with bar(f"dataset {called}"), downloads(config.download):
        return make_run(config, model, dataset)


def finished(config: Settings, run: plan.Run) -> Run:
    """Do what is missing of a run, with progress, and return it."""
    title = f"{run.dataset.name} {run.model.name}"
    with bar(title) as progress, downloads(config.download):
        engine, results = make_engine(config.engine), Path(config.results)
        run = watched(config, run)
        directory = run_it(run, results, engine, config.replicates, progress, config.allow)
    return Run(directory.path, run.dataset)


def call_of(config: Settings, command: str = "run") -> Call:
    """The call that a run keeps, so that a person can make it again."""
    words = tuple(word for word in config.words if not word.startswith("conditions."))
    return Call(command, words, dataset=config.dataset, folder=str(Path.cwd()))


def remarks(run: plan.Run) -> Iterator[str]:
    """What a person should know before a run begins, a line each."""
    yield from run.dataset.warnings
    names = {name for sample in run.dataset.samples() for name in sample.attributes}
    for axis in run.task.crossed:
        absent = [name for name in axis if name not in names]
        if 0 < len(absent) < len(axis):
            yield (
                f"task {run.task.name}: crossed {CROSS.join(axis)}: no sample of dataset "
                f"{run.dataset.name} has '{absent[0]}'{near(absent[0], names)}"
            )


def _settings_of(options: dict[str, Any]) -> list[str]:
    """Take the settings of the run out of the options, as words."""
    return [word_of(SETTINGS[key], options.pop(key)) for key in [*options] if key in SETTINGS]


def _engine_of(options: dict[str, Any]) -> list[str]:
    """Take the engine out of the options, by its name or with its own options, as words."""
    given = options.pop("engine", {})
    own = {"name": given} if isinstance(given, str) else {**_by_name("engine", given)}
    return _of_group("engine", own.pop("name", ""), own)


def _dataset_of(dataset: str | Dataset, options: dict[str, Any]) -> list[str]:
    given = _by_name(OF_DATASET, options.pop(OF_DATASET, {}))
    if not isinstance(dataset, str | Dataset):
        raise WrongCall(f"dataset: expected a name or a Dataset, found {dataset!r}")
    own = {**options, **given}
    if isinstance(dataset, Dataset):
        if own:
            raise WrongCall(f"dataset {dataset.name}: it is made already: '{next(iter(own))}' is "
                            "no option of it, nor of the run")  # fmt: skip
        return []
    return _of_group("dataset", dataset, own)


def _by_name(key: str, options: Any) -> Mapping[str, Any]:
    """Options by name; None is none of them. Raises WrongCall for anything else."""
    if options is None or isinstance(options, Mapping):
        return options or {}
    raise WrongCall(f"{key}: expected a dict of options by name, found {options!r}")


def _of_group(group: str, name: str, options: Mapping[str, Any]) -> list[str]:
    own = [word_of(f"{group}.{key}", value) for key, value in options.items()]
    return [*([f"{group}={name}"] if name else []), *own]


def _joined(conditions: str | Sequence[str]) -> str:
    if isinstance(conditions, str):
        return conditions
    several = [*conditions] if isinstance(conditions, Iterable) else [conditions]
    for one in several:
        if not isinstance(one, str):
            raise WrongCall(f"conditions: expected a name, found {one!r}")
    return ",".join(several)


def _one(every: Sequence[Settings]) -> Settings:
    if len(every) != 1:
        raise WrongCall(f"evaluate: expected one model on one dataset, found {len(every)} runs")
    return every[0]


def _text(task: str, model: str, given: Mapping[str, Any]) -> str:
    """The text of a call: values as Python writes them, an object by its name in brackets."""
    plain = (str, int, float, bool, list, tuple, dict, NoneType)
    words = [
        f"{key}={value!r}" if isinstance(value, plain) else f"{key}=<{_named(value)}>"
        for key, value in given.items()
        if value != ""
    ]
    return ", ".join([repr(task), f"<{model}>", *words])


def _named(value: Any) -> str:
    return str(getattr(value, "name", type(value).__name__))
