"""One walk over all that an object consists of: its data, its weights, and the code of its classes.

Each part gets a few bytes: the same in every process and on every device. The order of sets and of
keys does not count. An object may hold itself: it then counts as a reference.
"""

import logging
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from copyreg import dispatch_table
from enum import Enum
from functools import lru_cache
from operator import itemgetter
from pathlib import PurePath
from types import BuiltinFunctionType as BuiltIn
from types import CodeType, FunctionType, MappingProxyType, MethodType, ModuleType
from typing import Any
from weakref import ReferenceType, WeakKeyDictionary, WeakSet, WeakValueDictionary

import numpy as np
import pandas as pd

from benchsuite.errors import flat, placed
from benchsuite.learning import code, source
from benchsuite.learning.code import Untellable
from benchsuite.learning.leaves import array_bytes, is_of, sealed, table_parts, tensor_bytes
from benchsuite.learning.options import options_of

NEUTRAL = (
    type(threading.Lock()), type(threading.RLock()), threading.Condition, threading.Event,
    threading.Semaphore, Executor, logging.Logger, logging.LoggerAdapter,
    WeakKeyDictionary, WeakSet, WeakValueDictionary,
)  # fmt: skip
"""What has no part in a prediction: it counts by its type alone."""
WHOLE = (str, int, bool, type(None))
"""Types of values that have no parts, and are no weights."""


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
        """The bytes that name a value, noted as a weight if it is one. Raises Untellable."""
        found = self._named(value, path)
        if type(value) not in WHOLE and _is_weight(value):
            self.weights[path] = found
        return found

    def _named(self, value: Any, path: str) -> bytes:
        if (plain := _plain(value)) is not None:
            return plain
        key = id(value)
        if key in self._open:
            return sealed("again", b"%d" % self._open[key])
        if key not in self._known:
            self._open[key] = len(self._open)
            self._kept.append(value)
            try:
                self._known[key] = self._taken_apart(value, path)
            except Exception as error:  # whatever an object of others raises as it is read
                if self.strict:
                    raise _placed(error, path) from error
                self._known[key] = sealed("untellable")
            finally:
                del self._open[key]
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
        if isinstance(value, MethodType | BuiltIn):
            return code.method_bytes(self.of, value, path)
        if isinstance(value, pd.DataFrame | pd.Series | pd.Index):
            return sealed("table", self._all(table_parts(value), path))
        if is_of(value, "torch.nn", "Module"):
            return self._network(value, path)
        return self._container(value, path) or self._instance(value, path)

    def _all(self, values: Iterable[Any], path: str) -> bytes:
        found = [_whole(one) or self.of(one, f"{path}[{n}]") for n, one in enumerate(values)]
        return sealed("list", *found)

    def _pairs(self, values: Iterable[tuple[Any, Any]], path: str) -> bytes:
        keyed = [(self._named(key, path), key, value) for key, value in values]
        keyed.sort(key=itemgetter(0))
        found = [
            _whole(value) or self.of(value, f"{path}[{_short(key)}]") for _, key, value in keyed
        ]
        return sealed("pairs", *(name for name, _, _ in keyed), *found)

    def _container(self, value: Any, path: str) -> bytes | None:
        if type(value) in (list, tuple):
            return sealed(type(value).__name__, self._all(value, path))
        if isinstance(value, set | frozenset):
            found = sorted(self._named(one, path) for one in value)
            return sealed("set", self._kind(value, path), *found)
        if type(value) in (dict, MappingProxyType):
            return sealed("dict", self._pairs(value.items(), path))
        if isinstance(value, tuple):
            return sealed("record", self._kind(value, path), self._all(value, path))
        if isinstance(value, Enum):
            return sealed("enum", self._kind(value, path), self.of(value.value, path))
        return None

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
        return self._named(type(value), f"{path}.__class__")

    def _network(self, network: Any, path: str) -> bytes:
        if is_of(network, "torch._dynamo", "OptimizedModule"):
            return sealed("compiled", self.of(network._orig_mod, path))
        given = vars(network)
        parts = {**network._parameters, **network._buffers, **network._modules}
        hooks = {"before": network._forward_pre_hooks, "after": network._forward_hooks}
        options = {name: value for name, value in given.items() if name not in _internals()}
        return sealed(
            "network",
            self._kind(network, path),
            self._attributes(network, options, path),
            *(sealed(name, self.of(part, f"{path}.{name}")) for name, part in parts.items()),
            *(
                sealed(when, self._all(one.values(), f"{path}, hook"))
                for when, one in hooks.items()
            ),
        )

    def _attributes(self, owner: object, values: Mapping[str, Any], path: str) -> bytes:
        found = [
            sealed("attribute", str(name).encode(), self.of(value, f"{path}.{name}"))
            for name, value in options_of(owner, values).items()
        ]
        return sealed("attributes", *found)

    def _instance(self, value: Any, path: str) -> bytes:
        kind = type(value)
        if isinstance(value, NEUTRAL):
            return sealed("neutral", self._kind(value, path))
        if isinstance(value, source.Remembering):
            return sealed("remembering", self.of(value.__wrapped__, path))
        if isinstance(value, ReferenceType):
            return sealed("reference", self.of(value(), path))
        if is_of(value, "numba.core.dispatcher", "Dispatcher"):
            return sealed("compiled", self.of(value.py_func, path))
        if is_of(value, "numpy.random", "RandomState", "BitGenerator", "Generator"):
            return self._drawn(value, path)
        code.check_here(source.home(kind), f"a {kind.__name__}", path)
        reduced = self._reduced(value, path)
        try:
            if isinstance(reduced, str):
                home = str(getattr(value, "__module__", ""))
                return sealed("global", self._kind(value, path), home.encode(), reduced.encode())
            return self._rebuilt(value, reduced, path)
        except Untellable as error:
            if not source.is_library(kind):
                raise
            raise Untellable(path, f"a {kind.__name__} of {source.home(kind)} holds what cannot be "
                             f"told: {error.why}") from error  # fmt: skip

    def _reduced(self, value: Any, path: str) -> Any:
        reduce = dispatch_table.get(type(value))
        try:
            return reduce(value) if reduce else value.__reduce_ex__(4)
        except Exception as error:  # what a class of others says when it is asked to take apart
            kind = type(value).__name__
            raise Untellable(path, f"a {kind} has no content that can be read") from error

    def _drawn(self, value: Any, path: str) -> bytes:
        """The bytes of a random generator. Its state is no weight: it changes with each draw."""
        weights, self.weights = self.weights, {}
        try:
            return self._rebuilt(value, self._reduced(value, path), path)
        finally:
            self.weights = weights

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


def _placed(error: Exception, path: str) -> Exception:
    if isinstance(error, Untellable | RecursionError):
        return error
    return Untellable(path, f"it cannot be read: {placed(error)}")


def _has_slots(state: Any) -> bool:
    return isinstance(state, tuple) and len(state) == 2 and isinstance(state[1], dict)


@lru_cache(maxsize=1)
def _internals() -> frozenset[str]:
    """The attributes that every module of torch has: where its parts are, and its mode."""
    import torch

    return frozenset(vars(torch.nn.Module()))


def _is_weight(value: Any) -> bool:
    """Whether a value is a number with a fraction, or an array or tensor."""
    return isinstance(value, float | np.floating | np.ndarray) or is_of(value, "torch", "Tensor")


def _whole(value: Any) -> bytes | None:
    """The bytes of a text, a whole number, a boolean or None; None for other values."""
    if type(value) is str:
        return b"str:" + value.encode("utf-8", "surrogatepass")
    if type(value) is int:
        return b"int:%x" % value
    return repr(value).encode() if value is None or type(value) is bool else None


def _plain(value: Any) -> bytes | None:
    """The bytes of a value that has no parts; None for others."""
    kind = type(value)
    if kind in WHOLE:
        return _whole(value)
    if kind in (float, complex):
        return sealed(kind.__name__, repr(value).encode())
    if kind in (bytes, bytearray):
        return sealed(kind.__name__, value)
    if isinstance(value, np.generic):
        return sealed("scalar", value.dtype.str.encode(), repr(value.item()).encode())
    if isinstance(value, PurePath):
        return sealed("path", str(value).encode("utf-8", "surrogatepass"))
    if is_of(value, "torch", "device"):
        return sealed("device")
    if is_of(value, "torch", "dtype", "layout", "memory_format"):
        return sealed("torch", repr(value).encode())
    return None


def _short(key: Any) -> str:
    return repr(key)[:60] if isinstance(key, str | int | float) else type(key).__name__
