"""Each way of being wrong is called by its name."""

import json

import numpy as np
import pandas as pd
import pytest

from benchsuite.api.assembly import make_run
from benchsuite.api.config import settings
from benchsuite.cli import main
from benchsuite.files.masks import area_of, box_of, encoded
from benchsuite.runs.exchange import Recorded
from benchsuite.runs.find import find_runs
from benchsuite_tasks.instance_segmentation.reports.anatomy import tide

SIZE = (80, 100)
PLACE = (10, 10, 30, 40)


def shape(top: int, left: int, height: int, width: int):
    mask = np.zeros(SIZE)
    mask[top : top + height, left : left + width] = 1
    return encoded(mask)


def truth(*places):
    rows = [
        {"id": n, "image_id": 1, "category_id": 1, "iscrowd": 0, "segmentation": mask,
         "area": area_of(mask), "bbox": box_of(mask)}
        for n, mask in enumerate((shape(*p) for p in places), start=1)
    ]  # fmt: skip
    categories = [{"id": 1, "name": "car"}, {"id": 2, "name": "bus"}]
    return {
        "images": [{"id": 1, "height": 80, "width": 100}],
        "annotations": rows,
        "categories": categories,
    }


def found(*rows):
    return [
        {"image_id": 1, "category_id": label, "score": score, "segmentation": shape(*place)}
        for label, score, place in rows
    ]


RIGHT = (1, 0.9, PLACE)
WRONG = {
    "class": (2, 0.5, PLACE),
    "location": (1, 0.5, (10, 26, 30, 40)),
    "both": (2, 0.5, (10, 26, 30, 40)),
    "duplicate": (1, 0.5, PLACE),
    "background": (1, 0.5, (60, 70, 15, 20)),
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_detection_is_called_by_its_kind(kind):
    made = tide(truth(PLACE), found(RIGHT, WRONG[kind]))
    counts = {name: made[f"n {name}"] for name in (*WRONG, "missed")}
    assert counts == {**dict.fromkeys(counts, 0), kind: 1}
    assert made["AP50"] == pytest.approx(1)


def test_an_object_that_nothing_found_is_missed_and_finding_it_would_help():
    made = tide(truth(PLACE, (60, 60, 15, 20)), found(RIGHT))
    assert made["n missed"] == 1
    assert made["AP50"] == pytest.approx(51 / 101)
    assert made["+missed"] == pytest.approx(50 / 101)


def test_without_any_detection_everything_is_missed():
    made = tide(truth(PLACE), [])
    assert (made["AP50"], made["n missed"], made["+missed"]) == (0, 1, 1)


def written(path, *places):
    content = truth(*places)
    content["images"][0]["file_name"] = "a.png"
    path.write_text(json.dumps(content))
    return f"dataset.path={path}"


def test_the_command_shows_the_errors_of_a_run_and_refuses_another_dataset(tmp_path, capsys):
    mine = written(tmp_path / "annotations.json", PLACE)
    other = written(tmp_path / "other.json", (20, 20, 30, 40))
    (tmp_path / "found.json").write_text(json.dumps(found(RIGHT, WRONG["background"])))
    score = [
        "score",
        "task=instance_segmentation",
        "dataset=coco",
        mine,
        f"predictions={tmp_path / 'found.json'}",
    ]
    assert main([*score, f"results={tmp_path / 'out'}", "replicates=200"]) == 0
    (run,) = find_runs(tmp_path / "out", "*")
    report = ["report", "anatomy", str(run.path), "dataset=coco"]
    assert main([*report, mine, "--out", str(tmp_path)]) == 0
    errors = pd.read_csv(tmp_path / "errors.csv").iloc[0]
    assert errors["condition"] == "clean"
    assert errors["AP50"] == pytest.approx(1)
    assert errors["n background"] == 1
    classes = pd.read_csv(tmp_path / "classes.csv").iloc[0]
    assert classes["class"] == "car"
    assert classes["clean"] == pytest.approx(1)
    capsys.readouterr()
    assert main([*report, other]) == 65
    assert "expected the fingerprint" in capsys.readouterr().err


def test_a_report_without_a_run_says_that_it_needs_one(tmp_path, capsys):
    mine = written(tmp_path / "annotations.json", PLACE)
    words = ["task=instance_segmentation", "dataset=coco", mine]
    assert main(["report", "anatomy", *words]) == 64
    assert "report anatomy: expected a run or several" in capsys.readouterr().err


def test_each_run_and_condition_has_its_rows_domains_too(tmp_path):
    mine = written(tmp_path / "annotations.json", PLACE)
    written(tmp_path / "fog.json", (20, 20, 30, 40))
    data = [mine, f"dataset.domains={{fog: {{kind: coco, path: {tmp_path / 'fog.json'}}}}}"]
    for condition, place in (("clean", PLACE), ("domain/fog", (20, 20, 30, 40))):
        (tmp_path / "found" / condition).mkdir(parents=True)
        (tmp_path / "found" / condition / "r.json").write_text(json.dumps(found((1, 0.9, place))))
    words = ["task=instance_segmentation", "dataset=coco", *data, f"results={tmp_path / 'out'}"]
    for model in ("one", "two"):
        predicted = [f"predictions={tmp_path / 'found'}", f"model.name={model}", "replicates=200"]
        assert main(["score", *words, *predicted]) == 0
    runs = [str(run.path) for run in find_runs(tmp_path / "out", "*")]
    out = ["--out", str(tmp_path)]
    assert main(["report", "anatomy", *runs, "dataset=coco", *data, *out]) == 0
    errors = pd.read_csv(tmp_path / "errors.csv")
    assert sorted(errors[["model", "condition"]].itertuples(index=False, name=None)) == [
        (model, condition) for model in ("one", "two") for condition in ("clean", "domain/fog")
    ]
    assert errors["AP50"].tolist() == pytest.approx([1] * 4)
    differences = pd.read_csv(tmp_path / "differences.csv")
    assert differences[["model", "minus", "condition"]].values.tolist() == [
        ["two", "one", condition] for condition in ("clean", "domain/fog")
    ]
    assert (differences[["AP50", "n missed"]] == 0).all(axis=None)
    classes = pd.read_csv(tmp_path / "classes.csv")
    assert sorted(classes["model"]) == ["one", "two"]
    assert classes["domain/fog"].tolist() == pytest.approx([1, 1])


def reported(tmp_path, content, results, *more):
    """The two tables of a run that scores these results."""
    (tmp_path / "annotations.json").write_text(json.dumps(content))
    (tmp_path / "found.json").write_text(json.dumps(results))
    data = ["dataset=coco", f"dataset.path={tmp_path / 'annotations.json'}", *more]
    score = ["score", "task=instance_segmentation", *data, f"predictions={tmp_path / 'found.json'}"]
    assert main([*score, f"results={tmp_path / 'out'}", "replicates=200"]) == 0
    (run,) = find_runs(tmp_path / "out", "*")
    report = ["report", "anatomy", str(run.path), *data, "--out", str(tmp_path)]
    assert main(report) == 0
    return pd.read_csv(tmp_path / "errors.csv").iloc[0]


@pytest.mark.parametrize("results", [[], [RIGHT]])
def test_where_nothing_counts_there_is_no_number(tmp_path, results):
    content = truth(PLACE)
    content["images"][0]["file_name"] = "a.png"
    for one in content["annotations"]:
        one["iscrowd"] = 1
    row = reported(tmp_path, content, found(*results))
    assert row.drop(["model", "condition", "by", "beyond the cap"]).isna().all()
    content["annotations"] = []
    assert tide(content, found(*results)).keys() == tide(truth(PLACE), []).keys()
    assert np.isnan([*tide(content, found(*results)).values()]).all()


def test_boxes_alone_have_their_errors_by_boxes(tmp_path):
    content = truth(PLACE, (60, 60, 15, 20))
    content["images"][0]["file_name"] = "a.png"
    for one in content["annotations"]:
        del one["segmentation"]
    row = reported(tmp_path, content, found(RIGHT))
    assert (row["by"], row["n missed"]) == ("box", 1)
    assert row["AP50"] == pytest.approx(51 / 101)


def test_objects_beyond_the_cap_are_told_from_those_that_a_model_missed(tmp_path):
    places = [(14 * (i // 4), 18 * (i % 4), 10, 10) for i in range(12)]
    content = truth(*places)
    content["images"][0].update(file_name="a.png")
    results = found(*((1, 0.9 - 0.01 * i, place) for i, place in enumerate(places)))
    row = reported(tmp_path, content, results, "dataset.max_detections=10")
    assert (row["n missed"], row["beyond the cap"]) == (2, 2)
    assert row["AP50"] == pytest.approx(84 / 101)


def test_an_image_that_a_sampled_suite_left_out_is_not_missed(tmp_path):
    one = truth(PLACE)
    numbers = range(1, 8)
    images = [{**one["images"][0], "id": n, "file_name": f"{n}.png"} for n in numbers]
    objects = [{**one["annotations"][0], "id": n, "image_id": n} for n in numbers]
    path = tmp_path / "annotations.json"
    path.write_text(json.dumps({**one, "images": images, "annotations": objects}))
    data = ["dataset=coco", f"dataset.path={path}"]
    words = ["task=instance_segmentation", *data, "conditions=imagecorruptions-holdout@sampled"]
    run = make_run(settings(words)[0], Recorded("mine", {}, ""))
    for condition in run.conditions:
        folder = tmp_path / "found" / condition.full_name
        folder.mkdir(parents=True)
        ids = [int(sample.id) for sample in run.samples(condition)]
        rows = [{**row, "image_id": n} for n in ids for row in found(RIGHT)]
        (folder / "r.json").write_text(json.dumps(rows))
    given = [f"predictions={tmp_path / 'found'}", f"results={tmp_path / 'out'}", "replicates=200"]
    assert main(["score", *words, *given]) == 0
    (made,) = find_runs(tmp_path / "out", "*")
    assert main(["report", "anatomy", str(made.path), *data, "--out", str(tmp_path)]) == 0
    errors = pd.read_csv(tmp_path / "errors.csv")
    assert len(errors) == 20
    assert set(errors["n missed"]) == {0}
    assert errors["AP50"].tolist() == pytest.approx([1] * 20)
