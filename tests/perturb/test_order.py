"""An order of arrival is a function of the sample and the condition, never of the dataset's order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchsuite.dataset import Sample
from benchsuite.errors import WrongCall
from benchsuite.perturb.order import arrival, orders

ORDERS = {c.full_name: c for c in orders(3, {"age": "the youngest first", "size": "by size"})}


def samples(ages):
    return [Sample(f"s{n:03d}", {"arrival": (n, age, 0.0)}, None) for n, age in enumerate(ages)]


def order(name, people, seed=0):
    views = [ORDERS[name].view(seed, "d", one) for one in people]
    return [one.id for one in sorted(views, key=arrival)]


def test_there_are_as_many_shuffles_as_asked_for_and_an_order_for_each_key():
    assert list(ORDERS) == ["shuffled/a", "shuffled/b", "shuffled/c", "sorted/age", "sorted/size"]
    assert {c.suite for c in ORDERS.values()} == {"shuffled", "sorted"}


@given(st.lists(st.integers(0, 5), min_size=1, max_size=40), st.permutations(range(40)))
def test_no_order_depends_on_that_of_the_dataset(ages, moved):
    people = samples(ages)
    other = [people[n] for n in moved if n < len(people)]
    for name in ORDERS:
        assert order(name, people) == order(name, other)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=40))
def test_a_sorted_order_is_sorted(ages):
    by_age = [ages[int(one[1:])] for one in order("sorted/age", samples(ages))]
    assert by_age == sorted(ages)


def test_shuffles_and_ties_are_other_orders_for_other_names_and_seeds():
    people = samples([1] * 50)
    found = {tuple(order(name, people, seed)) for name in ORDERS for seed in range(2)}
    assert len(found) == 2 * len(ORDERS)


def test_every_place_is_as_likely_for_everybody():
    people = samples([1] * 30)
    places = [order("shuffled/a", people, seed).index("s000") for seed in range(400)]
    assert abs(np.mean(places) - 14.5) < 4 * np.sqrt((30**2 - 1) / 12 / 400)


def test_an_order_by_a_key_that_the_dataset_lacks_is_refused():
    with pytest.raises(WrongCall, match=r"expected a dataset with 2 keys .* found 1"):
        order("sorted/size", [Sample("s", {"arrival": (0.0, 1.0)}, None)])
