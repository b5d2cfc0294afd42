from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from benchsuite.condition import CLEAN, Condition
from benchsuite.errors import BadData, WrongCall
from benchsuite.estimation import Mean
from benchsuite.gates import equity
from benchsuite.gates.equity import equity_gate
from benchsuite.gates.evidence import effects_of
from benchsuite.gates.policy import Policy
from benchsuite.gates.regression import gate
from benchsuite.gates.selftest import selftest
from benchsuite.gates.verdict import Verdict
from benchsuite.publishing.verdicts import report, summary
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run, shards
from benchsuite.runs.statistics import read_statistics, run_statistics, write_baseline
from tests.gates.made import SCORE, TASK, judged
from tests.gates.made import statistics as made_statistics
from tests.toys import MEAN, NOISE, Linear, install, numbers

METRICS = {"toy-mean": MEAN.metrics[:1]}
POLICY = Policy(replicates=300)
RUN = Run(MEAN, numbers(300), Linear("a", bias=0.1), (CLEAN, *NOISE))


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("results")


def statistics(root, **changes):
    return run_statistics(evaluate(replace(RUN, **changes), root, replicates=50))


def test_a_model_against_itself_passes(root):
    same = statistics(root)
    assert gate([(same, same)], METRICS, POLICY).verdict == Verdict.PASS


def test_a_worse_model_fails_and_the_cells_are_named(root, monkeypatch):
    install(monkeypatch, MEAN)
    outcome = gate(
        [(statistics(root), statistics(root, model=Linear("b", bias=0.8)))], METRICS, POLICY
    )
    assert outcome.verdict == Verdict.FAIL
    assert "clean overall accuracy" in outcome.line
    assert "FAIL" in summary(report(outcome))


def test_a_cost_that_rises_is_told_as_a_rise(root):
    cost = {"toy-mean": (replace(MEAN.metrics[0], higher_is_better=False),)}
    before = statistics(root, model=Linear("b", bias=0.8))
    outcome = gate([(before, statistics(root))], cost, POLICY)
    assert outcome.verdict == Verdict.FAIL
    assert "accuracy +0." in outcome.line
    assert outcome.judged[0].columns()["change"] > 0


def test_a_group_too_small_for_a_verdict_is_named_beside_a_pass(root):
    before = statistics(root)
    small = {c: t.assign(size=["tiny"] * 6 + [""] * (len(t) - 6)) for c, t in before.tables.items()}
    worse = {c: t.copy() for c, t in small.items()}
    for found in worse.values():
        found.loc[:5, "hit"] = 0.0
    outcome = gate(
        [(replace(before, tables=small), replace(before, tables=worse))], METRICS, POLICY
    )
    assert outcome.verdict == Verdict.PASS
    assert "no verdict on" in outcome.line
    assert "clean size=tiny accuracy -" in outcome.line
    assert "3 clusters: no interval under 5" in outcome.line


def test_too_little_to_judge_the_whole_is_never_a_pass(root):
    before = statistics(root)
    few = {c: t.iloc[:6] for c, t in before.tables.items()}
    worse = {c: t.assign(hit=0.0) for c, t in few.items()}
    outcome = gate([(replace(before, tables=few), replace(before, tables=worse))], METRICS, POLICY)
    assert outcome.verdict == Verdict.INCONCLUSIVE
    assert "no verdict on" in outcome.line


@pytest.mark.parametrize(
    "wrong", [{"replicates": 2}, {"alpha": 2.0}, {"headline_share": 1.0}, {"alpha": 0.0}]
)
def test_a_policy_that_can_show_nothing_is_refused(wrong):
    with pytest.raises(WrongCall, match="expected"):
        Policy(**wrong)


def test_a_better_model_never_fails(root):
    outcome = gate(
        [(statistics(root, model=Linear("b", bias=0.8)), statistics(root))], METRICS, POLICY
    )
    assert outcome.verdict == Verdict.PASS


def test_damage_to_one_group_alone_is_found(root):
    before = statistics(root)
    tables = {c: t.copy() for c, t in before.tables.items()}
    for table in tables.values():
        table.loc[(table["colour"] == "red") & (np.arange(len(table)) % 2 == 0), "hit"] = 0.0
    outcome = gate([(before, replace(before, tables=tables))], METRICS, POLICY)
    assert outcome.verdict == Verdict.FAIL
    assert "colour=red" in outcome.line


def test_the_worst_group_of_a_cost_is_the_one_that_rises(root):
    cost = replace(MEAN.metrics[0], higher_is_better=False)
    before = statistics(root)
    tables = {c: t.copy() for c, t in before.tables.items()}
    for table in tables.values():
        table.loc[table["colour"] == "red", "hit"] = 1.0
        table.loc[table["colour"] != "red", "hit"] = 0.5
    level = {c: t.assign(hit=0.5) for c, t in tables.items()}
    pair = (replace(before, tables=level), replace(before, tables=tables))
    for metric, rises in ((cost, True), (MEAN.metrics[0], False)):
        outcome = gate([pair], {"toy-mean": (metric,)}, POLICY)
        found = {one.name: one.finding for one in outcome.derived}
        worst = found["toy-mean/a clean colour worst group accuracy"]
        assert worst.worse == rises
        assert worst.low <= worst.difference <= worst.high
        assert (worst.baseline, worst.candidate) == (0.5, 1.0 if rises else 0.5)
        assert found["toy-mean/a clean colour gap accuracy"].worse == rises


def test_harm_to_a_group_is_told_and_a_gap_that_grows_by_gains_alone_passes():
    rng = np.random.default_rng(0)
    before = np.clip(0.7 + rng.normal(0, 0.1, (300, 1)), 0, 1)
    groups = {"race": ["a"] * 150 + ["b"] * 147 + ["tiny"] * 3}
    told = {}
    for name, shift in (("harm", -0.2), ("gain", 0.2)):
        after = before + rng.normal(0, 0.02, (300, 1))
        after[:150] += shift
        outcome = judged(before, after, name, groups=groups, replicates=1000)
        told[name] = {one.finding.form: one.finding for one in outcome.derived}
        assert outcome.verdict == (Verdict.FAIL if name == "harm" else Verdict.PASS)
    worst, gap = told["harm"]["worst"], told["harm"]["gap"]
    assert worst.worse and gap.worse
    assert worst.note == "a is now worse than every group was; without tiny"
    assert gap.note == "a is now further behind b than any group was; without tiny"
    assert worst.high < 0 < gap.low
    grown = told["gain"]["gap"]
    assert not grown.worse and grown.low > 0
    assert grown.note == "it grew, and no group is shown to be worse; without tiny"


def test_a_group_that_falls_by_less_than_what_matters_is_not_harmed():
    before = np.random.default_rng(0).normal(0.6, 0.1, (300, 1))
    before[:150] -= 0.1
    after = before.copy()
    after[:150] -= 0.02
    groups = {"race": ["a"] * 150 + ["b"] * 150}
    for least, harmed in ((0.0, True), (0.05, False)):
        found = judged(before, after, groups=groups, least_drop=least, replicates=1000)
        assert any(one.finding.worse for one in found.derived) == harmed
        assert (found.verdict == Verdict.FAIL) == harmed


def test_assure_needs_no_finding_on_worst_groups():
    before = np.random.default_rng(0).normal(0.6, 0.1, (300, 1))
    groups = {"race": ["a"] * 150 + ["b"] * 150}
    found = judged(before, before - 0.001, groups=groups, mode="assure", margin=0.05)
    assert (found.verdict, found.derived) == (Verdict.PASS, ())


def test_few_discordant_samples_are_tested_exactly(root):
    before = statistics(root)
    table = before.tables["clean"].copy()
    hits = table.index[table["hit"] == 1][:24]
    table.loc[hits, "hit"] = 0.0
    after = replace(before, tables={**before.tables, "clean": table})
    outcome = gate([(before, after)], METRICS, POLICY)
    (overall,) = [cell for cell in outcome.judged if cell.headline]
    assert overall.cell.method == "exact"
    assert (overall.evidence.effects < 0).sum() == overall.differing
    assert outcome.verdict == Verdict.FAIL


@pytest.mark.parametrize("break_it", ["condition", "sample", "nan", "group", "dataset", "seed"])
def test_what_was_not_measured_is_invalid_never_a_pass(root, break_it):
    before = statistics(root)
    tables = {c: t.copy() for c, t in before.tables.items()}
    after = before
    if break_it == "condition":
        del tables["clean"]
    elif break_it == "sample":
        tables["clean"] = tables["clean"].iloc[1:]
    elif break_it == "nan":
        tables["clean"].loc[3, "hit"] = np.nan
    elif break_it == "group":
        tables["clean"].loc[:, "colour"] = "red"
    else:
        other = {"dataset": numbers(290)} if break_it == "dataset" else {"seed": 1}
        after = statistics(root, **other)
        tables = after.tables
    outcome = gate([(before, replace(after, tables=tables))], METRICS, POLICY)
    assert outcome.verdict == Verdict.INVALID


def test_a_baseline_file_is_the_run_it_was_made_from(root, tmp_path):
    before = statistics(root)
    write_baseline(before, tmp_path / "b.parquet", ["hit"])
    read = read_statistics(tmp_path / "b.parquet")
    assert list(read.tables) == list(before.tables)
    assert set(read.tables["clean"]) == {"sample_id", "cluster", "colour", "size", "hit"}
    assert gate([(read, before)], METRICS, POLICY).verdict == Verdict.PASS


def test_an_unreadable_baseline_is_refused(root, tmp_path):
    path = tmp_path / "b.parquet"
    write_baseline(statistics(root), path, ["hit"])
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(BadData, match="expected a baseline file"):
        read_statistics(path)


@pytest.mark.parametrize("had", ["nowhere far", "by the first shard"])
def test_an_attribute_that_some_samples_have_not_is_no_difference(tmp_path, had, monkeypatch):
    install(monkeypatch, MEAN)
    first, *_ = shards(numbers(300).samples(), 64)
    bare = [
        replace(s, attributes={"colour": s.attributes["colour"]}) for s in numbers(300).samples()
    ]
    sized = {s.id: s for s in first}
    far = bare if had == "nowhere far" else [sized.get(s.id, s) for s in bare]
    parts = {"": numbers(300).samples(), "far": far}
    dataset = replace(numbers(300), load=parts.__getitem__, domains=("far",))
    conditions = (CLEAN, Condition("domain", "far", family="domain"))
    same = statistics(tmp_path, dataset=dataset, conditions=conditions)
    write_baseline(same, tmp_path / "b.parquet", ["hit"])
    for before in (same, read_statistics(tmp_path / "b.parquet")):
        outcome = gate([(before, same)], METRICS, POLICY)
        assert outcome.verdict == Verdict.PASS
        groups = {c.group.value for c in outcome.judged if c.condition == "domain/far"}
        assert ("big" in groups) == (had == "by the first shard")
    assert equity_gate([same], equity.Policy(replicates=300)).verdict == Verdict.PASS


def test_assure_passes_only_what_is_shown(root):
    policy = replace(POLICY, mode="assure", margin=0.2)
    same = statistics(root)
    assert gate([(same, same)], METRICS, policy).verdict == Verdict.PASS
    slightly = statistics(root, model=Linear("c", bias=0.15))
    narrow = replace(policy, margin=0.0001)
    assert gate([(same, slightly)], METRICS, narrow).verdict != Verdict.PASS


def test_a_blind_pass_is_inconclusive_where_the_policy_asks(root):
    pair = (statistics(root, model=Linear("d", bias=0.4)), statistics(root))
    passed = gate([pair], METRICS, POLICY)
    assert passed.verdict == Verdict.PASS
    assert "go unseen" in passed.line
    (cell,) = [cell for cell in passed.judged if cell.headline]
    share = cell.unseen / cell.baseline.value
    assert f"drops under {cell.unseen:.3g} ({100 * share:.1f} % of toy-mean/a clean" in passed.line
    for allowed, verdict in ((share * 1.01, Verdict.PASS), (share * 0.99, Verdict.INCONCLUSIVE)):
        assert gate([pair], METRICS, replace(POLICY, max_mde=allowed)).verdict == verdict


def test_a_drop_smaller_than_what_matters_never_fails_and_is_named():
    before = np.random.default_rng(0).normal(0.6, 0.1, (200, 1))
    assert judged(before, before - 0.004).verdict == Verdict.FAIL
    excused = judged(before, before - 0.004, least_drop=0.01)
    assert excused.verdict == Verdict.PASS
    assert "worse by less than 1 %: made-up/m clean overall score -0.004" in excused.line
    assert judged(before, before - 0.02, least_drop=0.01).verdict == Verdict.FAIL
    with pytest.raises(WrongCall, match="--least-drop"):
        Policy(least_drop=5)


def test_the_last_digit_is_no_change():
    before = np.random.default_rng(0).beta(8, 2, (400, 1))
    for noise in (-1e-12, -1e-9, np.random.default_rng(1).normal(-1e-9, 1e-8, (400, 1))):
        assert judged(before, before + noise).verdict == Verdict.PASS
        assert judged(before * 1e8, before * 1e8 + 1e8 * noise).verdict == Verdict.PASS
    assert judged(before + 1e8, before + 1e8 - 0.1).verdict == Verdict.FAIL


def test_worst_groups_and_gaps_of_unchanged_runs_are_not_listed_at_5_percent_each():
    told = 0
    for k in range(12):
        rng = np.random.default_rng([11, k])
        labels = [rng.integers(0, 3, 240) for _ in range(3)]
        apart = 0.1 * sum(x - 1.0 for x in labels)[:, None]
        before = 0.75 + apart + rng.normal(0, 0.1, (240, 6))
        after = before + 0.06 * rng.normal(0, 1, (240, 6))
        groups = {f"g{i}": [f"v{v}" for v in x] for i, x in enumerate(labels)}
        outcome = judged(before, after, f"d{k}", groups=groups)
        told += any(one.finding.worse for one in outcome.derived)
    assert told <= 1


def test_selftest_shows_few_false_alarms_and_catches_what_is_injected(root):
    pair = (statistics(root), statistics(root, model=Linear("e", bias=0.3)))
    table = selftest([pair], METRICS, replace(POLICY, replicates=200), runs=20).set_index("call")
    assert table["FAIL"].iloc[0] <= 4
    assert table["FAIL"].iloc[2] >= 15
    assert not any("all samples lose" in call for call in table.index), "answers are right or wrong"


def test_the_selftest_s_power_is_that_of_a_candidate_as_noisy_as_the_real_one():
    rng = np.random.default_rng(0)
    before = rng.beta(8, 2, (100, 1))
    after = before + rng.normal(0, 0.08, (100, 1))
    pair = (made_statistics(before), made_statistics(after))
    table = selftest([pair], {TASK: (SCORE,)}, POLICY, runs=40).set_index("call")
    (row,) = [r for call, r in table.iterrows() if "all samples lose" in call and r["FAIL"] < 40]
    drop, told = row["drop"], row["FAIL"] / 40
    caught = 0
    for k in range(40):
        other = np.random.default_rng([1, k])
        base = other.beta(8, 2, (100, 1))
        noisy = base + other.normal(0, 0.08, (100, 1)) - drop
        caught += judged(base, noisy, f"p{k}").verdict == Verdict.FAIL
    assert told == pytest.approx(caught / 40, abs=0.3)


@pytest.mark.parametrize("better", [True, False])
def test_the_effect_of_a_cluster_is_the_metric_with_this_one_cluster_exchanged(better):
    rng = np.random.default_rng(3)
    clusters = [f"c{i // 3}" for i in range(30)]
    before = pd.DataFrame(
        {"sample_id": [f"s{i:02}" for i in range(30)], "cluster": clusters, "x": rng.random(30)}
    )
    after = before.assign(x=rng.random(30))
    metric = Mean("x", column="x", higher_is_better=better)
    member = np.column_stack([np.ones(30, bool), rng.random(30) < 0.5])
    asked = [(c, k) for c in ("c0", "c4", "c9") for k in (0, 1)]
    for (cluster, k), found in zip(
        asked, effects_of((before, after), metric, member, asked), strict=True
    ):
        swapped = before["x"].where(before["cluster"] != cluster, after["x"])
        change = swapped[member[:, k]].mean() - before["x"][member[:, k]].mean()
        assert found == pytest.approx(change if better else -change, abs=1e-12)
