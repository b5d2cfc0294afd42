"""The training recipe: resumable to the byte, keyed, and it learns."""

import numpy as np
import pytest
from safetensors.numpy import load_file

from benchsuite.dataset import Inputs, in_memory
from benchsuite.errors import BadData, NotAvailable, WrongCall
from benchsuite.learning.card import Data, read_card
from benchsuite.model import State
from benchsuite_tasks.instance_segmentation.datasets import mini
from benchsuite_tasks.instance_segmentation.models.mini import Mini
from benchsuite_tasks.instance_segmentation.training import train
from benchsuite_tasks.instance_segmentation.training.train import (
    chosen,
    epoch_order,
    learning_rate,
    scene_of,
    targeted,
    train_mini,
)

SMALL = {"steps": 4, "batch": 2, "crop": 64, "size": 160, "rate": 1e-3}
CLASSES = dict(enumerate(mini.CLASSES, start=1))


@pytest.fixture(scope="module")
def scenes():
    samples = [mini._clean("train", number) for number in range(6)]
    return in_memory("few-scenes", samples, {"classes": CLASSES})


def quiet(stage, done, total):
    """A progress that shows nothing."""


class Stop(Exception):
    """Stands for a kill."""


def stop_at(step):
    def progress(stage, done, total):
        if done == step:
            raise Stop

    return progress


@pytest.mark.parametrize("norm", ["batch", "group"])
def test_a_training_that_was_cut_off_ends_as_one_that_was_not(scenes, tmp_path, monkeypatch, norm):
    monkeypatch.setattr(train, "CHECKPOINT_STEPS", 2)
    train_mini(scenes, tmp_path / "whole", quiet, norm=norm, **SMALL)
    with pytest.raises(Stop):
        train_mini(scenes, tmp_path / "cut", stop_at(3), norm=norm, **SMALL)
    assert not (tmp_path / "cut" / "model.safetensors").exists()
    train_mini(scenes, tmp_path / "cut", quiet, norm=norm, **SMALL)
    for name in ("model.safetensors", "card.json"):
        assert (tmp_path / "cut" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_a_training_writes_a_small_model_that_runs_and_its_card(scenes, tmp_path):
    train_mini(scenes, tmp_path, quiet, licence="CC0", seed=3, **SMALL)
    weights = load_file(tmp_path / "model.safetensors")
    assert {w.dtype for w in weights.values()} == {np.dtype(np.float16)}
    assert (tmp_path / "model.safetensors").stat().st_size < 2_000_000
    card = read_card(tmp_path)
    assert card.data == Data("few-scenes", scenes.fingerprint, "", "CC0", 6)
    assert card.recipe["seed"] == 3
    assert len(card.figures["loss"]) == 4
    model = Mini(weights=str(tmp_path))
    sample = scenes.samples()[0]
    found = model.predict(State(scenes.shared), [Inputs(sample.id, sample.inputs)])
    assert len(found[0].labels) == len(found[0].masks)


def test_a_checkpoint_of_another_training_is_refused(scenes, tmp_path, monkeypatch):
    monkeypatch.setattr(train, "CHECKPOINT_STEPS", 1)
    with pytest.raises(Stop):
        train_mini(scenes, tmp_path, stop_at(2), **SMALL)
    with pytest.raises(BadData, match="expected a checkpoint of this training"):
        train_mini(scenes, tmp_path, quiet, **{**SMALL, "rate": 2e-3})


def test_what_does_not_exist_is_told(scenes, tmp_path):
    with pytest.raises(WrongCall, match=r"augment: .*'colours' \(did you mean colour\?\)"):
        train_mini(scenes, tmp_path, quiet, augment="colours", **SMALL)
    with pytest.raises(WrongCall, match=r"norm: no norm layer is called 'layer'"):
        train_mini(scenes, tmp_path, quiet, norm="layer", **SMALL)
    with pytest.raises(WrongCall, match="only: expected attribute=value of some samples"):
        train_mini(scenes, tmp_path, quiet, only="lighting=neon", **SMALL)
    with pytest.raises(WrongCall, match="only: expected attribute=value of some samples"):
        train_mini(scenes, tmp_path, quiet, only="lighting!=neon", **SMALL)
    with pytest.raises(NotAvailable, match=r"model\.weights: expected shipped weights or a folder"):
        _ = Mini(weights="no-such-weights").fingerprint


def test_one_group_alone_can_be_trained_on(scenes):
    dim = chosen(scenes.samples(), "lighting=dim")
    assert {sample.attributes["lighting"] for sample in dim} == {"dim"}
    others = chosen(scenes.samples(), "lighting!=dim")
    assert {s.id for s in others} | {s.id for s in dim} == {s.id for s in scenes.samples()}
    assert not any(sample.attributes["lighting"] == "dim" for sample in others)
    assert [s.id for s in chosen(scenes.samples()[::-1], "")] == [s.id for s in scenes.samples()]


def test_every_epoch_is_a_permutation_and_no_two_are_alike():
    orders = [epoch_order(0, epoch, 20) for epoch in range(3)]
    assert all(sorted(order) == list(range(20)) for order in orders)
    assert not np.array_equal(orders[0], orders[1])


def test_the_learning_rate_rises_to_its_peak_and_falls_to_nothing():
    rates = [learning_rate(step, 100, 2.0) for step in range(100)]
    top = int(np.argmax(rates))
    assert rates[top] == pytest.approx(2.0)
    assert np.all(np.diff(rates[: top + 1]) > 0)
    assert np.all(np.diff(rates[top:]) < 0)
    assert rates[-1] < 0.01


def test_targets_are_the_truths_boxes_and_masks(scenes):
    sample = scenes.samples()[0]
    _, target = targeted(scene_of(sample, sorted(CLASSES), 160))
    truths = {tuple(a["bbox"]): (a["category_id"], a["area"]) for a in sample.truth["annotations"]}
    assert len(target["labels"]) == len(truths)
    for (x0, y0, x1, y1), label, mask in zip(
        target["boxes"].tolist(), target["labels"].tolist(), target["masks"], strict=True
    ):
        assert truths[x0, y0, x1 - x0, y1 - y0] == (label, float(mask.sum()))


@pytest.mark.slow
def test_it_learns_a_scene_by_heart(tmp_path):
    scenes = in_memory("one-scene", [mini._clean("train", 3)], {"classes": CLASSES})
    options = {**SMALL, "steps": 150, "crop": 160, "augment": "geometry", "rate": 2e-3}
    train_mini(scenes, tmp_path, quiet, **options)
    losses = read_card(tmp_path).figures["loss"]
    assert losses[-1] < 0.5 * losses[0]
