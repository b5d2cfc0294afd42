"""Online ridge regressions of groups, mixed: Algorithm 1 of arXiv 2310.04652.

Each sleeps while others arrive. Their weights are AdaNormalHedge's (Luo and Schapire, COLT 2015):
as Φ(R+1, C+1) - Φ(R-1, C+1) with Φ(R, C) = exp(max(R, 0)² / 3C). The paper draws one of them; we
predict their mean, which loses no more, since the loss is convex.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchsuite.dataset import Inputs, digest
from benchsuite.errors import WrongCall, one_of
from benchsuite.model import State

Array = NDArray[np.float64]
EXPERTS: Final[Mapping[str, Callable[[tuple[str, ...]], tuple[str, ...]]]] = {
    "groups": lambda groups: ("", *groups),
    "everybody": lambda groups: ("",),
    "intersections": lambda groups: (" ".join(groups),),
}
"""The regressions that are awake for a person of these groups, by name; '' is everybody's."""


class Ridge:
    """(λI + Σxxᵀ)⁻¹ Σyx of those so far; R and C, what the mixture lost more while it was awake."""

    def __init__(self, size: int, penalty: float) -> None:
        self.inverse, self.theta = np.eye(size) / penalty, np.zeros(size)
        self.regret = self.change = 0.0

    def learn(self, x: Array, y: float, more: float) -> None:
        """Add a person (Sherman and Morrison's formula), and what the mixture lost more."""
        seen = self.inverse @ x
        gain = seen / (1 + x @ seen)
        self.theta += gain * (y - x @ self.theta)
        self.inverse -= np.outer(gain, seen)
        self.regret, self.change = self.regret + more, self.change + abs(more)


class Mixture(defaultdict[str, Ridge]):
    """The regressions of one stream by name, each made when its first member arrives."""

    def __init__(self, experts: str, size: int, penalty: float) -> None:
        super().__init__(partial(Ridge, size, penalty))
        self.awake = EXPERTS[experts]

    def predict(self, inputs: Inputs) -> float:
        """The mean of what those that are awake say, by their weights."""
        self.last = self._met(inputs)
        return float(self.last[1] @ self.last[2])

    def learn(self, inputs: Inputs, truth: float) -> None:
        """Note what each of them would have lost, and add the person to them."""
        ridges, shares, said = self.last
        losses = (said - truth) ** 2
        for ridge, more in zip(ridges, shares @ losses - losses, strict=True):
            ridge.learn(inputs.fields["x"], truth, float(more))

    def _met(self, inputs: Inputs) -> tuple[list[Ridge], Array, Array]:
        """Those that are awake, their shares, and what they predict, cut to [0, 1]."""
        ridges = [self[name] for name in self.awake(inputs.fields["groups"])]
        more, change = np.transpose([(one.regret, one.change) for one in ridges])
        ends = np.maximum([more + 1, more - 1], 0.0) ** 2 / (3 * change + 3)
        weights = np.subtract(*np.exp(ends - ends.max()))
        weights = weights if weights.any() else np.ones(len(ridges))
        said = [inputs.fields["x"] @ one.theta for one in ridges]
        return ridges, weights / weights.sum(), np.clip(said, 0.0, 1.0)


@dataclass(frozen=True)
class Hedge:
    """A mixture of online ridge regressions, see EXPERTS; λ is the penalty of each."""

    name: str = "groupwise"
    experts: str = "groups"
    penalty: float = 1.0

    def __post_init__(self) -> None:
        one_of("model.experts", self.experts, EXPERTS)
        if not 0 < self.penalty < np.inf:
            raise WrongCall(f"model.penalty: expected a number above 0, found {self.penalty}")

    @property
    def fingerprint(self) -> str:
        """Covers the options."""
        return digest(["hedge", self.experts, self.penalty])

    def begin(self, state: State) -> Mixture:
        """A mixture that has met nobody."""
        return Mixture(self.experts, len(state.shared["features"]), self.penalty)
