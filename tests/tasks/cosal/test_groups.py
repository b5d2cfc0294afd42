"""Groups of photographs by folder and by category, and what their readers refuse."""

import json

import numpy as np
import pytest
from PIL import Image

from benchsuite.errors import BadData, WrongCall
from benchsuite_tasks.cosal.datasets.groups import by_category, folders, grouped, groups_mini
from tests.house.source import SHARED

REAL = SHARED / "data/coco128_seg"


def write_folders(root, images="image", masks="gt", most=255):
    """Two classes of three and two photographs; the square is at the left of `cat`s."""
    draw = np.random.default_rng(0)
    for group, count in (("cat", 3), ("dog", 2)):
        for n in range(count):
            mask = np.zeros((40, 50), np.uint8)
            mask[5:20, 5 + 20 * (group == "dog") : 25 + 20 * (group == "dog")] = most
            pixels = draw.integers(0, 90, (40, 50, 3)).astype(np.uint8)
            pixels[mask > 0] = (200, 30, 30) if group == "cat" else (30, 30, 200)
            for folder, array, suffix in ((images, pixels, "jpg"), (masks, mask, "png")):
                path = root / folder / group / f"{group}_{n:03d}.{suffix}"
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(array).save(path)
    return root


def write_coco(root):
    """Three photographs: 1 and 2 show cats, 2 and 3 show dogs; 3 has a cat of few pixels."""
    (root / "images").mkdir(parents=True)
    boxes = {1: {1: (0, 0, 20, 20)}, 2: {1: (0, 0, 20, 20), 2: (30, 0, 10, 20)}, 3: {2: (5, 5, 20, 20), 1: (0, 0, 1, 1)}}  # fmt: skip
    objects = []
    for image, held in boxes.items():
        pixels = np.random.default_rng(image).integers(0, 255, (40, 50, 3)).astype(np.uint8)
        Image.fromarray(pixels).save(root / f"images/{image}.png")
        for category, (x, y, w, h) in held.items():
            corners = [x, y, x + w, y, x + w, y + h, x, y + h]
            objects.append({"id": len(objects) + 1, "image_id": image, "category_id": category,
                            "iscrowd": 0, "bbox": [x, y, w, h], "area": w * h, "segmentation": [corners]})  # fmt: skip
    content = {
        "images": [{"id": n, "file_name": f"{n}.png", "width": 50, "height": 40} for n in boxes],
        "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
        "annotations": objects,
    }
    (root / "annotations.json").write_text(json.dumps(content))
    return root


@pytest.mark.parametrize("most", [255, 1])
def test_folders_are_groups_and_clusters(tmp_path, most):
    dataset = folders(str(write_folders(tmp_path, "Image", "GroundTruth", most)), images="Image", masks="GroundTruth")  # fmt: skip
    samples = dataset.samples()
    assert [one.id for one in samples][:2] == ["cat/cat_000", "cat/cat_001"]
    assert {one.cluster_id for one in samples} == {"cat", "dog"}
    assert samples[0].attributes == {
        "class": "cat",
        "group_size": "2 to 3",
        "in_other_groups": "no",
    }
    assert samples[0].truth["mask"].sum() == 15 * 20
    assert samples[0].inputs["image"].shape == (40, 50, 3)
    seats = [one.inputs["seat"] for one in samples]
    assert [(seat.place, seat.size) for seat in seats] == [(0, 3), (1, 3), (2, 3), (0, 2), (1, 2)]


def test_a_photograph_may_be_in_several_groups(tmp_path):
    path = str(write_coco(tmp_path))
    samples = by_category(path).samples()
    assert [one.id for one in samples] == ["cat/1", "cat/2", "dog/2", "dog/3"]
    assert [one.attributes["in_other_groups"] for one in samples] == ["no", "yes", "yes", "no"]
    assert samples[1].truth["mask"].sum() == 400
    assert samples[2].truth["mask"].sum() == 200
    by_photo = by_category(path, cluster="photo").samples()
    assert by_photo[1].cluster_id == by_photo[2].cluster_id != by_photo[0].cluster_id


def test_the_share_and_the_sizes_of_groups_are_options(tmp_path):
    path = str(write_coco(tmp_path))
    assert len(by_category(path, least=0.0).samples()) == 5
    assert len(by_category(path, least=0.0, most=2).samples()) == 4
    assert {one.id for one in by_category(path, least=0.0, smallest=3).samples()} == {"cat/1", "cat/2", "cat/3"}  # fmt: skip
    with pytest.raises(BadData, match="no samples"):
        by_category(path, smallest=9)


def test_another_mask_or_photograph_is_another_dataset(tmp_path):
    first = folders(str(write_folders(tmp_path))).fingerprint
    assert folders(str(write_folders(tmp_path))).fingerprint == first
    for place in ("gt/cat/cat_000.png", "image/cat/cat_000.jpg"):
        path = tmp_path / place
        before = path.read_bytes()
        Image.fromarray(np.full((40, 50), 255, np.uint8)).save(path)
        assert folders(str(tmp_path)).fingerprint != first
        path.write_bytes(before)
    assert folders(str(tmp_path), cluster="photo").fingerprint != first


def test_what_does_not_fit_is_refused_with_its_place(tmp_path):
    root = write_folders(tmp_path)
    with pytest.raises(WrongCall, match=r"dataset\.cluster.*grup"):
        folders(str(root), cluster="grup")
    with pytest.raises(BadData, match="masks: expected folders, and files in them, found none"):
        folders(str(root), masks="masks")
    (root / "gt/dog/dog_001.png").unlink()
    with pytest.raises(BadData, match="gt: expected a file for 'dog/dog_001', found none"):
        folders(str(root))


def test_generated_groups_share_one_object_and_are_the_same_twice():
    dataset = groups_mini(images=2)
    samples = dataset.samples()
    assert len(samples) == 100
    assert dataset.fingerprint == groups_mini(images=2).fingerprint != groups_mini(images=2, seed=1).fingerprint  # fmt: skip
    first = samples[0]
    assert (first.inputs["image"] == first.inputs["image"]).all()
    colours = [one.inputs["image"][one.truth["mask"]].mean(axis=0) for one in samples[:2]]
    assert np.abs(colours[0] - colours[1]).max() < 60
    assert all(200 < one.truth["mask"].sum() < 900 for one in samples)


def test_no_group_is_no_dataset():
    with pytest.raises(BadData, match="no samples"):
        grouped("none", [])


@pytest.mark.skipif(not REAL.is_dir(), reason=f"{REAL} is not there")
def test_coco128_has_52_groups():
    dataset = by_category(str(REAL))
    assert dataset.note == "52 groups, 104 photographs"
    assert len(dataset.samples()) == 217
