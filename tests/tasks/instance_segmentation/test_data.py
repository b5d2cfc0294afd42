"""Datasets in their upstream layouts, written here, and the one line that bad input gets."""

import json
import pickle

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as rle

from benchsuite.condition import CLEAN
from benchsuite.errors import BadData, WrongCall
from benchsuite.files.masks import encoded
from benchsuite_tasks.instance_segmentation.data import coco
from benchsuite_tasks.instance_segmentation.driving import bdd100k, cityscapes
from benchsuite_tasks.instance_segmentation.nuclei import bbbc038
from tests.tasks.instance_segmentation.reference import SHARED

SIZE = (40, 60)


def rectangle(top: int, left: int, height: int, width: int, size=SIZE):
    mask = np.zeros(size, np.uint8)
    mask[top : top + height, left : left + width] = 1
    return mask


def annotation(key=1, image=7, category=3, **more):
    return {
        "id": key, "image_id": image, "category_id": category, "iscrowd": 0, "area": 200.0,
        "bbox": [10, 5, 20, 10], "segmentation": [[10, 5, 30, 5, 30, 15, 10, 15]], **more,
    }  # fmt: skip


def write_image(path, size=SIZE, seed=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return pixels


def write_coco(folder, annotations=None, images=None, **more):
    folder.mkdir(parents=True, exist_ok=True)
    images = images or [{"id": 7, "file_name": "a.png", "height": 40, "width": 60}]
    content = {
        "images": images,
        "annotations": [annotation()] if annotations is None else annotations,
        "categories": [{"id": 3, "name": "car"}, {"id": 1, "name": "person"}],
        **more,
    }
    (folder / "annotations.json").write_text(json.dumps(content))
    for number, image in enumerate(images):
        write_image(
            folder / "images" / image["file_name"], (image["height"], image["width"]), number
        )
    return folder


def only_truth(dataset, domain=""):
    (sample,) = dataset.samples(domain)
    return sample, sample.truth["annotations"]


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
        coco(str(write_coco(tmp_path, BAD[message])))
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
    with pytest.raises(BadData, match=r"a\.png: expected a whole image file"):
        sample.inputs["image"]
    write_image(path, (30, 60))
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
    with pytest.raises(BadData, match="expected a path below the images' folder"):
        coco(str(write_coco(tmp_path / "inner", images=images)))


def write_cityscapes(root, labels):
    folder = root / "gtFine" / "val" / "ulm"
    folder.mkdir(parents=True)
    Image.fromarray(labels.astype(np.uint16)).save(
        folder / "ulm_000000_000019_gtFine_instanceIds.png"
    )
    write_image(root / "leftImg8bit" / "val" / "ulm" / "ulm_000000_000019_leftImg8bit.png")
    return root


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
    with pytest.raises(BadData, match="gtFine/val: expected"):
        cityscapes(str(tmp_path))
    with pytest.raises(WrongCall, match="expected ignore, as-person, drop, found 'whatever'"):
        bdd100k(str(tmp_path), rider="whatever")


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


def write_nuclei(root, rows, upstream=True):
    """Images with one nucleus each: {id: attributes}."""
    for number, key in enumerate(rows):
        folder = root / key
        write_image(folder / "images" / f"{key}.png", seed=number)
        (folder / "masks").mkdir()
        mask = 255 * rectangle(number % 20, 3, 6, 6)
        Image.fromarray(mask).save(folder / "masks" / "m.png")
    names = ["split", "modality", "crowding"]
    lines = [",".join([key, *row]) for key, row in rows.items()]
    (root / "attributes.csv").write_text(
        "\n".join([",".join(["file_name", *names]), *lines]) + "\n"
    )
    return root


ROWS = {
    f"n{i:02d}": (
        "train" if i % 4 == 0 else "test",
        ("fluorescence", "histology")[i % 3 == 0],
        "sparse",
    )
    for i in range(24)
}


def test_nuclei_in_their_own_layout(tmp_path):
    dataset = bbbc038(str(write_nuclei(tmp_path, ROWS)))
    samples = dataset.samples()
    assert len(samples) == 18
    assert {key for s in samples for key in s.attributes} == {"modality", "crowding"}
    (found,) = samples[0].truth["annotations"]
    assert found["category_id"] == 1
    assert found["area"] == 36
    assert len(bbbc038(str(tmp_path), split="all").samples()) == 24
    assert len(bbbc038(str(tmp_path), split="train").samples()) == 6


def test_a_modality_left_out_is_a_domain_of_other_images(tmp_path):
    dataset = bbbc038(str(write_nuclei(tmp_path, ROWS)), source="fluorescence")
    assert dataset.domains == ("histology",)
    assert {s.attributes["modality"] for s in dataset.samples()} == {"fluorescence"}
    assert {s.attributes["modality"] for s in dataset.samples("histology")} == {"histology"}
    assert dataset.population_of("histology") != dataset.population_of()
    with pytest.raises(WrongCall, match=r"no image has modality 'florescence' .*fluorescence"):
        bbbc038(str(tmp_path), source="florescence")


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
        BadData, match=r"attributes\.csv: file_name: expected .*'a.png', found 'oth"
    ):
        coco(str(folder))


def test_an_image_of_no_modality_belongs_to_no_source(tmp_path):
    rows = {**ROWS, "n24": ("test", "", "sparse")}
    root = write_nuclei(tmp_path, rows)
    assert len(bbbc038(str(root)).samples()) == 19
    with pytest.raises(BadData, match=r"n24\.png: modality: expected .*\(1 of 19 images\)"):
        bbbc038(str(root), source="fluorescence")


def test_a_subset_is_keyed_by_ids_and_has_every_stratum_s_share(tmp_path):
    root = write_nuclei(tmp_path, ROWS)
    chosen = bbbc038(str(root), subset=9).samples()
    assert len(chosen) == 9
    whole = [s.attributes["modality"] for s in bbbc038(str(root)).samples()]
    part = [s.attributes["modality"] for s in chosen]
    for value in set(whole):
        assert abs(part.count(value) - whole.count(value) / 2) <= 1
    assert [s.id for s in chosen] == [s.id for s in bbbc038(str(root), subset=9).samples()]
    with pytest.raises(WrongCall, match="subset: expected 1 to 18 images, found 19"):
        bbbc038(str(root), subset=19)


def test_a_directory_without_attributes_is_all_test_images(tmp_path):
    root = write_nuclei(tmp_path, ROWS)
    (root / "attributes.csv").unlink()
    assert len(bbbc038(str(root)).samples()) == 24
    with pytest.raises(BadData, match="split=train: expected the attribute `split`, found none"):
        bbbc038(str(root), split="train")


def test_a_nucleus_of_another_size_than_its_image_is_named(tmp_path):
    root = write_nuclei(tmp_path, ROWS)
    Image.fromarray(rectangle(0, 0, 5, 5, (30, 30))).save(root / "n01" / "masks" / "m.png")
    sample = next(s for s in bbbc038(str(root)).samples() if s.id == "n01")
    with pytest.raises(BadData, match=r"n01/masks/m\.png: expected \(40, 60\) pixels"):
        sample.truth["annotations"]


def test_a_nucleus_without_a_pixel_is_named_unless_shrinking_took_it(tmp_path):
    root = write_nuclei(tmp_path, {"n01": ROWS["n01"]})
    path = root / "n01" / "masks" / "m.png"
    Image.fromarray(255 * rectangle(2, 2, 1, 1)).save(path)
    assert only_truth(bbbc038(str(root), max_side=30))[1] == []
    Image.fromarray(np.zeros(SIZE, np.uint8)).save(path)
    with pytest.raises(BadData, match=r"m\.png: expected the pixels of a nucleus, found none"):
        only_truth(bbbc038(str(root)))


def test_an_image_without_a_folder_of_masks_is_not_one_without_nuclei(tmp_path):
    root = write_nuclei(tmp_path, {"n01": ROWS["n01"]})
    (root / "n01" / "masks" / "m.png").unlink()
    assert only_truth(bbbc038(str(root)))[1] == []
    (root / "n01" / "masks").rmdir()
    with pytest.raises(BadData, match="n01/masks: expected a folder of one PNG a nucleus"):
        bbbc038(str(root))


@pytest.mark.skipif(not (SHARED / "nuclei").exists(), reason=f"{SHARED / 'nuclei'} is not there")
def test_the_real_nuclei_have_the_known_images_and_masks():
    root = str(SHARED / "nuclei")
    whole = bbbc038(root, split="all")
    assert len(whole.samples()) == 497
    assert sum(len(s.truth["annotations"]) for s in whole.samples()) == 22_026
    test = bbbc038(root, source="fluorescence", max_side=256)
    assert len(test.samples()) + sum(len(test.samples(d)) for d in test.domains) == 199
    assert set(test.domains) == {"histology", "brightfield"}
    sample = test.samples("histology")[0]
    assert max(sample.inputs["image"].shape) <= 256
    subset = bbbc038(root, subset=96)
    assert len(subset.samples()) == 96
    assert len({s.attributes["modality"] for s in subset.samples()}) == 3
