"""A directory with COCO annotations, and the one line that bad input gets."""

import json
import pickle

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as rle

from benchsuite.cli import main
from benchsuite.condition import CLEAN
from benchsuite.errors import BadData, WrongCall
from benchsuite.files.masks import encoded
from benchsuite_tasks.instance_segmentation.datasets.coco import coco
from benchsuite_tasks.instance_segmentation.metrics import METRICS
from tests.tasks.instance_segmentation.layouts import (
    SIZE,
    annotation,
    only_truth,
    rectangle,
    write_cityscapes,
    write_coco,
    write_image,
)


def test_polygons_and_runs_as_list_or_text_are_one_mask(tmp_path):
    mask = rectangle(5, 10, 10, 20)
    text = encoded(mask)
    runs = {"size": [40, 60], "counts": [10 * 40 + 5, *[10, 30] * 19, 10, 40 * 60 - 29 * 40 - 15]}
    polygon = [[10, 5, 30, 5, 30, 15, 10, 15]]
    rows = [annotation(k, segmentation=one) for k, one in enumerate((text, runs, polygon))]
    _, found = only_truth(coco(str(write_coco(tmp_path, rows))))
    for one in found:
        assert np.array_equal(rle.decode(one["segmentation"]), mask)
        assert isinstance(one["segmentation"]["counts"], str)


def test_an_image_is_read_when_a_model_asks_for_it_and_not_before(tmp_path):
    dataset = coco(str(write_coco(tmp_path)))
    sample, _ = only_truth(dataset)
    view = CLEAN.view(0, "coco", pickle.loads(pickle.dumps(sample)))
    (tmp_path / "images" / "a.png").unlink()
    assert sample.truth["height"] == 40
    with pytest.raises(BadData, match=r"a\.png: expected an image, found no file"):
        view.fields["image"]
    pixels = write_image(tmp_path / "images" / "a.png")
    assert np.array_equal(view.fields["image"], pixels)


def test_a_fingerprint_follows_pixels_annotations_and_options(tmp_path):
    prints = {coco(str(write_coco(tmp_path))).fingerprint}
    assert coco(str(write_coco(tmp_path)), name="other").fingerprint in prints
    prints.add(coco(str(tmp_path), max_side=30).fingerprint)
    prints.add(coco(str(tmp_path), only=["car"]).fingerprint)
    write_image(tmp_path / "images" / "a.png", seed=5)
    prints.add(coco(str(tmp_path)).fingerprint)
    prints.add(coco(str(write_coco(tmp_path, [annotation(area=201.0)]))).fingerprint)
    assert len(prints) == 5


def test_images_and_truth_shrink_together(tmp_path):
    rows = [
        annotation(1),
        annotation(2, segmentation=encoded(rectangle(2, 2, 1, 1)), bbox=[2, 2, 1, 1]),
    ]
    sample, found = only_truth(coco(str(write_coco(tmp_path, rows)), max_side=30))
    assert sample.inputs["image"].shape == (20, 30, 3)
    assert (sample.truth["height"], sample.truth["width"]) == (20, 30)
    # a row takes the one under its centre: 1, 3, 5 ... and the single pixel at 2, 2 is gone
    (only,) = found
    assert only["bbox"] == [5, 2, 10, 5]
    assert only["area"] == rle.decode(only["segmentation"]).sum() == 50


def test_predictions_can_be_scored_without_images_but_not_with_half_of_them(tmp_path):
    images = [{"id": n, "file_name": f"{n}.png", "height": 40, "width": 60} for n in (1, 2)]
    folder = write_coco(tmp_path, [annotation(image=1)], images)
    (folder / "images" / "1.png").unlink()
    with pytest.raises(BadData, match=r"1\.png: expected an image, found no file \(1 of 2 images"):
        coco(str(folder))
    (folder / "images" / "2.png").unlink()
    assert "predictions can be scored, models cannot run" in coco(str(folder)).note


def test_lvis_annotations_are_taken_under_coco_s_ids(tmp_path):
    images = [
        {
            "id": 7,
            "coco_url": "http://x/val2017/a.png",
            "file_name": "a.png",
            "height": 40,
            "width": 60,
        }
    ]
    rows = [
        {k: v for k, v in annotation(n, category=c).items() if k != "iscrowd"}
        for n, c in ((1, 207), (2, 5))
    ]
    folder = write_coco(
        tmp_path,
        rows,
        images,
        categories=[{"id": 207, "name": "car_(automobile)"}, {"id": 5, "name": "alligator"}],
    )
    content = json.loads((folder / "annotations.json").read_text())
    del content["images"][0]["file_name"]
    (folder / "annotations.json").write_text(json.dumps(content))
    dataset = coco(str(folder), ids="lvis")
    _, found = only_truth(dataset)
    assert [one["category_id"] for one in found] == [3]
    assert dataset.shared["classes"][3] == "car"
    assert "scored as if exhaustive" in dataset.protocol


BAD = {
    "annotation 1: the id 1 occurs twice": [annotation(), annotation()],
    "annotation 1: bbox: expected a box inside 60 × 40 pixels": [annotation(bbox=[50, 5, 20, 10])],
}


@pytest.mark.parametrize("message", BAD)
def test_a_bad_annotation_is_named_with_its_file(tmp_path, message):
    with pytest.raises(BadData) as caught:
        only_truth(coco(str(write_coco(tmp_path, BAD[message]))))
    assert f"{tmp_path / 'annotations.json'}: {message}" in str(caught.value)


def test_a_mask_that_does_not_fit_its_image_is_named(tmp_path):
    other = encoded(rectangle(1, 1, 5, 5, (60, 40)))
    dataset = coco(str(write_coco(tmp_path, [annotation(segmentation=other)])))
    with pytest.raises(BadData, match=r"annotation 1: mask: expected the size \[40, 60\]"):
        only_truth(dataset)


def test_a_truncated_image_and_one_of_another_size_are_named(tmp_path):
    folder = write_coco(tmp_path)
    path = folder / "images" / "a.png"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    sample, _ = only_truth(coco(str(folder)))
    with pytest.raises(BadData, match=r"a\.png: expected a whole image,"):
        sample.inputs["image"]
    write_image(path, (30, 60))
    sample, _ = only_truth(coco(str(folder)))
    with pytest.raises(
        BadData, match=r"a\.png: expected 40 × 60 pixels as annotated, found 30 × 60"
    ):
        sample.inputs["image"]


@pytest.mark.parametrize(("dtype", "mode"), [(np.uint16, "I;16"), (np.float32, "F")])
def test_an_image_of_more_than_8_bits_is_refused(tmp_path, dtype, mode):
    images = [{"id": 7, "file_name": "a.tif", "height": 40, "width": 60}]
    folder = write_coco(tmp_path, images=images)
    Image.fromarray(np.full(SIZE, 999, dtype)).save(folder / "images" / "a.tif")
    sample, _ = only_truth(coco(str(folder)))
    with pytest.raises(BadData, match=rf"a\.tif: expected 8 bits a channel, found mode {mode}"):
        sample.inputs["image"]


def test_a_file_name_never_leaves_the_folder(tmp_path):
    images = [{"id": 7, "file_name": "../a.png", "height": 40, "width": 60}]
    folder = write_coco(tmp_path / "inner", images=images)
    write_image(tmp_path / "a.png")
    for path in folder.rglob("a.png"):
        path.unlink()
    with pytest.raises(BadData, match=r"inner/\S*a\.png: expected an image, found no file"):
        coco(str(folder)).samples()[0].inputs["image"]


def test_another_data_set_is_a_domain_of_unrelated_images(tmp_path):
    labels = np.full(SIZE, 7)
    labels[0:5, 0:5] = 26_000
    city = write_cityscapes(tmp_path / "city", labels)
    folder = write_coco(tmp_path / "coco")
    dataset = coco(str(folder), domains={"cityscapes": {"path": str(city)}})
    assert dataset.domains == ("cityscapes",)
    assert dataset.population_of("cityscapes") != dataset.population_of()
    assert only_truth(dataset, "cityscapes")[0].id == "ulm_000000_000019"
    assert dataset.shared["classes"][8] == "truck"
    assert dataset.protocol == "cityscapes: rider: ignore"
    content = json.loads((folder / "annotations.json").read_text())
    content["categories"][0]["name"] = "boat"
    (folder / "annotations.json").write_text(json.dumps(content))
    with pytest.raises(BadData, match="class 3: expected 'boat' in every domain, found 'car'"):
        coco(str(folder), domains={"cityscapes": {"path": str(city)}})


@pytest.mark.parametrize(
    ("domains", "message"),
    [
        ("B", "dataset.domains: expected {name: {kind: ..., path: ...}}, found B"),
        ({"b": "B"}, "dataset.domains.b: expected {kind: ..., path: ...}, found B"),
        ({"b": {"kind": "coco", "pth": "B"}}, "dataset.domains.b: expected {kind: ..., path: ...}"),
        (
            {"b": {"kind": "coco", "path": "B", "onyl": "x"}},
            "dataset.domains.b: coco has no option 'onyl' (did you mean only",
        ),
        ({"b": {"kind": "koko", "path": "B"}}, "dataset.domains.b: no kind 'koko'"),
    ],
)
def test_a_domain_that_is_ill_described_is_named(tmp_path, domains, message):
    with pytest.raises(WrongCall) as caught:
        coco(str(write_coco(tmp_path)), domains=domains)
    assert message in str(caught.value)


def test_one_class_may_be_named_as_text(tmp_path):
    write_coco(tmp_path)
    assert (
        coco(str(tmp_path), only="car").fingerprint == coco(str(tmp_path), only=["car"]).fingerprint
    )


def test_attributes_may_begin_with_a_byte_order_mark(tmp_path):
    folder = write_coco(tmp_path)
    (folder / "attributes.csv").write_text("file_name,light\na.png,dim\n", encoding="utf-8-sig")
    assert only_truth(coco(str(folder)))[0].attributes == {"light": "dim"}


@pytest.mark.parametrize("key", ["sub/a.png", "a.png", "a"])
def test_attributes_are_found_by_path_name_or_stem(tmp_path, key):
    images = [{"id": 7, "file_name": "sub/a.png", "height": 40, "width": 60}]
    folder = write_coco(tmp_path, images=images)
    (folder / "attributes.csv").write_text(f"file_name,light\n{key},dim\n")
    assert only_truth(coco(str(folder)))[0].attributes == {"light": "dim"}


def test_attributes_of_no_image_are_refused(tmp_path):
    folder = write_coco(tmp_path)
    (folder / "attributes.csv").write_text("file_name,split\nother.png,train\n")
    with pytest.raises(
        BadData, match=r"attributes\.csv: file_name: expected a row for 'a.png', .*: other.png\)"
    ):
        coco(str(folder))


@pytest.mark.parametrize("value", ["", "NA", "n/a", "unknown", "-1"])
def test_an_attribute_that_is_not_known_is_no_group(tmp_path, value):
    folder = write_coco(tmp_path)
    (folder / "attributes.csv").write_text(f"file_name,light,rain\na.png,dim,{value}\n")
    assert only_truth(coco(str(folder)))[0].attributes == {"light": "dim"}


@pytest.mark.parametrize("row", ["a.png", "a.png,dim,wet"])
def test_a_row_of_attributes_that_is_too_short_or_too_long_is_refused(tmp_path, row):
    folder = write_coco(tmp_path)
    (folder / "attributes.csv").write_text(f"file_name,light\n{row}\n")
    with pytest.raises(BadData, match=r"attributes\.csv:2: expected 2"):
        coco(str(folder))


def test_an_image_is_shown_upright(tmp_path):
    images = [{"id": 7, "file_name": "a.jpg", "height": 40, "width": 60}]
    folder = write_coco(tmp_path, images=images)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(rectangle(0, 0, 10, 60, (60, 40))).save(folder / "images" / "a.jpg", exif=exif)
    sample, _ = only_truth(coco(str(folder)))
    assert sample.inputs["image"].shape == (40, 60, 3)


@pytest.mark.parametrize("absent", [[], [[]], None, "missing"])
def test_objects_without_a_mask_have_boxes_and_the_protocol_says_so(tmp_path, absent):
    rows = [annotation(), annotation(2, segmentation=absent)]
    if absent == "missing":
        del rows[1]["segmentation"]
    dataset = coco(str(write_coco(tmp_path, rows)))
    assert dataset.protocol == "1 of 2 objects have boxes alone"
    drawn, boxed = only_truth(dataset)[1]
    assert drawn["segmentation"] is not None
    assert boxed["segmentation"] is None
    smaller = only_truth(coco(str(tmp_path), max_side=30))[1][1]
    assert (smaller["bbox"], smaller["area"]) == ([5, 2.5, 10, 5], 50)


def test_more_detections_count_where_that_is_asked_for(tmp_path):
    plain = coco(str(write_coco(tmp_path)))
    assert plain.protocol == ""
    assert [m.name for m in plain.metrics] == [m.name for m in METRICS]
    assert coco(str(tmp_path), max_detections=100).fingerprint == plain.fingerprint
    more = coco(str(tmp_path), max_detections=300)
    assert more.protocol == "at most 300 detections of a class"
    assert more.fingerprint != plain.fingerprint
    assert [m.name for m in more.metrics] == [m.name for m in METRICS]
    for wrong in (0, -1, 2.5, True, "many"):
        with pytest.raises(WrongCall, match=r"dataset\.max_detections: expected a whole number"):
            coco(str(tmp_path), max_detections=wrong)
    other = write_coco(tmp_path / "other")
    domains = {"x": {"kind": "coco", "path": str(other)}}
    with pytest.raises(BadData, match="max_detections: expected 300 in every domain, found 100"):
        coco(str(tmp_path), max_detections=300, domains=domains)


def test_an_image_that_was_annotated_as_stored_is_not_turned(tmp_path):
    folder = write_coco(tmp_path)
    turned = Image.Exif()
    turned[0x0112] = 6
    stored = write_image(folder / "images" / "a.png")
    Image.fromarray(stored).save(folder / "images" / "a.png", exif=turned)
    assert np.array_equal(coco(str(folder)).samples()[0].inputs["image"], stored)
    upright = [{"id": 7, "file_name": "a.png", "height": 60, "width": 40}]
    content = json.loads((folder / "annotations.json").read_text())
    content["images"] = upright
    (folder / "annotations.json").write_text(json.dumps(content))
    seen = coco(str(folder)).samples()[0].inputs["image"]
    assert np.array_equal(seen, np.rot90(stored, -1))


def test_the_export_of_an_annotation_tool_is_read_where_it_lies(tmp_path):
    folder = write_coco(tmp_path)
    for name in ("images/a.png", "images\\a.png", "../../b/images/a.png", "/data/images/a.png"):
        content = json.loads((folder / "annotations.json").read_text())
        content["images"][0]["file_name"] = name
        (folder / "annotations.json").write_text(json.dumps(content))
        assert coco(str(folder)).samples()[0].inputs["image"].shape == (*SIZE, 3)


def test_annotations_in_a_folder_beside_the_images_find_them(tmp_path):
    folder = write_coco(tmp_path)
    (folder / "annotations").mkdir()
    moved = (folder / "annotations.json").rename(folder / "annotations" / "instances_default.json")
    assert coco(str(moved)).samples()[0].inputs["image"].shape == (*SIZE, 3)


def test_a_bad_annotation_fails_its_image_alone_where_samples_are_skipped(tmp_path, capsys):
    images = [{"id": k, "file_name": f"{k}.png", "height": 40, "width": 60} for k in (7, 8)]
    rows = [annotation(1, 7), annotation(2, 8, bbox=[1, 2]), annotation(3, 8)]
    folder = write_coco(tmp_path, rows, images)
    (tmp_path / "r.json").write_text("[]")
    words = ["score", "task=instance_segmentation", "dataset=coco", f"dataset.path={folder}/annotations.json",
             f"predictions={tmp_path}/r.json", f"results={tmp_path}/out", "replicates=200"]  # fmt: skip
    assert main(words) == 65
    assert "annotation 2: bbox: expected x, y, width, height" in capsys.readouterr().err
    assert main([*words, "on_error=skip"]) == 76
    said = capsys.readouterr().err
    assert "1 of 2 samples missing, first '000000000008'" in said
    assert "annotation 2: bbox" in said
