"""What concerns one sample is that sample's failure; what concerns the run ends it."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
import torch

from benchsuite.condition import CLEAN
from benchsuite.dataset import Inputs, digest
from benchsuite.errors import BadData, BadModel, NotAvailable
from benchsuite.learning.weights import load_weights
from benchsuite.model import State
from benchsuite.runs.cells import what_is_missing
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.exchange import Looked, Recorded
from benchsuite.runs.plan import Run
from tests.toys import MEAN, Linear, numbers

RUN = Run(MEAN, numbers(60), Linear(), (CLEAN,), shard_size=20, on_error="skip")


@dataclass(frozen=True)
class Failing(Linear):
    """Fails on one sample in the way that `how` names; `mended` it does not."""

    name: str = "failing"
    how: str = "data"
    mended: tuple[str, ...] = ()

    def predict(self, state: State, inputs: Sequence[Inputs]) -> Sequence[float]:
        if "s0007" in {one.id for one in inputs} - set(self.mended):
            if self.how == "exit":
                sys.exit(0)
            if self.how == "generator":
                raise GeneratorExit
            if self.how == "interrupt":
                raise KeyboardInterrupt
            error = {"data": BadData("s0007.png: truncated"), "none": NotAvailable("no server"),
                     "model": BadModel("m: no weights")}  # fmt: skip
            raise error.get(self.how, ValueError("no"))
        if self.mended:
            assert [one.id for one in inputs] == ["s0007"], "the others are kept"
        return super().predict(state, inputs)


@pytest.mark.parametrize("how", ["data", "exit", "generator", "value"])
def test_a_failing_sample_is_skipped_and_named_and_asked_for_alone_once_mended(tmp_path, how):
    run = replace(RUN, model=Failing(how=how))
    found = what_is_missing(MEAN.metrics, evaluate(run, tmp_path, replicates=200))
    assert found is not None
    assert (found.sample, found.condition) == ("s0007", "clean")
    assert [note.arguments for note in found.notes] == [(1, 60)]
    mended = replace(run, model=Failing(how=how, mended=("s0007",)))
    assert what_is_missing(MEAN.metrics, evaluate(mended, tmp_path, replicates=200)) is None


def test_ctrl_c_is_no_failure_of_a_sample(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        evaluate(replace(RUN, model=Failing(how="interrupt")), tmp_path, replicates=200)


@pytest.mark.parametrize("how", ["data", "exit", "value"])
def test_a_failing_sample_ends_the_run_that_does_not_skip(tmp_path, how):
    run = replace(RUN, model=Failing(how=how), on_error="fail")
    with pytest.raises(BadData, match="sample 's0007', predict: "):
        evaluate(run, tmp_path, replicates=200)


@pytest.mark.parametrize(("how", "kind"), [("none", NotAvailable), ("model", BadModel)])
def test_what_concerns_the_run_ends_it_whatever_is_skipped(tmp_path, how, kind):
    with pytest.raises(kind, match=r"^no server|^m: no weights"):
        evaluate(replace(RUN, model=Failing(how=how)), tmp_path, replicates=200)


def test_weights_that_cannot_be_used_end_a_run_and_are_read_once(tmp_path):
    asked = []

    class Unloadable(Linear):
        """Reads weights that are damaged before it predicts."""

        def predict(self, state: State, inputs: Sequence[Inputs]) -> Sequence[float]:
            asked.append(len(inputs))
            load_weights(tmp_path / "m.safetensors", torch.nn.Linear(2, 2))
            return super().predict(state, inputs)

    (tmp_path / "m.safetensors").write_bytes(b"damaged")
    with pytest.raises(BadModel, match=r"m\.safetensors: expected weights"):
        evaluate(replace(RUN, model=Unloadable()), tmp_path, replicates=200)
    assert len(asked) == 1


@dataclass(frozen=True)
class Wrapped(Linear):
    """Gives its predictions in another container."""

    container: Any = dict

    def predict(self, state: State, inputs: Sequence[Inputs]) -> Any:
        return self.container(super().predict(state, inputs))


@pytest.mark.parametrize(
    ("container", "found"),
    [
        (lambda p: dict(enumerate(p)), "dict"),
        (set, "set"),
        (str, "str"),
        (iter, "list_iterator"),
        (lambda p: (one for one in p), "generator"),
        (lambda p: p[:-1], "19"),
        (lambda p: None, "NoneType"),
    ],
)
def test_predictions_are_a_sequence_with_one_for_each_input(tmp_path, container, found):
    run = replace(RUN, model=Wrapped(container=container))
    with pytest.raises(BadData, match=rf"expected .*20 predictions, found {found}"):
        evaluate(run, tmp_path, replicates=200)


def test_a_fault_of_the_dataset_ends_a_run_before_it_predicts_unless_samples_are_skipped(tmp_path):
    faulty = replace(RUN.dataset, faults=("a.png: expected an image", "b.png: found no file"))
    run = replace(RUN, dataset=faulty, model=Failing(), on_error="fail")
    with pytest.raises(BadData, match=r"^a\.png: expected an image \(1 more; on_error=skip leaves"):
        evaluate(run, tmp_path, replicates=200)
    assert not list(tmp_path.iterdir())
    assert evaluate(replace(run, on_error="skip"), tmp_path, replicates=200).complete


def test_a_recorded_prediction_that_cannot_be_read_fails_its_sample_alone() -> None:
    class Held(dict[str, Any]):
        def __getitem__(self, key: str) -> Any:
            if key == "b":
                raise BadData("b.png: expected a whole image")
            return super().__getitem__(key)

    found = Looked(Held(a=1, b=2))
    model = Recorded("m", {"clean": found}, digest(found))
    state = State({}, {}, 0, "clean")
    assert model.predict(state, [Inputs("a", {})]) == [1]
    with pytest.raises(BadData, match=r"b\.png: expected a whole image"):
        model.predict(state, [Inputs("b", {})])
