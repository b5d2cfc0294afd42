"""The numbers of the board's findings are its own, and its commands run with other photographs."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchsuite.cli.parser import main
from tests.house.source import ROOT
from tests.plugin import blocks
from tests.tasks.cosal.test_groups import write_coco
from tests.test_docs import told

BOARD = ROOT / "leaderboards/cosal/coco128"
NETWORK = '''
import numpy as np


class LiteRT:
    """A YOLO of two candidates: what is at the left is class 15, a cat, and at the right a dog."""

    def __init__(self, path):
        self.path = path

    def __call__(self, image):
        found = np.zeros((1, 4 + 80 + 32, 8400), np.float32)
        for n, (middle, label, score) in enumerate([(0.2, 15, 0.9), (0.7, 16, 0.6)]):
            found[0, :4, n] = 640 * middle, 200, 200, 250
            found[0, 4 + label, n], found[0, 84, n] = score, 9
        return [found, np.ones((1, 32, 160, 160), np.float32)]
'''


def bracketed(row, name):
    return f"{row[name]:.3f} [{row['ci_low']:.3f}, {row['ci_high']:.3f}]"


def test_the_numbers_of_the_findings_are_those_of_the_board():
    text = (BOARD / "findings.md").read_text()
    keys = ["metric", "group", "condition", "form"]
    table = pd.read_parquet(BOARD / "table.parquet").fillna({"group": ""})
    every = {name: rows.set_index(keys) for name, rows in table.groupby("model")}
    differences = pd.read_csv(BOARD / "differences.csv").fillna({"group": ""}).set_index(keys)
    for model in ("yolo11n-shared-class", "yolo11n-alone"):
        assert bracketed(every[model].loc[("max-F", "", "clean", "value")], "value") in text
    for metric, group in (
        ("max-F", ""),
        ("max-F", "yes"),
        ("max-F", "no"),
        ("S-measure by group", ""),
    ):
        assert bracketed(differences.loc[(metric, group, "clean", "value")], "difference") in text
    for fewer in ("group/fewer/1", "group/fewer/2"):
        row = every["yolo11n-shared-class"].loc[("max-F", "", fewer, "value")]
        assert f"{row['value']:.3f}" in text
    alone = every["yolo11n-alone"].loc[("max-F", "", "clean", "value")]["value"]
    assert (
        every["yolo11n-shared-class"].loc[("max-F", "", "group/fewer/3", "value")]["value"] == alone
    )
    pairs = pd.read_parquet(BOARD / "pairs.parquet").fillna({"group": ""}).set_index(keys)
    colours = pairs.loc[[("max-F", "", "clean", "value")]].sort_values("a").iloc[0]
    assert bracketed(colours, "difference") in text


def test_the_commands_of_the_board_make_it_of_any_photographs(tmp_path, monkeypatch):
    pytest.importorskip("torchvision")
    write_coco(tmp_path / "data/coco128_seg")
    (code,) = blocks(ROOT / "tasks/cosal/models/README.md", "python")
    Path(tmp_path / "shared_class.py").write_text(code)
    Path(tmp_path / "yolo_litert.py").write_text(NETWORK)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    sys.modules.pop("yolo_litert", None)
    for words in told(BOARD / "findings.md"):
        given = [
            w.replace("DIR", "data").replace("=4000", "=200").replace("clean,fewer", "clean")
            for w in words[1:]
        ]
        assert main(given) in ((0, 1, 2) if words[1] == "gate" else (0,)), given
    folder = tmp_path / "leaderboards/cosal/coco128"
    table = pd.read_parquet(folder / "table.parquet")
    assert {*table["model"]} == {"contrast", "consensus", "yolo11n-shared-class", "yolo11n-alone"}
    values = table.query("form == 'value' and group == '' and metric == 'max-F' and condition == 'clean'").set_index("model")["value"]  # fmt: skip
    assert np.isfinite(values).all()
    assert (folder / "figure.png").is_file()
    assert (folder / "differences.csv").is_file()
    sys.modules.pop("yolo_litert", None)
