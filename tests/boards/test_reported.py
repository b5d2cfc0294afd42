"""Numbers published elsewhere: their means are the board's own, and they never look measured."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchsuite.boards.reported import read_reported
from benchsuite.boards.table import leaderboard, table
from benchsuite.cli import main
from benchsuite.condition import CLEAN
from benchsuite.errors import BadData
from benchsuite.estimation import Code, Mean, note
from benchsuite.publishing.views import VIEWS, view
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from tests.house.source import SHARED
from tests.toys import MEAN, NOISE, Linear, numbers

PUBLISHED = SHARED / "data" / "robust_detection_reported.csv"
HEAD = "model,dataset,condition,metric,value,source"


def written(folder: Path, *rows: str, head: str = HEAD) -> Path:
    path = folder / "reported.csv"
    path.write_text("\n".join([head, *rows]) + "\n")
    return path


def grid(model: str, values: dict[str, float]) -> list[str]:
    return [f"{model},numbers,{name},accuracy,{value},A 2020" for name, value in values.items()]


def whole_grid(start: float) -> dict[str, float]:
    return {"clean": start, **{c.full_name: start / (2 + i) for i, c in enumerate(NOISE)}}


def test_a_whole_grid_has_its_mean_and_its_share_of_clean(tmp_path):
    values = whole_grid(0.8)
    made = table(read_reported(written(tmp_path, *grid("theirs", values)), MEAN))
    rows = made.set_index(["condition", "form"])["value"]
    mean = np.mean([values[c.full_name] for c in NOISE])
    assert rows["corruption", "value"] == pytest.approx(mean)
    assert rows["corruption", "relative"] == pytest.approx(mean / 0.8)
    assert set(made["source"]) == {"A 2020"}
    assert made["ci_low"].isna().all()


def test_an_incomplete_grid_is_called_that_and_has_no_mean(tmp_path):
    values = whole_grid(0.8)
    values.popitem()
    made = table(read_reported(written(tmp_path, *grid("theirs", values)), MEAN))
    row = made[made["condition"] == "corruption"].iloc[0]
    assert np.isnan(row["value"])
    assert row["note"] == note(Code.INCOMPLETE, len(NOISE) - 1, len(NOISE))


def test_reported_rows_are_ranked_among_themselves_beside_measured_ones(tmp_path):
    evaluate(Run(MEAN, numbers(), Linear("ours"), (CLEAN,)), tmp_path / "results", replicates=50)
    path = written(tmp_path, *grid("a", whole_grid(0.7)), *grid("b", whole_grid(0.9)))
    made = leaderboard(tmp_path / "results", "*", read_reported(path, MEAN))
    clean = made[
        (made["condition"] == "clean") & (made["form"] == "value") & (made["attribute"] == "")
    ]
    ranks = clean.set_index("model")["rank"].to_dict()
    assert ranks == {"ours": 1, "a": 2, "b": 1}
    assert clean.set_index("model")["rank_low"].isna().to_dict() == {
        "ours": False,
        "a": True,
        "b": True,
    }
    for name in VIEWS:
        assert len(view(made, name))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("m,d,clean,speed,1,A", "reported.csv:2: metric: no metric 'speed'"),
        (
            "m,d,clean,accuracy,much,A",
            "reported.csv:2: value: expected a finite number, found 'much'",
        ),
        (
            "m,d,clean,accuracy,nan,A",
            "reported.csv:2: value: expected a finite number, found 'nan'",
        ),
        ("m,d,clean,accuracy,50.1,A", "reported.csv:2: value: expected 0 to 1 for accuracy"),
        ("m,d,rain/3,accuracy,1,A", "reported.csv:2: no condition 'rain/3'"),
        ("m,d,clean,accuracy,1,", "reported.csv:2: expected a value for source, found none"),
    ],
)
def test_a_bad_row_is_named_with_its_line(tmp_path, row, message):
    with pytest.raises(BadData) as caught:
        read_reported(written(tmp_path, row), MEAN)
    assert message in str(caught.value)


def test_a_file_without_rows_is_refused_and_a_byte_order_mark_is_read(tmp_path):
    path = written(tmp_path, "m,d,clean,accuracy,0.5,A")
    path.write_text(path.read_text(), encoding="utf-8-sig")
    assert len(read_reported(path, MEAN)) == 1
    for text, expected in (("", "expected at least one line"), (HEAD, "expected at least one row")):
        path.write_text(text)
        with pytest.raises(BadData, match=f"reported.csv: {expected}"):
            read_reported(path, MEAN)


def test_two_values_for_one_cell_are_refused_and_a_repeated_one_counts_once(tmp_path):
    same = ["m,d,clean,accuracy,0.5,A"] * 2
    (board,) = read_reported(written(tmp_path, *same), MEAN)
    assert len(board.cells) == 1
    with pytest.raises(BadData, match=r"reported.csv:3: accuracy, clean: found 0.6 after 0.5"):
        read_reported(written(tmp_path, same[0], "m,d,clean,accuracy,0.6,A"), MEAN)


@pytest.mark.skipif(not PUBLISHED.exists(), reason=f"{PUBLISHED} is not there")
def test_published_cells_of_mask_r_cnn_give_the_known_summaries():
    task = pytest.importorskip("benchsuite_tasks.instance_segmentation.task").TASK
    made = table(read_reported(PUBLISHED, task))
    mine = made[(made["model"] == "mask_rcnn_r50_fpn_1x") & (made["dataset"] == "coco")]
    mine = mine[mine["metric"] == "AP"]
    rows = 100 * mine.set_index(["condition", "form"])["value"]
    known = {
        "clean": 34.16, "imagecorruptions": 16.78, "imagecorruptions:noise": 14.86,
        "imagecorruptions:blur": 11.50, "imagecorruptions:weather": 23.39,
        "imagecorruptions:digital": 16.89, "imagecorruptions-holdout": 22.46,
        **{f"imagecorruptions@{i}": v for i, v in enumerate((25.18, 20.99, 16.45, 12.27, 9.00), 1)},
    }  # fmt: skip
    for condition, value in known.items():
        assert rows[condition, "value"] == pytest.approx(value, abs=0.005), condition
    assert rows["imagecorruptions", "relative"] == pytest.approx(49.12, abs=0.005)


@pytest.mark.skipif(not PUBLISHED.exists(), reason=f"{PUBLISHED} is not there")
def test_the_command_shows_published_numbers_without_any_run(tmp_path, capsys):
    pytest.importorskip("pycocotools")
    words = ["leaderboard", "--results", str(tmp_path), "--reported", str(PUBLISHED)]
    assert main([*words, "--task", "instance_segmentation"]) == 0
    assert "mask_rcnn_r50_fpn_1x" in capsys.readouterr().out
    assert main(words) == 64
    assert "--reported needs --task" in capsys.readouterr().err


def test_each_metric_of_a_model_keeps_its_direction(tmp_path):
    task = replace(MEAN, metrics=(*MEAN.metrics, Mean("cost", "score", higher_is_better=False)))
    rows = [
        f"{model},numbers,clean,{metric},{value},A 2020"
        for model, accuracy, cost in (("a", 0.9, 18.0), ("b", 0.8, 9.0))
        for metric, value in (("accuracy", accuracy), ("cost", cost))
    ]
    made = table(read_reported(written(tmp_path, *rows), task)).set_index(["metric", "model"])
    assert made.loc[("cost", "b"), "rank"] == 1
    assert not made.loc[("cost", "b"), "higher_is_better"]
    assert made.loc[("accuracy", "a"), "rank"] == 1
    assert set(made["seeds"]) == {1}
