"""The mixture is the algorithm of the paper, step by step, and keeps its promise."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchsuite.dataset import Inputs
from benchsuite.errors import WrongCall
from benchsuite.model import State
from benchsuite_tasks.regret.models.hedge import Hedge

STATE = State({"features": ("a", "b", "c")})
streams = st.builds(lambda seed, n: stream(seed, n), st.integers(0, 2**32 - 1), st.integers(1, 60))


def stream(seed, n):
    """So many people of three features and two overlapping groups, with their truths."""
    draw = np.random.default_rng(seed)
    return [
        (Inputs(str(i), {"x": draw.random(3), "groups": tuple(draw.permutation(["f", "s"])[: draw.integers(0, 3)])}),
         float(draw.random()))
        for i in range(n)
    ]  # fmt: skip


def followed(model, people):
    learner = model.begin(STATE)
    said = []
    for seen, truth in people:
        said.append(learner.predict(seen))
        learner.learn(seen, truth)
    return said, learner


def phi(regret, change):
    return math.exp(max(regret, 0) ** 2 / (3 * change)) if change else 1.0


def slow(people, penalty=1.0):
    """Algorithm 1 as it is written: each learner fitted anew from its members so far."""
    past, regret, change, said = {}, {}, {}, []
    for seen, truth in people:
        x = seen.fields["x"]
        names = ["everybody", *seen.fields["groups"]]
        each = []
        for name in names:
            rows = past.setdefault(name, [])
            a = penalty * np.eye(3) + sum((np.outer(z, z) for z, _ in rows), np.zeros((3, 3)))
            b = sum((y * z for z, y in rows), np.zeros(3))
            each.append(min(max(float(x @ np.linalg.solve(a, b)), 0), 1))
        weights = [
            0.5 * (phi(r + 1, c + 1) - phi(r - 1, c + 1))
            for r, c in ((regret.get(n, 0.0), change.get(n, 0.0)) for n in names)
        ]
        shares = [w / sum(weights) if sum(weights) else 1 / len(names) for w in weights]
        said.append(sum(p * y for p, y in zip(shares, each, strict=True)))
        mean = sum(p * (y - truth) ** 2 for p, y in zip(shares, each, strict=True))
        for name, y in zip(names, each, strict=True):
            more = mean - (y - truth) ** 2
            regret[name] = regret.get(name, 0.0) + more
            change[name] = change.get(name, 0.0) + abs(more)
            past[name].append((x, truth))
    return said


@settings(max_examples=25, deadline=None)
@given(streams, st.sampled_from([0.1, 1.0, 10.0]))
def test_it_predicts_what_the_paper_s_algorithm_does(people, penalty):
    assert followed(Hedge(penalty=penalty), people)[0] == pytest.approx(slow(people, penalty))


@settings(max_examples=25, deadline=None)
@given(streams)
def test_no_regression_is_better_by_more_than_the_bound_of_luo_and_schapire(people):
    """COLT 2015, Theorem 1 with a uniform prior over N experts; losses are in [0, 1]."""
    _, mixture = followed(Hedge(), people)
    n, changes = len(mixture), [one.change for one in mixture.values()]
    b = 1 + 1.5 * np.mean([1 + math.log(1 + c) for c in changes])
    for ridge in mixture.values():
        bound = math.sqrt(
            3 * (1 + ridge.change) * (math.log(n) + math.log(b) + math.log(1 + math.log(n)))
        )
        assert ridge.regret <= bound + 1e-9


@settings(max_examples=25, deadline=None)
@given(streams)
def test_a_regression_alone_is_online_ridge_regression(people):
    nobody = [(Inputs(i.id, {**i.fields, "groups": ()}), y) for i, y in people]
    said, mixture = followed(Hedge(experts="everybody"), people)
    assert said == pytest.approx(slow(nobody))
    assert len(mixture) == 1


def test_intersections_have_nothing_in_common():
    people = stream(1, 60)
    said, mixture = followed(Hedge(experts="intersections"), people)
    assert {*mixture} == {" ".join(i.fields["groups"]) for i, _ in people}
    for groups in {i.fields["groups"] for i, _ in people}:
        mine = [(n, one) for n, one in enumerate(people) if one[0].fields["groups"] == groups]
        alone, _ = followed(Hedge(experts="everybody"), [one for _, one in mine])
        assert [said[n] for n, _ in mine] == pytest.approx(alone)


def test_weights_stay_finite_however_long_one_regression_is_better():
    learner = Hedge().begin(STATE)
    seen = Inputs("1", {"x": np.ones(3), "groups": ("f",)})
    learner.predict(seen)
    learner.learn(seen, 1.0)
    learner["f"].regret = learner["f"].change = 1e6
    assert learner.predict(seen) == pytest.approx(
        min(max(float(np.ones(3) @ learner["f"].theta), 0), 1)
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"experts": "nobody"}, "model.experts: expected one of groups, everybody, intersections"),
        ({"penalty": 0.0}, "model.penalty: expected a number above 0, found 0"),
        ({"penalty": float("inf")}, "model.penalty: expected a number above 0, found inf"),
    ],
)
def test_an_option_that_means_nothing_is_refused(options, message):
    with pytest.raises(WrongCall, match=message):
        Hedge(**options)


def test_options_are_in_the_fingerprint_and_the_name_is_not():
    models = [Hedge(), Hedge(experts="everybody"), Hedge(penalty=2.0)]
    assert len({one.fingerprint for one in models}) == 3
    assert Hedge("other").fingerprint == Hedge().fingerprint
