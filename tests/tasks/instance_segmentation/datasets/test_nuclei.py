"""Nuclei in their upstream layout and in COCO's, written here and the real ones."""

import numpy as np
import pytest
from PIL import Image

from benchsuite.errors import BadData, WrongCall
from benchsuite_tasks.instance_segmentation.datasets.nuclei import bbbc038
from tests.tasks.instance_segmentation.layouts import SIZE, only_truth, rectangle, write_image
from tests.tasks.instance_segmentation.reference import SHARED


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


def test_a_mask_may_be_in_colours_and_a_deep_one_is_refused(tmp_path):
    root = write_nuclei(tmp_path, {"n01": ROWS["n01"]})
    path = root / "n01" / "masks" / "m.png"
    blue = np.zeros((*SIZE, 4), np.uint8)
    blue[2:5, 2:5, 2], blue[..., 3] = 1, 255
    Image.fromarray(blue).save(path)
    (found,) = only_truth(bbbc038(str(root)))[1]
    assert found["area"] == 9
    Image.fromarray(np.full(SIZE, 999, np.uint16)).save(path)
    with pytest.raises(BadData, match=r"m\.png: expected 8 bits a channel"):
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


def test_a_split_that_leaves_nothing_names_the_option_and_what_there_is(tmp_path):
    root = write_nuclei(tmp_path, {"n01": ROWS["n01"]})
    (root / "attributes.csv").write_text("file_name,split\nn01,heldout\n")
    with pytest.raises(
        BadData, match=r"dataset\.split=test: expected images of .* found heldout in"
    ):
        bbbc038(str(root))
    assert len(bbbc038(str(root), split="all").samples()) == 1


def test_a_mask_with_grey_edges_is_refused(tmp_path):
    root = write_nuclei(tmp_path, {"n01": ROWS["n01"]})
    grey = np.zeros(SIZE, np.uint8)
    grey[2:9, 2:9], grey[3:8, 3:8] = 90, 255
    Image.fromarray(grey).save(root / "n01" / "masks" / "m.png")
    with pytest.raises(
        BadData, match=r"m\.png: expected 0 and one other value, found .* 90 to 255"
    ):
        only_truth(bbbc038(str(root)))


def test_as_many_detections_count_as_an_image_has_nuclei_and_coco_s_hundred_is_an_option(tmp_path):
    root = str(write_nuclei(tmp_path, ROWS))
    made, coco = bbbc038(root), bbbc038(root, max_detections=100)
    assert made.shared["max_detections"] == 500
    assert made.protocol == "at most 500 detections of a class"
    assert "max_detections" not in coco.shared and coco.protocol == ""
    assert made.fingerprint != coco.fingerprint


@pytest.mark.skipif(not (SHARED / "nuclei").is_dir(), reason=f"{SHARED / 'nuclei'} is not there")
def test_no_real_image_has_more_nuclei_than_count():
    samples = bbbc038(str(SHARED / "nuclei"), split="all").samples()
    assert 300 < max(len(s.truth["annotations"]) for s in samples) < 500
