"""Weights of a model rounded to few bits: to the nearest value, by GPTQ, and by Fair-GPTQ.

Weights are (N, K): a row is an output, and has a grid of 2^bits values of its own, zero among them.
GPTQ is Frantar et al., ICLR 2023, algorithm 1. Fair-GPTQ is Proskurina et al., arXiv 2509.15206: it
minimises |WX - VX|^2 + alpha |V (X0 - X1)|^2 over the rounded V, where X are a layer's inputs, and
X0 - X1 those of one text of a pair without those of the other.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchsuite.condition import Condition
from benchsuite.errors import WrongCall, one_of

Matrix = NDArray[np.floating[Any]]
NEAREST: Final = "nearest"
FAIR: Final = "fair-gptq"
ROUNDINGS: Final = (NEAREST, "gptq", FAIR)
BITS: Final = (8, 4, 3, 2)
DAMPING: Final = 0.01
"""What GPTQ adds to the diagonal of its Hessian, as a share of its mean."""
BLOCK: Final = 128
"""Columns after which GPTQ makes up for their errors in the others: speed, no other number."""


@dataclass(frozen=True)
class Rounding:
    """How weights are rounded: `bits` is 0 for weights as they are, `alpha` is Fair-GPTQ's.

    Raises WrongCall for bits that are not 0 to 8, a way that does not exist, and alpha below 0.
    """

    bits: int = 0
    way: str = NEAREST
    alpha: float = 0.5

    def __post_init__(self) -> None:
        one_of("model.rounding", self.way, ROUNDINGS)
        if self.bits not in range(9) or not self.alpha >= 0:
            raise WrongCall(
                f"model.bits, model.alpha: expected 0 to 8 and a number from 0, "
                f"found {self.bits} and {self.alpha}"
            )

    @property
    def calibrates(self) -> bool:
        """Whether it looks at inputs of the layers."""
        return self.bits > 0 and self.way != NEAREST


@dataclass(frozen=True)
class Moments:
    """Sums over inputs of a layer, (K, K): of their products, and of their pairs' differences."""

    inputs: Matrix
    differences: Matrix

    @classmethod
    def of(cls, pair: Matrix) -> "Moments":
        """Those of a pair's inputs, (2, L, K)."""
        rows, change = pair.reshape(-1, pair.shape[-1]), pair[0] - pair[1]
        return cls(rows.T @ rows, change.T @ change)

    def __add__(self, other: "Moments") -> "Moments":
        return Moments(self.inputs + other.inputs, self.differences + other.differences)


def conditions() -> tuple[Condition, ...]:
    """The model with 8, 4, 3 and 2 bits: for models that have a field `bits`.

    Bits are a name and no severity: fewer of them are worse.
    """
    return tuple(
        Condition("bits", str(bits), 0, "bits", "bits", partial(_bits, bits),
                  f"the model's weights, rounded to {bits} bits", of="model")
        for bits in BITS
    )  # fmt: skip


def _bits(bits: int, before: int, severity: int, random: np.random.Generator) -> int:
    return bits


def rounded(weights: Matrix, how: Rounding, seen: Moments | None = None) -> Matrix:
    """The weights (N, K) on their grids. GPTQ needs the moments of the layer's inputs."""
    if how.bits == 0:
        return weights
    if how.way == NEAREST or seen is None:
        return _nearest(weights, *_grid(weights, how.bits))
    ridge = DAMPING * np.mean(np.diag(seen.inputs)) * np.eye(len(seen.inputs))
    hessian = seen.inputs + ridge
    if how.way == FAIR:
        # The objective is a quadratic around these weights, with this Hessian.
        both = hessian + how.alpha * seen.differences
        weights, hessian = np.linalg.solve(both, hessian @ weights.T).T, both
    return _gptq(weights, how.bits, hessian)


def _gptq(weights: Matrix, bits: int, hessian: Matrix) -> Matrix:
    """Column after column; those that are left make up for the error so far."""
    step, zero, top = (np.ravel(one) for one in _grid(weights, bits))
    factor = np.linalg.cholesky(np.linalg.inv(hessian)).T
    left, done = weights.T.copy(), np.empty_like(weights.T)
    for start in range(0, len(left), BLOCK):
        end = min(start + BLOCK, len(left))
        errors = np.empty_like(left[start:end])
        for k in range(start, end):
            done[k] = _nearest(left[k], step, zero, top)
            errors[k - start] = (left[k] - done[k]) / factor[k, k]
            left[k:end] -= np.outer(factor[k, k:end], errors[k - start])
        left[end:] -= factor[start:end, end:].T @ errors
    return done.T


def _grid(weights: Matrix, bits: int) -> tuple[Matrix, Matrix, Matrix]:
    """The step of each row's grid (N, 1), which of its values is zero, and the last one (1,)."""
    top = 2**bits - 1
    low = np.minimum(weights.min(axis=1, keepdims=True), 0)
    step = (np.maximum(weights.max(axis=1, keepdims=True), 0) - low) / top
    step = np.where(step == 0, 1, step)
    return step, np.round(-low / step), np.array([top])


def _nearest(weights: Matrix, step: Matrix, zero: Matrix, top: Matrix) -> Matrix:
    return (np.clip(np.round(weights / step) + zero, 0, top) - zero) * step
