"""A condition may alter the model in place of the inputs: bits that its weights are rounded to."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest

from benchsuite.condition import CLEAN, Condition
from benchsuite.dataset import Inputs, digest
from benchsuite.errors import WrongCall
from benchsuite.estimation import Mean
from benchsuite.learning.accelerated import Accelerated
from benchsuite.model import Arrays, State, altered
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from benchsuite.runs.statistics import read_statistics
from benchsuite.task import Task
from tests.toys import numbers


def bits_of(value: int, severity: int, generator: object) -> int:
    return value + severity


BITS = tuple(Condition("bits", severity=n, field="bits", alter=bits_of, of="model") for n in (4, 2))


@dataclass(frozen=True)
class Rounded:
    """Says its number of bits of every sample, and what it prepared with."""

    name: str = "rounded"
    bits: int = 10
    prepares_on: str = "nothing"

    @property
    def fingerprint(self) -> str:
        return digest([self.bits])

    def prepare(self, state: State, inputs: Sequence[Inputs]) -> Arrays:
        return {"bits": np.array([self.bits])}

    def predict(self, state: State, inputs: Sequence[Inputs]) -> Sequence[float]:
        there = float(state.arrays["bits"][0]) if state.arrays else 0.0
        return [100 * there + self.bits for _ in inputs]


def task() -> Task:
    return Task(
        name="bits", version=1, summary="", datasets={}, models={}, conditions=(CLEAN, *BITS),
        measure=lambda sample, said, shared: {"said": said}, metrics=(Mean("said", "said"),),
    )  # fmt: skip


def said(tmp_path, model) -> dict[str, float]:
    run = Run(task(), numbers(12), model, (CLEAN, *BITS))
    found = read_statistics(evaluate(run, tmp_path, replicates=200).path)
    return {name: float(table["said"].mean()) for name, table in found.tables.items()}


def test_the_model_is_measured_with_the_altered_field(tmp_path):
    assert said(tmp_path, Rounded()) == {"clean": 10, "bits/4": 14, "bits/2": 12}


@pytest.mark.parametrize("prepares_on", ["dataset", "condition"])
def test_an_altered_model_prepares_itself(tmp_path, prepares_on):
    found = said(tmp_path, Rounded(prepares_on=prepares_on))
    assert found == {"clean": 1010, "bits/4": 1414, "bits/2": 1212}


def test_the_identity_of_a_run_is_that_of_the_model_as_it_is():
    runs = [Run(task(), numbers(12), Rounded(), of) for of in ((CLEAN,), (CLEAN, *BITS))]
    assert runs[0].identity == runs[1].identity


def test_no_input_is_altered():
    sample = numbers(3).samples()[0]
    assert BITS[0].view(0, "numbers", sample).fields == sample.inputs


def test_a_model_without_the_field_is_refused_before_anything_is_done(tmp_path):
    condition = replace(BITS[0], field="bit")
    run = Run(task(), numbers(12), Rounded(), (CLEAN, condition))
    with pytest.raises(WrongCall, match=r"model rounded: no field 'bit'.*bits"):
        evaluate(run, tmp_path)
    assert not any(tmp_path.rglob("units"))


def test_a_model_in_another_precision_is_altered_inside():
    found = altered(Accelerated(Rounded(), "bfloat16", False), "bits", lambda bits: bits - 7)
    assert (found.model.bits, found.precision) == (3, "bfloat16")
