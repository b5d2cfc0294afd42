"""What is said of groups, without any one cluster: the report says how far it moves, and by whom."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from benchsuite.cli import main
from benchsuite.errors import BadData, WrongCall
from benchsuite.estimation import TailMean
from benchsuite.estimation.influence import without_each
from benchsuite.runs.statistics import Statistics
from benchsuite.task import silent
from benchsuite_tasks.fairseg.reports.leave_one_out import DIFFERENCES, VALUES, leave_one_out
from tests.gates.made import SCORE, statistics

COLUMN = SCORE.column
GROUPS = {"big": 20, "small": 6, "tiny": 2}
"""Clusters of each group; `tiny` has too few for a part in the gap."""


def scored(model: str, lift: float = 0.0, seed: int = 0) -> Statistics:
    """A run with two samples a cluster; one cluster of `small` is far worse than the others."""
    rng = np.random.default_rng(seed)
    rows = [
        (f"{group}-{i}", group, rng.normal(0.8 if group == "big" else 0.5, 0.02))
        for group, count in GROUPS.items()
        for i in range(count)
        for _ in range(2)
    ]
    table = pd.DataFrame(rows, columns=["cluster", "kind", "score"])
    table.loc[table["cluster"] == "small-3", "score"] = 0.1 + lift
    table["sample_id"] = [f"s{i:03d}" for i in range(len(table))]
    made = statistics(table[["score"]].to_numpy())
    identity = replace(made.identity, task="fairseg", model=model)
    return replace(
        made,
        manifest=replace(made.manifest, identity=identity),
        tables={"clean": table.rename(columns={"score": COLUMN})},
        attributes=("kind",),
    )


def slow(run: Statistics, group: str) -> tuple[float, dict[str, float]]:
    """The obvious way: take a cluster's rows away, and average the others."""
    mine = run.tables["clean"].query(f"kind == '{group}'")
    left = {c: mine[mine["cluster"] != c][COLUMN].mean() for c in sorted(set(mine["cluster"]))}
    return float(mine[COLUMN].mean()), left


def test_ends_are_those_over_every_cluster_that_is_left_out() -> None:
    run = scored("a")
    found = leave_one_out([run], silent, "kind").tables[VALUES].set_index("group")
    for group, count in GROUPS.items():
        value, left = slow(run, group)
        row = found.loc[group]
        assert row["clusters"] == count
        assert row["value"] == pytest.approx(value)
        assert (row["lowest"], row["highest"]) == pytest.approx(
            (min(left.values()), max(left.values()))
        )
    assert found.loc["small", "furthest"] == "small-3"


def test_a_gap_is_between_groups_of_five_clusters_and_moves_with_each_cluster() -> None:
    run = scored("a")
    found = leave_one_out([run], silent, "kind").tables[VALUES].set_index("group").loc["gap"]
    (big, without_big), (small, without_small) = slow(run, "big"), slow(run, "small")
    gaps = [b - small for b in without_big.values()] + [big - s for s in without_small.values()]
    assert found["value"] == pytest.approx(big - small)
    assert (found["lowest"], found["highest"]) == pytest.approx((min(gaps), max(gaps)))
    assert found["furthest"] == "small-3"
    assert found["clusters"] == 26


def test_a_gain_of_one_cluster_alone_is_seen_to_vanish_without_it() -> None:
    before, after = scored("erm"), scored("dro", lift=0.6)
    report = leave_one_out([before, after], silent, "kind")
    found = report.tables[DIFFERENCES].set_index("group")
    assert set(found["model"]) == {"dro"}
    small = found.loc["small"]
    assert small["value"] == pytest.approx(0.1)
    assert small["lowest"] == pytest.approx(0)
    assert small["furthest"] == "small-3"
    assert found.loc["big", ["value", "lowest", "highest"]].tolist() == [0, 0, 0]
    assert report.files["leave-one-out.png"].startswith(b"\x89PNG")


def test_runs_of_one_model_are_told_apart_by_their_ids() -> None:
    one, two = scored("same"), scored("same", seed=1)
    two = replace(two, manifest=replace(two.manifest, run_id="f" * 16))
    names = set(leave_one_out([one, two], silent, "kind").tables[VALUES]["model"])
    assert names == {f"same {one.manifest.run_id[:6]}", "same ffffff"}


def test_what_a_run_lacks_is_said() -> None:
    run, few = scored("a"), scored("b")
    with pytest.raises(BadData, match=r"no attribute 'kinds' \(did you mean kind"):
        leave_one_out([run], silent, "kinds")
    with pytest.raises(BadData, match="no condition 'fog'"):
        leave_one_out([run], silent, "kind", condition="fog")
    with pytest.raises(WrongCall, match="no metric is called"):
        leave_one_out([run], silent, "kind", metric="dyce")
    with pytest.raises(WrongCall, match="one or more runs"):
        leave_one_out([], silent, "kind")
    rows = few.tables["clean"]
    few = replace(few, tables={"clean": rows[rows["cluster"] != "big-1"]})
    with pytest.raises(BadData, match="of the same clusters, found others in big of b"):
        leave_one_out([run, few], silent, "kind")


def test_a_tail_and_a_group_of_one_cluster_are_left_out_of_too() -> None:
    rows = pd.DataFrame({"x": np.arange(20.0), "sample_id": [f"{i:02d}" for i in range(20)]})
    rows["cluster"] = rows["sample_id"]
    everybody = np.ones(20, np.bool_)
    found = without_each(TailMean("t", "x"), rows, everybody)
    assert found["00"] == pytest.approx((1 + 0.9 * 2) / 1.9)
    assert found["19"] == pytest.approx((0 + 0.9 * 1) / 1.9)
    alone = without_each(TailMean("t", "x"), rows, np.arange(20) == 3)
    assert np.isnan(alone["03"])


def test_the_command_writes_tables_and_a_figure(tmp_path, capsys) -> None:
    words = ["run", "task=fairseg", "dataset.subjects=40", "model=erm", "conditions=clean"]
    assert main([*words, "replicates=200", f"results={tmp_path / 'r'}"]) == 0
    (run,) = (tmp_path / "r").glob("*/*/*/*")
    words = ["report", "leave-one-out", str(run), "attribute=race×gender"]
    assert main([*words, "metric=tail_dice", "--out", str(tmp_path)]) == 0
    found = pd.read_csv(tmp_path / "leave-one-out.csv")
    assert "White×Female" in set(found["group"])
    assert (tmp_path / "leave-one-out.png").stat().st_size > 1000
    assert main(["report", "leave-one-out", "task=fairseg", "attribute=race"]) == 64
    assert "one or more runs" in capsys.readouterr().err


def test_a_published_page_shows_how_groups_share_the_tail(tmp_path, capsys) -> None:
    words = ["run", "task=fairseg", "dataset.subjects=100", "model=erm", "conditions=clean"]
    assert main([*words, "replicates=200", f"results={tmp_path / 'r'}"]) == 0
    assert main(["publish", "--results", str(tmp_path / "r"), "--out", str(tmp_path / "o")]) == 0
    page = (tmp_path / "o/fairseg/fundus-mini/README.md").read_text()
    (_, tail) = page.split("## By group: tail_dice")
    lines = tail.split("## By robustness")[0].splitlines()
    assert any(line.startswith("| gender | gap |") for line in lines)
    assert any(line.startswith("| race | Asian |") and "‡" in line for line in lines)
    assert "tail_hd95" not in tail
