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
DETECTORS = ("yolo11n", "yolov5n")
NETWORK = '''
import numpy as np


class LiteRT:
    """A YOLO of two candidates: what is at the left is class 15, a cat, and at the right a dog."""

    def __init__(self, *files):
        self.files = files

    def __call__(self, image):
        high, wide = image.shape[2:]
        places = sum(high // side * (wide // side) for side in (8, 16, 32))
        found = np.zeros((1, 4 + 80 + 32, places), np.float32)
        for n, (middle, label, score) in enumerate([(0.2, 15, 0.9), (0.7, 16, 0.6)]):
            found[0, :4, n] = 640 * middle, 200, 200, 250
            found[0, 4 + label, n], found[0, 84, n] = score, 9
        return [found, np.ones((1, 32, high // 4, wide // 4), np.float32)]


Ncnn = LiteRT
'''


def differences(detector):
    """The paired differences of a detector with the group and alone, by condition."""
    table = pd.read_parquet(BOARD / f"differences-{detector}.parquet")
    everybody = table[(table["attribute"].fillna("") == "") & (table["form"] == "value")]
    return everybody[everybody["metric"] == "max-F"].set_index("condition")


def test_the_numbers_of_the_findings_are_those_of_the_board():
    tables = [pd.read_parquet(path) for path in sorted(BOARD.glob("*.parquet"))]
    assert len(tables) == 4
    columns = [t[name] for t in tables for name in ("value", "ci_low", "ci_high", "difference") if name in t]  # fmt: skip
    shown = {f"{x:.3f}" for column in columns for x in column.dropna()}
    found = set(re.findall(r"-?\b[01]\.\d{3}\b", (BOARD / "findings.md").read_text()))
    assert len(found) > 20
    assert found <= shown


def test_a_star_marks_what_the_data_can_tell_and_the_table_has_every_condition():
    found = {name: differences(name) for name in DETECTORS}
    single = found["yolo11n"].index.str.match("clean|group/|corruption/.*/")
    for condition in found["yolo11n"].index[single]:
        cells = [condition]
        for one in (found[name].loc[condition] for name in DETECTORS):
            star = " *" if one["ci_low"] > 0 or one["ci_high"] < 0 else ""
            gain = f"{one['difference']:.3f} [{one['ci_low']:.3f}, {one['ci_high']:.3f}]{star}"
            cells += [f"{one['a']:.3f}", f"{one['b']:.3f}", gain]
        assert f"| {' | '.join(cells)} |" in (BOARD / "findings.md").read_text()
    assert single.sum() == 1 + 3 + 12


@pytest.mark.parametrize("detector", DETECTORS)
def test_the_group_helps_a_detector_on_clean_images_and_harms_it_under_strong_blur(detector):
    found = differences(detector)
    assert found.loc["clean", "ci_low"] > 0
    assert found.loc["corruption/motion_blur/5", "ci_high"] < 0
    assert found.loc["group/fewer/3", "difference"] == 0


def test_the_commands_of_the_board_make_it_of_any_photographs(tmp_path, monkeypatch):
    pytest.importorskip("torchvision")
    write_coco(tmp_path / "data/coco128_seg")
    (code,) = blocks(ROOT / "tasks/cosal/models/README.md", "python")
    Path(tmp_path / "shared_class.py").write_text(code)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("yolo_litert", "yolo_ncnn"):
        Path(tmp_path / f"{name}.py").write_text(NETWORK)
        monkeypatch.delitem(sys.modules, name, raising=False)
    for words in told(BOARD / "findings.md"):
        given = [
            re.sub("=clean,.*", "=clean,fog/1", w.replace("DIR", "data").replace("=4000", "=200"))
            for w in words[1:]
        ]
        assert main(given) == 0, given
    folder = tmp_path / "leaderboards/cosal/coco128"
    table, published = (pd.read_parquet(one / "table.parquet") for one in (folder, BOARD))
    for column in ("model", "metric"):
        assert set(table[column]) == set(published[column])
    clean = (table["form"] == "value") & (table["group"] == "") & (table["condition"] == "clean")
    assert np.isfinite(table[clean]["value"]).all()
    assert {path.name for path in BOARD.glob("*.p*")} == {path.name for path in folder.glob("*.p*")}
