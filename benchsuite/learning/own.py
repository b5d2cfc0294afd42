"""Models that a person hands over as an object: what names them, and whether they stay the same.

The fingerprint covers weights, options and the text of all code of the person's own. benchsuite
never guesses that two models are equal: where it cannot tell, the person names the version.
"""

import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from benchsuite.errors import ModelChanged, WrongCall
from benchsuite.learning.code import Untellable
from benchsuite.learning.leaves import sealed
from benchsuite.learning.walk import Walk

ROOT = "model"
"""What paths begin with."""
DEEP = 10_000
"""How many calls deep a walk may go."""


@dataclass(frozen=True, eq=False)
class Own:
    """A model of the person's own.

    fingerprint  32 hex digits, or the text that the person gave
    given        whether the person gave it: then it is believed, and never computed again
    weights      the numbers that the model held at first, by their paths
    """

    object: Any
    fingerprint: str
    given: bool
    weights: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    def check_unchanged(self) -> None:
        """Raises ModelChanged where the weights are no longer those of the fingerprint.

        Weights are tensors, arrays and floats. What the object counts, logs and remembers beside
        them may change: it stays the same model, also for the next `own_of`.
        """
        if self.given:
            return
        walk = Walk(strict=False)
        now = _Left(_walked(walk, self.object), self.fingerprint, self.weights)
        there = set(walk.weights.values())
        for path, before in self.weights.items():
            found = walk.weights.get(path)
            if found != before and (found or before not in there):
                raise ModelChanged(
                    f"{path} changed while the model ran: its fingerprint names other weights; "
                    "give fingerprint=... if this is no weight"
                )
        with suppress(Exception):  # a class without weak references, or without a hash
            _RAN[self.object] = now


@dataclass(frozen=True)
class _Left:
    """How a run left an object: its state, and what it was before."""

    state: bytes
    fingerprint: str
    weights: Mapping[str, bytes]


_RAN: WeakKeyDictionary[Any, _Left] = WeakKeyDictionary()


def own_of(object: Any, fingerprint: str = "") -> Own:  # noqa: A002
    """The object with its fingerprint: the given one, or else the computed one.

    An object that is as a run left it has the fingerprint of that run.
    Raises WrongCall where none is given and none can be computed.
    """
    if not isinstance(fingerprint, str):
        raise WrongCall(f"fingerprint: expected a text, found {fingerprint!r}")
    if fingerprint:
        return Own(object, fingerprint, given=True)
    walk = Walk(strict=True)
    state = _told(walk, object)
    with suppress(Exception):
        left = _RAN.get(object)
        if left and left.state == state:
            return Own(object, left.fingerprint, False, left.weights)
    return Own(object, state.hex(), False, walk.weights)


def fingerprint_of(value: object, path: str = ROOT) -> str:
    """32 hex digits that name a model or a part of one: its weights, its options and its code.

    path  what the value is called in errors

    Neither the device nor the mode (`train`, `eval`) counts, nor the place of files.
    Raises WrongCall that says which part cannot be told, and why.
    """
    return _told(Walk(strict=True), value, path).hex()


def _told(walk: Walk, value: object, path: str = ROOT) -> bytes:
    try:
        return _walked(walk, value, path)
    except RecursionError as error:
        raise _cannot(f"{path}: too deep to be read") from error
    except Untellable as error:
        raise _cannot(str(error)) from error


def _walked(walk: Walk, value: object, path: str = ROOT) -> bytes:
    """The walk's bytes for a value. Code that refers to code may be deep."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, DEEP))
    try:
        return sealed("model", walk.of(value, path))
    finally:
        sys.setrecursionlimit(limit)


def _cannot(why: str) -> WrongCall:
    return WrongCall(
        f"{why}, so benchsuite cannot tell two versions of the model apart: "
        "give fingerprint=..., a text of yours that names this version"
    )
