"""The machine, versions and code of a run: recorded and compared, but never part of a number."""

import platform
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from importlib.metadata import PackageNotFoundError, entry_points, requires, version
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from benchsuite.dataset import digest
from benchsuite.errors import BadData
from benchsuite.runs.manifest import Environment


def environment(task: str, extra: str, functions: Iterable[Callable[..., Any]]) -> Environment:
    """Python, the machine, the task's libraries, and the code that defines `functions`.

    The libraries are those that its package, and benchsuite, require by themselves and for `extra`.
    """
    return Environment(
        python=platform.python_version(),
        machine=platform.machine(),
        system=platform.system(),
        libraries=_libraries(task, extra),
        code=code_of(functions),
        release=installed_version("benchsuite"),
    )


def _libraries(task: str, extra: str) -> dict[str, str]:
    owners = {p.dist.name for p in entry_points(group="benchsuite.tasks", name=task) if p.dist}
    every = (one for owner in {"benchsuite", *owners} for one in requirements(owner, extra))
    names = {one.name for one in every}
    return {name: found for name in sorted(names) if (found := installed_version(name))}


def requirements(owner: str, extra: str = "") -> Iterator[Requirement]:
    """What the package `owner` requires here, by itself and for `extra`.

    An extra may require others of the same package: those are followed.
    """
    for line in _requires(owner):
        one = Requirement(line)
        if one.marker is not None and not one.marker.evaluate({"extra": extra}):
            continue
        if canonicalize_name(one.name) == canonicalize_name(owner):
            for other in sorted(one.extras):
                yield from requirements(owner, other)
        else:
            yield one


def _requires(name: str) -> list[str]:
    try:
        return requires(name) or []
    except PackageNotFoundError:
        return []


def installed_version(name: str) -> str:
    """The version of an installed package; empty where there is none."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def code_of(functions: Iterable[Callable[..., Any]]) -> dict[str, str]:
    """Hashes of the source files of the modules that define `functions`, by the modules' names."""
    modules = {getattr(_plain(function), "__module__", None) or "" for function in functions}
    files = {name: Path(getattr(sys.modules.get(name), "__file__", None) or "") for name in modules}
    return {
        name: digest(file.read_bytes())[:16]
        for name, file in sorted(files.items())
        if file.suffix == ".py" and file.is_file()
    }


def _plain(function: Any) -> Any:
    return _plain(function.func) if isinstance(function, partial) else function


def check_environment(
    path: Path, before: Environment, now: Environment, allow: Sequence[str]
) -> list[str]:
    """The allowed changes of library versions and of code, as lines.

    Code that only `now` has belongs to conditions that were added later. Raises BadData for a
    change that `allow` does not name, because continued units would differ.
    """
    libraries = _changed({*before.libraries, *now.libraries}, before.libraries, now.libraries)
    code = _changed(before.code, before.code, now.code)
    _refuse(f"{path}: begun with other libraries", libraries, allow)
    _refuse(f"{path}: begun with other code", code, allow, "raise the task's version, or ")
    return [line for _, line in sorted({**libraries, **code}.items())]


def _changed(
    names: Iterable[str], old: Mapping[str, str], new: Mapping[str, str]
) -> dict[str, str]:
    return {n: f"{n} {old.get(n)} -> {new.get(n)}" for n in names if old.get(n) != new.get(n)}


def _refuse(what: str, changed: Mapping[str, str], allow: Sequence[str], advice: str = "") -> None:
    if refused := sorted(set(changed) - set(allow)):
        raise BadData(
            f"{what} ({', '.join(changed[n] for n in refused)}); {advice}"
            f"allow=[{','.join(refused)}] continues all the same, and notes it"
        )
