"""What a person's own model may get wrong: one line each, with the sample's id."""

import re
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn
from torchvision.models.detection import maskrcnn_resnet50_fpn

from benchsuite.dataset import Inputs
from benchsuite.errors import BadData, BadModel, WrongCall
from benchsuite.model import State
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from benchsuite.runs.statistics import run_statistics
from benchsuite.task import load_task

TASK = load_task("instance_segmentation")
SCENES = TASK.dataset("scenes-mini", images=3)
SIDE = 160
FIRST = "test-00000"


def own(model, **options):
    return TASK.own(object=model, name="mine", fingerprint="v1", **options)


def run_of(model, on_error="fail", **options):
    conditions = (TASK.known_conditions()["clean"],)
    return Run(TASK, SCENES, own(model, **options), conditions, on_error=on_error)


def good(count=2):
    masks = np.zeros((count, 1, SIDE, SIDE), dtype=np.float32)
    masks[:, :, 10:30, 20:50] = 1
    return {
        "labels": np.arange(count) + 1,
        "scores": np.linspace(0.9, 0.5, count),
        "boxes": np.tile([20.0, 10, 50, 30], (count, 1)),
        "masks": masks,
    }


def changed(**values):
    return lambda images: [{**good(), **values}]


def message_of(model, folder, **options):
    with pytest.raises(BadData) as told:
        evaluate(run_of(model, **options), folder, replicates=20)
    text = str(told.value)
    assert "\n" not in text
    return text


NAN = np.array([np.nan, 0.5])
BOXES = good()["boxes"]


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (changed(scores=[0.5]), r"labels: expected numbers \(1\), found int64 \(2,\)"),
        (changed(boxes=BOXES[:1]), r"boxes: expected numbers \(2, 4\), found float64 \(1, 4\)"),
        (changed(boxes=BOXES[:, :3]), r"boxes: expected numbers \(2, 4\), found float64 \(2, 3\)"),
        (changed(boxes=BOXES + np.nan), "boxes: expected finite numbers, found nan"),
        (changed(boxes=BOXES[:, [2, 3, 0, 1]]), r"boxes: expected x0, y0, x1, y1 with x0 ≤ x1"),
        (changed(boxes=BOXES * 8), "boxes: expected pixels of an image of 160 × 160, found"),
        (changed(boxes=BOXES / 160), "boxes: expected pixels, found parts of the image"),
        (changed(scores=NAN), "scores: expected finite numbers, found nan"),
        (changed(scores=["a", "b"]), r"scores: expected numbers \(D\), found <U1"),
        (changed(scores=[[0.5], [0.2, 0.1]]), "scores: expected an array, found"),
        (changed(labels=[1, 7]), r"label 7: expected one of 1, 2, 3, 4, 5, 6; name it in model"),
        (changed(labels=[0, 1]), r"label 0: expected one of 1, 2, 3, 4, 5, 6; name it in model"),
        (changed(labels=[1.5, 1]), "labels: expected whole numbers or names, found 1.5"),
        (changed(labels=["melon", "pomme"]), "label 'pomme': expected one of melon; name it"),
        (changed(masks=np.zeros((2, 1, 28, 28))), r"masks: expected \(D, H, W\) = \(2, 160, 160\)"),
        (changed(masks=good()["masks"] * 9 - 4), "masks: expected truth values, or probabilities"),
        (changed(masks=good()["masks"] * np.nan), "masks: expected truth values, or probabilities"),
        (changed(masks=(good()["masks"] * 9).astype(int) - 4), "masks: expected 0 and 1, or truth"),
        (changed(masks=np.arange(2 * SIDE**2).reshape(2, SIDE, SIDE)), "masks: expected 0 and 1"),
        (changed(masks=good(3)["masks"]), r"masks: .* found float32 \(3, 1, 160, 160\)"),
        (lambda images: [{"boxes": BOXES}], "expected boxes, labels and scores, found no labels"),
        (lambda images: [good(), good()], "expected a list of 1 prediction .* found 2"),
        (lambda images: (good() for _ in range(9)), "expected a list of 1 prediction .* found 2"),
    ],
)
def test_a_wrong_answer_is_one_line_with_the_sample(model, message, tmp_path):
    text = message_of(model, tmp_path)
    assert f"model mine, clean, sample '{FIRST}', predict: " in text
    assert re.search(message, text), text


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ([], "list"),
        (good(), "dict with the keys labels, scores, boxes, masks"),
        ([SimpleNamespace(xyxy=BOXES)], "list of 1 SimpleNamespace"),
        (None, "NoneType"),
        (torch.zeros(3), "Tensor"),
    ],
)
def test_an_answer_of_no_convention_ends_the_run_and_says_what_was_found(answer, found, tmp_path):
    run = run_of(lambda images: answer, on_error="skip")
    with pytest.raises(BadModel) as told:
        evaluate(run, tmp_path, replicates=20)
    assert "expected a list of one dict of boxes, labels, scores and masks for a" in str(told.value)
    assert f"(detectron2), found {found}; say which one it has" in str(told.value)


def test_a_named_convention_is_not_left(tmp_path):
    text = message_of(lambda images: good(), tmp_path, convention="torchvision")
    assert "expected a list of one dict of boxes, labels, scores and masks" in text
    assert "found dict with the keys labels, scores, boxes, masks" in text


@pytest.mark.parametrize("key", ["confidence", "class_id"])
def test_supervisions_arrays_need_scores_and_classes(key, tmp_path):
    arrays = {"xyxy": BOXES, "mask": None, "confidence": [0.5, 0.5], "class_id": [0, 1]}
    text = message_of(lambda image: {**arrays, key: None}, tmp_path, classes=["melon", "disc"])
    assert f"sample '{FIRST}', predict: {key}: expected a value for each detection" in text


def test_labels_from_0_need_names_since_nothing_says_what_they_are(tmp_path):
    arrays = {"xyxy": BOXES, "mask": None, "confidence": [0.5, 0.5], "class_id": [0, 1]}
    with pytest.raises(BadModel, match=r"nothing says which class .* give model_options="):
        evaluate(run_of(lambda image: arrays), tmp_path)


class Raising:
    """Raises at one image of three; the others are fine."""

    def __init__(self, at):
        self.at = float(SCENES.samples()[at].inputs["image"].mean())

    def __call__(self, images):
        if abs(float(images[0].mean()) * 255 - self.at) < 1e-3:
            raise ValueError("boom")
        return [good()]


@pytest.mark.parametrize("at", [0, 1])
def test_an_exception_in_the_middle_is_one_line_and_can_be_skipped(at, tmp_path):
    text = message_of(Raising(at), tmp_path / "fail")
    assert f"sample 'test-0000{at}', predict: " in text
    assert "ValueError: boom (test_bad_input.py:" in text
    table = run_statistics(
        evaluate(run_of(Raising(at), on_error="skip"), tmp_path / "skip", replicates=20)
    ).tables["clean"]
    assert [("boom" in error) for error in table["error"]] == [i == at for i in range(3)]


def test_weights_that_are_no_numbers_are_told_before_anything_runs():
    network = nn.Conv2d(3, 3, 1)
    network.weight.data[0] = torch.nan
    with pytest.raises(BadModel, match="model mine: weight: expected finite weights, found NaN"):
        own(network)


@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        (3, {}, "model: expected a callable or network of torchvision's convention.*; found int"),
        (len, {"convention": "detectron"}, "convention: expected one of .* mean detectron2"),
        (len, {"limit": 5}, "limit: expected for another kind of model, found builtin"),
        (len, {"classes": "cat"}, "classes: expected a list of names or a mapping, found 'cat'"),
        (len, {"classes": [1, 2]}, "classes: expected the name of a class, found 1"),
        (len, {"classes": {1: [2]}}, r"classes: expected the name of a class, found \[2\]"),
    ],
)
def test_a_wrong_call_is_told_before_anything_runs(model, options, message):
    with pytest.raises(WrongCall, match=message):
        own(model, **options)


@pytest.mark.parametrize(
    ("classes", "error", "message"),
    [
        (["pomme", "poire"], BadModel, r"expected a class of the dataset .*, found pomme, poire"),
        ({1: 99}, WrongCall, "classes: label 1: expected a category id of the dataset .*found 99"),
        ({1: "melon"}, BadData, "label 2: expected one of 1; name it in"),
    ],
)
def test_classes_that_correspond_to_none_are_told(classes, error, message, tmp_path):
    with pytest.raises(error, match=message):
        evaluate(run_of(changed(), classes=classes), tmp_path, replicates=20)


@pytest.mark.parametrize("given", [["melon"] * 5, ["melon"] * 7, {1: "melon", 2: ""}])
def test_all_labels_of_a_network_that_says_how_many_it_has_need_a_name(given):
    network = maskrcnn_resnet50_fpn(weights=None, weights_backbone=None, num_classes=7, min_size=32)
    sample = SCENES.samples()[0]
    made = own(network, classes=given)
    with pytest.raises(BadModel, match=r"names of the labels 1 to 6 .*, found those of"):
        made.predict(State(SCENES.shared), [Inputs(sample.id, sample.inputs)])
