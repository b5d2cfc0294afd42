"""A file whose rows tell an input holds the predictions of every condition that gives it these."""

from dataclasses import replace

import pytest

from benchsuite.condition import CLEAN, Condition, with_sampled
from benchsuite.dataset import Sample, in_memory
from benchsuite.errors import BadData
from benchsuite.runs.exchange import read_predictions
from benchsuite.runs.plan import Run
from benchsuite.task import ByInput
from tests.toys import MEAN, Linear

HEATS = tuple(
    Condition("heat", "to", s, field="heat", alter=lambda before, s, draw: s / 10, adds=True)
    for s in (1, 2, 3)
)
ONE, TWO, _ = HEATS
PLACES = [*with_sampled({c.full_name: c for c in (CLEAN, *HEATS)}).values()]


def read(path, told, asked=(), own=None):
    """The conditions of a file that tells these values; clean has `own`."""
    given = {value: {"s": 1.0} for value in told}
    task = replace(
        MEAN,
        conditions=(CLEAN, *HEATS),
        read_predictions=lambda file, dataset: ByInput("heat", given),
    )
    inputs = {"x": 1.0} if own is None else {"x": 1.0, "heat": own}
    run = Run(task, in_memory("one", [Sample("s", inputs, True)]), Linear(), (CLEAN,))
    model, conditions = read_predictions(run, path, PLACES, asked)
    assert {*model.predictions} == {c.full_name for c in conditions}
    return conditions


@pytest.fixture
def file(tmp_path):
    (tmp_path / "a.txt").write_text("a")
    return tmp_path / "a.txt"


@pytest.mark.parametrize(
    ("told", "own", "conditions"),
    [
        ([None], None, [CLEAN]), ([0.7], None, [CLEAN]), ([None, 0.2], None, [CLEAN, TWO]),
        ([0.1, 0.2], None, [ONE, TWO]), ([0, 0.2], 0, [CLEAN, TWO]), ([0.2], 0, [TWO]),
        ([0.1], 0.1, [CLEAN]),
    ],
)  # fmt: skip
def test_values_stand_for_the_conditions_that_give_them(file, told, own, conditions):
    assert read(file, told, own=own) == conditions


def test_what_is_asked_for_is_taken_and_must_be_there(file):
    assert read(file, [0.1, 0.2], [TWO]) == [TWO]
    with pytest.raises(BadData, match="expected a folder 'heat/to/3', found none"):
        read(file, [0.1, 0.2], [TWO, HEATS[2]])


@pytest.mark.parametrize(("told", "own"), [([0.5, 0.1], None), ([0.5], 0), ([None, 0], 0)])
def test_a_value_of_no_condition_or_twice_of_one_is_refused(file, told, own):
    with pytest.raises(
        BadData, match=r"heat: expected each of .* at most once, found .* \(dataset.heat=VALUE"
    ):
        read(file, told, own=own)


def test_a_folder_that_stands_for_a_condition_holds_its_value_alone(file):
    folder = file.parent / "runs" / ONE.full_name
    folder.mkdir(parents=True)
    file.rename(folder / "a.txt")
    root = file.parent / "runs"
    assert read(root, [0.1]) == read(root, [None]) == [ONE]
    with pytest.raises(BadData, match=r"heat: expected each of 0.1 at most once, found 0.2"):
        read(root, [0.2])
