"""COCO results files: what is read, and the one line that a bad entry gets."""

import contextlib
import io
import json

import numpy as np
import pandas as pd
import pytest
from pycocotools.coco import COCO

from benchsuite.cli import main
from benchsuite.dataset import Sample
from benchsuite.errors import BadData
from benchsuite.files.masks import encoded
from benchsuite.runs.exchange import Recorded, read_predictions
from benchsuite.runs.find import find_runs
from benchsuite.runs.plan import Run
from benchsuite_tasks.instance_segmentation.datasets.coco import coco
from benchsuite_tasks.instance_segmentation.datasets.mini import scenes_mini
from benchsuite_tasks.instance_segmentation.datasets.nuclei import bbbc038
from benchsuite_tasks.instance_segmentation.formats import Detections, read_results, write_results
from benchsuite_tasks.instance_segmentation.measure import measure
from benchsuite_tasks.instance_segmentation.task import TASK

SIZE = (40, 60)


@pytest.fixture
def folder(tmp_path):
    content = {
        "images": [
            {"id": 7, "file_name": "a.png", "height": 40, "width": 60},
            {"id": 12, "file_name": "b.png", "height": 40, "width": 60},
        ],
        "annotations": [
            {"id": 1, "image_id": 7, "category_id": 3, "iscrowd": 0, "area": 200, "bbox": [10, 5, 20, 10],
             "segmentation": [[10, 5, 30, 5, 30, 15, 10, 15]]},
        ],
        "categories": [{"id": 3, "name": "car"}, {"id": 1, "name": "person"}],
    }  # fmt: skip
    (tmp_path / "annotations.json").write_text(json.dumps(content))
    return tmp_path


def mask(size=SIZE):
    made = np.zeros(size)
    made[5:15, 10:30] = 1
    return encoded(made)


def entry(**more):
    return {"image_id": 7, "category_id": 3, "score": 0.5, "segmentation": mask(), **more}


def read(folder, rows, **options):
    path = folder / "results.json"
    path.write_text(json.dumps(rows))
    return read_results(path, coco(str(folder), **options))


def test_an_image_without_an_entry_has_no_detection_and_a_mask_has_its_own_box(folder):
    found = read(folder, [entry()])
    assert set(found) == {"000000000007", "000000000012"}
    assert len(found["000000000012"]) == 0
    assert found["000000000007"].boxes.tolist() == [[10, 5, 20, 10]]


def test_an_image_may_be_called_by_its_number_as_text_or_by_the_sample_s_id(folder):
    rows = [entry(image_id=key) for key in (7, "7", "000000000007")]
    assert len(read(folder, rows)["000000000007"]) == 3


def test_text_is_a_sample_s_id_first_and_a_number_the_annotations_first(tmp_path):
    names = {1: "2.png", 2: "1.png"}
    content = {
        "images": [
            {"id": key, "file_name": name, "height": 40, "width": 60} for key, name in names.items()
        ],
        "annotations": [],
        "categories": [{"id": 1, "name": "nucleus"}],
    }
    (tmp_path / "annotations.json").write_text(json.dumps(content))
    for text, image in (("1", "1"), (1, "2")):
        (tmp_path / "r.json").write_text(json.dumps([entry(image_id=text, category_id=1)]))
        found = read_results(tmp_path / "r.json", bbbc038(str(tmp_path)))
        assert [key for key, one in found.items() if len(one)] == [image]


def test_results_for_an_image_of_another_domain_are_refused(folder, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    content = json.loads((folder / "annotations.json").read_text())
    content["images"], content["annotations"] = [{**content["images"][0], "id": 8}], []
    (other / "annotations.json").write_text(json.dumps(content))
    dataset = coco(str(folder), domains={"b": {"kind": "coco", "path": str(other)}})
    predictions = tmp_path / "predictions"
    for name, image in (("clean", 7), ("domain/b", 8)):
        (predictions / name).mkdir(parents=True)
        (predictions / name / "r.json").write_text(json.dumps([entry(image_id=image)]))
    known = [*TASK.known_conditions(dataset).values()]
    run = Run(TASK, dataset, Recorded("mine", {}, ""), ())
    model, _ = read_predictions(run, predictions, known)
    assert len(model.predictions["domain/b"]["000000000008"]) == 1
    (predictions / "clean" / "r.json").write_text(json.dumps([entry(image_id=8)]))
    with pytest.raises(BadData, match=r"clean/r\.json: result 0: image_id: .*, found 8"):
        read_predictions(run, predictions, known)


def test_a_file_of_boxes_has_no_masks(folder):
    rows = [{"image_id": 7, "category_id": 3, "score": 0.5, "bbox": [10, 5, 20, 10]}]
    found = read(folder, rows)
    assert all(one.masks is None for one in found.values())


def test_an_empty_file_scores_zero(folder, tmp_path):
    assert all(len(one) == 0 and one.masks == () for one in read(folder, []).values())


def test_detections_of_a_class_that_is_not_scored_are_left_out(folder):
    dataset = coco(str(folder), only=["car"])
    (folder / "r.json").write_text(json.dumps([entry(), entry(category_id=1)]))
    found = read_results(folder / "r.json", dataset)["000000000007"]
    sample = next(s for s in dataset.samples() if s.id == "000000000007")
    assert measure(sample, found, dataset.shared)["labels"].tolist() == [3]


BAD = {
    "result 1: image_id: expected an image of the dataset, found 99": entry(image_id=99),
    "result 1: category: expected one of the dataset's (1, 3), found 2": entry(category_id=2),
    "result 1: category_id: expected a whole number, found 1.7": entry(category_id=1.7),
    "result 1: category_id: expected a whole number, found inf": entry(category_id=float("inf")),
    "result 1: category_id: expected a whole number, found 1e+30": entry(category_id=1e30),
    "result 1: score: expected a finite number, found inf": entry(score=10**400),
    "result 1: box: expected finite numbers, found [inf, 5.0, 20.0, 10.0]": entry(bbox=[10**400, 5, 20, 10]),
    "result 1: score: expected a finite number, found nan": entry(score=float("nan")),
    "result 1: score: expected a number, found \"high\"": entry(score="high"),
    "result 1: box: expected x, y, w, h inside 60 × 40 pixels, found [50.0, 5.0, 20.0, 10.0]": entry(bbox=[50, 5, 20, 10]),
    "result 1: box: expected finite numbers, found [nan, 5.0, 20.0, 10.0]": entry(bbox=[float("nan"), 5, 20, 10]),
    "result 1: mask: expected the size [40, 60], found [60, 40]": entry(segmentation=mask((60, 40))),
    "result 1: mask: expected runs of 2400 pixels in all, found runs of 2000 pixels": entry(
        segmentation={"size": [40, 60], "counts": encoded(np.ones((40, 50)))["counts"]}
    ),
    "result 1: segmentation: expected polygons or an RLE, found None": {"image_id": 7, "category_id": 3, "score": 0.5, "bbox": [0, 0, 1, 1]},
}  # fmt: skip


@pytest.mark.parametrize("message", BAD)
def test_a_bad_entry_is_named_with_its_file_and_place(folder, message):
    with pytest.raises(BadData) as caught:
        read(folder, [entry(), BAD[message]])
    assert str(caught.value) == f"{folder / 'results.json'}: {message}"


def test_bad_results_end_the_command_with_one_line_and_its_exit_code(folder, capsys):
    (folder / "r.json").write_text(json.dumps([entry(image_id=99)]))
    words = [f"dataset.path={folder / 'annotations.json'}", f"predictions={folder / 'r.json'}"]
    assert (
        main(
            [
                "score",
                "task=instance_segmentation",
                "dataset=coco",
                *words,
                f"results={folder / 'out'}",
            ]
        )
        == 65
    )
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "result 0: image_id: expected an image of the dataset, found 99" in error


def test_scored_predictions_have_figures(folder, tmp_path, capsys):
    (folder / "r.json").write_text(json.dumps([entry()]))
    results = tmp_path / "runs"
    code = main(
        ["score", "task=instance_segmentation", "dataset=coco", f"dataset.path={folder / 'annotations.json'}",
         f"predictions={folder / 'r.json'}", "replicates=200", f"results={results}"]
    )  # fmt: skip
    assert code == 0
    capsys.readouterr()
    figures = tmp_path / "figures"
    assert main(["leaderboard", "--results", str(results), "--figures", str(figures)]) == 0
    assert [path.name for path in figures.rglob("*.png")] == ["coco-models.png"]


@pytest.mark.parametrize("text", ["{}", "[1]", "no JSON", ""])
def test_what_is_no_list_of_results_is_refused(folder, text):
    (folder / "r.json").write_text(text)
    with pytest.raises(BadData, match=r"r\.json: expected"):
        read_results(folder / "r.json", coco(str(folder)))


def detections(**more):
    made = {
        "labels": np.array([3]), "scores": np.array([0.5]),
        "boxes": np.array([[10.0, 5, 20, 10]]), "masks": (mask(),),
    } | more  # fmt: skip
    return Detections(**made)


@pytest.mark.parametrize(
    ("message", "found"),
    [
        (
            "detection 0: score: expected a finite number, found nan",
            detections(scores=np.array([np.nan])),
        ),
        (
            "detection 0: category: expected one of the dataset's (1, 3), found 2",
            detections(labels=np.array([2])),
        ),
        (
            "detection 0: mask: expected the size [40, 60], found [60, 40]",
            detections(masks=(mask((60, 40)),)),
        ),
        ("detections: expected as many of each, found", detections(masks=())),
    ],
)
def test_a_model_s_bad_detection_is_named(message, found):
    truth = {"height": 40, "width": 60, "annotations": []}
    with pytest.raises(BadData) as caught:
        measure(Sample("a", {}, truth), found, {"classes": {1: "person", 3: "car"}})
    assert message in str(caught.value)


def test_an_image_may_be_called_by_a_number_with_a_point(folder):
    assert len(read(folder, [entry(image_id=7.0)])["000000000007"]) == 1
    with pytest.raises(BadData, match=r"image_id: expected an image of the dataset, found 7\.5"):
        read(folder, [entry(image_id=7.5)])


def scored(folder, predictions, out, *more):
    words = [f"dataset.path={folder}", f"predictions={predictions}", "replicates=200", *more]
    name = ["model.name=m", f"results={out}"]
    assert main(["score", "task=instance_segmentation", "dataset=coco", *words, *name]) == 0
    (run,) = find_runs(out, "*")
    return run


@pytest.mark.parametrize("more", [[], ["dataset.max_side=30"], ["dataset.max_side=23"]])
@pytest.mark.parametrize("masks", [True, False])
def test_an_export_has_the_dataset_s_ids_and_sizes_and_scores_the_same(folder, masks, more):
    content = json.loads((folder / "annotations.json").read_text())
    content["images"][1]["id"] = "012"
    (folder / "annotations.json").write_text(json.dumps(content))
    rows = [entry(score=0.1 * i, image_id=key) for i, key in enumerate((7, "012", 7), start=1)]
    rows[1]["segmentation"] = encoded(np.kron(np.eye(4), np.ones((10, 15))))
    if not masks:
        rows = [{**row, "bbox": [11.5, 6, 18, 10]} for row in rows]
        for row in rows:
            del row["segmentation"]
    given = folder / "given.json"
    given.write_text(json.dumps(rows))
    plain = scored(folder, given, folder / "plain")
    assert main(["export", str(plain.path), "--out", str(folder / "x")]) == 0
    written = json.loads((folder / "x" / "clean" / "predictions.json").read_text())
    assert {row["image_id"] for row in written} == {7, "012"}
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(str(folder / "annotations.json"))
        assert len(truth.loadRes(str(folder / "x" / "clean" / "predictions.json")).anns) == 3
    first = scored(folder, given if masks else folder / "x", folder / "first", *more)
    assert main(["export", str(first.path), "--out", str(folder / "y")]) == 0
    for row in json.loads((folder / "y" / "clean" / "predictions.json").read_text()):
        assert row.get("segmentation", {"size": [40, 60]})["size"] == [40, 60]
    again = scored(folder, folder / "y", folder / "again", *more)
    tables = [run.cells().to_pandas().sort_values(["metric"]) for run in (first, again)]
    assert tables[0]["value"].tolist() == pytest.approx(tables[1]["value"].tolist(), nan_ok=True)


def test_scenes_have_ids_that_results_may_name(tmp_path):
    made = scenes_mini(images=2)
    (tmp_path / "r.json").write_text("[]")
    assert set(read_results(tmp_path / "r.json", made)) == {s.id for s in made.samples()}


def test_statistics_of_an_earlier_version_are_not_exported():
    with pytest.raises(BadData, match="expected the column 'image_key', found none"):
        write_results(pd.DataFrame([{"sample_id": "a", "error": ""}]), "m")
