"""The training command: the recipe gets the training split and its options, and says what is wrong."""

import json
from pathlib import Path

import pytest

from benchsuite.api.jobs import training
from benchsuite.dataset import Dataset
from benchsuite.errors import WrongCall
from benchsuite.task import Plug
from tests import toys


def recipe(dataset: Dataset, out: Path, progress, rate: float = 0.1, seed: int = 0) -> None:
    """Fit a bias: the mean error of the identity."""
    errors = [sample.truth - sample.inputs["x"] for sample in dataset.samples()]
    progress("steps", 1, 1)
    out.mkdir(parents=True)
    found = {"bias": sum(errors) / len(errors), "rate": rate, "seed": seed, "data": dataset.name}
    (out / "card.json").write_text(json.dumps(found))


@pytest.fixture
def task(monkeypatch):
    from dataclasses import replace

    made = replace(toys.MEAN, train={"linear": Plug("a bias", "tests.cli.test_train:recipe")})
    toys.install(monkeypatch, made)
    return made


def test_a_recipe_gets_the_dataset_and_its_options(task, tmp_path):
    job = training(["task=toy-mean", "model=linear", f"out={tmp_path / 'o'}", "rate=0.5", "seed=3"])
    steps = []
    job.run(lambda *step: steps.append(step))
    card = json.loads((tmp_path / "o" / "card.json").read_text())
    assert (card["rate"], card["seed"], card["data"]) == (0.5, 3, "numbers")
    assert steps == [("steps", 1, 1)]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["task=toy-mean", "model=linear"], "expected out=DIR"),
        (["task=toy-mean", "model=liner", "out=o"], "did you mean linear"),
        (["task=toy-mean", "out=o", "rte=1"], "no option 'rte' (did you mean rate"),
        (["task=toy-mean", "out"], "expected key=value"),
    ],
)
def test_a_wrong_call_says_what_was_meant(task, words, message):
    with pytest.raises(WrongCall) as error:
        training(words)
    assert message in str(error.value)
