"""Curves have a point a run, from its own statistics and design factors."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchsuite.errors import BadData
from benchsuite.runs.statistics import Statistics
from benchsuite_tasks.bright.curves import draw, point
from benchsuite_tasks.bright.points import headline_of


def run(
    model: str, depth: int, size: int | None, value: float, metric: str = "ndcg@10"
) -> Statistics:
    ids = [f"q{i}" for i in range(80)]
    values = np.clip(value + np.random.default_rng(0).normal(0, 0.1, 80), 0, 1)
    answered = [1.0] * 78 + [0.0] * 2
    columns = {"sample_id": ids, "cluster": ids, "split": ["a", "b"] * 40, "ndcg@10": values,
               "answered": answered}  # fmt: skip
    factors = {"paradigm": "groupwise", "first_stage": f"fusion@{depth}"}
    sized = {**factors, **({"group_size": str(size)} if size else {})}
    identity = {"task": "bright", "seed": 0, "population": "p", "dataset": "d", "model": model}
    manifest = {"identity": identity, "factors": sized, "metrics": [{"name": metric}]}
    return Statistics(Path("run"), manifest, {"clean": pd.DataFrame(columns)}, ())


def test_a_point_is_the_macro_mean_of_its_run() -> None:
    found = point(run("m", 50, 20, 0.6))
    clean = run("m", 50, 20, 0.6).tables["clean"]
    assert found["ndcg@10"] == pytest.approx(clean.groupby("split")["ndcg@10"].mean().mean())
    assert found["low"] < found["ndcg@10"] < found["high"]
    assert (found["first_stage"], found["depth"], found["group_size"]) == ("fusion", 50, 20)


def test_a_point_follows_the_convention_of_its_run() -> None:
    other = run("m", 50, 20, 0.6, "ndcg@10-answered")
    clean = other.tables["clean"]
    expected = clean[clean["answered"] == 1].groupby("split")["ndcg@10"].mean().mean()
    assert point(other)["ndcg@10-answered"] == pytest.approx(expected)
    assert point(other)["ndcg@10-answered"] != pytest.approx(
        point(run("m", 50, 20, 0.6))["ndcg@10"]
    )
    assert headline_of([other, other]) == "ndcg@10-answered"
    with pytest.raises(BadData, match="found the headlines ndcg@10 and ndcg@10-answered"):
        headline_of([run("m", 50, 20, 0.6), other])


def test_a_retriever_has_no_point() -> None:
    bad = run("m", 50, 20, 0.6)
    bad.manifest["factors"].pop("paradigm")
    with pytest.raises(BadData, match="expected the run of a reranker, found no paradigm"):
        point(bad)


def test_the_figure_has_whatever_varies(tmp_path: Path) -> None:
    runs = [run("g", d, s, 0.6) for d, s in ((10, 20), (50, 20), (100, 20), (100, 5))]
    table = pd.DataFrame([point(one) for one in [*runs, run("p", 10, None, 0.5)]])
    draw(table, "ndcg@10", tmp_path / "curves.png")
    with pytest.raises(BadData, match="expected runs that differ in depth or group_size, found 1"):
        draw(table[table["model"] == "p"], "ndcg@10", tmp_path / "one.png")
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")
