"""Which samples a page shows, and why those: the worst group, its samples, the conditions."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchsuite.boards.asked import Asked
from benchsuite.boards.picked import own_scores, spread, typical_of, worst_group, worst_of
from benchsuite.condition import CLEAN
from benchsuite.estimation.cells import EVERYBODY, Group
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.manifest import ConditionRecord
from benchsuite.runs.plan import Run
from benchsuite.runs.statistics import Statistics, run_statistics
from tests.toys import AP, MEAN, NOISE, Linear, install, numbers

NOTHING = math.nan


def table(*rows: tuple[str, float, float, float], better: bool = True) -> pd.DataFrame:
    """Rows of one model: group, value and the ends of its interval."""
    about = {"condition": "clean", "metric": "m", "attribute": "a", "higher_is_better": better}
    groups = [
        {**about, "form": "value", "group": group, "value": value, "ci_low": low, "ci_high": high}
        for group, value, low, high in rows
    ]
    gaps = [{**about, "form": form, "group": "", "value": value, "ci_low": NOTHING,
             "ci_high": NOTHING} for form, value in (("gap", 0.4), ("null95", 0.1))]  # fmt: skip
    return pd.DataFrame([*groups, *gaps])


def named(rows: pd.DataFrame) -> list[Group]:
    return [EVERYBODY, *(Group(("a",), (name,)) for name in rows["group"] if name)]


def test_a_small_group_is_not_the_worst_by_chance():
    rows = table(("small", 0.2, 0.0, 0.9), ("large", 0.5, 0.45, 0.55), ("good", 0.9, 0.8, 0.95))
    found = worst_group(rows, named(rows), "clean", "m")
    assert found is not None and found.group.value == "large"
    assert (found.among, found.without, found.gap, found.null95) == (3, 0, 0.4, 0.1)


def test_of_a_cost_the_worst_group_is_the_one_that_is_surely_high():
    rows = table(("small", 9.0, 1.0, 20.0), ("large", 5.0, 4.0, 6.0), better=False)
    found = worst_group(rows, named(rows), "clean", "m")
    assert found is not None and found.group.value == "large"


def test_groups_without_an_interval_are_counted_and_not_compared():
    rows = table(("tiny", 0.0, NOTHING, NOTHING), ("large", 0.5, 0.4, 0.6))
    found = worst_group(rows, named(rows), "clean", "m")
    assert found is not None
    assert (found.group.value, found.among, found.without) == ("large", 1, 1)
    assert worst_group(rows[rows["group"] == "tiny"], named(rows), "clean", "m") is None


def test_parts_of_a_metric_are_no_groups_of_samples():
    rows = table(("dog", 0.1, 0.0, 0.2), ("large", 0.5, 0.4, 0.6))
    found = worst_group(rows, [Group(("a",), ("large",))], "clean", "m")
    assert found is not None and found.group.value == "large"


UNIT = st.floats(0, 1)


@given(st.lists(st.tuples(UNIT, UNIT, UNIT).map(sorted), min_size=1, max_size=8), st.booleans())
def test_no_other_group_is_worse_in_the_best_case(ends, better):
    rows = table(*((f"g{i}", v, low, high) for i, (low, v, high) in enumerate(ends)), better=better)
    found = worst_group(rows, named(rows), "clean", "m")
    assert found is not None
    if better:
        assert found.row.ci_high == max(0, min(high for _, _, high in ends))
    else:
        assert found.row.ci_low == max(low for low, _, _ in ends)


@pytest.fixture
def run(tmp_path, monkeypatch) -> Statistics:
    install(monkeypatch, MEAN, AP)
    asked = Run(AP, numbers(), Linear(bias=0.2), (CLEAN, *NOISE[:2]))
    return run_statistics(evaluate(asked, tmp_path, replicates=20))


def of(run: Statistics, group: Group = EVERYBODY) -> Asked:
    return Asked(run, ("clean",), run.metrics[0], group)


def test_the_worst_samples_are_those_of_the_group_one_of_each_cluster(run):
    red = of(run, Group(("colour",), ("red",)))
    (members,) = red.tables.values()
    clusters = dict(zip(members["sample_id"], members["cluster"], strict=True))
    many = worst_of(red, 1000)
    assert set(many) <= set(members["sample_id"])
    assert len({clusters[one] for one in many}) == len(many)
    scores = own_scores(run, run.metrics[0], ["clean"], many)
    assert [scores["clean", one] for one in many] == sorted(scores.values())
    assert worst_of(red, 2) == many[:2]


def test_typical_samples_are_the_median_and_the_quartiles(run):
    every = of(run).tables["clean"]["sample_id"]
    scores = own_scores(run, run.metrics[0], ["clean"], every)
    known = sorted(score for score in scores.values() if not math.isnan(score))
    typical = [scores["clean", one] for one in typical_of(of(run))]
    assert typical == [known[round(q * (len(known) - 1))] for q in (0.5, 0.25, 0.75)]


def test_nothing_is_typical_of_samples_without_a_score(run):
    undefined = {c: rows.assign(score=np.nan, truth=np.nan) for c, rows in run.tables.items()}
    empty = replace(run, tables=undefined)
    assert typical_of(of(empty)) == worst_of(of(empty), 3) == []


def record(name: str, severity: int, kind: str = "corruption") -> ConditionRecord:
    return ConditionRecord(f"{kind}/{name}/{severity}", kind, name, severity, "", "suite")


GRID = [record("", 0, "clean"), *(record(n, s) for n in "abcdefghi" for s in range(1, 6))]


@given(st.lists(st.sampled_from(GRID), unique=True), st.integers(1, 50))
def test_conditions_are_spread_over_names(known, most):
    kept = spread(known, most)
    names = {one.name for one in known}
    assert len(kept) == min(most, len(known) if len(known) <= most else len(names))
    assert [one for one in known if one in kept] == kept
    if len(names) <= most:
        assert {one.name for one in kept} == names


def test_of_many_severities_the_middle_one_is_kept():
    assert [one.severity for one in spread(GRID, 10)] == [0, *[3] * 9]
