"""From settings to a run: its dataset loaded, its model made, its conditions resolved."""

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from inspect import Parameter
from types import NoneType, UnionType
from typing import Any, Final, get_args

from benchsuite.api.config import OWN_BACKEND, EngineSettings, Settings
from benchsuite.condition import check_fields, resolve, with_sampled
from benchsuite.dataset import Dataset
from benchsuite.errors import NotAvailable, WrongCall, near, of_others, one_of, placed
from benchsuite.files.text import text_value
from benchsuite.learning.accelerated import accelerated
from benchsuite.learning.objects import FORMS, load_object
from benchsuite.learning.own import Own, own_of
from benchsuite.learning.prequential import along
from benchsuite.model import Model
from benchsuite.runs.engine import ENGINES, Engine
from benchsuite.runs.engine_local import Local
from benchsuite.runs.engine_ray import Ray
from benchsuite.runs.plan import Run
from benchsuite.task import PYTHON, Plug, Task, load_task

SCALARS: Final[Mapping[type, tuple[type, ...]]] = {
    str: (str, int, float), int: (int,), float: (int, float), bool: (bool,), NoneType: (NoneType,),
}  # fmt: skip
"""What a parameter of a kind may be given; a name or path may be a number."""

OBJECT: Final = ("kind", "object", "options", "name", "fingerprint")
"""What is said of an object of the user's own; all else is an option of the task's adapter."""


def make_run(config: Settings, model: Model | None = None, dataset: Dataset | None = None) -> Run:
    """The run that `config` describes: its dataset loaded, its model made, conditions resolved.

    `model` and `dataset`, if given, stand for those that the settings name, which are not made.
    """
    task = load_task(config.task)
    dataset = dataset or dataset_of(task, config.dataset)
    asked = task.known_conditions(dataset)
    if config.backend != OWN_BACKEND or config.textures:
        own, asked = asked, task.drawn_by(config.backend, config.textures).known_conditions(dataset)
        # A run that exists may have conditions of both.
        task = replace(task, conditions=tuple({**own, **asked}.values()))
    try:
        conditions = tuple(resolve(config.conditions.names, with_sampled(asked)))
    except WrongCall as error:
        raise WrongCall(f"{error}{task.lacks}") from error
    given = None
    if model is None:
        check_fields(conditions, dataset)
        model, given = _model_of(task, config.model)
    model = accelerated(along(model, task.arrival), config.precision, config.compile)
    return Run(
        task=task.on(dataset),
        dataset=dataset,
        model=model,
        conditions=conditions,
        seed=config.seed,
        batch_size=config.batch_size,
        shard_size=config.shard_size,
        threads=config.threads,
        on_error="skip" if config.on_error == "skip" else "fail",
        order="random" if config.baseline or config.order == "random" else "sorted",
        own=given,
    )


def _model_of(task: Task, config: Mapping[str, Any]) -> tuple[Model, Own | None]:
    if config["kind"] != PYTHON:
        return _made(task, "model", config), None
    options = {key: value for key, value in config.items() if key not in OBJECT}
    spec = config["object"]
    if not isinstance(spec, str) or spec == "???":
        raise WrongCall(f"model {PYTHON} needs model.object={FORMS}")
    thing = load_object(spec, config["options"] or {})
    return own_model(task, thing, config["name"], config["fingerprint"], options)


def own_model(
    task: Task, thing: Any, name: str, fingerprint: str, options: Mapping[str, Any]
) -> tuple[Model, Own | None]:
    """A model of an object of the user's own; and the object with its fingerprint.

    An object that is a `Model` already is used as it is. Raises WrongCall where its fingerprint
    cannot be told and none is given, or where the object has none of the task's conventions.
    """
    if _is_model(thing):
        if name not in ("", thing.name) or fingerprint or options:
            raise WrongCall(
                f"model {thing.name}: it has a name, a fingerprint and options of its own: "
                "expected none beside it"
            )
        return thing, None
    if isinstance(thing, type):
        raise WrongCall(f"model: expected an object, found the class {thing.__name__}: call it")
    for key in OBJECT:
        if key in options:
            raise WrongCall(f"model_options: expected '{key}' as an argument beside them")
    if (adapter := task.adapter) is None:
        raise NotAvailable(
            f"task {task.name}: takes no {type(thing).__name__} as a model: expected an object "
            "with name, fingerprint and predict(state, inputs)"
        )
    own = own_of(thing, fingerprint)
    called = _named("model.name", name or _called(thing))
    given = {"object": thing, "name": called, "fingerprint": own.fingerprint}
    _check_options(f"model {PYTHON}", "model", {**options, "name": called}, adapter)
    with of_others(f"model {called}"):
        model: Model = adapter(**options, **given)
    return model, own


def _is_model(thing: Any) -> bool:
    asked = (callable(getattr(thing, how, None)) for how in ("predict", "begin"))
    if isinstance(thing, type) or not any(asked):
        return False
    return all(isinstance(getattr(thing, key, None), str) for key in ("name", "fingerprint"))


def _called(thing: Any) -> str:
    """What an object is called: a function by its name, another one by its class."""
    first = thing[0] if isinstance(thing, tuple) and thing else thing
    while isinstance(first, partial):
        first = first.func
    return str(getattr(first, "__name__", "") or type(first).__name__).strip("<>")


def dataset_of(task: Task, config: dict[str, Any]) -> Dataset:
    """The dataset that the settings under `dataset` describe."""
    dataset: Dataset = _made(task, "dataset", config)
    return dataset


def _made(task: Task, group: str, config: Mapping[str, Any]) -> Any:
    kind, options = config["kind"], {key: v for key, v in config.items() if key != "kind"}
    if "name" in options:
        options["name"] = _named(f"{group}.name", options["name"])
    plug, where = task.plug(group, kind), f"{group} {kind}"
    if missing := [key for key, value in options.items() if value == "???"]:
        raise WrongCall(f"{where} needs {group}.{missing[0]}=...")
    _check_options(where, group, options, plug)
    defaults = plug.options()
    given = [f"{group}.{k}={v}" for k, v in options.items() if k != "name" and v != defaults.get(k)]
    what = ", ".join([where, *given])
    with of_others(what):
        try:
            made = plug(**options)
        except (TypeError, ValueError) as error:
            raise WrongCall(f"{what}: {placed(error)}") from error
    return made


def _named(where: str, value: Any) -> str:
    """A name, or a number that is one. Raises WrongCall for anything else."""
    if not isinstance(value, str | int | float) or not str(value).strip():
        raise WrongCall(f"{where}: expected a name, found '{value}'")
    return text_value(where, str(value))


def _check_options(where: str, group: str, options: Mapping[str, Any], plug: Plug) -> None:
    known = plug.parameters()
    if any(one.kind is one.VAR_KEYWORD for one in known.values()):
        return
    if "name" not in known:
        found = ", ".join(known) or "none"
        raise WrongCall(f"{where}: {plug.factory}: expected a parameter 'name', found {found}")
    for key, value in options.items():
        if key not in known:
            raise WrongCall(f"{where} has no option '{key}'{near(key, known)}")
        check_value(f"{where}: {group}.{key}", known[key], value)


def check_value(where: str, parameter: Parameter, value: Any) -> None:
    """Raise WrongCall if a parameter takes scalars alone, and the value is not of their kinds."""
    if isinstance(value, float) and math.isnan(value):
        raise WrongCall(f"{where}: expected a number, found '{value}'")
    kinds, default = _kinds(parameter), parameter.default
    if value is default or not kinds <= set(SCALARS):
        return
    if type(value) not in {given for kind in kinds for given in SCALARS[kind]}:
        like = f"a value like {default}" if default or default == 0 else _worded(kinds)
        raise WrongCall(f"{where}: expected {like}, found '{value}'")


def _kinds(parameter: Parameter) -> set[Any]:
    """The types that a parameter takes: its annotation's, or, where that is none, its default's."""
    annotation = parameter.annotation
    if annotation is Parameter.empty:
        annotation = type(parameter.default)
    return set(get_args(annotation)) if isinstance(annotation, UnionType) else {annotation}


def _worded(kinds: set[Any]) -> str:
    return " or ".join(sorted(kind.__name__ for kind in kinds if kind is not NoneType))


def make_engine(config: EngineSettings) -> Engine:
    """The engine of that name."""
    one_of("engine", config.name, ENGINES)
    if config.name == "ray":
        return Ray(config.workers, config.cpus, config.gpus, config.address, config.timeout)
    if config.prefetch and config.workers > 1:
        raise WrongCall("engine.prefetch: expected with engine.workers=1: it feeds one model")
    if config.prefetch and config.timeout:
        raise WrongCall("engine.timeout: expected without engine.prefetch: it ends processes that "
                        "have a model")  # fmt: skip
    return Local(config.workers, config.timeout, config.prefetch)
