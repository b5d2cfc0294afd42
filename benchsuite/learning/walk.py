"""One walk over all that an object consists of: its data, its weights, and the code of its classes.

Each part gets 16 bytes. They are the same in every process and on every device, whatever the order
of sets and of keys. An object that holds itself is no trouble: it then counts as a reference.
"""

import logging
import threading
from collections.abc import Iterable, Mapping
from copyreg import dispatch_table
from enum import Enum
from functools import cached_property, lru_cache
from pathlib import PurePath
from types import (
    BuiltinFunctionType,
    CodeType,
    FunctionType,
    MappingProxyType,
    MethodType,
    ModuleType,
)  # fmt: skip
from typing import Any

import numpy as np
import pandas as pd

from benchsuite.errors import flat
from benchsuite.learning import code, source
from benchsuite.learning.code import Untellable
from benchsuite.learning.leaves import array_bytes, is_of, sealed, table_parts, tensor_bytes

LOCKS = (type(threading.Lock()), type(threading.RLock()))
NEUTRAL = (*LOCKS, logging.Logger, logging.LoggerAdapter)
"""What has no part in a prediction: these count by their type alone."""
DEVICES = ("device", "_device")
"""Attributes that say where a model runs, and not what it is."""


class Walk:
    """A walk over one object. `weights` are the numbers that it found, by their paths.

    strict  whether a part that cannot be told ends the walk; else it counts as nothing
    """

    def __init__(self, strict: bool) -> None:
        self.strict = strict
        self.weights: dict[str, bytes] = {}
        self._known: dict[int, bytes] = {}
        self._open: dict[int, int] = {}
        self._kept: list[object] = []  # ids are of living objects alone

    def of(self, value: Any, path: str) -> bytes:
        """The 16 bytes that name a value. Raises Untellable."""
        if isinstance(value, float | np.floating):
            self.weights[path] = sealed("weight", repr(float(value)).encode())
        if (plain := _plain(value)) is not None:
            return plain
        key = id(value)
        if key in self._open:
            return sealed("again", b"%d" % self._open[key])
        if key not in self._known:
            self._open[key] = len(self._kept)
            self._kept.append(value)
            try:
                self._known[key] = self._taken_apart(value, path)
            except Untellable:
                if self.strict:
                    raise
                self._known[key] = sealed("untellable")
            finally:
                del self._open[key]
        if is_of(value, "torch", "Tensor") or isinstance(value, np.ndarray):
            self.weights[path] = self._known[key]
        return self._known[key]

    def _taken_apart(self, value: Any, path: str) -> bytes:
        if isinstance(value, np.ndarray) or is_of(value, "torch", "Tensor"):
            return self._numbers(value, path)
        if isinstance(value, CodeType):
            return code.compiled_bytes(self.of, value, path)
        if isinstance(value, FunctionType):
            return code.function_bytes(self.of, value, path)
        if isinstance(value, type):
            return code.class_bytes(self.of, value, path)
        if isinstance(value, ModuleType):
            return code.module_bytes(value, path)
        if isinstance(value, MethodType | BuiltinFunctionType):
            return code.method_bytes(self.of, value, path)
        if isinstance(value, pd.DataFrame | pd.Series | pd.Index):
            return sealed("table", self._all(table_parts(value), path))
        if is_of(value, "torch.nn", "Module"):
            return self._network(value, path)
        return self._container(value, path) or self._instance(value, path)

    def _all(self, values: Iterable[Any], path: str) -> bytes:
        found = [self.of(value, f"{path}[{n}]") for n, value in enumerate(values)]
        return sealed("list", *found)

    def _pairs(self, values: Iterable[tuple[Any, Any]], path: str) -> bytes:
        found = [
            self.of(key, path) + self.of(value, f"{path}[{key!r}]"[:200]) for key, value in values
        ]
        return sealed("pairs", *sorted(found))

    def _container(self, value: Any, path: str) -> bytes | None:
        if type(value) in (list, tuple):
            return sealed(type(value).__name__, self._row(value, path))
        if isinstance(value, set | frozenset):
            found = sorted(self.of(one, path) for one in value)
            return sealed("set", self._kind(value, path), *found)
        if type(value) in (dict, MappingProxyType):
            return sealed("dict", self._pairs(value.items(), path))
        if isinstance(value, tuple):
            return sealed("record", self._kind(value, path), self._row(value, path))
        if isinstance(value, Enum):
            return sealed("enum", self._kind(value, path), self.of(value.value, path))
        return None

    def _row(self, values: Any, path: str) -> bytes:
        if len(values) > 64 and {type(one) for one in values} <= {float, int, str, bool}:
            found = sealed("row", repr(list(values)).encode())
            if any(isinstance(one, float) for one in values):
                self.weights[path] = found
            return found
        return self._all(values, path)

    def _numbers(self, value: Any, path: str) -> bytes:
        if isinstance(value, np.ndarray):
            if value.dtype.hasobject:
                return sealed("objects", repr(value.shape).encode(), self._all(value.flat, path))
            return array_bytes(value)
        try:
            return tensor_bytes(value)
        except (RuntimeError, ValueError, TypeError, NotImplementedError) as error:
            raise Untellable(path, f"a tensor that cannot be read: {flat(error)}") from error

    def _kind(self, value: Any, path: str) -> bytes:
        return self.of(type(value), f"{path}.__class__")

    def _network(self, network: Any, path: str) -> bytes:
        given = vars(network)
        tensors = {**network._parameters, **network._buffers}
        parts = {**tensors, **network._modules}
        hooks = (network._forward_pre_hooks, network._forward_hooks)
        options = {name: value for name, value in given.items() if name not in _internals()}
        return sealed(
            "network",
            self._kind(network, path),
            self._attributes(network, options, path),
            *(sealed(name, self.of(part, f"{path}.{name}")) for name, part in parts.items()),
            *(self.of(hook, f"{path}, hook") for one in hooks for hook in one.values()),
        )

    def _attributes(self, owner: object, values: Mapping[str, Any], path: str) -> bytes:
        """The attributes of an object, but for what it remembers and where it runs."""
        left_out = {
            name
            for kind in type(owner).__mro__
            for name, item in vars(kind).items()
            if isinstance(item, cached_property)
        }
        left_out |= {name for name in DEVICES if _is_device(values.get(name))}
        found = [
            sealed("attribute", str(name).encode(), self.of(value, f"{path}.{name}"))
            for name, value in values.items()
            if name not in left_out
        ]
        return sealed("attributes", *sorted(found))

    def _instance(self, value: Any, path: str) -> bytes:
        kind = type(value)
        if isinstance(value, NEUTRAL):
            return sealed("neutral", self._kind(value, path))
        if hasattr(value, "cache_info") and hasattr(value, "__wrapped__"):
            return sealed("cached", self.of(value.__wrapped__, path))
        code.check_here(kind.__module__, f"a {kind.__name__}", path)
        reduced = self._reduced(value, path)
        try:
            if isinstance(reduced, str):
                return sealed("global", self._kind(value, path), reduced.encode())
            return self._rebuilt(value, reduced, path)
        except Untellable as error:
            if not source.is_library(kind):
                raise
            raise Untellable(path, f"a {kind.__name__} of {kind.__module__} holds what cannot be "
                             f"told: {error.why}") from error  # fmt: skip

    def _reduced(self, value: Any, path: str) -> Any:
        reduce = dispatch_table.get(type(value))
        try:
            return reduce(value) if reduce else value.__reduce_ex__(4)
        except Exception as error:  # what a class of others says when it is asked to take apart
            kind = type(value).__name__
            raise Untellable(path, f"a {kind} has no content that can be read") from error

    def _rebuilt(self, value: Any, reduced: tuple[Any, ...], path: str) -> bytes:
        made, arguments, state, items, pairs = (*reduced, None, None, None)[:5]
        self._kept.append(reduced)
        whole, slots = state if _has_slots(state) else (state, None)
        states = [
            self._attributes(value, one, path) if isinstance(one, dict) else self.of(one, path)
            for one in (whole, slots)
        ]
        return sealed(
            "instance",
            self._kind(value, path),
            self.of(made, path),
            self._all(arguments, path),
            *states,
            self._all(items or (), path),
            self._pairs(pairs or (), path),
        )


def _has_slots(state: Any) -> bool:
    return isinstance(state, tuple) and len(state) == 2 and isinstance(state[1], dict)


def _is_device(value: Any) -> bool:
    return isinstance(value, str) or is_of(value, "torch", "device")


@lru_cache(maxsize=1)
def _internals() -> frozenset[str]:
    """The attributes that every module of torch has: where its parts are, and its mode."""
    import torch

    return frozenset(vars(torch.nn.Module()))


def _plain(value: Any) -> bytes | None:
    """The bytes of a value that has no parts; None for others."""
    kind = type(value)
    if value is None or kind in (bool, int, float, complex, str):
        return sealed(kind.__name__, repr(value).encode())
    if kind in (bytes, bytearray):
        return sealed(kind.__name__, bytes(value))
    if isinstance(value, np.generic):
        return sealed("scalar", value.dtype.str.encode(), repr(value.item()).encode())
    if isinstance(value, PurePath):
        return sealed("path", str(value).encode())
    if is_of(value, "torch", "device"):
        return sealed("device")
    if is_of(value, "torch", "dtype", "layout", "memory_format"):
        return sealed("torch", repr(value).encode())
    return None
