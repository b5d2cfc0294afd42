"""Cityscapes and BDD100K in their upstream layouts, written here."""

import json

import numpy as np
import pytest
from PIL import Image

from benchsuite.errors import BadData, WrongCall
from benchsuite_tasks.instance_segmentation.datasets.driving import bdd100k, cityscapes
from tests.tasks.instance_segmentation.layouts import (
    SIZE,
    only_truth,
    write_cityscapes,
    write_image,
)


def test_cityscapes_objects_groups_and_riders_become_coco_s(tmp_path):
    labels = np.full(SIZE, 7)
    labels[0:5, 0:5] = 26_000  # a car
    labels[0:5, 10:15] = 26_001  # another
    labels[10:15, 0:5] = 26  # a group of cars
    labels[20:25, 0:5] = 25_000  # a rider
    labels[30:35, 0:5] = 29_000  # a caravan
    root = write_cityscapes(tmp_path, labels)
    expected = {
        "ignore": [(1, 1), (3, 0), (3, 0), (3, 1), (3, 1)],
        "as-person": [(1, 0), (3, 0), (3, 0), (3, 1), (3, 1)],
        "drop": [(3, 0), (3, 0), (3, 1), (3, 1)],
    }
    for rider, wanted in expected.items():
        dataset = cityscapes(str(root), rider=rider)
        sample, found = only_truth(dataset)
        assert sorted((a["category_id"], a["iscrowd"]) for a in found) == wanted
        assert sample.attributes == {"city": "ulm"}
        assert sample.id == "ulm_000000_000019"
        assert dataset.protocol == f"rider: {rider}"
    assert sum(a["area"] for a in found) == 4 * 25
    assert cityscapes(str(root)).fingerprint != cityscapes(str(root), rider="drop").fingerprint


def test_bdd100k_bitmasks_become_coco_s(tmp_path):
    pixels = np.zeros((*SIZE, 4), np.uint8)
    pixels[0:5, 0:5] = (3, 8, 0, 1)  # a truncated car
    pixels[0:5, 10:15] = (3, 2, 0, 2)  # a crowd of cars
    pixels[10:15, 0:5] = (1, 1, 1, 0)  # a person marked as ignored
    pixels[20:25, 0:5] = (2, 0, 1, 1)  # a rider
    folder = tmp_path / "labels" / "ins_seg"
    (folder / "bitmasks" / "val").mkdir(parents=True)
    (folder / "polygons").mkdir()
    Image.fromarray(pixels).save(folder / "bitmasks" / "val" / "b1.png")
    frames = [{"name": "b1.jpg", "attributes": {"weather": "rainy", "timeofday": "night"}}]
    (folder / "polygons" / "ins_seg_val.json").write_text(json.dumps(frames))
    write_image(tmp_path / "images" / "10k" / "val" / "b1.jpg")
    sample, found = only_truth(bdd100k(str(tmp_path)))
    assert sorted((a["category_id"], a["iscrowd"]) for a in found) == [
        (1, 1),
        (1, 1),
        (3, 0),
        (3, 1),
    ]
    assert sample.attributes == {"weather": "rainy", "timeofday": "night"}
    assert sample.inputs["image"].shape == (*SIZE, 3)


def test_another_layout_and_another_policy_are_named(tmp_path):
    with pytest.raises(
        BadData, match=r"gtFine/val: dataset\.split=val: expected .*; there are no splits"
    ):
        cityscapes(str(tmp_path))
    with pytest.raises(WrongCall, match="expected ignore, as-person, drop, found 'whatever'"):
        bdd100k(str(tmp_path), rider="whatever")


def write_frames(root, frames):
    folder = root / "labels" / "ins_seg"
    (folder / "bitmasks" / "val").mkdir(parents=True)
    (folder / "polygons").mkdir()
    Image.fromarray(np.zeros((*SIZE, 4), np.uint8)).save(folder / "bitmasks" / "val" / "b1.png")
    (folder / "polygons" / "ins_seg_val.json").write_text(json.dumps(frames))
    write_image(root / "images" / "10k" / "val" / "b1.jpg")
    return root


def test_what_bdd100k_calls_undefined_is_no_group(tmp_path):
    frames = [{"name": "b1.jpg", "attributes": {"weather": "undefined", "scene": "street"}}]
    sample, _ = only_truth(bdd100k(str(write_frames(tmp_path, frames))))
    assert sample.attributes == {"scene": "street"}


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        ({"frame": []}, "expected a list of frames, found NoneType"),
        ([1], "frame 0: expected an object, found 1"),
        ([{"attributes": {}}], "frame 0: expected the key 'name'"),
        ([{"name": "b1.jpg", "attributes": {"weather": 1}}], "attributes: weather: expected a str"),
        ([{"name": "b1.jpg"}, {"name": "b1.jpg"}], "frame 1: name: 'b1.jpg' occurs twice"),
        ([{"name": "b2.jpg"}], "name: expected a row for 'b1', found none"),
        ([{"name": "b1.jpg", "attributes": {"masks": "a"}}], "attribute 'masks': the suite has"),
    ],
)
def test_frames_that_are_none_are_named(tmp_path, frames, message):
    with pytest.raises(BadData) as caught:
        bdd100k(str(write_frames(tmp_path, frames)))
    assert message in str(caught.value)


@pytest.mark.parametrize("value", [34, 255, 999, 7_000, 23_999, 34_000])
def test_an_id_that_cityscapes_does_not_know_is_named(tmp_path, value):
    labels = np.full(SIZE, 7)
    labels[0, 0] = value
    with pytest.raises(
        BadData, match=f"instanceIds.png: expected a label 0 to 33, .* found {value}$"
    ):
        only_truth(cityscapes(str(write_cityscapes(tmp_path, labels))))


def test_instance_ids_that_were_cut_to_eight_bits_are_refused(tmp_path):
    root = write_cityscapes(tmp_path, np.full(SIZE, 7))
    (path,) = root.rglob("*instanceIds.png")
    Image.fromarray(np.full(SIZE, 26, np.uint8)).save(path)
    with pytest.raises(BadData, match="expected ids of 16 bits a pixel, found 8"):
        only_truth(cityscapes(str(root)))


@pytest.mark.parametrize(
    ("code", "found"), [((9, 0, 0, 1), "9 and 0"), ((3, 16, 0, 1), "3 and 16")]
)
def test_a_category_or_a_flag_that_bdd100k_does_not_know_is_named(tmp_path, code, found):
    root = write_frames(tmp_path, [{"name": "b1.jpg"}])
    pixels = np.zeros((*SIZE, 4), np.uint8)
    pixels[3, 3] = code
    (path,) = root.rglob("b1.png")
    Image.fromarray(pixels).save(path)
    with pytest.raises(
        BadData, match=rf"b1\.png: expected a category 0 to 8 and flags up to 15, found {found}$"
    ):
        only_truth(bdd100k(str(root)))


def test_a_split_that_is_not_there_is_named_with_those_that_are(tmp_path):
    root = write_cityscapes(tmp_path, np.full(SIZE, 7))
    with pytest.raises(BadData, match=r"dataset\.split=test: .*there are val$"):
        cityscapes(str(root), split="test")
