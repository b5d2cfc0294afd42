"""A directory of one's own and the upstream layout load without an edit, and bad input is one line."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from benchsuite.errors import BadData, WrongCall
from benchsuite_tasks.fairseg.datasets.masks import masks
from benchsuite_tasks.fairseg.task import TASK

from .conftest import write_coco
from .loading import changed, loaded


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
