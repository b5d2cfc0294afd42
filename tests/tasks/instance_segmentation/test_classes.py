"""Every class of objects is a group: with an interval, under every condition, and without a gap."""

import json
import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import benchsuite as bs
from benchsuite.boards.compare import compare, open_board
from benchsuite.cli import main
from benchsuite.estimation import Weights
from benchsuite.estimation.cells import EVERYBODY, Group, condition_cells
from benchsuite.runs.find import find_runs
from benchsuite_tasks.instance_segmentation.metrics import (
    Precision,
    Rules,
    metrics_of,
    over_classes,
)
from tests.tasks.instance_segmentation.reference import Case, random_case, reference

NAMES = {1: "car", 2: "bus", 3: "dog"}


def only(case: Case, label: int) -> Case:
    """The case without objects and detections of other classes."""
    return replace(
        case,
        annotations={
            image: [one for one in rows if one["category_id"] == label]
            for image, rows in case.annotations.items()
        },
        detections={
            image: found.taken(np.flatnonzero(found.labels == label))
            for image, found in case.detections.items()
        },
    )


def cells(case: Case, names=None):
    metric = over_classes("AP", Precision(), drawn="groups", rules=Rules(names=names))
    weights = Weights(0, "images", 40)
    return condition_cells([case.table()], [metric], [EVERYBODY], weights)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_a_class_has_the_estimate_of_a_case_that_has_no_other_class(seed):
    case = random_case(seed, images=12)
    found = cells(case, NAMES)
    objects = [one for rows in case.annotations.values() for one in rows if not one["iscrowd"]]
    present = {one["category_id"] for one in objects}
    assert {g.value for g, _ in found if g != EVERYBODY} == {NAMES[key] for key in present}
    assert found[EVERYBODY, "AP"].value == pytest.approx(
        np.mean([found[Group(("class",), (NAMES[key],)), "AP"].value for key in present])
        if present else np.nan, nan_ok=True,
    )  # fmt: skip
    for label in present:
        mine = found[Group(("class",), (NAMES[label],)), "AP"]
        alone = cells(only(case, label))[EVERYBODY, "AP"]
        assert (mine.value, mine.centre) == pytest.approx((alone.value, alone.centre))
        np.testing.assert_allclose(mine.deviations, alone.deviations, atol=1e-6)
        images = [k for k, rows in case.annotations.items()
                  if any(one["category_id"] == label and not one["iscrowd"] for one in rows)]  # fmt: skip
        assert (mine.n, mine.clusters) == (len(images), len(images))


def test_metrics_of_a_dataset_go_to_other_processes():
    (first, *_) = pickle.loads(pickle.dumps(metrics_of(100, NAMES)))
    assert first.part == "class"


def written(folder, case: Case, conditions):
    """The case in COCO's files: annotations, and results for each condition."""
    truth = [
        {**one, "image_id": image, "id": 1 + 100 * image + number}
        for image, rows in case.annotations.items()
        for number, one in enumerate(rows)
    ]
    height, width = case.size
    images = [
        {"id": image, "file_name": f"{image}.png", "height": height, "width": width}
        for image in case.annotations
    ]
    classes = [{"id": key, "name": name} for key, name in NAMES.items()]
    content = {"images": images, "annotations": truth, "categories": classes}
    (folder / "truth.json").write_text(json.dumps(content))
    found = [
        {"image_id": image, "category_id": int(one.labels[i]), "score": float(one.scores[i]),
         "bbox": one.boxes[i].tolist(), "segmentation": one.masks[i]}
        for image, one in case.detections.items() for i in range(len(one))
    ]  # fmt: skip
    for condition in conditions:
        place = folder / "found" / condition / "results.json"
        place.parent.mkdir(parents=True)
        place.write_text(json.dumps(found))


def test_boards_and_comparisons_have_a_row_for_each_class_and_condition_and_no_gap(tmp_path):
    fog = [f"corruption/fog/{severity}" for severity in range(1, 6)]
    case, conditions = random_case(7, images=30), ("clean", *fog)
    written(tmp_path, case, conditions)
    words = [
        "task=instance_segmentation",
        "dataset=coco",
        f"dataset.path={tmp_path / 'truth.json'}",
    ]
    for name in ("one", "two"):
        found = [f"predictions={tmp_path / 'found'}", f"model.name={name}"]
        assert main(["score", *words, *found, f"results={tmp_path / 'out'}", "replicates=200"]) == 0
    board = bs.leaderboard(tmp_path / "out")
    rows = board[(board["attribute"] == "class") & (board["model"] == "one")]
    assert {*rows["metric"]} == {"AP", "box-AP"}
    assert {*rows["form"]} == {"value", "relative", "ceiling"} and {*rows["group"]} == {
        *NAMES.values()
    }
    mine = rows[(rows["metric"] == "AP") & (rows["form"] == "value")]
    expected = reference(case, "segm").eval["precision"][:, :, :, 0, 2].mean(axis=(0, 1))
    for condition in (*conditions, "corruption/fog"):
        here = mine[mine["condition"] == condition].set_index("group")["value"]
        assert here[[*NAMES.values()]].tolist() == pytest.approx(expected.tolist())
    runs = find_runs(tmp_path / "out", "*")
    differences = compare(*(open_board(run.path) for run in runs))
    classes = differences[differences["attribute"] == "class"]
    assert {*classes["group"]} == {*NAMES.values()}
