"""Online models: every sample is predicted before its truth is known, in the order of the condition."""

from dataclasses import dataclass, field, replace

import numpy as np
import pytest

import benchsuite as bs
from benchsuite.api.config import settings
from benchsuite.api.evaluate import assembled
from benchsuite.condition import CLEAN, Condition
from benchsuite.dataset import Inputs, in_memory
from benchsuite.errors import BadData, WrongCall
from benchsuite.estimation import Mean
from benchsuite.learning.prequential import Answer, along
from benchsuite.model import prepared
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from benchsuite.runs.statistics import run_statistics
from tests.toys import MEAN, Linear, install, numbers


def measure(sample, answer, shared):
    assert isinstance(answer, Answer)
    right = float((answer.value > 0) == sample.truth)
    return {"hit": right, "place": answer.place, "of": answer.of}


def arrival(view):
    return view.fields["at"]


def backwards(arrival, severity, generator):
    return -arrival


def at_random(arrival, severity, generator):
    return int(generator.integers(2**62))


ORDERS = tuple(
    Condition("order", name, 0, "order", "at", alter)
    for name, alter in {"backwards": backwards, "random": at_random}.items()
)
TOY = replace(
    MEAN,
    measure=measure,
    metrics=(Mean("accuracy", "hit", bounds=(0, 1)),),
    conditions=ORDERS,
    arrival=arrival,
)
ALL = (CLEAN, *ORDERS)


def arriving(n=90):
    """Numbers whose order of arrival is neither that of ids nor that of clusters."""
    places = np.random.default_rng(3).permutation(n)
    rows = zip(numbers(n).samples(), places, strict=True)
    return in_memory("arriving", [replace(s, inputs={**s.inputs, "at": int(p)}) for s, p in rows])


@dataclass
class Watcher:
    """Predicts what it learned last, and keeps what happened."""

    seen: list = field(default_factory=list)
    last: float = 0.0

    def predict(self, inputs):
        self.seen.append(("predict", inputs))
        return self.last

    def learn(self, inputs, truth):
        self.seen.append(("learn", inputs))
        self.last = 1.0 if truth else -1.0


@dataclass(frozen=True)
class Last:
    """Each stream has a watcher of its own."""

    name: str = "last"
    fingerprint: str = "0"
    made: list = field(default_factory=list, compare=False)

    def begin(self, state):
        self.made.append(Watcher())
        return self.made[-1]


def expected(dataset, order):
    """The statistics of `Last` by a loop: sample id -> (hit, place)."""
    found, last = {}, 0.0
    for place, sample in enumerate(order(dataset.samples())):
        found[sample.id] = (float((last > 0) == sample.truth), place)
        last = 1.0 if sample.truth else -1.0
    return found


def measured(directory, condition):
    return {
        row.sample_id: (row.hit, row.place)
        for row in run_statistics(directory).tables[condition].itertuples()
    }


@pytest.fixture
def toy(monkeypatch):
    install(monkeypatch, TOY)


@pytest.mark.usefixtures("toy")
def test_each_sample_is_predicted_before_its_truth_and_in_the_order_of_the_condition(tmp_path):
    dataset, model = arriving(), Last()
    run = Run(TOY, dataset, along(model, arrival), ALL, batch_size=7, shard_size=11)
    directory = evaluate(run, tmp_path, replicates=20)
    by_arrival = lambda samples: sorted(samples, key=lambda s: s.inputs["at"])  # noqa: E731
    backwards = lambda samples: by_arrival(samples)[::-1]  # noqa: E731
    assert measured(directory, "clean") == expected(dataset, by_arrival)
    assert measured(directory, "order/backwards") == expected(dataset, backwards)
    places = [place for _, place in measured(directory, "order/random").values()]
    assert sorted(places) == list(range(90)) != places
    assert len(model.made) == len(ALL)  # a condition begins with a learner that knows nothing
    for watcher in model.made:
        assert [what for what, _ in watcher.seen] == ["predict", "learn"] * 90
        assert all(type(one) is Inputs for _, one in watcher.seen)
        assert all(set(one.fields) == {"x", "at"} for _, one in watcher.seen)


@pytest.mark.usefixtures("toy")
def test_batches_and_shards_change_nothing_of_what_an_online_model_predicts(tmp_path):
    runs = [
        Run(TOY, arriving(), along(Last(), arrival), ALL, batch_size=b, shard_size=s)
        for b, s in ((1, 90), (32, 5))
    ]
    few, many = (evaluate(run, tmp_path, replicates=20) for run in runs)
    for condition in ("clean", "order/backwards", "order/random"):
        assert measured(few, condition) == measured(many, condition)


@dataclass(frozen=True)
class Forgetful(Last):
    """Hands the same array over each time, and writes into it when it learns."""

    def begin(self, state):
        return _Reused(np.zeros(1))


@dataclass
class _Reused:
    said: np.ndarray

    def predict(self, inputs):
        return self.said

    def learn(self, inputs, truth):
        self.said += 1.0 if truth else 0.0


def test_a_prediction_stays_what_it_was_when_it_was_made():
    model = along(Forgetful(), arrival)
    views = [(CLEAN.view(0, "d", s), s) for s in arriving().samples()]
    arrays = model.prepare(None, model.arrivals(views))
    assert arrays["said"].min() == 0
    assert arrays["said"].max() > 30


@dataclass
class Uneven:
    """Predicts another number of values each time."""

    count: int = 1

    def predict(self, inputs):
        return [0.0] * self.count

    def learn(self, inputs, truth):
        self.count += 1


@dataclass(frozen=True)
class Growing(Last):
    def begin(self, state):
        return Uneven()


def test_predictions_of_several_shapes_are_one_line_with_the_sample(tmp_path):
    run = Run(TOY, arriving(), along(Growing(), arrival), (CLEAN,))
    with pytest.raises(
        BadData, match=r"sample 's\d+': expected a prediction of shape \(1,\), found \(2,\)"
    ):
        evaluate(run, tmp_path, replicates=20)


def test_what_an_online_model_raises_names_the_sample(tmp_path):
    @dataclass(frozen=True)
    class Broken(Last):
        def begin(self, state):
            return Linear()

    run = Run(TOY, arriving(), along(Broken(), arrival), (CLEAN,))
    with pytest.raises(BadData, match=r"sample 's\d+': TypeError"):
        evaluate(run, tmp_path, replicates=20)


def test_a_model_that_does_not_learn_stays_what_it_is():
    assert along(Linear(), None) == along(Linear(), arrival) == Linear()
    assert prepared(along(Last(), arrival)).prepares_on == "condition"


@pytest.mark.usefixtures("toy")
def test_without_an_order_of_arrival_clusters_and_ids_say_it(tmp_path):
    run = Run(replace(TOY, arrival=None), arriving(), along(Last(), None), (CLEAN,))
    by_cluster = lambda samples: sorted(samples, key=lambda s: (s.cluster, s.id))  # noqa: E731
    found = measured(evaluate(run, tmp_path, replicates=20), "clean")
    assert found == expected(arriving(), by_cluster)


@pytest.mark.usefixtures("toy")
def test_an_online_object_of_a_person_is_evaluated_as_it_is(tmp_path):
    run = bs.evaluate("toy-mean", Last(), dataset=arriving(), results=tmp_path, replicates=200)
    assert len(run.samples()) == 90
    (config,) = settings(["task=toy-mean", "precision=bfloat16"])
    with pytest.raises(WrongCall, match="expected neither, since model last learns"):
        assembled(config, Last(), arriving())
