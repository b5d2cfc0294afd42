"""The torch networks that an object works with: what it is, what it holds, what its code names."""

import sys
from collections.abc import Iterable, Iterator
from functools import partial
from types import FunctionType, MemberDescriptorType, MethodType, ModuleType
from typing import Any

from benchsuite.learning.source import Remembering, functions_in, is_library, references

MANY = 100
"""A longer list or dict holds data, and no networks."""
DEEP = 6
"""How far away a network may be: object, its class, a method, a global list, its network."""

WHOLE = (str, int, float, bytes, type(None), ModuleType)
"""Types of values that hold nothing, or too much: a module counts by what code names of it."""


def networks(model: Any) -> list[Any]:
    """The torch networks of an object, the nearest first: itself, or those that it works with.

    They are found in attributes, lists, dicts, partial functions, and among the globals that code
    of the person's own names. torch is not imported for this.
    """
    torch = sys.modules.get("torch")
    if torch is None:
        return []
    found: list[Any] = []
    seen: dict[int, Any] = {}
    layer: Iterable[Any] = [model]
    for _ in range(DEEP):
        fresh = {id(one): one for one in layer if id(one) not in seen}
        seen |= fresh
        found += [one for one in fresh.values() if isinstance(one, torch.nn.Module)]
        rest = (one for one in fresh.values() if not isinstance(one, torch.nn.Module))
        layer = [part for one in rest for part in _parts(one)]
    return found


def _parts(value: Any) -> Iterable[Any]:
    """What a value consists of, one step down."""
    if isinstance(value, list | tuple | set | frozenset):
        return value if len(value) <= MANY else ()
    if isinstance(value, dict):
        return value.values() if len(value) <= MANY else ()
    if isinstance(value, MethodType):
        return (value.__self__, value.__func__)
    if isinstance(value, partial):
        return (value.func, value.args, value.keywords)
    if isinstance(value, Remembering):
        return (value.__wrapped__,)
    if isinstance(value, FunctionType):
        return _of_function(value)
    if isinstance(value, type):
        return _of_class(value)
    return () if isinstance(value, WHOLE) else _of_instance(value)


def _of_function(function: FunctionType) -> Iterator[Any]:
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # a name that has no value yet
            continue
    if not is_library(function):
        yield from references(function).values()
        yield from function.__defaults__ or ()


def _of_class(kind: type) -> Iterator[Any]:
    if not is_library(kind):
        yield from kind.__bases__
        for item in vars(kind).values():
            yield from list(functions_in(item)) or [item]


def _of_instance(value: Any) -> Iterator[Any]:
    yield from getattr(value, "__dict__", {}).values()
    kind = type(value)
    if not is_library(kind):
        slots = [
            name
            for base in kind.__mro__
            for name, item in vars(base).items()
            if isinstance(item, MemberDescriptorType)
        ]
        yield from (getattr(value, name, None) for name in slots)
        yield kind
