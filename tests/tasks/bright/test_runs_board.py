"""The commands of the board of published systems make its numbers, and run with others' files."""

import gzip
import json
import re
from pathlib import Path

import pandas as pd
import pytest

from benchsuite.cli.parser import main
from benchsuite_tasks.bright.datasets.bright import FAMILIES
from tests.house.source import ROOT
from tests.tasks.bright.datasets.test_benchmarks import REAL
from tests.test_docs import told

BOARD = ROOT / "leaderboards/bright/bright-runs"
CELL = ["model", "attribute", "group", "metric", "form"]
VALUES = {
    "xrr2-retrieve": (
        60.775, 55.924, 22.828, 37.725, 18.283, 24.000, 23.390, 16.371, 10.776, 7.122, 22.719, 24.893,
    ),
    "xrr2-rerank": (
        62.310, 55.802, 37.408, 54.178, 35.234, 36.901, 43.194, 21.329, 33.238, 16.690, 34.057, 45.734,
    ),
    "reasonir-gpt4cot": (
        43.493, 42.998, 32.654, 39.568, 20.820, 30.961, 27.344, 31.685, 19.552, 7.368, 33.932, 36.684,
    ),
}  # fmt: skip
"""nDCG@10 × 100 of each split by pytrec_eval, in the order of FAMILIES."""


def made(folder: Path, source: Path, monkeypatch: pytest.MonkeyPatch, first: str = "") -> Path:
    """The board that the commands of the page make of the files of `source`."""
    monkeypatch.chdir(folder)
    for words in told(BOARD / "findings.md"):
        given = [word.replace("DIR", str(source)).replace("=4000", "=200") for word in words[1:]]
        given = [
            f"first={first}" if first and word.startswith("first=") else word for word in given
        ]
        every = [sorted(map(str, folder.glob(w))) if w.endswith("*/*") else [w] for w in given]
        assert main([word for several in every for word in several]) == 0
    return folder / "leaderboards/bright/bright-runs"


def values(folder: Path) -> "pd.Series[float]":
    table = pd.read_parquet(folder / "table.parquet")
    return table[table["form"] == "value"].set_index(CELL)["value"].sort_index()


def test_the_published_board_has_the_numbers_of_pytrec_eval() -> None:
    found = values(BOARD)
    for model, expected in VALUES.items():
        mine = [found[model, "split", split, "ndcg@10", "value"] for split in FAMILIES]
        assert [round(100 * value, 3) for value in mine] == list(expected)
        overall = found[model, "", "", "ndcg@10", "value"]
        assert overall == pytest.approx(sum(mine) / len(mine))


@pytest.mark.skipif(not (REAL / "runs").is_dir(), reason=f"{REAL / 'runs'} is not there")
def test_the_commands_of_the_board_make_its_numbers(tmp_path, monkeypatch) -> None:
    folder = made(tmp_path, REAL, monkeypatch)
    pd.testing.assert_series_equal(values(folder), values(BOARD))
    gains = [pd.read_csv(one / "gains.csv").sort_values(["model", "split"], ignore_index=True)
             for one in (folder, BOARD)]  # fmt: skip
    pd.testing.assert_frame_equal(*gains)


def test_the_numbers_of_the_findings_are_those_of_the_board() -> None:
    table, gains = pd.read_parquet(BOARD / "table.parquet"), pd.read_csv(BOARD / "gains.csv")
    numbers = [
        table["value"],
        *(gains[name] for name in ("first", "value", "gain", "low", "high", "mde")),
    ]
    shown = {f"{x:.3f}" for column in numbers for x in column.dropna()}
    text = (BOARD / "findings.md").read_text()
    assert len(found := set(re.findall(r"-?\b0\.\d{3}\b", text))) > 50
    assert found <= shown
    whole = gains.set_index(["model", "split"]).loc[("xrr2-rerank", "mean")]
    assert f"{whole['unchanged']} were never reranked" in text
    assert (whole["unchanged"], whole["queries"]) == (377, 1384)


def test_the_commands_of_the_board_run_with_other_systems(tmp_path, monkeypatch) -> None:
    """Every split has two queries; the reranker puts the relevant document first for one of them."""
    (tmp_path / "examples").mkdir()
    for split in FAMILIES:
        rows = [{"id": str(n), "query": f"q {n}", "gold_ids": [f"{split}/my {n}.txt"], "gold_ids_long": [],
                 "excluded_ids": ["N/A"]} for n in range(2)]  # fmt: skip
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (tmp_path / f"examples/{split}.jsonl").write_text(text)
        first = {str(n): {"other": 2.0, f"{split}/my {n}.txt": 1.0} for n in range(2)}
        second = {**first, "0": {f"{split}/my 0.txt": 10, "other": 9}}
        for system, run in (("sparse", first), ("judge", second)):
            path = tmp_path / f"runs/{system}/{split.replace('-', '_')}.json.gz"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(gzip.compress(json.dumps(run).encode()))
    folder = made(tmp_path, tmp_path, monkeypatch, first="sparse")
    found = values(folder)
    assert found["sparse", "", "", "ndcg@10", "value"] == pytest.approx(0.63093, abs=1e-5)
    assert found["judge", "", "", "ndcg@10", "value"] == pytest.approx((1 + 0.63093) / 2, abs=1e-5)
    gains = pd.read_csv(folder / "gains.csv").set_index(["model", "split"])
    assert gains.loc[("judge", "mean"), "unchanged"] == 12
    assert gains.loc[("judge", "mean"), "gain"] == pytest.approx((1 - 0.63093) / 2, abs=1e-5)
