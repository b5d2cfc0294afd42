"""Aranyani's steps are those of its loss: by torch's gradients, with all of the past kept."""

import numpy as np
import pytest
import torch

from benchsuite.dataset import Inputs
from benchsuite.errors import WrongCall
from benchsuite.learning.adam import Adam
from benchsuite.model import State
from benchsuite_tasks.streams.models.forest import Aranyani, Forest

FEATURES = ("a", "b", "sex=Female", "sex=Male")


def arrivals(count, seed=0):
    """People whose label and second feature depend on their group."""
    draw = np.random.default_rng(seed)
    for n in range(count):
        male = bool(draw.integers(2))
        x = np.array([draw.random(), 0.5 * draw.random() + 0.5 * male, not male, male], np.float64)
        label = float(draw.random() < 0.3 + 0.4 * male)
        yield Inputs(str(n), {"x": x, "groups": (f"sex={'Male' if male else 'Female'}",)}), label


def begun(**options):
    plan = Aranyani(**options)
    return plan.begin(State({"features": FEATURES}))


class Reference:
    """The forest node by node in torch, by the recursion of a tree; it keeps the past's gradients."""

    def __init__(self, forest: Forest):
        self.plan = forest.plan
        self.weights = torch.tensor(forest.weights, requires_grad=True)
        self.leaves = torch.tensor(forest.leaves, requires_grad=True)
        self.steps = torch.optim.Adam([self.weights, self.leaves], lr=self.plan.rate, eps=1e-7)
        self.past = {False: [], True: []}

    def nodes(self, x):
        return torch.sigmoid(self.weights @ torch.tensor(np.append(x, 1.0)))

    def said(self, x):
        trees = zip(self.nodes(x), torch.softmax(self.leaves, dim=2), strict=True)
        return torch.stack([self._below(1, nodes, leaves) for nodes, leaves in trees]).mean(dim=0)

    def _below(self, node, nodes, leaves):
        if node > len(nodes):
            return leaves[node - 1 - len(nodes)]
        left, right = (self._below(2 * node + side, nodes, leaves) for side in (0, 1))
        return nodes[node - 1] * left + (1 - nodes[node - 1]) * right

    def learn(self, x, member, label):
        self.steps.zero_grad()
        (-torch.log(self.said(x)[int(label)])).backward()
        nodes = self.nodes(x)
        slopes = torch.zeros_like(self.weights)
        for t in range(nodes.shape[0]):
            for i in range(nodes.shape[1]):
                (whole,) = torch.autograd.grad(nodes[t, i], self.weights, retain_graph=True)
                slopes += whole  # a node's gradient is 0 but for its own weights
        self.past[member].append((nodes.detach(), slopes))
        if all(self.past.values()):
            means = [[torch.stack(part).mean(dim=0) for part in zip(*self.past[who], strict=True)]
                     for who in (False, True)]  # fmt: skip
            apart = means[1][0] - means[0][0]
            bent = torch.where(apart.abs() < self.plan.delta, apart, apart.sign())
            self.weights.grad += self.plan.strength * bent[..., None] * (means[1][1] - means[0][1])
        self.steps.step()


@pytest.mark.parametrize("options", [
    {"strength": 1.0, "depth": 3, "trees": 2},
    {"strength": 0.0, "depth": 2, "trees": 1},
    {"strength": 2.0, "depth": 2, "trees": 2, "delta": 0.5},
])  # fmt: skip
def test_every_step_is_that_of_the_loss_with_all_of_the_past(options):
    forest = begun(rate=0.05, **options)
    slow = Reference(forest)
    for one, label in arrivals(25):
        assert forest.predict(one) == pytest.approx(slow.said(one.fields["x"])[1].item(), abs=1e-9)
        forest.learn(one, label)
        slow.learn(one.fields["x"], "sex=Male" in one.fields["groups"], label)
    np.testing.assert_allclose(forest.weights, slow.weights.detach().numpy(), atol=1e-9)
    np.testing.assert_allclose(forest.leaves, slow.leaves.detach().numpy(), atol=1e-9)


def test_adam_is_torchs():
    draw = np.random.default_rng(1)
    mine, theirs = draw.normal(size=(3, 2)), None
    theirs = torch.tensor(mine.copy(), requires_grad=True)
    steps, other = Adam(0.1), torch.optim.Adam([theirs], lr=0.1, eps=1e-7)
    for _ in range(20):
        gradient = draw.normal(size=(3, 2))
        mine += steps.step(gradient)
        theirs.grad = torch.tensor(gradient)
        other.step()
    np.testing.assert_allclose(mine, theirs.detach().numpy(), atol=1e-12)


def test_the_fairness_loss_brings_what_groups_are_given_together():
    apart = {}
    for strength in (0.0, 3.0):
        forest, said = begun(strength=strength, rate=0.02), {True: [], False: []}
        for one, label in arrivals(1500):
            said["sex=Male" in one.fields["groups"]].append(forest.predict(one))
            forest.learn(one, label)
        apart[strength] = abs(np.mean(said[True][500:]) - np.mean(said[False][500:]))
    assert apart[3.0] < 0.3 * apart[0.0]


def test_a_group_that_nobody_is_in_is_named():
    with pytest.raises(WrongCall, match=r"model.group: expected one of .*, found 'sex=Mal'"):
        begun(group="sex=Mal")


def test_the_seed_and_every_option_but_the_name_are_another_model():
    told = {
        Aranyani(**one).fingerprint for one in ({}, {"seed": 1}, {"strength": 0.5}, {"name": "x"})
    }
    assert len(told) == 3
    assert Aranyani(seed=3).factors["seed"] == "3"
