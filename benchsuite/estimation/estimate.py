"""An estimate: a value, its bootstrap replicates, and what an interval has to know about both.

Arithmetic is elementwise on the replicates, so that a summary is a plain function of cells::

    mpc = mean(cells)          # linear
    rpc = mpc / clean          # smooth
    worst = minimum(cells)     # extremal

The replicates of two estimates are joint where their weights have the same key: a difference is
paired.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .notes import Notes, join_notes

Kind = Literal["linear", "smooth", "extremal"]

_ORDER: Final[tuple[Kind, ...]] = ("linear", "smooth", "extremal")

MAX_NAN: Final = 0.01
"""The share of NaN replicates that is left out with a note; above it nothing is inferred."""

MIN_CLUSTERS: Final = 5
"""Under so many clusters there is no interval and no verdict."""

MIN_REPLICATES: Final = 200
"""Of so many, 5 lie beyond each end of a 95 % interval, or beyond a quantile of 2.5 %."""


@dataclass(frozen=True, eq=False)
class Estimate:
    """A number with its bootstrap distribution.

    value       float64, NaN where it is missing
    replicates  float32 (R,), NaN where a replicate is undefined (an empty group)
    n           samples
    clusters    units of resampling; every threshold refers to them
    kind        which interval holds: linear, smooth, extremal (STATISTICS.md, Estimates)
    df          degrees of freedom of the t quantiles; clusters - 1 by default
    inflation   factor by which the replicates' SD is too small, √(n/(n-1)) with n = clusters by
                default (Hesterberg 2015); a macro mean brings the one weighted by its strata
    notes       what to be careful of
    """

    value: float
    replicates: NDArray[np.float32] = field(repr=False)
    n: int
    clusters: int
    kind: Kind = "linear"
    df: float = math.nan
    inflation: float = math.nan
    notes: Notes = ()

    # numpy scalars on the left hand leave the arithmetic to us
    __array_ufunc__: ClassVar[None] = None

    def __post_init__(self) -> None:
        replicates = np.asarray(self.replicates, dtype=np.float32)
        if replicates.ndim != 1:
            raise ValueError(f"replicates must be one-dimensional, not {replicates.shape}")
        if self.kind not in _ORDER:
            raise ValueError(f"kind must be one of {_ORDER}, not {self.kind!r}")
        self._set("replicates", replicates)
        self._set("value", float(self.value))
        if math.isnan(self.df):
            self._set("df", float(max(self.clusters - 1, 0)))
        if math.isnan(self.inflation):
            self._set("inflation", small_sample_factor(self.clusters))

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    @property
    def nan_share(self) -> float:
        """The share of replicates that are NaN, in [0, 1]; 0 where there are no replicates."""
        return float(np.isnan(self.replicates).mean()) if self.replicates.size else 0.0

    @property
    def sd(self) -> float:
        """Standard error: SD of the replicates (ddof 1, around their mean) times `inflation`.

        NaN replicates are left out while they are at most 1 % of all; beyond, the SD is NaN.
        """
        drawn = self.replicates[~np.isnan(self.replicates)].astype(np.float64)
        if self.nan_share > MAX_NAN or drawn.size < 2:
            return math.nan
        return float(drawn.std(ddof=1)) * self.inflation

    def __add__(self, other: Estimate | float) -> Estimate:
        return _combine(np.add, self, other, "linear")

    def __radd__(self, other: float) -> Estimate:
        return _combine(np.add, other, self, "linear")

    def __sub__(self, other: Estimate | float) -> Estimate:
        return _combine(np.subtract, self, other, "linear")

    def __rsub__(self, other: float) -> Estimate:
        return _combine(np.subtract, other, self, "linear")

    def __mul__(self, other: Estimate | float) -> Estimate:
        return _combine(np.multiply, self, other, _kind_of_product(other))

    def __rmul__(self, other: float) -> Estimate:
        return _combine(np.multiply, other, self, "linear")

    def __truediv__(self, other: Estimate | float) -> Estimate:
        return _combine(np.divide, self, other, _kind_of_product(other))

    def __rtruediv__(self, other: float) -> Estimate:
        return _combine(np.divide, other, self, "smooth")

    def __neg__(self) -> Estimate:
        return replace(self, value=-self.value, replicates=-self.replicates)

    def __pos__(self) -> Estimate:
        return self

    def __abs__(self) -> Estimate:
        return absolute(self)


def small_sample_factor(clusters: float) -> float:
    """√(n/(n-1)): how much too small a bootstrap SD over n clusters is; 1 where n < 2."""
    return math.sqrt(clusters / (clusters - 1)) if clusters > 1 else 1.0


def mean(estimates: Iterable[Estimate]) -> Estimate:
    """The unweighted mean; raises ValueError where there are none. Linear where all parts are."""
    parts = list(estimates)
    if not parts:
        raise ValueError("the mean of no estimates is not defined")
    return _reduce(lambda stack: stack.mean(axis=0), parts, "linear")


def minimum(estimates: Iterable[Estimate]) -> Estimate:
    """The smallest, replicate by replicate: extremal, and NaN where any part is."""
    return _reduce(lambda stack: stack.min(axis=0), list(estimates), "extremal")


def maximum(estimates: Iterable[Estimate]) -> Estimate:
    """The largest, replicate by replicate: extremal, and NaN where any part is."""
    return _reduce(lambda stack: stack.max(axis=0), list(estimates), "extremal")


def absolute(estimate: Estimate) -> Estimate:
    """|estimate|: extremal."""
    return _reduce(lambda stack: np.abs(stack[0]), [estimate], "extremal")


def _kind_of_product(other: Estimate | float) -> Kind:
    return "smooth" if isinstance(other, Estimate) else "linear"


def _combine(
    operation: Callable[[Any, Any], Any],
    left: Estimate | float,
    right: Estimate | float,
    kind: Kind,
) -> Estimate:
    if not all(isinstance(part, Estimate | int | float | np.number) for part in (left, right)):
        return NotImplemented  # type: ignore[no-any-return]
    parts = [part for part in (left, right) if isinstance(part, Estimate)]
    with np.errstate(all="ignore"):
        value = operation(_value(left), _value(right))
        replicates = operation(_replicates(left), _replicates(right))
    return _merged(parts, float(value), replicates, kind)


def _reduce(
    operation: Callable[[NDArray[np.float64]], Any], parts: Sequence[Estimate], kind: Kind
) -> Estimate:
    if not parts:
        raise ValueError("an extremum of no estimates is not defined")
    _check_lengths(parts)
    value = operation(np.array([part.value for part in parts]))
    replicates = operation(np.stack([part.replicates for part in parts], dtype=np.float64))
    return _merged(parts, float(value), replicates, kind)


def _value(part: Estimate | float) -> np.float64:
    return np.float64(part.value if isinstance(part, Estimate) else part)


def _replicates(part: Estimate | float) -> ArrayLike:
    return part.replicates.astype(np.float64) if isinstance(part, Estimate) else np.float64(part)


def _merged(parts: Sequence[Estimate], value: float, replicates: Any, kind: Kind) -> Estimate:
    _check_lengths(parts)
    # x/0 is undefined, and has to be counted with the other undefined replicates
    drawn = np.where(np.isfinite(replicates), replicates, np.nan)
    return Estimate(
        value=value if math.isfinite(value) else math.nan,
        replicates=drawn.astype(np.float32),
        n=min(part.n for part in parts),
        clusters=min(part.clusters for part in parts),
        kind=max([kind, *(part.kind for part in parts)], key=_ORDER.index),
        df=min(part.df for part in parts),
        inflation=max(part.inflation for part in parts),
        notes=join_notes(part.notes for part in parts),
    )


def _check_lengths(parts: Sequence[Estimate]) -> None:
    lengths = sorted({len(part.replicates) for part in parts})
    if len(lengths) > 1:
        raise ValueError(f"estimates differ in their number of replicates: {lengths}")
