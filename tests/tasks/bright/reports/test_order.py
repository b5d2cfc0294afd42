"""Order sensitivity is the SD over shuffles less that over repeats, and τ is that of top lists."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kendalltau

from benchsuite.errors import BadData, WrongCall
from benchsuite.runs.statistics import Statistics
from benchsuite.task import silent
from benchsuite_tasks.bright.reports import order as report
from tests.tasks.bright.runs import statistics as made

QUERIES = 60


def table(values: np.ndarray, docs: list[str], **more: Any) -> pd.DataFrame:  # type: ignore[type-arg]
    ids = [f"q{i}" for i in range(QUERIES)]
    columns: Mapping[str, Any] = {
        "sample_id": ids, "cluster": ids, "ndcg@10": values, "docs": [docs] * QUERIES, **more,
    }  # fmt: skip
    return pd.DataFrame(columns)


def statistics(shuffled: float, repeated: float, **more: Any) -> Statistics:
    rng = np.random.default_rng(0)
    base, docs = rng.uniform(0.3, 0.7, QUERIES), ["a", "b", "c"]
    tables = {"clean": table(base, docs, **more)}
    for kind, spread in (("order/shuffled", shuffled), ("repeat/order", repeated)):
        for number in range(1, 6):
            noise = rng.normal(0, spread, QUERIES) if spread else 0.0
            tables[f"{kind}/{number}"] = table(base + noise, docs[::-1] if number == 1 else docs)
    return made(tables, {})


def test_a_ranker_without_order_has_no_sensitivity() -> None:
    row = report.row(statistics(0.0, 0.0))
    assert row["sensitivity"] == 0.0
    assert row["tau"] == pytest.approx((4 - 1) / 5)


def test_the_noise_of_repeats_is_not_sensitivity() -> None:
    row = report.row(statistics(0.1, 0.1))
    assert abs(row["sensitivity"]) < 0.02
    assert row["sensitivity_low"] < 0 < row["sensitivity_high"]
    row = report.row(statistics(0.1, 0.02))
    expected = 0.94 * (0.1 - 0.02)  # an SD of five is 6 % too small
    assert row["sensitivity"] == pytest.approx(expected, abs=0.01)
    assert row["sensitivity_low"] > 0


def test_cost_is_a_mean_over_queries() -> None:
    row = report.row(statistics(0.0, 0.0, requests=np.arange(QUERIES), unusable=[1] * QUERIES))
    assert row["requests"] == pytest.approx((QUERIES - 1) / 2)
    assert row["unusable"] == 1.0


def test_a_run_without_shuffles_is_one_line() -> None:
    found = statistics(0.0, 0.0)
    short = {name: t for name, t in found.tables.items() if name != "repeat/order/3"}
    with pytest.raises(BadData, match="expected the condition repeat/order/3, found none; run it"):
        report.row(made(short, {}))


def test_tau_of_whole_lists_is_kendalls() -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        one = [f"d{i}" for i in range(10)]
        other = [one[i] for i in rng.permutation(10)]
        expected = kendalltau(range(10), [other.index(d) for d in one]).statistic
        assert report.kendall(one, other) == pytest.approx(expected)
    assert report.kendall(["a"], ["a"]) == 1.0


def test_tau_of_lists_without_a_document_in_common_is_negative() -> None:
    # All four pairs across are in opposite order; the two pairs within tie in one list each.
    assert report.kendall(["a", "b"], ["c", "d"]) == pytest.approx(-4 / 6)


def test_the_report_has_a_row_a_run() -> None:
    found = report.report([statistics(0.0, 0.0), statistics(0.1, 0.1)], silent)
    assert len(found.tables["order"]) == 2
    with pytest.raises(BadData, match="expected the condition order/shuffled/1, found none"):
        report.report([made({}, {})], silent)
    with pytest.raises(WrongCall, match="expected at least one RUN, found none"):
        report.report([], silent)
    whole = statistics(0.0, 0.0)
    kept = {name: table.drop(columns="docs") for name, table in whole.tables.items()}
    with pytest.raises(BadData, match="expected a run with its rankings, found a baseline"):
        report.report([made(kept, {})], silent)
