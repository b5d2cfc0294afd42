"""The look of a group: its own images and captions, and which scores decide."""

import numpy as np
import pytest

from benchsuite.dataset import Inputs
from benchsuite.task import SMALL
from benchsuite_tasks.compositional.datasets.groups import (
    Group,
    of_arrays,
    of_captions,
    of_features,
)
from benchsuite_tasks.compositional.datasets.mini import shapes_mini
from benchsuite_tasks.compositional.reports.look import CHOSEN, TRUTH
from benchsuite_tasks.compositional.task import TASK

GREY = [np.full((20, 30, 3), level, dtype=np.uint8) for level in (50, 100, 200)]
CAPTIONS = ["one", "two", "three", "none"]
SCORES = np.array([[9, 1, 1, 2], [1, 8, 1, 1], [1, 1, 3, 7]], dtype=np.float32)
"""By image and caption of the source: the third image gets the caption of no image."""


def shown(dataset, scores=SCORES):
    """The look of the only group, whose scores are given in the source's order."""
    (sample,) = dataset.samples()
    row = TASK.measure(sample, sample.truth.as_shown(scores), {})
    assert TASK.look is not None
    return TASK.look(sample, Inputs(sample.id, sample.inputs), row, {})


def group(**changed) -> Group:
    return Group(**{"where": "w", "id": "g", "images": GREY, "captions": CAPTIONS, **changed})


@pytest.mark.parametrize("name", [f"group {n}" for n in range(5)])
def test_the_right_matching_is_the_diagonal_however_the_group_was_shown(name):
    lines = shown(of_arrays("d", [group(id=name)])).text.splitlines()
    assert lines[:4] == ["A  one", "B  two", "C  three", "D  none"]
    assert [line.split() for line in lines[5:8]] == [
        ["image", "1", "[9]*", "1", "1", "2"],
        ["image", "2", "1", "[8]*", "1", "1"],
        ["image", "3", "1", "1", "[3]", "7", "*"],
    ]


def test_captions_stand_with_their_image_where_the_truth_is_no_diagonal():
    dataset = of_arrays("d", [group(matching=[2, 0, 1])])
    lines = shown(dataset, SCORES[:, [1, 2, 0, 3]]).text.splitlines()
    assert lines[:4] == ["A  three", "B  one", "C  two", "D  none"]
    assert [line.count("[") for line in lines[5:8]] == [1, 1, 1]
    assert "[9]*" in lines[5]


def test_the_picture_has_the_images_in_order_and_frames_what_is_right():
    look = shown(of_arrays("d", [group()]))
    picture = look.picture
    assert picture is not None and picture.dtype == np.uint8 and picture.shape[2] == 3
    levels = [tuple(picture[60, left]) for left in (60, 260, 460)]
    assert levels == [(50,) * 3, (100,) * 3, (200,) * 3]
    assert (picture == TRUTH).all(axis=2).any() and (picture == CHOSEN).all(axis=2).any()


def test_a_tie_chooses_nothing():
    look = shown(of_arrays("d", [group()]), np.zeros((3, 4), dtype=np.float32))
    assert look.text.splitlines()[5].split() == ["image", "1", "[0]", "0", "0", "0"]
    assert look.picture is not None and not (look.picture == CHOSEN).all(axis=2).any()


def test_repeats_are_averaged():
    lines = shown(of_arrays("d", [group()]), np.stack([SCORES, 3 * SCORES])).text.splitlines()
    assert lines[5].split()[2] == "[18]*"


def test_without_images_it_is_text_alone():
    named = of_captions("d", [group(images=["a.png", "b.png", "c.png"])])
    vectors = [np.eye(4, dtype=np.float32)[n] for n in range(4)]
    embedded = of_features("d", [group(images=vectors[:3], captions=vectors)])
    for dataset, first in ((named, "A  one"), (embedded, "A")):
        look = shown(dataset)
        assert look.picture is None and look.text.splitlines()[0] == first


def test_a_long_caption_is_cut_and_every_group_of_the_mini_dataset_can_be_seen():
    lines = shown(of_arrays("d", [group(captions=["word " * 100, "two", "three", "four"])])).text
    assert lines.splitlines()[2].endswith("…") and lines.splitlines()[3] == "B  two"
    whole = shapes_mini()
    for sample in whole.samples()[::97]:
        scores = np.eye(4, dtype=np.float32)[: sample.truth.shape[0], : sample.truth.shape[1]]
        assert shown(whole.only([sample]), scores).picture is not None


@pytest.mark.parametrize(("scores", "filled"), [(SCORES, True), (np.zeros_like(SCORES), False)])
def test_the_small_picture_has_the_images_and_marks_what_is_right_and_chosen(scores, filled):
    small = shown(of_arrays("d", [group()]), scores).small
    assert small is not None and small.shape[1] == SMALL
    levels = [tuple(small[y, x]) for y, x in ((30, 50), (30, 160), (160, 50))]
    assert levels == [(50,) * 3, (100,) * 3, (200,) * 3]
    assert (small == TRUTH).all(axis=2).any()
    assert (small == CHOSEN).all(axis=2).any() == filled
