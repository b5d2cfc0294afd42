"""From words on the command line to runs: Hydra's compose API, and messages for people."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import product
from math import prod
from operator import attrgetter
from pathlib import Path
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import (
    ChoiceSweep,
    Glob,
    OverrideType,
    QuotedString,
)
from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import MissingMandatoryValue, OmegaConfBaseException

from benchsuite.api.groups import composed, names_of, register
from benchsuite.api.sweep import MOST_RUNS, swept
from benchsuite.api.words import in_hydra, word_of
from benchsuite.errors import WrongCall, near
from benchsuite.estimation.estimate import MIN_REPLICATES
from benchsuite.learning.objects import FORMS
from benchsuite.task import Task, load_task, task_names

SEVERAL_RUNS = ("dataset", "model")
NAMED = ("task", "conditions", "engine", *SEVERAL_RUNS)
"""The settings whose values are names."""
OWN_BACKEND = "benchsuite"
UNSAID = ("bench", "words")  # no settings of a user's
RANGES = {
    "seed": (0, 2**32 - 1),  # what numpy and torch take as a seed
    "batch_size": (1, 2**31 - 1),
    "shard_size": (1, 2**31 - 1),
    "threads": (1, 1024),
    "engine.prefetch": (0, 1024),
    "engine.workers": (0, 1024),
    "engine.timeout": (0, 10**9),
    "engine.cpus": (0, 1024),
    "engine.gpus": (0, 1024),
    "replicates": (MIN_REPLICATES, 100_000),
}
"""The smallest and the largest value of a setting."""


@dataclass
class EngineSettings:
    """Where units run."""

    name: str = "local"
    workers: int = 1
    timeout: float = 0.0
    prefetch: int = 0
    cpus: float = 1.0
    gpus: float = 0.0
    address: str = ""


@dataclass
class Names:
    """Conditions by name."""

    names: list[str] = field(default_factory=list)


@dataclass
class Bench:
    """What `make bench` runs of a task."""

    model: list[str] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)


@dataclass
class Settings:
    """The types of every setting in conf/config.yaml, and the words that gave them."""

    task: str = "???"
    dataset: dict[str, Any] = field(default_factory=dict)
    model: dict[str, Any] = field(default_factory=dict)
    conditions: Names = field(default_factory=Names)
    backend: str = OWN_BACKEND
    textures: str = ""
    engine: EngineSettings = field(default_factory=EngineSettings)
    results: str = "results"
    seed: int = 0
    batch_size: int = 32
    shard_size: int = 64
    threads: int = 1
    precision: str = "float32"
    compile: bool = False
    replicates: int = 1000
    on_error: str = "fail"
    order: str = "sorted"
    baseline: str = ""
    gate: str = ""
    allow: list[str] = field(default_factory=list)
    download: bool = False
    bench: Bench = field(default_factory=Bench)
    words: list[str] = field(default_factory=list)


def settings(words: Sequence[str], multirun: bool = False) -> list[Settings]:
    """The settings of every run that `words` (Hydra overrides) ask for.

    `model=a,b` and `dataset=a,b` are several runs, `conditions=a,b` is one run under several
    conditions. With `multirun`, any comma list is swept, by Hydra's grammar.
    Raises WrongCall, with the near matches, for a key or value that does not exist.
    """
    task = load_task(_task_name(words))
    return [_compose(task, overrides) for overrides in _expand(words, multirun)]


def _task_name(words: Iterable[str]) -> str:
    pairs, known = [word.partition("=")[::2] for word in words], setting_names()
    found = [value for key, value in pairs if key == "task"]
    if len(found) == 1:
        return found[0]
    if lost := [key for key, _ in pairs if key.isidentifier() and key not in known]:
        raise WrongCall(f"no setting is called '{lost[0]}'{near(lost[0], known)}")
    seen, tasks = f"{len(found)} of them" if found else "none", ", ".join(task_names())
    raise WrongCall(f"task: expected task=NAME, found {seen} (there are {tasks})")


def _expand(words: Sequence[str], multirun: bool) -> list[list[str]]:
    written = [_written(word) for word in words]
    calls = swept(written) if multirun else [written]
    choices = [[_choices(in_hydra(word)) for word in call] for call in calls]
    if (runs := sum(prod(map(len, call)) for call in choices)) > MOST_RUNS:
        raise WrongCall(f"expected at most {MOST_RUNS} runs in one call, found {runs}")
    return [list(choice) for call in choices for choice in product(*call)]


def _written(word: str) -> str:
    """The word in Hydra's grammar. A text that Hydra cannot read is taken as it stands.

    Paths have any letters: `dataset.path=~/C#/it's (1)`. `~/` is the home, which a shell puts there
    only behind a name without a point.
    """
    word = in_hydra(word)
    key, _, value = word.partition("=")
    plain = key not in NAMED and not value.startswith(("'", '"', "[", "{", "("))
    if not plain or "," in value or "${" in value:
        return word
    if value == "~" or value.startswith("~/"):
        return word_of(key, Path(value).expanduser())
    with suppress(HydraException):
        OverridesParser.create().parse_override(word)
        return word if value == value.strip() else word_of(key, value)
    return word_of(key, value)


def _choices(word: str) -> list[str]:
    _checked(word)
    key, _, value = word.partition("=")
    if key == "conditions":
        return [f"conditions.names=[{value.strip('[]')}]"]
    if key in SEVERAL_RUNS and "," in value:
        return [f"{key}={one}" for one in value.split(",")]
    return [word]


def _checked(word: str) -> None:
    """Raise WrongCall for what Hydra's grammar refuses, or allows and the suite does not mean.

    Those are additions, deletions, packages, globs and interpolations; and names that are none.
    """
    if "=" not in word:
        raise WrongCall(f"'{word}': expected key=value")
    try:
        override = OverridesParser.create().parse_override(word)
    except HydraException as error:
        start, _, value = word.partition("=")
        text = "" if set(value) & set("'\"[]{}") else f"; a text is quoted: \"{start}='{value}'\""
        raise WrongCall(f"'{word}': {_first_line(error)}{text}") from error
    key, *path = override.key_or_group.split(".")
    # An option that a YAML file leaves out is added by Hydra's `+`.
    added = key in SEVERAL_RUNS and path and override.type is OverrideType.ADD
    if not (override.type is OverrideType.CHANGE or added) or override.package is not None:
        raise WrongCall(f"'{word}': expected key=value, without +, ~ and @")
    if key not in (known := setting_names()):
        more = ": it belongs to --multirun" if key.startswith("hydra") else near(key, known)
        raise WrongCall(f"no setting is called '{key}'{more}")
    for leaf in _leaves(override.value()):
        if isinstance(leaf, Glob) or "${" in str(leaf) or leaf == "???":
            raise WrongCall(f"'{word}': expected a value, found a pattern or an interpolation")
        name = isinstance(leaf, str | QuotedString) and str(leaf)
        if key in NAMED and not path and not name:
            raise WrongCall(f"{key}: expected a name, found '{word.partition('=')[2]}'")


def _leaves(value: Any) -> Iterator[Any]:
    """The values in a value of Hydra: those of a list or a choice, else itself."""
    if isinstance(value, ChoiceSweep) and value.simple_form:
        value = value.list
    if isinstance(value, list) and value:
        for one in value:
            yield from _leaves(one)
    else:
        yield value


def _compose(task: Task, overrides: list[str]) -> Settings:
    register(task, overrides)
    try:
        typed = OmegaConf.merge(OmegaConf.structured(Settings), composed(task, overrides))
        made = OmegaConf.to_object(typed)
    except (HydraException, OmegaConfBaseException, ValueError) as error:
        raise WrongCall(_explain(task, overrides, error)) from error
    assert isinstance(made, Settings)  # noqa: S101 - the schema itself
    made.words = list(overrides)
    _check(made)
    return made


def as_yaml(words: Sequence[str], multirun: bool = False) -> str:
    """The settings of every run that `words` ask for, as Hydra's `--cfg job` prints them."""
    task = load_task(_task_name(words))
    documents = []
    for overrides in _expand(words, multirun):
        _compose(task, overrides)
        made = composed(task, overrides)
        told = OmegaConf.masked_copy(made, [str(key) for key in made if key not in UNSAID])
        documents.append(OmegaConf.to_yaml(told, resolve=True))
    return "---\n".join(documents)


def _check(made: Settings) -> None:
    for key, known in (("on_error", ("fail", "skip")), ("order", ("sorted", "random"))):
        if (chosen := getattr(made, key)) not in known:
            raise WrongCall(f"{key}: expected {' or '.join(known)}, found '{chosen}'")
    if made.gate and not made.baseline:
        raise WrongCall("gate: expected baseline=PATH beside it, found none")
    if not made.conditions.names:
        raise WrongCall("conditions: expected at least one name, found none")
    if not made.results.strip():
        raise WrongCall("results: expected a folder, found none")
    for key, (least, most) in RANGES.items():
        if key == "engine.workers" and made.engine.name == "local":
            least = 1
        if not (found := attrgetter(key)(made)) >= least:  # NaN is none, either
            raise WrongCall(f"{key}: expected at least {least}, found {found}")
        if found > most:
            raise WrongCall(f"{key}: expected at most {most}, found {found}")


def _explain(task: Task, overrides: Sequence[str], error: Exception) -> str:
    if isinstance(error, MissingMandatoryValue):
        group = str(error.full_key).partition(".")[0]
        name = next((word for word in overrides if word.startswith(f"{group}=")), group)
        what = f" ({FORMS})" if error.full_key == "model.object" else ""
        return f"{name} needs {error.full_key}=...{what}"
    for override in overrides:
        key, _, value = override.partition("=")
        if key in SEVERAL_RUNS and value not in (options := names_of(task, key)):
            hint = f"{near(value, options)}{task.lacks}"
            return f"{key}: task {task.name} has no {key} '{value}'{hint}"
    known = setting_names()
    for override in overrides:
        key = override.partition("=")[0].lstrip("+~")
        if key in str(error) and key not in known and "." not in key:
            return f"no setting is called '{key}'{near(key, known)}"
    return _unknown_option(task, overrides) or _first_line(error)


def _unknown_option(task: Task, overrides: Sequence[str]) -> str:
    """Of the overrides `group.option=value`, the first whose option is not there; or nothing."""
    keys = [word.partition("=")[0] for word in overrides]
    plain = [word for word, key in zip(overrides, keys, strict=True) if "." not in key]
    try:
        base: Any = OmegaConf.to_container(composed(task, plain))
    except (HydraException, ValueError):
        return ""
    for group, *path in (key.split(".") for key in keys if "." in key and key[0] not in "+~"):
        if group not in base:
            return f"no setting is called '{group}'{near(group, setting_names())}"
        node = base[group]
        called = f"{group} {node['name']}" if isinstance(node, dict) and "name" in node else group
        for part in path:
            if not isinstance(node, dict):
                break
            if part not in node:
                return f"{called} has no option '{part}'{near(part, map(str, node))}"
            node = node[part]
    return ""


def setting_names() -> list[str]:
    """The settings of a run."""
    return [name for name in Settings.__dataclass_fields__ if name not in UNSAID]


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return "; ".join(lines[:2])
