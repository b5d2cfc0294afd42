"""Effective robustness: a score under a shift, over what other models' clean scores predict.

The definition is that of Taori et al. (2020, arXiv 2007.00644): the residual over a line that is
fitted to a set of models (STATISTICS.md, Effective robustness).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from .estimate import Estimate, reduced
from .notes import join_notes
from .ranks import TIE

LEAST_MODELS: Final = 5
"""Models of a set that has a line: with fewer, a line is what one or two of them say."""

Array = NDArray[np.float64]
Limits = tuple[float, float]


def on_line(value: float, limits: Limits) -> bool:
    """Whether a line can hold a score: it has a value, and is not at a bound of its metric."""
    return bool(limits[0] < value < limits[1])


def effective_robustness(
    clean: Sequence[Estimate], shifted: Sequence[Estimate], limits: Limits
) -> list[Estimate]:
    """Each model's score under the shift, less what the line of all others says, by model.

    clean    the scores on clean inputs, by model;   shifted  under the shift, in the same order
    limits   the bounds of the metric. Between two, the line is fitted to logits
    The unit is the metric's. It is NaN where the others have one clean score. Raises ValueError for
    under LEAST_MODELS models.
    """
    if len(clean) < LEAST_MODELS:
        raise ValueError(f"a line needs {LEAST_MODELS} models, not {len(clean)}")
    every = [*clean, *shifted]
    found = [
        reduced(partial(_residual, model=i, limits=limits), every, "smooth")
        for i in range(len(clean))
    ]
    own = [join_notes([a.notes, b.notes]) for a, b in zip(clean, shifted, strict=True)]
    return [replace(one, notes=notes) for one, notes in zip(found, own, strict=True)]


def _residual(scores: Array, model: int, limits: Limits) -> Array:
    """The residual of a model (R,) over the line of the others; scores (2M, R), clean first."""
    clean, shifted = np.split(scores, 2)
    others = np.arange(len(clean)) != model
    found: Array = shifted[model] - _told(clean[others], shifted[others], clean[model], limits)
    return found


def _told(clean: Array, shifted: Array, at: Array, limits: Limits) -> Array:
    """What the least-squares line through models (M, R) says of clean scores (R,)."""
    low, width = limits[0], limits[1] - limits[0]
    x, y, asked = clean, shifted, at
    with np.errstate(all="ignore"):
        if between := bool(np.isfinite(width)):
            x, y, asked = (logit((part - low) / width) for part in (clean, shifted, at))
        away = x - x.mean(axis=0)
        alike = np.ptp(x, axis=0) <= TIE * np.abs(x).max(axis=0)
        slope = (away * y).sum(axis=0) / np.where(alike, np.nan, (away**2).sum(axis=0))
        told: Array = y.mean(axis=0) + slope * (asked - x.mean(axis=0))
        back: Array = low + width * expit(told) if between else told
    return back
