"""The groups of settings, as Hydra knows them: a task's datasets and models, from code and YAML."""

import json
from collections.abc import Iterable, Sequence

from hydra import compose, initialize_config_module
from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra
from omegaconf import DictConfig

from benchsuite.task import PYTHON, Plug, Task


def composed(task: Task, overrides: Sequence[str]) -> DictConfig:
    """What Hydra makes of a task's settings; see `register`."""
    folders = json.dumps([f"file://{conf}" for conf in task.confs], ensure_ascii=False)
    search = [f"hydra.searchpath={folders}"]
    GlobalHydra.instance().clear()
    with initialize_config_module("benchsuite.conf", version_base="1.3"):
        made: DictConfig = compose("config", overrides=[*search, *overrides])
    return made


def register(task: Task, overrides: Sequence[str]) -> None:
    """Let Hydra know the choices of the groups `task`, `dataset` and `model`."""
    # A plugin needs no YAML files: a name without one has the options of its factory.
    store = ConfigStore.instance()
    for group, plugs in (("dataset", task.datasets), ("model", task.models)):
        for name, plug in plugs.items():
            if not _has_yaml(task, group, name):
                chosen = f"{group}={name}" in overrides or name == next(iter(plugs))
                node = {"kind": name, **({**plug.options()} if chosen else {}), "name": name}
                store.store(name, node, group=group, provider=task.name)
    if (adapter := task.adapter) is not None and f"model={PYTHON}" in overrides:
        node = {"kind": PYTHON, **adapter.options(), "options": None, "fingerprint": "", "name": ""}
        store.store(PYTHON, node, group="model", provider=task.name)
    if not _has_yaml(task, "task", task.name):
        first = [{f"override /{g}": n} for g, n in _first_plugs(task)]
        node = {"defaults": first, "task": task.name}
        store.store(task.name, node, group="task", package="_global_", provider=task.name)


def _first_plugs(task: Task) -> list[tuple[str, str]]:
    groups: list[tuple[str, Iterable[str]]] = [("dataset", task.datasets), ("model", task.models)]
    return [(group, next(iter(names))) for group, names in groups]


def _has_yaml(task: Task, group: str, name: str) -> bool:
    return any((conf / group / f"{name}.yaml").exists() for conf in task.confs)


def names_of(task: Task, group: str) -> list[str]:
    """What a task calls its datasets or models: those that are registered, and its YAML files."""
    plugs: dict[str, Plug] = {**task.datasets} if group == "dataset" else {**task.models}
    files = (path for conf in task.confs for path in (conf / group).glob("*.yaml"))
    own = [PYTHON] if group == "model" and task.own is not None else []
    return sorted({*plugs, *own, *(path.stem for path in files)})
