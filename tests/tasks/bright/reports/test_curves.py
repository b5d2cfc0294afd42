"""Curves have a point a run, from its own statistics and design factors."""

import numpy as np
import pandas as pd
import pytest

from benchsuite.errors import BadData
from benchsuite.estimation import Metric
from benchsuite.runs.statistics import Statistics
from benchsuite.task import silent
from benchsuite_tasks.bright.metrics import METRICS, OF_ANSWERED
from benchsuite_tasks.bright.reports.curves import point, report
from benchsuite_tasks.bright.reports.points import headline_of
from tests.tasks.bright.runs import statistics


def run(
    model: str, depth: int, size: int | None, value: float, metric: Metric = METRICS[0]
) -> Statistics:
    ids = [f"q{i}" for i in range(80)]
    values = np.clip(value + np.random.default_rng(0).normal(0, 0.1, 80), 0, 1)
    answered = [1.0] * 78 + [0.0] * 2
    columns = {"sample_id": ids, "cluster": ids, "split": ["a", "b"] * 40, "ndcg@10": values,
               "answered": answered}  # fmt: skip
    factors = {"paradigm": "groupwise", "first_stage": "fusion", "depth": str(depth)}
    sized = {**factors, **({"group_size": str(size)} if size else {})}
    return statistics({"clean": pd.DataFrame(columns)}, sized, model, metric)


def test_a_point_is_the_macro_mean_of_its_run() -> None:
    found = point(run("m", 50, 20, 0.6))
    clean = run("m", 50, 20, 0.6).tables["clean"]
    assert found["ndcg@10"] == pytest.approx(clean.groupby("split")["ndcg@10"].mean().mean())
    assert found["low"] < found["ndcg@10"] < found["high"]
    assert (found["first_stage"], found["depth"], found["group_size"]) == ("fusion", 50, 20)


def test_a_point_follows_the_convention_of_its_run() -> None:
    other = run("m", 50, 20, 0.6, OF_ANSWERED[0])
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
    bad = statistics(run("m", 50, 20, 0.6).tables, {"first_stage": "none"})
    with pytest.raises(BadData, match="expected the run of a reranker, found no paradigm"):
        point(bad)


def test_the_figure_has_whatever_varies() -> None:
    runs = [run("g", d, s, 0.6) for d, s in ((10, 20), (50, 20), (100, 20), (100, 5))]
    lone = run("p", 10, None, 0.5)
    found = report([*runs, lone], silent)
    assert found.files["curves.png"].startswith(b"\x89PNG")
    assert found.tables["curves"]["depth"].tolist() == [10, 50, 100, 100, 10]
    with pytest.raises(BadData, match="expected runs that differ in depth or group_size, found 1"):
        report([lone], silent)
