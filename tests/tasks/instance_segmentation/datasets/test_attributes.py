"""The table of attributes beside COCO's annotations, and the images that it describes."""

import json

import numpy as np
import pytest

from benchsuite.errors import BadData
from benchsuite_tasks.instance_segmentation.datasets.coco import coco
from benchsuite_tasks.instance_segmentation.formats import Detections, read_results
from benchsuite_tasks.instance_segmentation.measure import COLUMNS, measure
from tests.tasks.instance_segmentation.layouts import (
    write_coco,
)


def four(folder, text, **options):
    images = [
        {"id": number, "file_name": f"{number}.png", "height": 40, "width": 60}
        for number in range(4)
    ]
    write_coco(folder, [], images)
    (folder / "attributes.csv").write_text(text)
    return coco(str(folder), **options)


def test_an_image_without_a_row_is_refused_kept_or_skipped(tmp_path):
    text = "file_name,light\n0.png,dim\n1.png,day\n2.png,day\n"
    with pytest.raises(BadData, match=r"expected a row for '3\.png', found none; 1 of 4 images"):
        four(tmp_path, text)
    kept = coco(str(tmp_path), unlisted="keep")
    assert [s.attributes for s in kept.samples()][3] == {}
    skipped = coco(str(tmp_path), unlisted="skip")
    assert len(skipped.samples()) == 3
    results = tmp_path / "results.json"
    found = {"category_id": 1, "score": 0.5, "bbox": [1, 1, 5, 5]}
    results.write_text(json.dumps([{**found, "image_id": 3.0}]))
    assert not any(map(len, read_results(results, skipped).values()))
    results.write_text(json.dumps([{**found, "image_id": 4}]))
    with pytest.raises(BadData, match="expected an image of the dataset, found 4"):
        read_results(results, skipped)
    assert "1 of 4 images have no row" in kept.warnings[0]


def test_images_of_a_patient_are_drawn_together_or_that_is_told(tmp_path):
    text = "file_name,patient\n" + "".join(f"{i}.png,p{i % 3}\n" for i in range(4))
    made = four(tmp_path, text)
    assert any("patient: 4 samples are of 3" in line for line in made.warnings)
    clustered = coco(str(tmp_path), cluster="patient")
    assert [s.cluster_id for s in clustered.samples()] == ["p0", "p1", "p2", "p0"]
    assert clustered.samples()[0].attributes == {}
    assert clustered.warnings == ()
    assert clustered.fingerprint != made.fingerprint
    text = text.replace("p2", "NA")
    with pytest.raises(BadData, match=r"attributes\.csv:4: patient: expected the cluster"):
        four(tmp_path, text, cluster="patient")


@pytest.mark.parametrize("column", COLUMNS)
def test_a_column_that_the_suite_needs_is_refused_with_the_file(tmp_path, column):
    text = f"file_name,{column},light\n" + "".join(f"{i}.png,5,day\n" for i in range(4))
    with pytest.raises(BadData, match=rf"attributes\.csv: attribute '{column}': .*dataset\.groups"):
        four(tmp_path, text)
    assert coco(str(tmp_path), groups=["light"]).samples()[0].attributes == {"light": "day"}


def test_the_columns_that_are_refused_are_those_that_are_measured(tmp_path):
    made = coco(str(write_coco(tmp_path)))
    (sample,) = made.samples()
    nothing = Detections(np.zeros(0, np.int64), np.zeros(0), np.zeros((0, 4)), ())
    assert {*measure(sample, nothing, made.shared)} == {*COLUMNS}
