"""What a model gives back is an ordered sequence of finite numbers, one prediction an input."""

import sys
from collections import deque
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from benchsuite.condition import CLEAN
from benchsuite.errors import BadData
from benchsuite.runs.cells import what_is_missing
from benchsuite.runs.engine_local import Local
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from benchsuite.runs.predictions import check_finite, in_order
from tests.toys import MEAN, NOISE, Centred, Linear, numbers

RUN = Run(MEAN, numbers(60), Linear(), (CLEAN,), shard_size=20)


@dataclass(frozen=True)
class Tensor:
    """What the check needs of a tensor: numpy cannot hold every type of it."""

    values: Any

    def isfinite(self) -> "Tensor":
        return Tensor(np.isfinite(self.values))

    def cpu(self) -> "Tensor":
        return self

    def numpy(self) -> Any:
        return self.values

    def __getitem__(self, place: Any) -> Any:
        return self.values[place]


@pytest.mark.parametrize(
    "given",
    [[1.0, 2.0], (1.0, 2.0), np.ones(2), np.ones((2, 3)), deque([1, 2]), pd.Series([1, 2]),
     {0: 1.0, 1: 2.0}.values()],
    ids=lambda given: type(given).__name__,
)  # fmt: skip
def test_what_has_an_order_and_a_length_is_taken(given):
    assert in_order("model m", given, 2) is given


@pytest.mark.parametrize(
    "given",
    [{0: 1, 1: 2}, {1, 2}, frozenset([1, 2]), "ab", b"ab", bytearray(b"ab"), iter([1, 2]),
     (one for one in [1, 2]), np.array(1.0), None, 2.0, pd.DataFrame({"a": [1, 2], "b": [3, 4]}),
     {0: 1, 1: 2}.keys()],
    ids=lambda given: type(given).__name__,
)  # fmt: skip
def test_what_has_none_is_refused_by_its_name(given):
    with pytest.raises(
        BadData, match=rf"m: expected .* 2 predictions, found {type(given).__name__}"
    ):
        in_order("model m", given, 2)


@pytest.mark.parametrize(
    ("given", "place"),
    [
        (float("nan"), ": "), (np.float32("inf"), ": "), (complex(0, 1) * np.inf, None),
        (np.array([[1, np.nan]]), r"\[0, 1\]: "), ([1.0, [2.0, -np.inf]], r"\[1\]\[1\]: "),
        ({"d1": 1.0, "d7": np.nan}, r"\['d7'\]: "), (Tensor(np.array([1, np.nan])), r"\[1\]: "),
    ],
)  # fmt: skip
def test_a_number_that_is_not_finite_is_found_wherever_it_is(given, place):
    if place is None:
        return check_finite(given)  # a bare complex number is left to `measure`
    with pytest.raises(BadData, match=rf"^prediction{place}expected a finite number, found "):
        check_finite(given)
    return None


def test_other_predictions_are_left_to_the_task():
    for given in (1, True, None, "nan", b"", ["a"], np.array(["a"]), np.arange(3), {"a": None}):
        check_finite(given)


class Panic(BaseException):
    """As pyo3 raises it where Rust code panics: no Exception."""


class Silent(Exception):
    """It fails to say what it is."""

    def __str__(self):
        raise RuntimeError("no text")


@dataclass(frozen=True)
class Falling(Linear):
    """Falls in the way that `how` names, at the stage `at`."""

    name: str = "falling"
    how: str = "exit 0"
    at: str = "predict"
    prepares_on: str = "dataset"

    def prepare(self, state, inputs):
        if self.at == "prepare":
            self.fall()
        return {}

    def predict(self, state, inputs):
        if self.at == "predict":
            self.fall()
        return super().predict(state, inputs)

    def fall(self):
        raised = {
            "exit 0": SystemExit(0), "exit": SystemExit(), "exit 3": SystemExit(3),
            "generator": GeneratorExit(), "value": ValueError("no"), "key": KeyError("no"),
            "panic": Panic("of Rust"), "silent": Silent(),
        }  # fmt: skip
        raise raised[self.how]


@pytest.mark.parametrize(
    "how", ["exit 0", "exit", "exit 3", "generator", "value", "key", "panic", "silent"]
)
@pytest.mark.parametrize("at", ["predict", "prepare"])
def test_a_model_that_ends_the_program_has_failed_and_its_place_is_named(tmp_path, how, at):
    with pytest.raises(BadData, match=rf"clean.*, {at}: .*\(test_predictions.py:\d+\)"):
        evaluate(replace(RUN, model=Falling(how=how, at=at)), tmp_path, replicates=200)


@pytest.mark.parametrize("how", ["exit 0", "key", "panic", "silent"])
def test_a_model_that_falls_in_a_worker_has_failed(tmp_path, how):
    run = replace(RUN, model=Falling(how=how))
    with pytest.raises(BadData, match=r"clean, sample 's\d{4}', predict: "):
        evaluate(run, tmp_path, Local(2), replicates=200)


def test_a_model_that_gives_nan_for_one_sample_fails_that_one_alone(tmp_path):
    @dataclass(frozen=True)
    class Nan(Linear):
        def predict(self, state, inputs):
            given = zip(inputs, super().predict(state, inputs), strict=True)
            return [float("nan") if one.id == "s0007" else value for one, value in given]

    lenient = replace(MEAN, measure=lambda sample, prediction, shared: {"hit": prediction > 0})
    run = replace(RUN, model=Nan("nan"), task=lenient, on_error="skip")
    found = what_is_missing(MEAN.metrics, evaluate(run, tmp_path, replicates=200))
    assert found.sample == "s0007"
    assert found.error == "predict: prediction: expected a finite number, found nan"


def broken(*given):
    raise KeyError("a column of mine")


@pytest.mark.parametrize(
    ("task", "where"),
    [
        (replace(MEAN, measure=broken), "measure"),
        (replace(MEAN, chance=broken), "task toy-mean, chance"),
        (replace(MEAN, measure=lambda *given: {"hit": "yes"}), "clean: metrics"),
        (replace(MEAN, measure=lambda *given: [1.0]), "measure"),
    ],
    ids=["measure", "chance", "metrics", "row"],
)
def test_a_fault_of_a_plugin_is_bad_data_with_its_place(tmp_path, task, where):
    with pytest.raises(BadData, match=rf"{where}: .*\(\w+\.py:\d+\)"):
        evaluate(replace(RUN, task=task), tmp_path, replicates=200)


@pytest.mark.parametrize("skip", ["skip", "fail"])
def test_a_package_that_is_missing_is_no_fault_of_a_sample(tmp_path, monkeypatch, skip):
    from benchsuite.errors import NotAvailable

    def needs(*given):
        import a_package_that_is_not_there

        return a_package_that_is_not_there

    monkeypatch.setitem(sys.modules, "a_package_that_is_not_there", None)
    for task, model in (
        (replace(MEAN, measure=needs), Linear()),
        (replace(MEAN, conditions=(replace(NOISE[0], alter=needs),)), Linear()),
    ):
        run = replace(
            RUN, task=task, model=model, on_error=skip, conditions=(CLEAN, *task.conditions[:1])
        )
        with pytest.raises(NotAvailable, match="task toy-mean needs the package 'a_package"):
            evaluate(run, tmp_path, replicates=200)


def test_what_prepare_returns_is_arrays_by_name(tmp_path):
    @dataclass(frozen=True)
    class Odd(Centred):
        def prepare(self, state, inputs):
            return {"mean": [1.0]}

    with pytest.raises(BadData, match="prepare: expected arrays by name, found 'mean': list"):
        evaluate(replace(RUN, model=Odd("odd")), tmp_path, replicates=200)
