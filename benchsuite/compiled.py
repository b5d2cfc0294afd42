"""Compiled kernels, cached on disk: a process compiles what no process compiled before.

And the hash from which kernels draw.
"""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

import numba
import numpy as np

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """`function` compiled by numba on its first call, which releases the interpreter's lock.

    The machine code is kept beside the source (`__pycache__`), or in the user's cache folder where
    an installation is read-only (`NUMBA_CACHE_DIR` overrides both). Where neither can be written,
    every process compiles for itself. Strict floating point: the same bits whatever the batch.

    Numba looks for changes in a kernel's own file alone: after an edit of a kernel that those of
    another file call (`bits`), delete `__pycache__`.
    """
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
    try:
        made = numba.njit(cache=True, **options)(function)
    except RuntimeError:  # numba's "no locator available": there is nowhere to keep a cache
        made = numba.njit(**options)(function)
    return cast(Callable[P, R], made)


_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


@compiled
def bits(seed: np.uint64, counter: int) -> np.uint64:
    """64 random bits that depend on seed and counter alone.

    SplitMix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
    OOPSLA 2014, figure 17, with the counter in place of the state.
    """
    z = seed + np.uint64(counter + 1) * _STEP
    z = (z ^ (z >> np.uint64(30))) * _MIX_1
    z = (z ^ (z >> np.uint64(27))) * _MIX_2
    return z ^ (z >> np.uint64(31))
