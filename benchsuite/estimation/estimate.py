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
from functools import cached_property
from typing import Any, ClassVar, Final, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .notes import Notes, join_notes

Kind = Literal["linear", "smooth", "extremal"]

_ORDER: Final[tuple[Kind, ...]] = ("linear", "smooth", "extremal")

MAX_NAN: Final = 0.03
"""The share of NaN replicates that is left out with a note; above it nothing is inferred.

A group of 5 clusters has no member in e⁻⁵ = .7 % of replicates: in more than 3 % of 200, by luck,
once in 5,000 draws.
"""

MIN_CLUSTERS: Final = 5
"""Under so many clusters there is no interval and no verdict."""

MIN_REPLICATES: Final = 200
"""Of so many, 5 lie beyond each end of a 95 % interval, or beyond a quantile of 2.5 %."""


@dataclass(frozen=True, eq=False)
class Estimate:
    """A number with its bootstrap distribution.

    value       float64, NaN where it is missing
    deviations  float32 (R,): replicate - value, NaN where a replicate is undefined (an empty
                group). They keep their digits where the value is large
    n           samples
    clusters    units of resampling
    kind        which interval holds: linear, smooth, extremal (STATISTICS.md, Estimates)
    effective   effective number of clusters, which is smaller where some weigh more than others;
                clusters by default
    df          degrees of freedom of the t quantiles; effective - 1 by default
    inflation   factor by which the replicates' SD is too small, √(n/(n-1)) with n = clusters by
                default (Hesterberg 2015); see `Spread` for clusters of unequal size
    centre      the value without its bias, where intervals are centred; the value by default
    notes       what to be careful of
    """

    value: float
    deviations: NDArray[np.float32] = field(repr=False)
    n: int
    clusters: int
    kind: Kind = "linear"
    effective: float = math.nan
    df: float = math.nan
    inflation: float = math.nan
    centre: float = math.nan
    notes: Notes = ()

    # numpy scalars on the left hand leave the arithmetic to us
    __array_ufunc__: ClassVar[None] = None

    def __post_init__(self) -> None:
        deviations = np.asarray(self.deviations, dtype=np.float32)
        if deviations.ndim != 1:
            raise ValueError(f"replicates must be one-dimensional, not {deviations.shape}")
        if self.kind not in _ORDER:
            raise ValueError(f"kind must be one of {_ORDER}, not {self.kind!r}")
        self._set("deviations", deviations)
        self._set("value", float(self.value))
        if math.isnan(self.effective):
            self._set("effective", float(self.clusters))
        if math.isnan(self.df):
            self._set("df", max(self.effective - 1, 0.0))
        if math.isnan(self.inflation):
            self._set("inflation", small_sample_factor(self.clusters))
        if math.isnan(self.centre):
            self._set("centre", self.value)

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    @classmethod
    def of(cls, value: float, replicates: ArrayLike, n: int, clusters: int, **rest: Any) -> Self:
        """The estimate with these replicates (R,); `rest` are further fields."""
        drawn = np.asarray(replicates, dtype=np.float64)
        return cls(value, (drawn - value).astype(np.float32), n, clusters, **rest)

    @property
    def replicates(self) -> NDArray[np.float64]:
        """The replicates, float64 (R,); NaN where one is undefined."""
        return self.value + self.deviations.astype(np.float64)

    @cached_property
    def nan_share(self) -> float:
        """The share of replicates that are NaN, in [0, 1]; 0 where there are no replicates."""
        return float(np.isnan(self.deviations).mean()) if self.deviations.size else 0.0

    @property
    def defined(self) -> NDArray[np.float64]:
        """The deviations of the replicates that are defined, float64."""
        return self.deviations[~np.isnan(self.deviations)].astype(np.float64)

    @cached_property
    def sd(self) -> float:
        """Standard error: SD of the replicates (ddof 1, around their mean) times `inflation`.

        NaN replicates are left out while they are at most MAX_NAN of all; beyond, the SD is NaN.
        Replicates that explode, those of a ratio, count by their quantiles.
        """
        drawn = self.defined
        if self.nan_share > MAX_NAN or drawn.size < 2:
            return math.nan
        spread = float(drawn.std(ddof=1))
        return (spread if self.kind == "linear" else _tame(drawn, spread)) * self.inflation

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
        return replace(self, value=-self.value, deviations=-self.deviations, centre=-self.centre)

    def __pos__(self) -> Estimate:
        return self

    def __abs__(self) -> Estimate:
        return absolute(self)


def _tame(drawn: NDArray[np.float64], spread: float) -> float:
    """The SD of replicates; that of a normal variable with their quantiles, where some explode.

    Those of a ratio do if the denominator comes near 0 in a few of them.
    """
    low, high = np.quantile(drawn, [0.025, 0.975])
    normal = float(high - low) / (2 * 1.959964)
    return normal if spread > 1.5 * normal > 0 else spread


def small_sample_factor(clusters: float) -> float:
    """√(n/(n-1)): how much too small a bootstrap SD over n clusters is; 1 where n < 2."""
    return math.sqrt(clusters / (clusters - 1)) if clusters > 1 else 1.0


def mean(estimates: Iterable[Estimate]) -> Estimate:
    """The unweighted mean; raises ValueError where there are none. Linear where all parts are."""
    parts = list(estimates)
    if not parts:
        raise ValueError("the mean of no estimates is not defined")
    return reduced(lambda stack: stack.mean(axis=0), parts, "linear")


def minimum(estimates: Iterable[Estimate]) -> Estimate:
    """The smallest, replicate by replicate: extremal, and NaN where any part is."""
    return reduced(lambda stack: stack.min(axis=0), list(estimates), "extremal")


def maximum(estimates: Iterable[Estimate]) -> Estimate:
    """The largest, replicate by replicate: extremal, and NaN where any part is."""
    return reduced(lambda stack: stack.max(axis=0), list(estimates), "extremal")


def absolute(estimate: Estimate) -> Estimate:
    """|estimate|: extremal."""
    return reduced(lambda stack: np.abs(stack[0]), [estimate], "extremal")


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
    _check_lengths(parts)
    with np.errstate(all="ignore"):
        points = operation(_points(left), _points(right))
        replicates = operation(_replicates(left), _replicates(right))
    return _merged(parts, points, replicates, kind)


def reduced(
    operation: Callable[[NDArray[np.float64]], Any], parts: Sequence[Estimate], kind: Kind
) -> Estimate:
    """An operation on several estimates, (parts, replicates) -> (replicates,), of that kind.

    It also computes the value and the centre. Raises ValueError where there are no parts.
    """
    if not parts:
        raise ValueError("an extremum of no estimates is not defined")
    _check_lengths(parts)
    points = operation(np.array([_points(part) for part in parts]))
    replicates = operation(np.stack([part.replicates for part in parts]))
    return _merged(parts, points, replicates, kind)


def _points(part: Estimate | float) -> NDArray[np.float64]:
    """Value and centre: what is done to the one is done to the other."""
    return np.array([part.value, part.centre] if isinstance(part, Estimate) else [part, part])


def _replicates(part: Estimate | float) -> ArrayLike:
    return part.replicates if isinstance(part, Estimate) else np.float64(part)


def _merged(
    parts: Sequence[Estimate], points: NDArray[np.float64], replicates: Any, kind: Kind
) -> Estimate:
    # x/0 is undefined, and has to be counted with the other undefined replicates
    value, centre = (float(p) if math.isfinite(p) else math.nan for p in points)
    return Estimate.of(
        value,
        np.where(np.isfinite(replicates), replicates, np.nan),
        n=min(part.n for part in parts),
        clusters=min(part.clusters for part in parts),
        kind=max([kind, *(part.kind for part in parts)], key=_ORDER.index),
        effective=min(part.effective for part in parts),
        df=min(part.df for part in parts),
        inflation=max(part.inflation for part in parts),
        centre=centre,
        notes=join_notes(part.notes for part in parts),
    )


def _check_lengths(parts: Sequence[Estimate]) -> None:
    lengths = sorted({len(part.deviations) for part in parts})
    if len(lengths) > 1:
        raise ValueError(f"estimates differ in their number of replicates: {lengths}")
