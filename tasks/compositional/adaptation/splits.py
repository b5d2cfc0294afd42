"""What is random in a protocol, as functions of keys."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchsuite.condition import generator
from benchsuite.dataset import digest


def group_key(name: str) -> np.uint64:
    """64 bits of a hash of a group's id."""
    return np.uint64(int(digest(name)[:16], 16))


def folds(ids: Sequence[str], seed: int, repeat: int) -> NDArray[np.bool_]:
    """(N,): which groups are in the first half of the repeat's random split, by a keyed hash."""
    order = np.argsort([digest(["fold", seed, repeat, name]) for name in ids])
    half = np.zeros(len(ids), dtype=np.bool_)
    half[order[: len(ids) // 2]] = True
    return half


def permutation(count: int, seed: int, repeat: int) -> NDArray[np.intp]:
    """(count,): the image that is shown in place of each, for the control."""
    return np.asarray(generator("control", seed, repeat).permutation(count))
