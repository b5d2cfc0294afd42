"""The commands of BIRCO's board make its numbers, and run with other systems' files."""

import re
from pathlib import Path

import pandas as pd
import pytest

import benchsuite as bs
from benchsuite.cli.parser import main
from tests.house.source import ROOT
from tests.tasks.bright.datasets.test_sets import SHARED, SYSTEMS, folder, reference
from tests.test_docs import told

BOARD = ROOT / "leaderboards/bright/birco"
CELL = ["model", "attribute", "group", "metric", "form"]

__all__ = ["folder"]


def made(source: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    """The table that the commands of the page make of the files of `source`."""
    monkeypatch.chdir(place)
    for words in told(BOARD / "findings.md"):
        given = [word.replace("DIR", str(source)) for word in words[1:]]
        # Families of systems that are not there cannot be compared.
        code = main([word.replace("=4000", "=200") for word in given])
        assert code == (65 if given[0] == "compare" and source != SHARED else 0)
    return pd.read_parquet(place / "leaderboards/bright/birco/table.parquet")


def test_the_commands_of_the_page_run_with_other_systems(folder, tmp_path, monkeypatch):
    found = made(folder, tmp_path, monkeypatch).set_index(CELL)["value"]
    for system in SYSTEMS:
        mine = found[system, "", "", "ndcg@10", "value"]
        assert mine == pytest.approx(reference(folder, system), abs=1e-9)
    assert {"pool-order", "bm25"} <= set(found.index.get_level_values("model"))


def test_the_commands_of_the_page_make_its_numbers(tmp_path, monkeypatch):
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED}: not there")
    tables = made(SHARED, tmp_path, monkeypatch), pd.read_parquet(BOARD / "table.parquet")
    values = [t[t["form"].isin(["value", "chance"])].set_index(CELL)["value"] for t in tables]
    pd.testing.assert_series_equal(*values)
    sides = [f"results/birco/bright/birco/*_{family}_O" for family in ("subtask", "reason")]
    cells = bs.compare(*sides, matched=True).cells.query("metric == 'ndcg@10'")
    text = (BOARD / "findings.md").read_text()
    for row in cells[cells["attribute"].isin(["", "split"])].itertuples():
        assert f"| {row.difference:.3f} [" in text


def test_the_numbers_of_the_findings_are_those_of_the_board():
    published = pd.read_parquet(BOARD / "table.parquet")
    text = (BOARD / "findings.md").read_text()
    first = text.partition("\n\n")[0].replace("by 0.035 [0.015, 0.055]", "")
    shown = {f"{x:.3f}" for c in ("value", "ci_low", "ci_high") for x in published[c].dropna()}
    assert len(numbers := set(re.findall(r"\b0\.\d{3}\b", first))) == 7
    assert numbers <= shown


def test_the_pools_own_order_beats_all_but_gpt4_on_arguana():
    rows = pd.read_parquet(BOARD / "table.parquet")
    rows = rows[
        (rows["metric"] == "ndcg@10") & (rows["form"] == "value") & (rows["group"] == "arguana")
    ]
    order = rows.sort_values("value", ascending=False)["model"].tolist()
    assert order[:3] == ["GPT-4_subtask_O", "GPT-4_reason_O", "pool-order"]
