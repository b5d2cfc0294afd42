"""What packages add to the tasks of others: found by entry point, checked, and merged.

A plugin that does not import, or that has a name which is taken, is left out with a line that says
why. Of two plugins that share a name, neither is added: which one a person means cannot be known.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Final

from benchsuite.condition import Condition
from benchsuite.errors import WrongCall, near, placed
from benchsuite.task.contract import ENTRY_POINTS, Task
from benchsuite.task.parts import PYTHON, Added, Plug, Plugin, named_plugs

GROUP: Final = "benchsuite.plugins"
WITH_YAML: Final = ("dataset", "model")
"""What a plugin's folder `conf` may have YAML files of."""

Name = tuple[str, str]
"""What something is, and its name: ("model", "bm25")."""


def with_plugins(task: Task, tasks: Sequence[str]) -> Task:
    """The task with what installed plugins add to it; `tasks` are the names of all tasks.

    Its own parts come first, so its defaults stay. What is left out stands in `left_out`.
    """
    loaded, left_out = _loaded(tasks)
    mine = [one for one in loaded if one.plugin.task == task.name]
    taken = [_taken(task, one, mine) for one in mine]
    added = tuple(one for one, why in zip(mine, taken, strict=True) if not why)
    return replace(
        task,
        datasets={**task.datasets, **_plugs(added, "dataset")},
        models={**task.models, **_plugs(added, "model")},
        train={**task.train, **_plugs(added, "training")},
        reports={**task.reports, **_plugs(added, "report")},
        plugins=added,
        left_out=(*left_out, *filter(None, taken)),
    )


def _plugs(added: Iterable[Added], kind: str) -> dict[str, Plug]:
    """The plugs of a kind; what pip installs for them is the package that has them."""
    return {
        name: replace(plug, needs=plug.needs or one.package)
        for one in added
        for name, plug in named_plugs(one.plugin)[kind].items()
    }


def _loaded(tasks: Sequence[str]) -> tuple[list[Added], list[str]]:
    """Every plugin that can be loaded, in the order of their packages, and lines on the others."""
    found, left_out = [], []
    points = sorted(entry_points(group=GROUP), key=lambda point: (_package(point), point.name))
    for point in points:
        try:
            plugin = _plugin(point, tasks)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a broken package must not hide a task, or another one
            where = f"package {_package(point)}, entry point {point.name} = {point.value}"
            left_out.append(f"{where}: {placed(error)}")
        else:
            release = point.dist.version if point.dist else ""
            found.append(Added(_package(point), release, plugin))
    return found, left_out


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist else point.module


def _plugin(point: EntryPoint, tasks: Sequence[str]) -> Plugin:
    plugin = point.load()
    if not isinstance(plugin, Plugin):
        raise WrongCall(f"expected a Plugin, found {type(plugin).__name__}")
    if plugin.task not in tasks:
        raise WrongCall(f"no task is called '{plugin.task}'{near(plugin.task, tasks)}")
    for folder, *path in _yaml(plugin.conf):
        if folder not in WITH_YAML or not path:
            raise WrongCall(f"{plugin.conf}: expected YAML in dataset/ or model/ alone")
    return plugin


def _taken(task: Task, one: Added, others: Iterable[Added]) -> str:
    """Why a plugin cannot be added, with both packages; empty where none of its names is taken."""
    own = _names(task, task.conf, task.known_conditions().values())
    sides = [(_package_of(task), own | {("model", PYTHON)})]
    sides += [(other.package, _names_of(other)) for other in others if other is not one]
    mine = _names_of(one)
    for package, names in sides:
        if shared := sorted(mine & names):
            kind, name = shared[0]
            return (
                f"package {one.package}: {kind} '{name}' of task {task.name} is one of package "
                f"{package} too; one of them has to rename it"
            )
    return ""


def _package_of(task: Task) -> str:
    points = entry_points(group=ENTRY_POINTS, name=task.name)
    return next((_package(point) for point in points), task.name)


def _names_of(one: Added) -> set[Name]:
    return _names(one.plugin, one.plugin.conf, one.plugin.conditions)


def _names(owner: Task | Plugin, conf: Path | None, conditions: Iterable[Condition]) -> set[Name]:
    """Everything that a person may name of a task or plugin, by what it is.

    A word asks for every condition of that kind, suite or name. So none of these may be shared.
    """
    plugs = {(kind, name) for kind, some in named_plugs(owner).items() for name in some}
    metrics = {("metric", metric.name) for metric in owner.metrics}
    presets = {(kind, "/".join(path)) for kind, *path in _yaml(conf)}
    words = {("condition", word) for c in conditions for word in (c.kind, c.suite, c.name) if word}
    return plugs | metrics | presets | words


def _yaml(conf: Path | None) -> Iterator[tuple[str, ...]]:
    """The YAML files of a folder of Hydra groups: ("model", "detectron2", "x")."""
    paths = sorted(conf.rglob("*.yaml")) if conf else []
    yield from (path.relative_to(conf).with_suffix("").parts for path in paths if conf)
