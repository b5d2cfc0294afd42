"""Aranyani (arXiv 2310.11401): oblique trees that learn online, and are fair at each node.

Sizes, optimizer and slopes are those of github.com/brcsomnath/Aranyani @af2cf3f.
"""

from dataclasses import dataclass

import numpy as np

from benchsuite.condition import generator
from benchsuite.dataset import Inputs
from benchsuite.errors import one_of
from benchsuite.learning.adam import Adam, Array
from benchsuite.model import Optioned, State


@dataclass(frozen=True)
class Aranyani(Optioned):
    """Trees whose nodes σ(w·x + b) route a sample to leaves; their mean is the probability.

    group  who is compared with everybody else;   strength  λ of the fairness loss; 0 for none
    delta  the Huber loss of a difference F has slope F below it, and sign(F) above
    """

    name: str = "aranyani"
    group: str = "sex=Male"
    strength: float = 1.0
    trees: int = 3
    depth: int = 4
    rate: float = 2e-3
    delta: float = 0.01
    seed: int = 0

    def begin(self, state: State) -> "Forest":
        """A forest at its random start. Raises WrongCall for a group that nobody is in."""
        one_of("model.group", self.group, state.shared["features"])
        return Forest(self, 1 + len(state.shared["features"]))


class Forest:
    """T trees of I nodes and L leaves along one stream, on D features with a constant.

    weights (T, I, D);   leaves (T, L, 2);   left, right (I, L): whether a leaf is on that side
    routed (2, T, I), slopes (2, T, I, D): means of the others' and the group's nodes and gradients
    """

    def __init__(self, plan: Aranyani, features: int) -> None:
        draw, leaves = generator("aranyani", plan.seed), 2**plan.depth
        path = np.arange(leaves, 2 * leaves)[:, None] >> np.arange(plan.depth)  # towards the root
        below = 2 * np.arange(1, leaves)[:, None, None]
        self.left, self.right = ((path == below + side).any(axis=2) for side in (0, 1))
        self.weights = draw.normal(size=(plan.trees, leaves - 1, features))
        self.leaves = draw.uniform(size=(plan.trees, leaves, 2))
        self.routed, self.slopes = (np.zeros((2, *self.weights.shape[:n])) for n in (2, 3))
        self.plan, self.met, self.steps = plan, [0, 0], (Adam(plan.rate), Adam(plan.rate))

    def predict(self, inputs: Inputs) -> float:
        """The probability of a positive sample."""
        _, _, reached, said = self._passed(inputs)
        return float((reached * said[..., 1]).sum() / len(said))

    def learn(self, inputs: Inputs, truth: float) -> None:
        """A step down the cross-entropy of the sample, and λ times the fairness loss of nodes."""
        x, nodes, reached, said = self._passed(inputs)
        right = reached * said[..., int(truth)]  # what each leaf adds to the true class
        outer = -right / right.sum()
        bend = (1 - nodes) * (outer @ self.left.T) - nodes * (outer @ self.right.T)
        leaves = outer[..., None] * ((np.arange(2) == truth) - said)
        side, slopes = int(self.plan.group in inputs.fields["groups"]), nodes * (1 - nodes)
        self.met[side] += 1
        self.routed[side] += (nodes - self.routed[side]) / self.met[side]
        self.slopes[side] += (slopes[..., None] * x - self.slopes[side]) / self.met[side]
        apart, ways = self.routed[1] - self.routed[0], self.slopes[1] - self.slopes[0]
        unfair = np.where(np.abs(apart) < self.plan.delta, apart, np.sign(apart)) * all(self.met)
        ways *= self.plan.strength * unfair[..., None]
        self.weights += self.steps[0].step(bend[..., None] * x + ways)
        self.leaves += self.steps[1].step(leaves)

    def _passed(self, inputs: Inputs) -> tuple[Array, Array, Array, Array]:
        """x (D,), the nodes' decisions (T, I), the leaves' shares (T, L) and classes (T, L, 2)."""
        x, powers = np.append(inputs.fields["x"], 1.0), np.exp(self.leaves)
        nodes = 1 / (1 + np.exp(-np.clip(self.weights @ x, -30, 30)))
        factors = np.where(self.right, 1 - nodes[..., None], 1.0)
        factors = np.where(self.left, nodes[..., None], factors)
        return x, nodes, factors.prod(axis=1), powers / powers.sum(axis=2, keepdims=True)
