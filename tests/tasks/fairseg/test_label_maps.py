"""Label maps of a directory are read as they are stored, and bad ones are one line."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from benchsuite.errors import BadData, WrongCall
from benchsuite.estimation import Code
from benchsuite_tasks.fairseg.datasets.masks import masks
from benchsuite_tasks.fairseg.formats import read_masks
from benchsuite_tasks.fairseg.measure import measure

from .conftest import circle, write_coco
from .loading import computed, loaded


def replaced(root: Path, array: np.ndarray) -> None:
    """The label map of s04, as an array."""
    (root / "masks" / "s04.png").unlink()
    np.save(root / "masks" / "s04.npy", array)


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((24, 20), np.uint8), r"one size, found \(24, 24\) and \(24, 20\)$"),
        (np.zeros((24, 24, 3)), r"expected a label map \(H, W\) .* \(24, 24, 3\)$"),
        (np.zeros((24, 24), "S1"), r"expected a label map \(H, W\) of whole numbers, found \|S1"),
        (np.full((24, 24), 0.5), "expected labels, whole numbers, found 0.5$"),
        (np.full((24, 24), np.nan), "expected labels, whole numbers, found nan$"),
        (np.full((24, 24), -np.inf), "expected labels, whole numbers, found -inf$"),
    ],
)
def test_a_bad_label_map_is_one_line(directory, array, message, binary):
    replaced(directory, array)
    with pytest.raises(BadData, match=message):
        loaded(directory, binary=binary)


def test_a_label_map_of_colours_is_refused(directory):
    Image.new("RGB", (24, 24), (1, 0, 0)).save(directory / "masks" / "s04.png")
    with pytest.raises(BadData, match=r"expected one label a pixel, found colours \(mode RGB\)"):
        loaded(directory)


@pytest.mark.parametrize("value", [255, -1, 7.0])
def test_other_whole_numbers_are_read_where_it_is_said(directory, value):
    replaced(directory, np.full((24, 24), value))
    found = rf"found {value:g} to {value:g}"
    with pytest.raises(BadData, match=rf"expected labels 0 to 1, {found} \(dataset\.binary=true"):
        loaded(directory)
    with pytest.raises(BadData, match=rf"expected labels 0 to 2, {found}$"):
        loaded(directory, structures={"a": [1], "b": [2]})
    assert loaded(directory, binary=True).samples()[4].truth["labels"].max() == 1


def test_grey_edges_are_no_binary_mask_until_a_threshold_cuts_them(directory):
    grey = np.asarray(Image.fromarray(np.uint8(255 * circle(48, 12))).resize((24, 24)))
    assert len(np.unique(grey)) > 2
    replaced(directory, grey)
    with pytest.raises(BadData, match=r"s04\.npy: expected 0 and one other .*threshold=128"):
        loaded(directory, binary=True)
    for value, stored in ((128, grey), (0.5, grey / 255)):
        np.save(directory / "masks" / "s04.npy", stored)
        made = loaded(directory, threshold=value)
        labels = made.samples()[4].truth["labels"]
        assert (labels == (stored >= value)).all()
        assert made.protocol == f"strict; threshold {value:g}"
    with pytest.raises(BadData, match=r"0 and one other value, .* \(dataset\.threshold=128\)"):
        loaded(directory, threshold=128)
    np.save(directory / "masks" / "s04.npy", grey)
    with pytest.raises(BadData, match=r"0 and one other value, .* \(dataset\.threshold=0\.5\)"):
        loaded(directory, threshold=0.5)
    np.save(directory / "masks" / "s04.npy", np.uint8(grey > 127))
    for value in (128, 0.5):
        assert loaded(directory, threshold=value).samples()[4].truth["labels"].sum() > 9
        assert loaded(directory, threshold=value).fingerprint != loaded(directory).fingerprint


def test_a_jpeg_mask_needs_a_threshold(directory):
    (directory / "masks" / "s04.png").unlink()
    Image.fromarray(np.uint8(255 * circle(24, 8))).save(directory / "masks" / "s04.jpg")
    for options in ({}, {"binary": True}):
        with pytest.raises(BadData, match=r"s04\.jpg: .*JPEG, which changes labels"):
            loaded(directory, **options)
    labels = loaded(directory, threshold=1).samples()[4].truth["labels"]
    assert labels[12, 12] == 1


def test_ignored_pixels_count_neither_in_truth_nor_prediction(directory):
    labels = circle(24, 8).astype(np.int16)
    labels[:, :12] = -1
    replaced(directory, labels)
    made = loaded(directory, ignore=-1)
    assert made.protocol == "strict; ignored label -1"
    sample = made.samples()[4]
    right = np.where(labels == 1, 1, 0)
    rng = np.random.default_rng(0)
    for there in (rng.integers(0, 2, (24, 12)), 0, 1, 9):
        found = right.copy()
        found[:, :12] = there
        row = measure(sample, found, made.shared)
        assert (row["dice"], row["hd95"], row["area_structure"]) == (1, 0, right.sum())
    with pytest.raises(BadData, match="prediction: expected labels 0 to 1, found 0 to 9"):
        measure(sample, np.where(labels == 1, 9, 0), made.shared)


def test_a_prediction_may_hold_the_ignored_label_too(directory, tmp_path):
    labels = circle(24, 8).astype(np.uint8)
    labels[:, :12] = 255
    replaced(directory, labels)
    made = loaded(directory, ignore=255)
    (tmp_path / "found").mkdir()
    for sample in made.samples():
        np.save(tmp_path / "found" / f"{sample.id}.npy", labels)
    found = read_masks(tmp_path / "found", made)
    assert measure(made.samples()[4], found["s04"], made.shared)["dice"] == 1
    with pytest.raises(BadData, match="prediction: expected labels 0 to 1, found 0 to 255"):
        measure(made.samples()[5], found["s05"], made.shared)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"threshold": 0}, r"dataset\.threshold: expected a number above 0, found 0"),
        ({"threshold": "x"}, r"dataset\.threshold: expected a number above 0, found 'x'"),
        ({"threshold": 9, "binary": True}, "expected no dataset.binary beside it"),
        ({"threshold": 9, "structures": {"a": [2]}}, "expected structures of label 1 alone"),
        ({"ignore": 1}, r"dataset\.ignore: expected a whole number outside 0 to 1, found 1"),
        ({"ignore": 2.5}, r"dataset\.ignore: expected a whole number outside 0 to 1, found 2.5"),
        ({"ignore": 256, "structures": {"a": [255]}}, "structures of labels up to 254, found 255"),
    ],
)
def test_options_of_label_maps_that_exclude_each_other_are_one_line(directory, options, message):
    with pytest.raises(BadData, match=message):
        loaded(directory, **options)


def test_annotations_have_no_ignored_pixels(directory):
    pytest.importorskip("pycocotools")
    write_coco(directory)
    with pytest.raises(WrongCall, match=r"dataset\.ignore: expected masks/"):
        loaded(directory, ignore=255)


@pytest.mark.parametrize("protocol", ["strict", "fairseg"])
def test_a_structure_that_nobody_has_takes_no_part_and_has_no_value(directory, protocol):
    alone = loaded(directory, structures={"cell": [1]}, protocol=protocol)
    made = loaded(
        directory, structures={"things": [2], "cell": [1], "more": [3]}, protocol=protocol,
        ratio=["things", "cell"],
    )  # fmt: skip
    assert made.protocol == f"{protocol}; no things in any truth; no more in any truth"
    values = dict.fromkeys(("dice", "dice_things", "dice_more", "dice_cell", "hd95_things"))
    for values_of, dataset in ((values, made), (alone_values := {"dice": None}, alone)):
        rows = []
        for sample in dataset.samples():
            found = np.roll(sample.truth["labels"], 2)
            row = measure(sample, found, dataset.shared)
            rows.append({"sample_id": sample.id, "cluster": sample.cluster_id, **row})
        table = pd.DataFrame(rows)
        for metric in dataset.metrics:
            if metric.name in values_of:
                (values_of[metric.name],) = computed(metric, table)
    assert values["dice"].value == values["dice_cell"].value == alone_values["dice"].value
    for name in ("dice_things", "dice_more", "hd95_things"):
        assert np.isnan(values[name].value)
        assert [note.code for note in values[name].notes] == [Code.EMPTY]
    assert "cdr_error" not in [metric.name for metric in made.metrics]


def test_where_no_structure_is_anywhere_nothing_has_a_value(directory):
    for path in (directory / "masks").iterdir():
        Image.new("L", (24, 24)).save(path)
    made = loaded(directory)
    rows = [
        {"sample_id": one.id, "cluster": one.id} | measure(one, one.truth["labels"], made.shared)
        for one in made.samples()
    ]
    for metric in made.metrics:
        (found,) = computed(metric, pd.DataFrame(rows))
        assert np.isnan(found.value), metric.name
    alarms = loaded(directory, estimand="clusters").metrics[-1]
    assert computed(alarms, pd.DataFrame(rows))[0].value == 0


def test_a_bad_sample_is_a_fault_of_the_dataset_and_fails_alone(directory):
    (directory / "masks" / "s04.png").write_bytes(b"hello")
    (directory / "images" / "s07.png").write_bytes(b"hello")
    made = masks(str(directory))
    assert ["s04.png" in made.faults[0], "s07.png" in made.faults[1]] == [True, True]
    for sample in made.samples():
        if sample.id in ("s04", "s07"):
            for read in (lambda s: s.inputs["image"], lambda s: s.truth["labels"]):
                with pytest.raises(BadData, match=f"{sample.id}.png"):
                    read(sample)
        else:
            assert sample.inputs["image"].shape == sample.truth["labels"].shape


def test_an_annotation_tool_s_folders_do_not_hide_an_image(directory):
    pytest.importorskip("pycocotools")
    write_coco(directory)
    plain = loaded(directory).samples()[4].truth["labels"]
    held = json.loads((directory / "annotations.json").read_text())
    for image in held["images"]:
        image["file_name"] = f"..\\images\\{image['file_name']}"
    (directory / "annotations.json").write_text(json.dumps(held))
    assert (loaded(directory).samples()[4].truth["labels"] == plain).all()
    held["images"][3]["file_name"] = "other/s04.png"
    (directory / "annotations.json").write_text(json.dumps(held))
    with pytest.raises(BadData, match=r"expected one 's0[34]\.png', found"):
        loaded(directory)


def test_an_image_that_was_masked_as_stored_is_not_turned(directory):
    stored = np.arange(24 * 20, dtype=np.uint8).reshape(24, 20)
    turned = Image.Exif()
    turned[0x0112] = 6
    Image.fromarray(stored).save(directory / "images" / "s04.png", exif=turned)
    replaced(directory, np.ones((20, 24), np.uint8))
    assert (loaded(directory).samples()[4].inputs["image"] == np.rot90(stored, -1)).all()
    np.save(directory / "masks" / "s04.npy", np.ones((24, 20), np.uint8))
    assert (loaded(directory).samples()[4].inputs["image"] == stored).all()


def test_objects_in_an_array_are_refused(directory):
    (directory / "masks" / "s04.png").unlink()
    np.save(directory / "masks" / "s04.npy", np.array([{}], dtype=object))
    with pytest.raises(BadData, match="expected an array without pickle"):
        loaded(directory)


def test_something_that_is_no_image_is_one_line(directory):
    (directory / "images" / "s04.png").write_bytes(b"hello")
    with pytest.raises(BadData, match=r"s04\.png: expected an image"):
        loaded(directory)
    Image.fromarray(np.full((24, 24), 40_000, np.uint16)).save(directory / "images" / "s04.png")
    with pytest.raises(BadData, match=r"s04\.png: expected 8 bits a channel, found mode I;16"):
        loaded(directory)
