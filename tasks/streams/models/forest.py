"""Aranyani: a forest of oblique trees that learns online, with the fairness of each node as a loss.

arXiv 2310.11401; sizes, optimizer and slopes are those of github.com/brcsomnath/Aranyani @af2cf3f.
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
        self.slopes = np.zeros((2, *self.weights.shape))
        self.routed = self.slopes[..., 0].copy()
        self.plan, self.met, self.steps = plan, [0, 0], (Adam(plan.rate), Adam(plan.rate))

    def predict(self, inputs: Inputs) -> float:
        """The probability of a positive sample."""
        _, reached, said = self._passed(np.append(inputs.fields["x"], 1.0))
        return float((reached * said[..., 1]).sum() / len(said))

    def learn(self, inputs: Inputs, truth: float) -> None:
        """A step down the cross-entropy of the sample, and λ times the fairness loss of nodes."""
        x, member = np.append(inputs.fields["x"], 1.0), self.plan.group in inputs.fields["groups"]
        nodes, reached, said = self._passed(x)
        right = reached * said[..., int(truth)]  # what each leaf adds to the true class
        outer = -right / right.sum()
        bend = (1 - nodes) * (outer @ self.left.T) - nodes * (outer @ self.right.T)
        leaves = outer[..., None] * ((np.arange(2) == truth) - said)
        unfair = self._noted(int(member), nodes, (nodes * (1 - nodes))[..., None] * x)
        self.weights += self.steps[0].step(bend[..., None] * x + self.plan.strength * unfair)
        self.leaves += self.steps[1].step(leaves)

    def _noted(self, side: int, nodes: Array, slopes: Array) -> Array:
        """The gradient (T, I, D) of the fairness loss with this sample; 0 until both were met."""
        self.met[side] += 1
        self.routed[side] += (nodes - self.routed[side]) / self.met[side]
        self.slopes[side] += (slopes - self.slopes[side]) / self.met[side]
        (others, group), apart = self.slopes, self.routed[1] - self.routed[0]
        slope = np.where(np.abs(apart) < self.plan.delta, apart, np.sign(apart))
        return np.asarray(slope[..., None] * (group - others) * all(self.met))

    def _passed(self, x: Array) -> tuple[Array, Array, Array]:
        """The nodes' decisions (T, I), the leaves' shares (T, L), their classes (T, L, 2)."""
        nodes = 1 / (1 + np.exp(-np.clip(self.weights @ x, -30, 30)))
        on, powers = nodes[..., None], np.exp(self.leaves)
        reached = np.where(self.left, on, np.where(self.right, 1 - on, 1.0)).prod(axis=1)
        return nodes, reached, powers / powers.sum(axis=2, keepdims=True)
