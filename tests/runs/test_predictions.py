"""Predictions made elsewhere: what a folder holds is read, or refused, never passed over."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from benchsuite.dataset import Dataset
from benchsuite.errors import BadData
from benchsuite.runs.exchange import read_predictions
from tests.toys import MEAN, NOISE, numbers

KNOWN = [*MEAN.known_conditions().values()]


def read(path: Path, dataset: Dataset) -> Mapping[str, float]:
    found: dict[str, float] = json.loads((path / "p.json" if path.is_dir() else path).read_text())
    return found


TASK = replace(MEAN, read_predictions=read)


@pytest.fixture(params=[False, True], ids=["a file a condition", "a folder a condition"])
def task(request):
    return replace(TASK, predictions_in_folders=request.param)


@pytest.fixture
def folder(tmp_path):
    for name in ("clean", NOISE[0].full_name, NOISE[2].full_name):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "p.json").write_text("{}")
    (tmp_path / "notes.txt").write_text("files beside the folders are nobody's predictions")
    return tmp_path


def test_every_condition_that_is_there_is_read(task, folder):
    model, conditions = read_predictions(task, numbers(), folder, "mine", KNOWN)
    assert [c.full_name for c in conditions] == [
        "clean",
        "corruption/noise/1",
        "corruption/noise/3",
    ]
    assert set(model.predictions) == {c.full_name for c in conditions}


def test_conditions_that_are_asked_for_are_read_alone(task, folder):
    _, conditions = read_predictions(task, numbers(), folder, "mine", KNOWN, [NOISE[2]])
    assert conditions == [NOISE[2]]


def test_a_condition_that_is_asked_for_and_not_there_is_refused(task, folder):
    with pytest.raises(BadData, match="expected a folder 'corruption/noise/2', found none"):
        read_predictions(task, numbers(), folder, "mine", KNOWN, [NOISE[1]])


def test_a_reader_is_given_the_samples_of_the_condition_s_domain_alone(tmp_path):
    parts = {"": numbers(4).samples()[:2], "night": numbers(4).samples()[2:]}
    dataset = replace(numbers(), load=parts.__getitem__, domains=("night",))
    for name in ("clean", "domain/night"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "p.json").write_text("{}")
    task = replace(TASK, read_predictions=lambda path, given: {s.id: 0 for s in given.samples()})
    known = task.known_conditions(dataset).values()
    model, _ = read_predictions(task, dataset, tmp_path, "mine", [*known])
    read_ids = {name: [*found] for name, found in model.predictions.items()}
    assert read_ids == {"clean": ["s0000", "s0001"], "domain/night": ["s0002", "s0003"]}


@pytest.mark.parametrize("name", ["corruption/nosie/1", "corruption/noise/7"])
def test_a_folder_of_no_condition_is_refused(task, folder, name):
    (folder / name).mkdir(parents=True)
    (folder / name / "p.json").write_text("{}")
    with pytest.raises(BadData, match=f"no condition is called '{name}' .did you mean"):
        read_predictions(task, numbers(), folder, "mine", KNOWN)
