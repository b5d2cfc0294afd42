"""The best entry of a mean curve: F at the threshold that is best for all samples together."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .pooled import Pooled
from .sums import weighted

Floats = NDArray[np.float64]


def greatest_of_mean(name: str, column: str, **declared: Any) -> Pooled:
    """The greatest entry of the mean of a list column, of one length T for all samples.

    The entry is chosen on the samples that it is told of, so that it is a little too good.
    declared  as `Pooled` and `Declared` have it
    """
    return Pooled(name, (column,), greatest, prepare=Stacked(column), **declared)


@dataclass(frozen=True)
class Stacked:
    """Makes a matrix (N, T) of a list column of N rows."""

    column: str

    def __call__(self, rows: pd.DataFrame) -> NDArray[Any]:
        """The matrix. Raises ValueError for lists of different lengths."""
        return np.stack(list(rows[self.column]))


def greatest(curves: NDArray[Any], weights: Floats) -> Floats:
    """The greatest entry (B,) of the mean of curves (N, T) under weights (B, N); NaN under none."""
    total = weights.sum(axis=1)
    sums = weighted(weights, curves, lambda some: some.astype(np.float64))
    return np.asarray((sums / np.where(total > 0, total, np.nan)[:, None]).max(axis=1))
