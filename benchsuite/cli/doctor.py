"""What is here, what is missing, and the command that installs it; nothing is changed.

Packages are looked up in their metadata, so that none is imported. torch alone is, on a machine
that may have a device for it: only torch knows whether it can use that device.
"""

import os
import platform
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, entry_points, metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from benchsuite.api.data import data_folder
from benchsuite.cli.vocabulary import TASKS, code_files
from benchsuite.endpoint.settings import Served
from benchsuite.errors import (
    BenchsuiteError,
    NotAvailable,
    WrongCall,
    install_command,
    near,
)
from benchsuite.runs.environment import installed_version, requirements
from benchsuite.runs.inventory import extent
from benchsuite.task import Task, load_task, task_names
from benchsuite.task import tasks as installed_tasks

HERE: Final = "benchsuite"
NOT_FOR_USERS: Final = ("all", "dev")
"""The extras that are no tool by themselves."""
GPUS: Final = ("nvidia[0-9]*", "dxg", "kfd")
"""Of Linux, in /dev: NVIDIA's, that of Windows below, and AMD's."""


class Level(StrEnum):
    """How a thing is."""

    OK = "ok"
    ABSENT = "absent"  # what needs it cannot run; all else can
    BROKEN = "broken"  # it is there, and does not work


@dataclass(frozen=True)
class Finding:
    """What was looked at, how it is, and what to do about it."""

    section: str
    what: str
    level: Level = Level.OK
    told: str = ""


def examine(results: Path, tasks: Sequence[str] = ()) -> Iterator[Finding]:
    """Everything that was found; of tasks, those that are named, or all.

    Raises WrongCall for a task that is not installed.
    """
    known = task_names()
    for name in tasks:
        if name not in known:
            raise WrongCall(f"doctor: no task is called '{name}'{near(name, known)}")
    yield from _versions()
    for name in tasks or known:
        yield _task(name)
    yield from _plugins()
    yield from _extras()
    yield from _devices()
    yield from _caches()
    yield _results(results)


def _versions() -> Iterator[Finding]:
    missing = _unmet(HERE)
    place = Path(__file__).parents[1]
    yield Finding(
        "versions", HERE, Level.BROKEN if missing else Level.OK,
        _advice(missing, HERE) if missing else f"{installed_version(HERE)}, in {place}",
    )  # fmt: skip
    system = f"{platform.system()} {platform.release()}, {platform.machine()}"
    yield Finding("versions", "Python", told=f"{platform.python_version()} on {system}")
    torch = installed_version("torch")
    yield Finding("versions", "torch", Level.OK if torch else Level.ABSENT, torch)


def _task(name: str) -> Finding:
    """A task: whether it loads, and which of its packages are missing."""
    section = "tasks"
    try:
        task = load_task(name)
    except NotAvailable as error:
        return Finding(section, name, Level.ABSENT, str(error))
    except BenchsuiteError as error:
        return Finding(section, name, Level.BROKEN, str(error))
    owner = _owner(name)
    if missing := _unmet(owner, task.extra):
        return Finding(section, name, Level.ABSENT, _advice(missing, _source(task, owner)))
    return Finding(section, name, told=f"version {task.version}, of {_source(task, owner)}")


def _owner(task: str) -> str:
    """The package that a task comes with."""
    found = [p.dist.name for p in entry_points(group=TASKS, name=task) if p.dist]
    return found[0] if found else ""


def _source(task: Task, owner: str) -> str:
    return task.needs or owner


def _plugins() -> Iterator[Finding]:
    """What packages add to the tasks of others, and what was left out, and why."""
    left_out: dict[str, None] = {}
    for name, task in installed_tasks().items():
        left_out |= dict.fromkeys(task.left_out)
        for one in task.plugins:
            yield Finding("plugins", one.package, told=f"{one.release}, for task {name}")
    for line in left_out:
        yield Finding("plugins", line, Level.BROKEN)


def _extras() -> Iterator[Finding]:
    """The extras that are no task's: tools that some model or command needs."""
    own = {point.name for point in entry_points(group=TASKS)}
    for extra in metadata(HERE).get_all("Provides-Extra") or []:
        if extra in NOT_FOR_USERS or extra.replace("-", "_") in own:
            continue
        missing, source = _unmet(HERE, extra), f"{HERE}[{extra}]"
        level = Level.ABSENT if missing else Level.OK
        yield Finding("extras", extra, level, _advice(missing, source) if missing else "")


def _unmet(owner: str, extra: str = "") -> list[str]:
    """What a package requires and does not find, each with the version that is there instead."""
    try:
        needed = {one.name: one for one in requirements(owner, extra)}
    except PackageNotFoundError:
        return []
    found = {name: installed_version(name) for name in needed}
    return [
        f"{name}{one.specifier}" + (f" (found {found[name]})" if found[name] else "")
        for name, one in needed.items()
        if not found[name] or not one.specifier.contains(found[name], prereleases=True)
    ]


def _advice(missing: Sequence[str], source: str) -> str:
    return f"needs {', '.join(missing)}: {install_command(source)}"


def _devices() -> Iterator[Finding]:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    yield Finding("devices", "cpu", told=f"{cores} threads")
    mac = platform.system() == "Darwin"
    name = "mps" if mac else "cuda"
    nodes = [path for pattern in GPUS for path in Path("/dev").glob(pattern)]
    if platform.system() == "Linux" and not nodes:
        yield Finding("devices", name, Level.ABSENT, "no such device on this machine")
    elif find_spec("torch") is None:
        yield Finding("devices", name, Level.ABSENT, "torch is not installed")
    else:
        yield _of_torch(name)


def _of_torch(name: str) -> Finding:
    """What torch says of the device, and which it is."""
    import torch

    backend = torch.backends.mps if name == "mps" else torch.cuda
    if not backend.is_available():
        told = f"torch {torch.__version__} finds none that it can use"
        return Finding("devices", name, Level.ABSENT, told)
    if name == "mps":
        return Finding("devices", name)
    found = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    return Finding("devices", name, told=", ".join(found))


def _caches() -> Iterator[Finding]:
    """Where datasets, downloads, answers and machine code are kept, and how much that is."""
    below = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    hub = Path(os.environ.get("HF_HOME") or below / "huggingface") / "hub"
    folders = {
        "datasets": data_folder(),
        "Hugging Face": Path(os.environ.get("HF_HUB_CACHE") or hub),
        "torch hub": Path(os.environ.get("TORCH_HOME") or below / "torch") / "hub",
        "answers": Path(Served.cache),
    }
    for name, folder in folders.items():
        size, _ = extent(folder)
        yield Finding("caches", name, told=f"{in_bytes(size)} in {folder}")
    kept = os.environ.get("NUMBA_CACHE_DIR")
    files = Path(kept).rglob("*.*") if kept else code_files()
    compiled = [path for path in files if path.suffix in (".nbi", ".nbc")]
    size, place = sum(path.stat().st_size for path in compiled), kept or "__pycache__ of the code"
    yield Finding("caches", "numba", told=f"{in_bytes(size)} in {place}")


def _results(folder: Path) -> Finding:
    """The results folder, or the nearest folder above it, which it would be made in."""
    there = next(path for path in [folder, *folder.absolute().parents] if path.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        return Finding("results", str(folder), Level.BROKEN, f"{there}: cannot be written")
    free = in_bytes(shutil.disk_usage(there).free)
    told = "" if folder.exists() else ", made by the first run"
    return Finding("results", str(folder), told=f"can be written, {free} free{told}")


def in_bytes(size: int) -> str:
    """A size for people: `0 B`, `48.2 kB`, `1.3 GB`; a kB is 1000 bytes."""
    value, units = float(size), ["kB", "MB", "GB", "TB"]
    unit = "B"
    while value >= 1000 and units:
        value, unit = value / 1000, units.pop(0)
    return f"{value:.0f} B" if unit == "B" else f"{value:.1f} {unit}"
