"""Pedestrians in their upstream layout, written here."""

import numpy as np
import pytest
from PIL import Image

from benchsuite.errors import BadData
from benchsuite.files.masks import decoded
from benchsuite_tasks.instance_segmentation.datasets.pennfudan import pennfudan
from tests.tasks.instance_segmentation.layouts import rectangle, write_image

LARGE = (240, 320)


def write_pennfudan(root, persons, size=LARGE):
    """Photographs {id: [(top, left, height, width), ...]}, with the mask of each."""
    for number, (key, boxes) in enumerate(persons.items()):
        write_image(root / "PNGImages" / f"{key}.png", size, number)
        mask = np.zeros(size, dtype=np.uint8)
        for person, box in enumerate(boxes, start=1):
            mask[rectangle(*box, size=size) > 0] = person
        (root / "PedMasks").mkdir(exist_ok=True)
        Image.fromarray(mask).save(root / "PedMasks" / f"{key}_mask.png")
    return root


PERSONS = {
    "FudanPed00001": [(10, 10, 100, 100)],
    "FudanPed00002": [(10, 10, 100, 100), (120, 10, 96, 96)],
    "PennPed00001": [(0, 0, 10, 10), (20, 0, 10, 10), (40, 0, 10, 10)],
    "PennPed00002": [],
}


def test_each_value_of_a_mask_is_a_person(tmp_path):
    dataset = pennfudan(str(write_pennfudan(tmp_path, PERSONS)))
    assert dataset.shared["classes"] == {1: "person"}
    assert [sample.id for sample in dataset.samples()] == sorted(PERSONS)
    for sample in dataset.samples():
        found = sample.truth["annotations"]
        assert [one["category_id"] for one in found] == [1] * len(PERSONS[sample.id])
        for one, box in zip(found, PERSONS[sample.id], strict=True):
            assert one["area"] == box[2] * box[3]
            assert (decoded(one["segmentation"]) == rectangle(*box, size=LARGE)).all()


def test_photographs_are_grouped_by_persons_and_by_the_smallest_one(tmp_path):
    dataset = pennfudan(str(write_pennfudan(tmp_path, PERSONS)))
    assert [dict(sample.attributes) for sample in dataset.samples()] == [
        {"crowding": "one", "smallest": "large"},
        {"crowding": "two", "smallest": "medium or small"},
        {"crowding": "more", "smallest": "medium or small"},
        {"crowding": "none"},
    ]


def test_a_part_of_the_photographs_and_another_cap(tmp_path):
    dataset = pennfudan(str(write_pennfudan(tmp_path, PERSONS)), subset=2, max_detections=5)
    assert len(dataset.samples()) == 2
    assert dataset.shared["max_detections"] == 5


def test_another_layout_is_refused_by_its_file(tmp_path):
    with pytest.raises(BadData, match=r"PNGImages: expected a folder"):
        pennfudan(str(tmp_path))
    root = write_pennfudan(tmp_path / "data", PERSONS)
    mask = root / "PedMasks" / "PennPed00001_mask.png"
    Image.fromarray(np.zeros((5, 5), dtype=np.uint8)).save(mask)
    with pytest.raises(BadData, match=r"PennPed00001_mask.png: expected \(240, 320\) pixels"):
        pennfudan(str(root))
    mask.unlink()
    with pytest.raises(BadData, match=r"PedMasks: expected PennPed00001_mask.png, found no file"):
        pennfudan(str(root))
