"""A directory of one's own and the upstream layout load without an edit, and bad input is one line."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from benchsuite.errors import BadData, WrongCall
from benchsuite.estimation import Code, Weights
from benchsuite_tasks.fairseg.datasets.harvard import harvard_fairseg
from benchsuite_tasks.fairseg.datasets.masks import masks
from benchsuite_tasks.fairseg.formats import read_masks
from benchsuite_tasks.fairseg.measure import Structures, measure
from benchsuite_tasks.fairseg.task import TASK

from .conftest import circle, npz, write_coco, write_csv


def computed(metric, table):
    """The estimate of everybody."""
    everybody = np.ones((len(table), 1), dtype=bool)
    weights = Weights(0, "d", 0)
    return metric.finish(metric.accumulate(table, weights, everybody), weights)


def loaded(root: Path, **options):
    """The dataset, as a run that skips no sample takes it."""
    made = masks(str(root), cluster="patient", **{"groups": ["race"], **options})
    if made.faults:
        raise BadData(made.faults[0])
    return made


# --- a directory of images, label maps and a table --------------------------------------------


def test_a_directory_is_a_dataset(directory):
    made = loaded(directory, halves=["age"], structures={"tumour": [1]})
    sample = made.samples()[3]
    assert (sample.id, sample.cluster_id) == ("s03", "p1")
    assert sample.attributes == {"race": "b", "age_half": "under 36"}
    assert sample.inputs["image"].dtype == np.uint8
    assert sample.truth["labels"].max() == 0
    assert made.metrics[0].name == "dice"
    assert made.protocol == "strict"


def test_attributes_cross_where_that_is_asked_for(directory):
    made = loaded(directory, halves=["age"], crossed=[["race", "age_half"]])
    assert TASK.on(made).crossed == (("race", "gender"), ("race", "age_half"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"groups": "race"}, r"dataset\.groups: expected a list \(\[race\]\), found 'race'"),
        ({"halves": "age"}, r"dataset\.halves: expected a list"),
        ({"crossed": ["race", "age"]}, r"dataset\.crossed: expected lists of attributes .*'?race"),
        ({"crossed": [["race", "gendre"]]}, r"dataset\.crossed: expected one of .* found 'gendre'"),
    ],
)
def test_an_option_that_is_no_list_or_no_attribute_is_one_line(directory, options, message):
    with pytest.raises(WrongCall, match=message):
        loaded(directory, **options)


def changed(root: Path, change) -> None:
    """The table of attributes with a change to its rows."""
    with (root / "attributes.csv").open() as file:
        rows = list(csv.DictReader(file))
    change(rows)
    write_csv(root / "attributes.csv", rows)


@pytest.mark.parametrize(
    "value", ["", "-1", "-1.0", "NA", "n/a", "NaN", "NULL", "Unknown", "Not Reported", " na "]
)
def test_an_unknown_attribute_is_in_no_group(directory, value):
    changed(directory, lambda rows: [row.update(race=value, age=value) for row in rows[:2]])
    made = loaded(directory, halves=["age"])
    assert made.samples()[0].attributes == {}
    assert made.samples()[4].attributes == {"race": "a", "age_half": "under 37"}


def test_none_is_a_value(directory):
    changed(directory, lambda rows: rows[0].update(race="none"))
    assert loaded(directory).samples()[0].attributes == {"race": "none"}


def test_the_header_may_have_blanks(directory):
    table = directory / "attributes.csv"
    before = loaded(directory).fingerprint
    table.write_text(table.read_text().replace(",", ", "))
    assert loaded(directory).fingerprint == before


def test_attributes_are_the_columns_of_few_values_unless_they_are_named(directory):
    assert set(masks(str(directory)).samples()[4].attributes) == {"patient", "race", "institution"}


def test_an_npy_is_a_label_map_like_a_png(directory):
    before = loaded(directory).samples()[4].truth["labels"]
    np.save(directory / "masks" / "s04.npy", before)
    (directory / "masks" / "s04.png").unlink()
    assert (loaded(directory).samples()[4].truth["labels"] == before).all()


def test_the_fingerprint_is_of_the_bytes_and_the_attributes(directory, tmp_path_factory):
    other = tmp_path_factory.mktemp("copy") / "elsewhere"
    shutil.copytree(directory, other)
    assert loaded(other).fingerprint == loaded(directory).fingerprint
    Image.fromarray(np.zeros((24, 24), np.uint8)).save(other / "masks" / "s05.png")
    assert loaded(other).fingerprint != loaded(directory).fingerprint
    assert loaded(directory, groups=["age"]).fingerprint != loaded(directory).fingerprint


def test_coco_is_read_as_the_union_of_each_category(directory):
    pytest.importorskip("pycocotools")
    write_coco(directory)
    made = loaded(directory)
    assert made.shared["structures"]["labels"] == {"nucleus": [1], "vessel": [2]}
    labels = made.samples()[0].truth["labels"]
    assert labels[12, 12] == labels[2, 2] == 1
    assert labels[21, 21] == 2
    assert labels[10, 1] == 0


def test_an_oracle_is_the_truth_s_boxes_and_the_rows_say_so(directory):
    made = loaded(directory, oracle="box", folds=2)
    assert made.protocol == "strict; cv2; oracle prompt"
    for sample, plain in zip(made.samples(), loaded(directory).samples(), strict=True):
        labels = plain.truth["labels"]
        (rows, columns), boxes = np.nonzero(labels), sample.inputs["oracle_boxes"]
        if not labels.any():
            assert boxes.shape == (0, 5)
            continue
        ((label, left, top, right, bottom),) = boxes.tolist()
        assert (label, left, top) == (1, columns.min(), rows.min())
        assert (right - 1, bottom - 1) == (columns.max(), rows.max())
        assert (sample.inputs["image"] == plain.inputs["image"]).all()
    assert "oracle_boxes" not in loaded(directory).samples()[1].inputs


def test_a_split_is_a_column(directory):
    assert [s.id for s in loaded(directory, split="test").samples()] == [
        f"s{i:02d}" for i in range(6, 12)
    ]


def test_folds_keep_patients_together_and_spread_the_rarest_group(directory):
    made = loaded(directory, folds=2)
    samples = made.samples()
    folds = {
        s.cluster_id: {t.inputs["fold"] for t in samples if t.cluster_id == s.cluster_id}
        for s in samples
    }
    assert all(len(own) == 1 for own in folds.values())
    b = [next(iter(folds[c])) for c in ("p1", "p3", "p5")]
    assert set(b) == {"0", "1"}
    assert made.protocol == "strict; cv2"
    assert loaded(directory, folds="institution").samples()[7].inputs["fold"] == "B"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda rows: rows[3].update(id=""),
            r"attributes.csv:5: id: expected an id, found nothing",
        ),
        (lambda rows: rows[3].update(id="s01"), r"attributes.csv:5: id: 's01' occurs twice"),
        (
            lambda rows: rows[3].update(id="s99"),
            r"id: expected a row for 's03\.png', found none; .* no image: s99",
        ),
        (
            lambda rows: rows[3].update(id="../s03"),
            r"id: expected a row for 's03\.png', found none; 1 of 12 .*'\.\./s03'",
        ),
        (
            lambda rows: rows[3].update(age="old"),
            r"attributes\.csv: 's03': age: expected a finite number, found 'old'",
        ),
        (
            lambda rows: rows[3].update(age="-inf"),
            r"'s03': age: expected a finite number, found '-inf'",
        ),
        (
            lambda rows: [row.update(age="NaN") for row in rows],
            r"attributes\.csv: age: expected a number in some row, found none",
        ),
        (
            lambda rows: rows[3].update(patient=""),
            r"attributes\.csv: 's03': patient: expected the cluster that .*, found none",
        ),
        (lambda rows: rows[3].update(patient="NA"), r"'s03': patient: expected .*, found none"),
    ],
)
def test_a_bad_table_is_one_line(directory, change, message):
    changed(directory, change)
    with pytest.raises(BadData, match=message):
        loaded(directory, halves=["age"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"folds": "race"}, "folds: 's00': expected its race, found none"),
        ({"folds": "age"}, "folds: cluster 'p0': expected one age, found '30' and '31'"),
        ({"folds": "institution", "split": "test"}, "institution: expected two values or more"),
        ({"folds": 7}, "folds: expected at most one a cluster, 6, found 7"),
        ({"folds": 1}, "folds: expected 2 or more, or a column, found 1"),
        ({"folds": "centre"}, "folds: expected a column 'centre', found none"),
        ({"id": "name"}, "expected the column 'name'"),
        ({"groups": ["rase"]}, r"expected the column 'rase', found none \(did you mean race"),
        ({"split": "val"}, "split: expected rows with 'val', found test, train"),
        ({"structures": {"a": [1]}, "reported": ["b"]}, r"dataset\.reported: .* found 'b'"),
        ({"ratio": ["structure", "b"]}, r"dataset\.ratio: .* found 'b'"),
        ({"ratio": ["structure"]}, r"dataset\.ratio: expected two structures or none, found \('"),
        ({"structures": {"a": [300]}}, r"dataset\.structures: a: .* 1 to 255, found \[300\]"),
        ({"structures": {"a": [-1]}}, r"dataset\.structures: a: .* found \[-1\]"),
        ({"structures": {"a": [0]}}, r"dataset\.structures: a: .* found \[0\]"),
        ({"structures": {"a": [1.5]}}, r"dataset\.structures: a: .* found \[1\.5\]"),
        ({"structures": {"a": []}}, r"dataset\.structures: a: expected a list of labels"),
        (
            {"structures": {"a": 1}},
            r"dataset\.structures: a: expected a list of labels, .* found 1",
        ),
        ({"structures": "a"}, r"dataset\.structures: expected \{name: \[labels\]\}, found 'a'"),
    ],
)
def test_a_wrong_option_is_one_line(directory, options, message):
    with pytest.raises(BadData, match=message):
        loaded(directory, **options)


def test_an_unknown_protocol_is_a_wrong_call(directory):
    with pytest.raises(WrongCall, match=r"dataset\.protocol: expected one of strict, fairseg"):
        loaded(directory, protocol="fairsex")
    with pytest.raises(WrongCall, match=r"dataset\.oracle: expected box or nothing, found 'point'"):
        loaded(directory, oracle="point")


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


def again(key, **changes):
    """A change to a file of annotations: the first entry under `key` twice, the second changed."""
    return lambda held: held[key].append({**held[key][0], **changes})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda held: held.pop("categories"), "categories: expected a list of objects, found None"),
        (
            lambda held: held["annotations"][4].update(category_id=4),
            "annotation at 4: category_id: expected a category, found 4",
        ),
        (
            lambda held: held["annotations"][4].update(image_id=99),
            "annotation at 4: image_id: expected an image, found 99",
        ),
        (
            lambda held: held["annotations"][4].update(segmentation=[]),
            r"image 1: annotation .*: segmentation: expected polygons or an RLE, found \[\]",
        ),
        (lambda held: held["categories"].pop(), "category_id: expected a category, found 3"),
        (again("images", id=99), "image 99: the file_name s00.png occurs twice"),
        (again("images", file_name="x.png"), "images: the id 0 occurs twice"),
        (again("categories", id=99), "categories: the name vessel occurs twice"),
        (again("categories", name="other"), "categories: the id 7 occurs twice"),
        (
            lambda held: [one.update(id=5) for one in held["annotations"][2:4]],
            "annotation 5: the id 5 occurs twice",
        ),
        (lambda held: held["images"].pop(3), "image_id: expected an image, found 3"),
        (
            lambda held: held["images"][3].update(file_name="x.png"),
            "expected one 's03.png', found no",
        ),
        (lambda held: held["images"][3].update(height=25), r"mask: expected the size \[25, 24\]"),
    ],
)
def test_bad_coco_is_one_line(directory, change, message):
    pytest.importorskip("pycocotools")
    write_coco(directory)
    held = json.loads((directory / "annotations.json").read_text())
    change(held)
    (directory / "annotations.json").write_text(json.dumps(held))
    with pytest.raises(BadData, match=message) as error:
        loaded(directory)
    assert "\n" not in str(error.value)


def test_a_structure_is_of_categories_that_there_are(directory):
    pytest.importorskip("pycocotools")
    write_coco(directory)
    assert loaded(directory, structures={"any": [1, 2]}).shared["structures"]["reported"] == ["any"]
    with pytest.raises(BadData, match=r"dataset\.structures: expected labels 1 to 2, .* found 7"):
        loaded(directory, structures={"vessel": [7]})
    first = loaded(directory, structures={"one": [1]})
    assert max(s.truth["labels"].max() for s in first.samples()) == 1, "the others are background"


def test_masks_and_annotations_together_are_refused(directory):
    (directory / "annotations.json").write_text("{}")
    with pytest.raises(BadData, match=r"expected masks/ or annotations\.json, found both"):
        loaded(directory)


# --- Harvard-FairSeg --------------------------------------------------------------------------


def test_the_upstream_layout_loads(harvard):
    made = harvard_fairseg(str(harvard))
    assert [s.id for s in made.samples()] == [f"data_{i:05d}" for i in range(4)]
    sample = made.samples()[1]
    assert sample.attributes == {
        "race": "Black", "gender": "Male", "language": "English", "age": "60 and over",
        "maritalstatus": "Other",
    }  # fmt: skip
    assert set(np.unique(sample.truth["labels"])) == {0, 1, 2}
    assert sample.inputs["image"].dtype == np.uint8
    assert len(harvard_fairseg(str(harvard), split="train").samples()) == 2


def test_the_loaders_own_names_of_keys_are_read_too(harvard):
    npz(harvard / "data_00000.npz", slo_fundus=None, fundus_slo=np.zeros((40, 40)), ethnicity=None,
        hispanic=np.array(1), disc_cup_mask=None, disc_cup=np.zeros((40, 40)))  # fmt: skip
    sample = harvard_fairseg(str(harvard)).samples()[0]
    assert sample.attributes["ethnicity"] == "Hispanic"
    assert sample.truth["labels"].sum() == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"slo_fundus": None}, "expected the key 'slo_fundus', found disc_cup_mask, age"),
        ({"race": None}, "expected the key 'race'"),
        ({"race": np.array(7)}, "race: expected a code of -1, 0, 1, 2, found 7"),
        ({"gender": np.array(-2)}, "gender: expected a code of -1, 0, 1, found -2"),
        ({"disc_cup_mask": np.full((40, 40), 4)}, "expected a mask .* of 0, -1 and -2, found"),
        ({"disc_cup_mask": np.zeros((40, 41))}, r"one size, found \(40, 40\) and \(40, 41\)"),
        ({"age": np.array([1, 2])}, "age: expected one number"),
        ({"age": np.array(np.nan)}, "age: expected years or days, or -1, found nan"),
        ({"age": np.array(np.inf)}, "age: expected years or days, or -1, found inf"),
        ({"age": np.array(-5)}, "age: expected years or days, or -1, found -5"),
        ({"race": np.array([{}], dtype=object)}, "race: a readable array without pickle"),
        ({"slo_fundus": np.zeros((4, 4, 4))}, "expected a grey image"),
        ({"slo_fundus": np.zeros((0, 40))}, "expected a grey image"),
        ({"slo_fundus": np.full((40, 40), np.nan)}, "expected grey values 0 to 255, found nan to"),
        ({"slo_fundus": np.full((40, 40), 256)}, "expected grey values 0 to 255, found 256 to 256"),
        ({"slo_fundus": np.full((40, 40), -3.0)}, "expected grey values 0 to 255, found -3 to -3"),
        ({"slo_fundus": np.eye(40) / 2}, "expected grey values 0 to 255, found 0 to 0.5"),
        ({"slo_fundus": np.eye(40)}, "expected grey values 0 to 255, found 0 to 1"),
    ],
)
def test_a_bad_npz_is_one_line_with_file_and_key(harvard, changes, message):
    npz(harvard / "data_00002.npz", **changes)
    with pytest.raises(BadData, match=message) as error:
        harvard_fairseg(str(harvard))
    assert "data_00002.npz" in str(error.value)


def test_a_listed_file_that_is_missing_or_broken_is_named(harvard):
    (harvard / "data_00001.npz").write_bytes(b"PK")
    with pytest.raises(BadData, match=r"data_00001\.npz: expected an npz file"):
        harvard_fairseg(str(harvard))
    (harvard / "data_00001.npz").unlink()
    with pytest.raises(BadData, match=r"test.txt:2: expected a file .* no 'data_00001.npz'"):
        harvard_fairseg(str(harvard))
    with pytest.raises(BadData, match=r"val\.txt: expected a readable file, found"):
        harvard_fairseg(str(harvard), split="val")


# --- rows, images and columns -------------------------------------------------------------------


def without_row(root: Path, key: str) -> None:
    changed(root, lambda rows: rows.remove(next(row for row in rows if row["id"] == key)))


def test_an_image_without_a_row_is_refused_kept_or_skipped(directory):
    without_row(directory, "s05")
    with pytest.raises(
        BadData, match=r"attributes\.csv: id: expected a row for 's05\.png', .*keep"
    ):
        masks(str(directory))
    kept = masks(str(directory), groups=["race"], unlisted="keep")
    assert len(kept.samples()) == 12
    assert next(s for s in kept.samples() if s.id == "s05").attributes == {}
    skipped = masks(str(directory), groups=["race"], unlisted="skip")
    assert "s05" not in {s.id for s in skipped.samples()}
    assert len(masks(str(directory), unlisted="keep").samples()) == 12
    told = "attributes.csv: 1 of 12 images have no row, such as 's05.png'"
    assert told in kept.warnings and told in skipped.warnings
    with pytest.raises(BadData, match=r"'s05': patient: expected the cluster"):
        loaded(directory, unlisted="keep")


def test_a_row_may_name_the_folder_of_images(directory):
    plain = loaded(directory)
    changed(directory, lambda rows: [row.update(id=f"images/{row['id']}.png") for row in rows])
    made = loaded(directory)
    assert {s.id for s in made.samples()} == {f"{s.id}.png" for s in plain.samples()}
    assert len(read_masks(directory / "masks", made)) == 12


def test_a_column_that_is_asked_for_and_always_unknown_is_told(directory):
    changed(directory, lambda rows: [row.update(race="NA") for row in rows])
    made = masks(str(directory), groups=["race"])
    assert "attributes.csv: race: 12 values count as unknown (NA)" in made.warnings[0]


def test_names_in_another_form_of_unicode_meet(directory):
    for folder in ("images", "masks"):
        (directory / folder / "s05.png").rename(directory / folder / "se\u0301.png")
    changed(directory, lambda rows: rows[5].update(id="s\u00e9"))
    made = loaded(directory)
    assert {s.id for s in made.samples()} >= {"s\u00e9", "s04"}
    assert len(read_masks(directory / "masks", made)) == 12


def test_files_that_a_system_hides_are_no_images(directory):
    (directory / "images" / "._s05.png").write_bytes(b"of a Mac")
    assert len(loaded(directory).samples()) == 12


@pytest.mark.parametrize("column", ["dice", "size", "area_structure", "cluster", "error"])
def test_a_column_that_the_suite_needs_is_refused_with_the_file(directory, column):
    changed(directory, lambda rows: [row.update({column: row["race"] or "c"}) for row in rows])
    with pytest.raises(BadData, match=rf"attributes\.csv: attribute '{column}': .*dataset\.groups"):
        masks(str(directory))
    assert masks(str(directory), groups=["race"]).samples()


def test_the_columns_that_are_refused_are_those_that_are_measured(directory):
    made = loaded(directory, structures={"a": [1], "b": [1, 2]}, ratio=["a", "b"])
    sample = made.samples()[1]
    row = TASK.measure(sample, sample.truth["labels"], made.shared)
    assert Structures(**made.shared["structures"]).columns == {*row}


def test_marks_of_one_s_own_and_patients_that_repeat(directory):
    changed(directory, lambda rows: [row.update(race="9999") for row in rows[2:5]])
    made = masks(str(directory), groups=["race"], missing=[9999])
    assert {s.attributes.get("race") for s in made.samples()} == {None, "a", "b"}
    assert any("race: 3 values count as unknown (9999)" in line for line in made.warnings)
    assert any("patient: 12 samples are of 6" in line for line in made.warnings)
    assert not any("patient" in line for line in loaded(directory).warnings)
