"""What is random in a protocol, as functions of keys."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchsuite.condition import generator
from benchsuite.dataset import digest


def folds(clusters: Sequence[str], seed: int, repeat: int) -> NDArray[np.bool_]:
    """(N,): which groups are in the first half of the repeat's random split, by a keyed hash.

    clusters (N): of each group. Whole clusters are dealt, so that no image is in both halves.
    """
    names = sorted(set(clusters), key=lambda name: digest(["fold", seed, repeat, name]))
    first = set(names[: len(names) // 2])
    return np.array([cluster in first for cluster in clusters], dtype=np.bool_)


def permutation(count: int, seed: int, repeat: int) -> NDArray[np.intp]:
    """(count,): the image that is shown in place of each, for the control."""
    return np.asarray(generator("control", seed, repeat).permutation(count))
