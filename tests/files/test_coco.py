"""COCO's annotations: what is read, and the one line that a bad file gets."""

import json
import subprocess
import sys

import numpy as np
import pytest

from benchsuite.errors import BadData, WrongCall, install_command
from benchsuite.files.coco import File, find, image_paths, read, sample_id
from benchsuite.files.masks import decoded

SQUARE = [[10, 5, 30, 5, 30, 15, 10, 15]]


def image(key=7, name="a.png", **more):
    return {"id": key, "file_name": name, "height": 40, "width": 60, **more}


def annotation(key=1, **more):
    return {"id": key, "image_id": 7, "category_id": 3, "segmentation": SQUARE, **more}


def whole(key=1, **more):
    return annotation(key, **{"area": 200.0, "bbox": [10, 5, 20, 10], **more})


def category(key=3, name="car"):
    return {"id": key, "name": name}


def content(images=None, annotations=None, categories=None):
    return {
        "images": [image()] if images is None else images,
        "annotations": [annotation()] if annotations is None else annotations,
        "categories": [category()] if categories is None else categories,
    }


def reading(tmp_path, held, **options) -> File:
    path = tmp_path / "annotations.json"
    path.write_text(held if isinstance(held, str) else json.dumps(held))
    return read(path, **options)


def refused(tmp_path, held, message, **options):
    with pytest.raises(BadData) as caught:
        for one in reading(tmp_path, held, **options).images:
            one.objects()
    assert message in str(caught.value)
    assert str(tmp_path / "annotations.json") in str(caught.value)
    assert "\n" not in str(caught.value)


def test_masks_are_read_without_areas_boxes_and_ids(tmp_path):
    row = {key: value for key, value in annotation().items() if key != "id"}
    (made,) = reading(tmp_path, content(annotations=[row, row])).images
    assert [decoded(made.mask(one)).sum() for one in made.objects()] == [200, 200]
    assert (made.key, made.file_name, made.size) == (7, "a.png", (40, 60))
    refused(tmp_path, content(annotations=[row]), "expected an id, found null", objects=True)


def test_images_come_in_the_order_of_their_samples(tmp_path):
    images = [image(key, f"{key}.png") for key in (10, "b", 9, "a")]
    found = reading(tmp_path, content(images, [])).images
    assert [sample_id(one.key) for one in found] == ["000000000009", "000000000010", "a", "b"]


def test_lvis_has_an_address_for_a_file_name(tmp_path):
    row = {"id": 7, "coco_url": "http://x/val2017/a.png", "height": 40, "width": 60}
    assert reading(tmp_path, content([row])).images[0].file_name == "a.png"


TWICE = {
    "images: the id 7 occurs twice": content([image(), image(name="b.png")]),
    "images: the id 1 occurs twice": content([image("1"), image(1, "b.png")], []),
    "images: the id 000000000001 occurs twice": content(
        [image(1), image("000000000001", "b.png")], []
    ),
    "image 8: the file_name a.png occurs twice": content([image(), image(8)]),
    "image 8: the file_name a.png occurs": content([image(), image(8, "./a.png")]),
    "categories: the id 3 occurs twice": content(categories=[category(), category(name="bus")]),
    "categories: the name car occurs twice": content(categories=[category(), category(4)]),
    "annotation 1: the id 1 occurs twice": content(annotations=[annotation(), annotation("1")]),
}


@pytest.mark.parametrize("message", TWICE)
@pytest.mark.parametrize("objects", [False, True])
def test_whatever_occurs_twice_is_refused(tmp_path, message, objects):
    rows = [whole(row["id"]) for row in TWICE[message]["annotations"]]
    refused(tmp_path, TWICE[message] | {"annotations": rows}, message, objects=objects)


BAD = {
    "annotation 1: category_id: expected a category, found 99": content(annotations=[annotation(category_id=99)]),
    "annotation 1: category_id: expected a category, found true": content(annotations=[annotation(category_id=True)]),
    "annotation 1: category_id: expected a category, found [3]": content(annotations=[annotation(category_id=[3])]),
    "annotation 1: image_id: expected an image, found 8": content(annotations=[annotation(image_id=8)]),
    'annotation 1: image_id: expected an image, found "7"': content(annotations=[annotation(image_id="7")]),
    "annotation 1: image_id: expected an image, found null": content(annotations=[annotation(image_id=None)]),
    "annotation [7]: expected an id, found [7]": content(annotations=[annotation([7])]),
    "annotation NaN: expected an id, found NaN": content(annotations=[annotation(float("nan"))]),
    'annotation 1: iscrowd: expected 0 or 1, found "0"': content(annotations=[annotation(iscrowd="0")]),
    "annotation 1: iscrowd: expected 0 or 1, found [0]": content(annotations=[annotation(iscrowd=[0])]),
    "categories: expected a whole id and a name, found": content(categories=[{"id": "3", "name": "car"}]),
    'categories: expected a whole id and a name, found {"id": 3, "name": ""}': content(categories=[category(name="")]),
    "images: expected an id, found true": content([image(True)]),
    "images: expected a whole id or text, found 7.5": content([image(7.5)]),
    "image 7: expected height and width in pixels, found [0, 60]": content([image(height=0)]),
    "image 7: expected height and width in pixels, found [true, 60]": content([image(height=True)]),
    "image 7: expected height and width in pixels, found [null, 60]": content([image(height=None)]),
    "pixels, found 1000000 × 1000000": content([image(height=10**6, width=10**6)]),
    "annotations: expected a list of objects, found dict": content(annotations={}),
    "annotations: expected a list of objects, found list": content(annotations=[1]),
    "categories: expected a list of objects, found NoneType": {"images": [], "annotations": []},
    "expected an object, found []": "[]",
    "expected JSON, found": '{"images": ',
    "found brackets nested too deeply": "[" * 100_000,
    "found a number of too many digits": '{"images": ' + "9" * 5000 + "}",
    "expected at least one line, found an empty file": "",
}  # fmt: skip


@pytest.mark.parametrize("message", BAD)
def test_a_bad_file_is_one_line_with_file_and_entry(tmp_path, message):
    refused(tmp_path, BAD[message], message)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "/", "../", "a\0.png", "\ud800.png", "a" * 300, None, 5]
)
def test_a_file_name_is_the_name_of_a_file(tmp_path, name):
    refused(
        tmp_path, content([image(name=name)]), "image 7: file_name: expected the name of a file"
    )


def touched(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("a.png", "images/a.png"),
        ("images/a.png", "images/a.png"),
        ("images\\a.png", "images/a.png"),
        ("../export/images/a.png", "images/a.png"),
        ("/data/upload/1/a.png", "images/a.png"),
        ("C:\\work\\images\\a.png", "images/a.png"),
        ("./b/a.png", "images/b/a.png"),
        ("/elsewhere/b/a.png", "images/b/a.png"),
        ("beside.png", "beside.png"),
        ("../outside.png", "images/outside.png"),
    ],
)
def test_a_name_is_looked_for_as_tools_write_it_and_never_outside(tmp_path, name, file):
    root = tmp_path / "root"
    touched(root, "images/a.png", "images/b/a.png", "beside.png", "../outside.png")
    held = reading(root, content([image(name=name)]))
    assert image_paths(held.images, [root / "images", root]) == [root / file]


def test_two_images_never_share_a_file(tmp_path):
    touched(tmp_path, "a.png")
    held = reading(tmp_path, content([image(1, "x/a.png"), image(2, "y/a.png")], []))
    with pytest.raises(BadData, match=r"image 2: file_name: .*a\.png, which is that of 'x/a\.png'"):
        image_paths(held.images, [tmp_path])
    touched(tmp_path, "x/a.png", "y/a.png")
    found = image_paths(held.images, [tmp_path])
    assert found == [tmp_path / "x/a.png", tmp_path / "y/a.png"]


def test_a_bad_annotation_is_the_fault_of_its_image_alone(tmp_path):
    images = [image(), image(8, "b.png")]
    rows = [whole(1), whole(2, bbox=[1, 2, 3]), whole(3, image_id=8)]
    first, second = reading(tmp_path, content(images, rows), objects=True).images
    assert "annotation 2: bbox: expected x, y, width, height, found [1, 2, 3]" in first.fault
    with pytest.raises(BadData, match="annotation 2"):
        first.objects()
    assert [one["id"] for one in second.objects()] == [3]


def test_an_id_may_be_written_with_a_point(tmp_path):
    rows = [annotation(1.0, image_id=7.0, category_id=3)]
    (made,) = reading(tmp_path, content([image(7.0)], rows, [category(3.0)])).images
    assert (made.key, type(made.key), len(made.objects())) == (7, int, 1)
    refused(tmp_path, content([image(1), image(1.0, "b.png")], []), "images: the id 1 occurs twice")


def test_a_size_may_be_written_with_a_point(tmp_path):
    (made,) = reading(tmp_path, content([image(7, height=40.0, width=60.0)])).images
    assert (made.size, {type(n) for n in made.size}) == ((40, 60), {int})
    refused(tmp_path, content([image(7, height=40.5)]), "expected height and width in pixels")


OBJECTS = {
    "bbox: expected a box inside 60 × 40 pixels, found [50, 5, 20, 10]": {"bbox": [50, 5, 20, 10]},
    "bbox: expected a box inside 60 × 40 pixels, found [10, 5, -1, 10]": {"bbox": [10, 5, -1, 10]},
    "bbox: expected x, y, width, height, found [NaN, 5, 20, 10]": {
        "bbox": [float("nan"), 5, 20, 10]
    },
    "bbox: expected x, y, width, height, found [1, 2, 3]": {"bbox": [1, 2, 3]},
    "bbox: expected x, y, width, height, found null": {"bbox": None},
    "area: expected pixels, found 1000": {"area": 10**400},
    "area: expected pixels, found -5": {"area": -5},
    "area: expected pixels, found null": {"area": None},
}


@pytest.mark.parametrize("message", OBJECTS)
def test_areas_and_boxes_are_checked_where_objects_are_wanted(tmp_path, message):
    held = content(annotations=[whole(**OBJECTS[message])])
    refused(tmp_path, held, f"annotation 1: {message}", objects=True)
    assert len(reading(tmp_path, held).images) == 1


def test_a_mask_that_does_not_fit_is_named_with_image_and_annotation(tmp_path):
    row = annotation(segmentation={"size": [60, 40], "counts": [2400]})
    (made,) = reading(tmp_path, content(annotations=[row])).images
    with pytest.raises(BadData, match=r"image 7: annotation 1: mask: expected the size \[40, 60\]"):
        made.mask(row)


def test_annotations_are_found_in_their_folder(tmp_path):
    with pytest.raises(WrongCall, match="found no JSON file"):
        find(tmp_path)
    (tmp_path / "a.json").write_text("{}")
    assert find(tmp_path) == find(tmp_path / "a.json") == tmp_path / "a.json"
    (tmp_path / "b.json").write_text("{}")
    with pytest.raises(WrongCall, match=r"found a\.json, b\.json"):
        find(tmp_path)
    (tmp_path / "annotations.json").write_text("{}")
    assert find(tmp_path).name == "annotations.json"


def test_neither_pycocotools_nor_numba_is_needed_until_a_mask_is(tmp_path):
    (tmp_path / "annotations.json").write_text(json.dumps(content()))
    code = f"""
import sys
sys.modules["pycocotools"] = sys.modules["numba"] = None
from pathlib import Path
from benchsuite.errors import NotAvailable
from benchsuite.files.coco import read
(image,) = read(Path({str(tmp_path / "annotations.json")!r})).images
try:
    image.mask(image.annotations[0])
except NotAvailable as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == (
        f"a mask of COCO needs the package 'pycocotools': {install_command('benchsuite[image]')}\n"
    )


def test_a_crowd_is_marked_by_a_number_or_a_truth_value(tmp_path):
    rows = [annotation(k, iscrowd=one) for k, one in enumerate((0, 1, False, True))]
    (made,) = reading(tmp_path, content(annotations=rows)).images
    assert np.array_equal([one["iscrowd"] for one in made.annotations], [0, 1, 0, 1])


def test_the_objects_of_a_category_are_one_mask(tmp_path):
    other = [[0, 0, 12, 0, 12, 10, 0, 10]]
    rows = [annotation(), annotation(2, segmentation=other), annotation(3, category_id=4)]
    held = content(annotations=rows, categories=[category(), category(4, "bus")])
    (made,) = reading(tmp_path, held).images
    first, second = (decoded(made.mask(one)) for one in made.objects()[:2])
    np.testing.assert_array_equal(made.union(3), first | second)
    assert made.union(4).sum() == 200
    assert made.union(9).shape == made.size
    assert not made.union(9).any()
