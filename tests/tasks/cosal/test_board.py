"""The numbers of the board's findings are its own, and its commands run with other photographs."""

import re
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
ELSEWHERE = {"0.122", "0.140", "0.250"}
"""What the gate prints, and the interval with `dataset.cluster=photo`: no table has them."""
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


def test_the_numbers_of_the_findings_are_those_of_the_board():
    table, pairs = (pd.read_parquet(BOARD / f"{name}.parquet") for name in ("table", "pairs"))
    differences = pd.read_csv(BOARD / "differences.csv")
    columns = [table[name] for name in ("value", "ci_low", "ci_high")]
    columns += [differences[name] for name in ("difference", "ci_low", "ci_high")]
    columns += [pairs[name] for name in ("difference", "ci_low", "ci_high")]
    shown = {f"{abs(x):.3f}" for column in columns for x in column.dropna()}
    text = (BOARD / "findings.md").read_text()
    numbers = set(re.findall(r"\b0\.\d{3}\b", text))
    assert len(numbers) > 15
    assert numbers - shown == ELSEWHERE


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
