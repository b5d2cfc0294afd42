"""An object that learns as those of river and scikit-learn do is led along each stream anew."""

from dataclasses import replace

import numpy as np
import pytest

from benchsuite.dataset import Inputs, Sample, in_memory
from benchsuite.errors import WrongCall
from benchsuite.learning.incremental import Doubling, Reading, classifier, own, read_answers
from benchsuite.learning.prequential import Answer
from benchsuite.model import State

NUMBER = Reading()
STATE = State({"features": ("a", "b")})


class River:
    """Predicts the last truth, and None before; notes what it is given."""

    def __init__(self):
        self.last, self.given = None, []

    def predict_one(self, x):
        return self.last

    def learn_one(self, x, y):
        self.last = y
        self.given.append(dict(x))

    def predict_proba_one(self, x):
        return {0: 0.25, 1: 0.75} if self.given else {}


class Sklearn:
    """Predicts the sum of x and of the truths that it was fitted to."""

    def __init__(self):
        self.sum = None

    def predict(self, rows):
        return rows.sum(axis=1) + self.sum  # an error before the first fit

    def partial_fit(self, rows, truths, classes=None):
        assert rows.shape == (1, 2)
        self.sum = (self.sum or 0) + sum(truths)


class Classifier(Sklearn):
    def predict_proba(self, rows):
        return np.array([[0.1, 0.9]])

    def partial_fit(self, rows, truths, classes=None):
        assert classes == (0, 1)
        super().partial_fit(rows, truths)


def said(thing, reading=NUMBER):
    """What a copy of an object predicts of two samples, learning between them."""
    learner = replace(own(thing, "mine", "1"), reading=reading).begin(STATE)
    found = []
    for n in (1.0, 2.0):
        seen = Inputs(str(n), {"x": np.array([n, 10 * n])})
        found.append(learner.predict(seen))
        learner.learn(seen, 5.0)
    return found


def test_river_s_objects_get_features_by_name_and_predict_0_before_they_know_anything():
    thing = River()
    assert said(thing) == [0.0, 5.0]
    learner = own(thing, "mine", "1").begin(STATE)
    learner.learn(Inputs("1", {"x": np.array([1.0, 2.0])}), 1.0)
    assert learner.object.given == [{"a": 1.0, "b": 2.0}]


def test_scikit_learn_s_objects_get_a_matrix_and_predict_0_before_they_know_anything():
    assert said(Sklearn()) == [0.0, 27.0]


def test_a_function_or_a_fitted_model_never_learns():
    assert said(lambda x: x[0]) == [1.0, 2.0]


def test_the_object_itself_stays_as_it_is():
    for thing in (River(), Sklearn()):
        before = dict(vars(thing))
        assert said(thing) == said(thing)
        assert {k: v for k, v in vars(thing).items() if v} == {k: v for k, v in before.items() if v}


def test_a_classifier_answers_with_the_probability_of_its_last_class():
    asked = Reading(target=lambda truth: int(truth > 0), classes=(0, 1))
    assert said(River(), asked) == [0.0, 0.75]
    assert said(Classifier(), asked) == [0.0, 0.9]


def test_an_object_of_no_convention_is_refused():
    with pytest.raises(WrongCall, match=r"expected predict_one and learn_one, .* found int"):
        own(3, "three", "1")


class Batch:
    """Predicts the share of True among what it was fitted to."""

    def __init__(self):
        self.sizes = []

    def fit(self, table, targets):
        assert list(table.columns) == ["a", "b"]
        self.sizes.append(len(table))
        self.share = targets.mean()

    def predict(self, rows):
        assert rows.shape == (1, 2)
        return np.array([self.share])


def test_a_batch_learner_is_fitted_anew_each_time_its_past_has_doubled():
    batch, x = Batch(), {"a": 1.0, "b": 2.0}
    learner = Doubling(batch, 2)
    said = []
    for target in (True, True, True, False, False, False, False, False):
        said.append(float(learner.predict_one(x)))
        learner.learn_one(x, target)
    assert batch.sizes == [4, 8]  # the first two are of one class
    assert said == [0, 0, 0, 0, 0.75, 0.75, 0.75, 0.75]


def test_a_classifier_says_the_probability_of_true():
    made = classifier(Classifier(), "m", "f")
    assert (made.name, made.fingerprint) == ("m", "f")
    learner = made.begin(STATE)
    one = Inputs("1", {"x": np.array([1.0, 2.0])})
    learner.learn(one, 1.0)
    assert learner.predict(one) == 0.9


def test_predictions_of_a_stream_stand_in_the_order_of_arrival(tmp_path):
    path = tmp_path / "said.csv"
    path.write_text("id,prediction\nb,0.5\na,1\n")
    dataset = in_memory("d", [Sample(name, {}, 0.0) for name in "ab"])
    assert read_answers(path, dataset) == {"b": Answer(0.5, 0, 2), "a": Answer(1.0, 1, 2)}
