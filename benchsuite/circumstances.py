"""Where and with what a run was made: recorded, compared on resume, never part of a number."""

import platform
import re
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, entry_points, requires, version
from pathlib import Path
from typing import Any

from benchsuite.errors import BadData


def circumstances(task: str) -> dict[str, Any]:
    """Python, the machine, and the versions of every library that the task's package declares."""
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "system": platform.system(),
        "libraries": _libraries(task),
    }


def _libraries(task: str) -> dict[str, str]:
    owners = {p.dist.name for p in entry_points(group="benchsuite.tasks", name=task) if p.dist}
    names = {
        re.split(r"[\s<>=!~;\[]", line)[0] for o in {"benchsuite", *owners} for line in _requires(o)
    }
    return {name: found for name in sorted(names) if (found := _version(name))}


def _requires(name: str) -> list[str]:
    try:
        return [
            line for line in requires(name) or () if "extra == 'dev'" not in line.replace('"', "'")
        ]
    except PackageNotFoundError:
        return []


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def check_circumstances(
    path: Path, before: Mapping[str, Any], now: Mapping[str, Any], allow: Sequence[str]
) -> list[str]:
    """The allowed differences between two sets of library versions, as notes.

    Raises BadData for a difference that `allow` does not name: resumed units would differ.
    """
    old, new = before["libraries"], now["libraries"]
    changed = {
        n: f"{n} {old.get(n)} -> {new.get(n)}" for n in {*old, *new} if old.get(n) != new.get(n)
    }
    refused = sorted(set(changed) - set(allow))
    if refused:
        raise BadData(
            f"{path}: begun with other libraries ({', '.join(changed[n] for n in refused)}); "
            f"allow=[{','.join(refused)}] continues all the same, and notes it"
        )
    return [changed[name] for name in sorted(changed)]
