"""A gate on gaps: no false alarm, no gap missed, no pass on what was not measured."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchsuite.errors import WrongCall
from benchsuite.estimation import Code, Estimate, Mean, Note
from benchsuite.estimation.cells import Group
from benchsuite.estimation.wording import worded
from benchsuite.gates.equity import Policy, equity_gate
from benchsuite.gates.verdict import Verdict
from benchsuite.publishing.verdicts import report, summary
from benchsuite.runs.disparity import Shown, grown, shown
from benchsuite.runs.statistics import Statistics
from tests.estimation.test_groups import sampled
from tests.toys import MEAN, install, manifest

POLICY = Policy(replicates=400)


FAIR = replace(MEAN, metrics=(replace(MEAN.metrics[0], equity=True),))


@pytest.fixture(autouse=True)
def toy(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, FAIR)


def statistics(
    gap: float = 0.0, seed: int = 0, n: int = 300, conditions: tuple[str, ...] = ("clean",),
    **columns: object,
) -> Statistics:  # fmt: skip
    """Scores of three colours, red ones lower by `gap`, and of two sizes."""
    tables = {}
    for number, condition in enumerate(conditions):
        rng = np.random.default_rng([seed, number])
        colour = rng.choice(["red", "green", "blue"], n)
        ids = [f"{i:04d}" for i in range(n)]
        hit = rng.normal(0.7, 0.15, n) - gap * (colour == "red")
        table = pd.DataFrame({"sample_id": ids, "cluster": ids, "hit": hit, "colour": colour})
        tables[condition] = table.assign(size=rng.choice(["big", ""], n), **columns)
    made = manifest(FAIR, conditions, population=f"numbers {seed}")
    return Statistics(Path("run"), made, tables, ("colour", "size"))


def test_a_gap_fails_and_names_attribute_and_groups():
    outcome = equity_gate([statistics(0.15)], POLICY)
    assert outcome.verdict == Verdict.FAIL
    assert "toy-mean/m clean colour accuracy" in outcome.line
    assert "red worse than" in outcome.line
    assert "FAIL" in summary(report(outcome))


def test_no_gap_passes_and_says_what_would_have_gone_unseen():
    outcome = equity_gate([statistics()], POLICY)
    assert outcome.verdict == Verdict.PASS
    assert "go unseen" in outcome.line
    found = outcome.judged[0]
    assert found.low == 0 < found.value < found.high
    assert 0.03 < found.mde < 0.15


def test_an_attribute_with_a_single_group_is_not_looked_at_and_it_is_said():
    outcome = equity_gate([statistics()], POLICY)
    assert [g.attribute for g in outcome.judged] == ["colour"]
    reason = "not looked at: toy-mean/m clean size accuracy: 1 of 1 groups have 5 clusters"
    assert outcome.remarks == (reason,)
    assert f"- {reason}" in summary(report(outcome))


def test_what_is_not_looked_at_for_one_reason_is_said_once_with_its_conditions():
    every = ("clean", *"abcdefg")
    run = statistics(conditions=every)
    assert equity_gate([run], POLICY).remarks == (
        "not looked at: toy-mean/m all 8 conditions size accuracy: 1 of 1 groups have 5 clusters",
    )
    tables = {**run.tables, "b": run.tables["b"].assign(size=""), "clean": run.tables["clean"]}
    tables["a"] = tables["a"].assign(size=["big", "small"] * (len(tables["a"]) // 2))
    (remark,) = equity_gate([replace(run, tables=tables)], POLICY).remarks
    assert "toy-mean/m clean, c, d, e, f, g size accuracy: 1 of 1" in remark


def test_a_call_has_one_error_whatever_it_covers():
    many = tuple(f"c{i}" for i in range(10))
    alarms = [
        equity_gate([statistics(seed=s, n=120, conditions=many)], POLICY).verdict == Verdict.FAIL
        for s in range(40)
    ]
    assert sum(alarms) <= 6, "ten conditions at 5 % each would be 40 %"


def test_more_conditions_make_a_gap_harder_to_show():
    alone = equity_gate([statistics(0.1)], POLICY).judged[0]
    many = equity_gate([statistics(0.1, conditions=("clean", *"abcdef"))], POLICY).judged[0]
    assert many.value == alone.value
    assert many.low < alone.low
    assert many.high == alone.high, "the upper end needs no multiplicity"


def test_assure_passes_what_is_shown_to_be_within_the_tolerated_gap():
    for gap, tolerance, verdict in (
        (0.0, 0.12, Verdict.PASS), (0.0, 0.02, Verdict.INCONCLUSIVE), (0.3, 0.1, Verdict.FAIL),
    ):  # fmt: skip
        assure = replace(POLICY, mode="assure", tolerance=tolerance)
        assert equity_gate([statistics(gap)], assure).verdict == verdict
    with pytest.raises(WrongCall, match="--tolerance"):
        replace(POLICY, mode="assure")


def test_a_pass_that_is_blinder_than_allowed_is_inconclusive():
    blind = replace(POLICY, max_gap=0.01)
    assert equity_gate([statistics()], blind).verdict == Verdict.INCONCLUSIVE


def with_a_small_group(of: int, lost: float) -> Statistics:
    """Three fair colours, and a fourth of `of` clusters that is worse by `lost`."""
    fair = statistics()
    table = fair.tables["clean"].copy()
    table.loc[table.index[:of], "colour"] = "grey"
    table.loc[table.index[:of], "hit"] -= lost
    return replace(fair, tables={"clean": table})


def test_a_group_too_small_to_measure_is_named_and_nothing_is_assured_beside_it():
    run = with_a_small_group(4, lost=0.7)
    found = equity_gate([run], POLICY)
    assert found.verdict == Verdict.PASS
    assert "not looked at: toy-mean/m colour: grey (4 clusters)" in found.line
    assured = equity_gate([run], replace(POLICY, mode="assure", tolerance=0.12))
    assert assured.verdict == Verdict.INCONCLUSIVE
    assert "grey (4 clusters)" in assured.line
    larger = equity_gate([with_a_small_group(6, lost=0.7)], POLICY)
    assert larger.verdict == Verdict.FAIL


def test_damage_where_attributes_cross_is_found():
    run = statistics(n=600)
    table = run.tables["clean"]
    both = table.assign(size=np.where(np.arange(len(table)) % 2, "big", "small"))
    worse = (both["colour"] == "red") & (both["size"] == "big")
    better = (both["colour"] == "red") & (both["size"] == "small")
    both["hit"] += 0.15 * better.astype(float) - 0.15 * worse.astype(float)
    plain = replace(run, tables={"clean": both})
    assert {gap.attribute for gap in equity_gate([plain], POLICY).judged} == {"colour", "size"}
    crossed = replace(plain, manifest=replace(run.manifest, crossed=(("colour", "size"),)))
    outcome = equity_gate([crossed], POLICY)
    assert "colour×size accuracy" in outcome.line
    assert "red×big worse than red×small" in outcome.line


def test_no_gap_is_told_that_is_wider_than_the_metric():
    run = statistics(n=300)
    few = run.tables["clean"].assign(size=["tiny"] * 5 + ["big"] * 295)
    few.loc[:4, "hit"] = [0.0, 1.0, 0.0, 1.0, 0.5]
    outcome = equity_gate([replace(run, tables={"clean": few})], POLICY)
    found = next(g for g in outcome.judged if g.attribute == "size")
    assert found.mde == 1.0
    assert found.high <= 1.0
    assert "gaps under 1.000 (toy-mean/m clean size accuracy) go unseen" in outcome.line


def test_what_goes_unseen_does_not_depend_on_the_order_of_the_runs(monkeypatch):
    other = replace(
        MEAN, name="toy-other", metrics=(Mean("hits", "hit", bounds=(0, 1), equity=True),)
    )
    install(monkeypatch, FAIR, other)
    blind = statistics(n=120, seed=2)
    runs = [
        statistics(n=1200, seed=1),
        replace(blind, manifest=manifest(other, population="numbers 2")),
    ]
    policy = replace(POLICY, max_gap=0.08)
    assert equity_gate(runs[:1], policy).verdict == Verdict.PASS
    assert equity_gate(runs, policy).verdict == Verdict.INCONCLUSIVE
    assert equity_gate(runs[::-1], policy).verdict == Verdict.INCONCLUSIVE


def test_a_group_without_a_value_is_never_a_pass():
    hit = np.full(300, np.nan)
    outcome = equity_gate([statistics(hit=hit)], POLICY)
    assert outcome.verdict == Verdict.INVALID
    assert "has no value" in outcome.line


def test_nothing_to_look_at_is_never_a_pass():
    outcome = equity_gate([statistics(colour="red")], POLICY)
    assert outcome.verdict == Verdict.INVALID
    assert "no attribute has two groups" in outcome.line


def test_an_unknown_metric_is_a_wrong_call():
    with pytest.raises(WrongCall, match=r"no metric is called 'acuracy' \(did you mean accuracy"):
        equity_gate([statistics()], POLICY, metric="acuracy")


# --- the rows of a board ------------------------------------------------------------------------


def grouped(parts: Sequence[Estimate], names: Sequence[str] = "abc") -> dict[Group, Estimate]:
    return {Group(("g",), (name,)): e for name, e in zip(names, parts, strict=True)}


def rows(overall: Estimate, groups: dict[Group, Estimate], better: bool = True) -> dict[str, Shown]:
    bounds = (0.0, 1.0) if better else (0.0, np.inf)
    return {one.form: one for one in shown(groups, bounds, better, overall)}


def test_every_form_stands_beside_its_null():
    overall, *parts = sampled(3)
    found = rows(overall, grouped(parts))
    assert set(found) == {
        "gap", "worst", "null95", "gap_mde", "sd", "sd_null95", "es_sum", "fair", "es_std",
        "es_std_fair", "es_std_population", "es_std_population_fair", "ratio", "ratio_fair",
    }  # fmt: skip
    for label in ("gap", "worst", "sd", "es_sum", "es_std", "ratio"):
        assert found[label].low <= found[label].value <= found[label].high, label
    for label in ("fair", "es_std_fair", "ratio_fair"):
        assert found[label].low < found[label].value < found[label].high, label
        assert found[label].method == "null"


def test_where_lower_is_better_the_form_grows_with_disparity():
    overall, *parts = sampled(3)
    found = rows(overall, grouped(parts), better=False)
    assert "es_sum" not in found
    assert found["es_cost"].value > overall.value
    assert not found["es_cost"].higher_is_better
    assert found["worst"].value == max(p.value for p in parts)


def test_a_metric_that_does_not_ask_for_equity_has_gap_and_worst_group_only():
    parts = sampled(3)[1:]
    found = shown(grouped(parts), (0, 1), True)
    assert [one.form for one in found] == ["gap", "worst", "null95"]


def test_small_cells_are_left_out_and_named():
    overall, *parts = sampled(3)
    tiny = Estimate.of(0.1, np.full(400, 0.1, np.float32), 3, 3)
    found = rows(overall, grouped([*parts, tiny], [*"abc", "d×e"]))
    plain = rows(overall, grouped(parts))
    assert "without d×e (3 clusters)" in worded(found["gap"].notes)
    assert found["gap"].value == plain["gap"].value
    assert found["es_sum"].value == plain["es_sum"].value


def test_a_single_group_has_no_equity_figure_and_it_is_said():
    overall, *parts = sampled(2)
    found = rows(overall, grouped(parts[:1], "a"))
    for one in found.values():
        assert np.isnan(one.value)
        assert Note(Code.SINGLE_GROUP) in one.notes


def test_the_growth_of_a_gap_leaves_out_small_groups_and_names_them():
    _, *parts = sampled(3)
    before = grouped(parts)
    few = replace(parts[0], clusters=3)
    after = before | grouped([few, parts[1]], ["few", "new"])
    found = grown(before, after, (0.0, 1.0))
    assert (found.form, found.value, found.low, found.high) == ("gap_growth", 0, 0, 0)
    assert not found.higher_is_better
    assert "without few (0 clusters), new (0 clusters)" in worded(found.notes)
    small = {name: replace(e, clusters=3) for name, e in before.items()}
    withheld = grown(before, small, (0.0, 1.0))
    assert np.isnan([withheld.value, withheld.low, withheld.high]).all()
    assert "a (3 clusters)" in worded(withheld.notes)
