"""A model that looks at a party at once sees all of it, however a run cuts its batches."""

from dataclasses import dataclass

import numpy as np
import pytest

from benchsuite.dataset import Inputs
from benchsuite.errors import BadData
from benchsuite.learning.together import Together
from benchsuite.model import State


@dataclass(frozen=True)
class At:
    party: str


def inputs(*parties):
    return [Inputs(f"{n}", {"value": n, "seat": At(name)}) for n, name in enumerate(parties)]


def shares(values):
    """Each value's share of its party's sum."""
    return [np.array([value / sum(values)]) for value in values]


def model(look=shares, **options):
    return Together("shares", "1", look, "value", **options)


def test_every_input_is_seen_with_its_party_in_whatever_batch_it_comes():
    every = inputs("a", "b", "a", "b", "b")
    made = model()
    arrays = made.prepare(State({}), iter(every))
    found = [float(made.predict(State({}, arrays), [one])[0][0]) for one in every]
    assert found == [0 / 2, 1 / 8, 2 / 2, 3 / 8, 4 / 8]


def test_what_is_kept_is_what_the_model_says_of_a_prediction():
    made = model(lambda values: values, kept=lambda value: np.full((2, 3), value, np.uint8))
    arrays = made.prepare(State({}), inputs("a", "a"))
    assert {array.dtype for array in arrays.values()} == {np.dtype(np.uint8)}
    first, second = made.predict(State({}, arrays), inputs("a", "a"))
    assert (first == 0).all()
    assert second.shape == (2, 3)
    assert (second == 1).all()


@pytest.mark.parametrize("count", [1, 3])
def test_another_number_of_predictions_than_inputs_is_refused(count):
    with pytest.raises(BadData, match=f"expected 2 predictions together, found {count}"):
        model(lambda values: shares([1.0] * count)).prepare(State({}), inputs("a", "a"))
