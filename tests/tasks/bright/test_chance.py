"""What a random order of a pool gets: the mean over every order, and a formula for it."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchsuite.dataset import Sample, in_memory
from benchsuite_tasks.bright.measure import measure
from benchsuite_tasks.bright.metrics import MEASURES, POOL, chance, chance_on


def sample(key, grades, split="one", beyond=()):
    """A query whose pool has these grades, and judged documents beyond its pool."""
    truth = {f"d{i}": grade for i, grade in enumerate([*grades, *beyond])}
    pool = tuple(truth)[: len(grades)]
    inputs = {"query": "q", "excluded": (), POOL: pool}
    return Sample(key, inputs, truth, {"split": split})


def mean_over_orders(one):
    """The measures of every order of the pool, by the task's own measure."""
    shared = {"corpus": dict.fromkeys(one.truth, "")}
    orders = list(permutations(one.inputs[POOL]))
    rows = [measure(one, {d: -float(r) for r, d in enumerate(o)}, shared) for o in orders]
    return {name: np.mean([row[name] for row in rows]) for name in MEASURES}


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(-1, 3), min_size=1, max_size=5), st.lists(st.integers(0, 2), max_size=2)
)
def test_chance_is_the_mean_over_every_order_of_the_pool(grades, beyond):
    one = sample("q", grades, beyond=beyond)
    relevant = [grade for grade in one.truth.values() if grade > 0]
    expected = mean_over_orders(one)
    assert chance([max(g, 0) for g in grades], relevant) == pytest.approx(expected, abs=1e-12)


def test_chance_of_a_large_pool_is_what_random_orders_get():
    rng = np.random.default_rng(0)
    grades = [2] * 3 + [1] * 10 + [0] * 107
    one, rows = sample("q", grades), []
    shared = {"corpus": dict.fromkeys(one.truth, "")}
    for _ in range(2000):
        scores = dict(zip(one.truth, rng.random(len(grades)).tolist(), strict=True))
        rows.append(measure(one, scores, shared))
    for name, value in chance(grades, [g for g in grades if g]).items():
        drawn = [row[name] for row in rows]
        assert abs(np.mean(drawn) - value) < 4 * np.std(drawn) / np.sqrt(len(drawn)) + 1e-12, name


def test_chance_of_a_dataset_is_the_mean_over_splits_of_the_mean_over_queries():
    some = [
        sample("a", [1, 0], "one"),
        sample("b", [1, 1, 0], "one"),
        sample("c", [1, 0, 0], "two"),
    ]
    each = [mean_over_orders(one)["ndcg@10"] for one in some]
    expected = (np.mean(each[:2]) + each[2]) / 2
    assert chance_on(in_memory("pools", some))["ndcg@10"] == pytest.approx(expected)


def test_a_dataset_without_pools_has_no_chance():
    bare = Sample("q", {"query": "q", "excluded": ()}, {"d": 1}, {"split": "one"})
    assert chance_on(in_memory("corpus", [bare])) == {}
