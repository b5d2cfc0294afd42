"""The real results files: pycocotools' numbers, its bootstrap, and the way through the command line."""

import copy
import json

import numpy as np
import pandas as pd
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from benchsuite.boards.compare import compare, open_board
from benchsuite.boards.table import leaderboard
from benchsuite.cli import main
from benchsuite.estimation import Code, Weights, note
from benchsuite.estimation.cells import EVERYBODY
from benchsuite.runs.find import find_runs
from benchsuite.runs.forms import Key
from tests.tasks.instance_segmentation.reference import COCO_FILE, FIGURES, RESULTS, quiet

pytestmark = pytest.mark.skipif(not COCO_FILE.exists(), reason=f"{COCO_FILE} is not there")


def evaluated(results: str, kind: str) -> COCOeval:
    with quiet():
        truth = COCO(str(COCO_FILE))
        found = truth.loadRes(str(RESULTS[results]))
        if kind == "bbox":
            # loadRes of masks takes the mask's area, which is not the box's
            for row in found.dataset["annotations"]:
                row["area"] = row["bbox"][2] * row["bbox"][3]
        made = COCOeval(truth, found, kind)
        made.evaluate()
        made.accumulate()
        made.summarize()
    return made


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    root = tmp_path_factory.mktemp("results")
    for kind, path in RESULTS.items():
        code = main(
            ["score", "task=instance_segmentation", "dataset=coco", f"dataset.path={COCO_FILE}", f"predictions={path}",
             f"model.name={kind}", f"results={root}", "replicates=1000"]
        )  # fmt: skip
        assert code == 0
    return root


def runs(root) -> dict[str, object]:
    return {d.manifest.identity.model: d for d in find_runs(root, "*")}


def cell(table: pd.DataFrame, model: str, metric: str) -> pd.Series:
    rows = table[
        (table["model"] == model)
        & (table["metric"] == metric)
        & (table["condition"] == "clean")
        & (table["form"] == "value")
        & (table["attribute"] == "")
    ]
    assert len(rows) == 1
    return rows.iloc[0]


@pytest.mark.parametrize(("model", "kind"), [("segm", "segm"), ("segm", "bbox"), ("bbox", "bbox")])
def test_a_results_file_scores_as_pycocotools_scores_it(results, model, kind):
    table = leaderboard(results)
    prefix = "" if kind == "segm" else "box-"
    for name, theirs in zip(FIGURES, evaluated(model, kind).stats, strict=True):
        assert cell(table, model, prefix + name)["value"] == pytest.approx(theirs, abs=1e-9), name


def test_the_known_figures_have_intervals(results):
    table = leaderboard(results)
    for name, known in {"AP": 0.3195453, "AP50": 0.5622884, "AP75": 0.2989265}.items():
        row = cell(table, "segm", name)
        assert row["value"] == pytest.approx(known, abs=5e-8)
        assert row["ci_low"] < row["value"] < row["ci_high"]


def test_a_file_of_boxes_has_no_figure_of_masks_and_says_why(results):
    row = cell(leaderboard(results), "bbox", "AP")
    assert np.isnan(row["value"])
    assert row["note"] == note(Code.UNPREDICTED, "mask", 100, 100)


def test_the_paired_difference_of_the_two_files_is_the_known_one(results):
    found = runs(results)
    table = compare(open_board(found["segm"].path), open_board(found["bbox"].path))
    row = table[(table["metric"] == "box-AP") & (table["attribute"] == "")].iloc[0]
    assert row["difference"] == pytest.approx(0.0217, abs=5e-5)
    # percentiles of 1,000 replicates give [.0185, .0273], which holds their upward bias
    assert 0 < row["ci_low"] < row["difference"] < row["ci_high"]
    assert row["ci_high"] - row["ci_low"] == pytest.approx(0.0273 - 0.0185, rel=0.2)
    assert (row["ci_low"] + row["ci_high"]) / 2 < (0.0185 + 0.0273) / 2


def test_replicates_are_what_pycocotools_gives_for_the_images_repeated(results):
    board = {name: open_board(d.path) for name, d in runs(results).items()}
    ids = [f"{i:012d}" for i in sorted(image_ids())]
    drawn = Weights(0, "coco", 1000)(ids)
    for model, kind, name in (
        ("segm", "segm", "AP"),
        ("segm", "bbox", "box-AP"),
        ("bbox", "bbox", "box-AP"),
    ):
        made = evaluated(model, kind)
        replicates = board[model].estimates[Key("clean", EVERYBODY, name)].replicates
        for r in range(1, 13):
            with quiet():
                again = copy.copy(made)
                again.evalImgs, again._paramsEval = copies(made, drawn[r])
                again.params = again._paramsEval
                again.accumulate()
                precision = again.eval["precision"][:, :, :, 0, -1]
            assert replicates[r - 1] == pytest.approx(precision[precision > -1].mean(), abs=1e-6)


def image_ids():
    return [image["id"] for image in json.loads(COCO_FILE.read_text())["images"]]


def copies(made: COCOeval, weights):
    """pycocotools' matches and parameters with every image repeated by its weight."""
    images = len(made._paramsEval.imgIds)
    chosen = np.repeat(np.arange(images), weights)
    starts = range(0, len(made.evalImgs), images)
    parameters = copy.copy(made._paramsEval)
    parameters.imgIds = list(range(len(chosen)))
    untied = [without_ties(one) for one in made.evalImgs]
    return [untied[start + i] for start in starts for i in chosen], parameters


def without_ties(found):
    """An image's matches of a class, equal scores told apart: else an image's copies interleave."""
    if found is None:
        return None
    scores = np.array(found["dtScores"], dtype=np.float64)
    equal = np.flatnonzero(scores[1:] == scores[:-1]) + 1
    scores[equal] -= 1e-9
    return {**found, "dtScores": scores}


def test_exported_predictions_score_the_same(results, tmp_path, capsys):
    for model, directory in runs(results).items():
        assert main(["export", str(directory.path), "--out", str(tmp_path / model)]) == 0
        code = main(
            ["score", "task=instance_segmentation", "dataset=coco", f"dataset.path={COCO_FILE}", "replicates=200",
             f"predictions={tmp_path / model}", f"model.name={model}", f"results={tmp_path / 'again'}"]
        )  # fmt: skip
        assert code == 0
    ours, again = leaderboard(results), leaderboard(tmp_path / "again")
    for model, name in (("segm", "AP"), ("segm", "box-AP-small"), ("bbox", "box-AP")):
        assert cell(again, model, name)["value"] == cell(ours, model, name)["value"]
