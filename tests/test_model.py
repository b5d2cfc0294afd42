"""What a model says of itself: its class of device is part of what it is, and the rest may be silence."""

from dataclasses import dataclass, replace

import pytest

from benchsuite.condition import CLEAN
from benchsuite.dataset import digest
from benchsuite.model import Optioned, factors, fingerprint, prepare_fingerprint, prepared
from benchsuite.runs.cells import read_cells
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from tests.toys import MEAN, Centred, Linear, numbers


@dataclass(frozen=True)
class OnDevice(Centred):
    """A model that can run on a GPU."""

    device: str | None = "cpu"

    @property
    def prepare_fingerprint(self) -> str:
        return digest("the mean of its inputs")


@pytest.mark.parametrize("of", [fingerprint, prepare_fingerprint], ids=["model", "prepare"])
def test_the_class_of_device_is_part_of_a_fingerprint_and_its_number_is_not(of):
    cpu, cuda, first, second = (
        of(OnDevice(device=name)) for name in ("cpu", "cuda", "cuda:0", "cuda:1")
    )
    assert cuda == first == second
    assert len({cpu, cuda, of(OnDevice(device="mps"))}) == 3


def test_a_model_without_a_device_is_as_one_on_the_cpu():
    assert fingerprint(Linear()) == Linear().fingerprint
    assert fingerprint(OnDevice(device="cpu")) == OnDevice().fingerprint
    assert fingerprint(OnDevice(device=None)) == OnDevice().fingerprint
    assert prepare_fingerprint(OnDevice()) == OnDevice().prepare_fingerprint
    assert prepare_fingerprint(Centred()) == Centred().fingerprint


def test_a_run_on_a_gpu_is_another_run_with_another_artefact():
    run = Run(MEAN, numbers(), OnDevice(), (CLEAN,))
    moved, again = (replace(run, model=OnDevice(device=f"cuda:{n}")) for n in range(2))
    assert run.identity.run_id != moved.identity.run_id == again.identity.run_id
    keys = [one.artefact_key(CLEAN, "condition") for one in (run, moved, again)]
    assert keys[0] != keys[1] == keys[2]


@dataclass(frozen=True)
class Terse:
    """No more than a model must say."""

    name: str = "terse"
    fingerprint: str = "0"

    def predict(self, state, inputs):
        assert not state.arrays
        return [one.fields["x"] for one in inputs]


def test_a_model_that_prepares_nothing_says_nothing(tmp_path):
    assert prepared(Terse()) is None
    assert prepared(Linear()) is None
    assert prepared(Centred()) == Centred()
    assert factors(Terse()) == {}
    directory = evaluate(Run(MEAN, numbers(), Terse(), (CLEAN,)), tmp_path, replicates=20)
    assert {e.value for e in read_cells(directory.cells()).values()} == {1.0}
    assert not (directory.path / "artefacts").exists()


def test_a_model_of_options_is_named_by_them_and_not_by_its_name():
    @dataclass(frozen=True)
    class Made(Optioned):
        name: str = "made"
        seed: int = 0

    @dataclass(frozen=True)
    class Other(Made):
        pass

    assert Made().factors == {"seed": "0"}
    assert Made("another").fingerprint == Made().fingerprint
    assert len({one.fingerprint for one in (Made(), Made(seed=1), Other())}) == 3
