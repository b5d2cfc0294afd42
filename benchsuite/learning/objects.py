"""Objects that a person names on the command line: `./rerank.py:MyReranker`, `package.module:name`.

The named code runs, as a script does that a person starts. No file may name code that runs.
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from inspect import isroutine, signature
from pathlib import Path
from types import ModuleType
from typing import Any

from benchsuite.dataset import digest
from benchsuite.errors import WrongCall, near, needing, of_others

FORMS = "FILE.py:NAME or PACKAGE.MODULE:NAME"


def load_object(spec: str, options: Mapping[str, Any]) -> Any:
    """The object of that name, in a file or an importable module.

    A class is called with the options. A function is the model itself; `NAME()` calls it with the
    options. Raises WrongCall for what does not exist or does not fit, BadData for what the code
    raises, NotAvailable where it needs a package.
    """
    if not isinstance(options, Mapping):
        raise WrongCall(f"model.options: expected {{KEY: VALUE, ...}}, found {options!r}")
    place, name = parts_of(spec)
    called = name.endswith("()")
    name = name.removesuffix("()")
    if not place or not name:
        raise WrongCall(f"model.object: expected {FORMS}, found '{spec}'")
    if not isinstance(options, Mapping):
        raise WrongCall(f"model.options: expected arguments by name, {{k: 3}}, found {options!r}")
    with needing(spec), of_others(spec):
        found = _inside(_module(place), name, spec)
        if isinstance(found, type) or called:
            return _made(found, options, spec)
    if options:
        what = "a function" if isroutine(found) else f"a {type(found).__name__} that is there"
        raise WrongCall(
            f"{spec}: {what} takes no options, found {', '.join(sorted(options))}; "
            f"{spec}() calls it with them"
        )
    return found


def parts_of(spec: str) -> tuple[str, str]:
    """The file or module of `FILE.py:NAME`, and the name in it."""
    place, _, name = spec.rpartition(":")
    return place, name


def _module(place: str) -> ModuleType:
    if not place.endswith(".py"):
        return _imported(place)
    path = Path(place).expanduser().resolve()
    if not path.is_file():
        there = [one.name for one in path.parent.glob("*.py")]
        raise WrongCall(f"model.object: there is no file '{place}'{near(path.name, there)}")
    name = _name(path)
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise WrongCall(f"model.object: expected a file of Python, found '{place}'")
    module = module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickle look there
    with _importable(path.parent):
        spec.loader.exec_module(module)
    return module


def _name(path: Path) -> str:
    """The name by which a file is imported: its own, by which worker processes find it, if free."""
    known = sys.modules.get(path.stem)
    found = getattr(known, "__file__", None)
    if known is None and path.stem.isidentifier():
        spec = find_spec(path.stem)
        found = spec.origin if spec else str(path)
    return path.stem if found == str(path) else f"{path.stem}_{digest(str(path))}"


def _imported(place: str) -> ModuleType:
    with _importable(Path.cwd()):
        try:
            return import_module(place)
        except ModuleNotFoundError as error:
            if error.name and f"{place}.".startswith(f"{error.name}."):
                raise WrongCall(
                    f"model.object: there is no module '{error.name}'; expected {FORMS}"
                ) from error
            raise


@contextmanager
def _importable(folder: Path) -> Iterator[None]:
    """A context in which a folder's modules come first; after it they come last."""
    known = str(folder) in sys.path
    if not known:
        sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        if not known:
            sys.path.remove(str(folder))
            sys.path.append(str(folder))


def _inside(module: ModuleType, name: str, spec: str) -> Any:
    found: Any = module
    for part in name.split("."):
        if not hasattr(found, part):
            known = [one for one in dir(found) if not one.startswith("_")]
            raise WrongCall(f"{spec}: there is no '{part}'{near(part, known)}")
        found = getattr(found, part)
    return found


def _made(factory: Any, options: Mapping[str, Any], spec: str) -> Any:
    if not callable(factory):
        raise WrongCall(f"{spec}: expected a class or a function, found {type(factory).__name__}")
    try:
        takes = signature(factory)
    except (TypeError, ValueError):  # a class that is written in C
        return factory(**options)
    try:
        takes.bind(**options)
    except TypeError as error:
        raise WrongCall(f"{spec}: options: {error}; it takes {takes}") from error
    return factory(**options)
