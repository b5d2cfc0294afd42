"""Where and with what a run was made: recorded, compared on resume, never part of a number."""

import platform
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, entry_points, requires, version
from pathlib import Path
from typing import Any

from benchsuite.errors import BadData


def circumstances(task: str, extra: str = "") -> dict[str, Any]:
    """Python, the machine, and the versions of the libraries that the task needs.

    They are those that its package, and benchsuite, require by themselves and for `extra`.
    """
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "system": platform.system(),
        "libraries": _libraries(task, extra),
    }


def _libraries(task: str, extra: str) -> dict[str, str]:
    owners = {p.dist.name for p in entry_points(group="benchsuite.tasks", name=task) if p.dist}
    names = {name for owner in {"benchsuite", *owners} for name in _required(owner, extra)}
    return {name: found for name in sorted(names) if (found := _version(name))}


def _required(owner: str, extra: str) -> Iterator[str]:
    """What `owner` requires; an extra may require others of the same package."""
    for line in _requires(owner):
        name, others, condition = _parsed(line)
        if condition not in ("", extra):
            continue
        if name == owner:
            for other in others:
                yield from _required(owner, other)
        else:
            yield name


def _parsed(line: str) -> tuple[str, list[str], str]:
    """`benchsuite[image,bright]>=1; extra == "all"` -> its name, its extras, what it is for."""
    plain, _, marker = line.partition(";")
    found = re.match(r"([\w.-]+)\s*(?:\[([^\]]*)\])?", plain)
    condition = re.search(r"extra\s*==\s*[\"']([\w.-]+)", marker)
    extras = [one.strip() for one in (found[2] or "").split(",") if one.strip()] if found else []
    return found[1] if found else "", extras, condition[1] if condition else ""


def _requires(name: str) -> list[str]:
    try:
        return requires(name) or []
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
