"""The boards of public detectors: their findings are in their tables, and their commands run."""

import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from benchsuite.cli.parser import main
from tests.house.source import ROOT
from tests.tasks.instance_segmentation.datasets.test_pennfudan import PERSONS, write_pennfudan
from tests.tasks.instance_segmentation.layouts import annotation, write_coco
from tests.tasks.instance_segmentation.models.own.test_yolo_page import OF_NCNN, constant
from tests.test_docs import told

BOARDS = ROOT / "leaderboards/instance_segmentation"
DETECTORS = ("coco128", "pennfudan")


@pytest.mark.parametrize("board", DETECTORS)
def test_the_numbers_of_the_findings_are_those_of_the_board(board):
    published = pd.read_parquet(BOARDS / board / "table.parquet")
    columns = ("value", "ci_low", "ci_high")
    shown = {f"{x:.3f}" for name in columns for x in published[name].dropna()}
    text = (BOARDS / board / "findings.md").read_text()
    # Differences are those of `compare`, which a board does not hold.
    numbers = set(re.findall(r"\b0\.\d{3}\b", text.partition("The difference in AP")[0]))
    assert len(numbers) > 20
    assert numbers <= shown


def write_data(folder, board):
    if board == "pennfudan":
        write_pennfudan(folder / "PennFudanPed", PERSONS)
    else:
        write_coco(folder / "coco128_seg", [annotation(category=1)])


@pytest.mark.parametrize("board", DETECTORS)
def test_the_commands_of_the_board_run_with_another_network_of_ncnn(board, tmp_path, monkeypatch):
    pytest.importorskip("ncnn", reason="ncnn is not installed")
    write_data(tmp_path, board)
    for made, name in zip(constant(tmp_path), ("param", "bin"), strict=True):
        shutil.copy(made, tmp_path / f"yolov5n-seg.{name}")
    monkeypatch.chdir(tmp_path)
    Path("yolo_ncnn.py").write_text(OF_NCNN)
    ran = 0
    for words in told(BOARDS / board / "findings.md"):
        if "publish" in words or any("yolo_ncnn" in word for word in words):
            given = [word.replace("DIR", str(tmp_path)) for word in words[1:]]
            given = [word.replace("clean,imagecorruptions", "clean,fog/3") for word in given]
            given = [word.replace("rect=true", "size=64") for word in given]
            ran += main(given) == 0
    assert ran == 2
    table = pd.read_parquet(tmp_path / f"leaderboards/instance_segmentation/{board}/table.parquet")
    assert {"clean", "corruption/fog/3"} <= set(table["condition"])
