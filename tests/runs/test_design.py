"""A sampled suite measures each cluster under a keyed few of its conditions, the same for all."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchsuite.boards.board import load_board
from benchsuite.boards.compare import compare
from benchsuite.boards.table import leaderboard
from benchsuite.condition import CLEAN, Condition, resolve, with_sampled
from benchsuite.dataset import Dataset, Sample
from benchsuite.errors import WrongCall
from benchsuite.estimation import Code
from benchsuite.gates.policy import Policy
from benchsuite.gates.regression import gate
from benchsuite.gates.verdict import Verdict
from benchsuite.publishing.views import view
from benchsuite.runs.design import deal
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.exchange import Recorded, export_inputs, read_predictions
from benchsuite.runs.forms import Form, Scope
from benchsuite.runs.plan import Run, plan
from benchsuite.runs.statistics import read_statistics, run_statistics, write_baseline
from tests.toys import MEAN, NOISE, Centred, Faulty, Linear, install, numbers

KNOWN = with_sampled(MEAN.known_conditions())
SUITE = tuple(resolve(["corruption@sampled"], KNOWN))
RUN = Run(MEAN, numbers(), Linear(bias=0.2), (CLEAN, *SUITE), shard_size=16, batch_size=8)


def read_scores(path: Path, dataset: Dataset) -> dict[str, float]:
    found: dict[str, float] = json.loads(path.read_text())
    assert set(found) == {sample.id for sample in dataset.samples()}
    return found


def measured(run: Run) -> dict[str, Counter[str]]:
    """How often each cluster is measured, by condition."""
    return {
        c.full_name: Counter(sample.cluster_id for sample in run.samples(c)) for c in run.conditions
    }


def contents(path: Path) -> dict[str, bytes]:
    return {str(p.relative_to(path)): p.read_bytes() for p in path.rglob("*.parquet")}


clusters = st.lists(
    st.tuples(st.integers(0, 40), st.sampled_from("abc")), min_size=1, max_size=80
)  # fmt: skip


@given(clusters, st.integers(3, 25), st.integers(0, 9))
def test_every_cluster_has_its_few_conditions_and_every_condition_its_share(found, count, seed):
    samples = [Sample(str(i), {}, 0, {"g": g}, f"c{c}") for i, (c, g) in enumerate(found)]
    conditions = [f"x/{i}" for i in range(count)]
    few = max(2, -(-count // 5))
    dealt = deal(samples, conditions, few, seed)
    held = Counter(cluster for mine in dealt.values() for cluster in mine)
    assert set(held) == {sample.cluster_id for sample in samples}
    assert set(held.values()) == {few}
    sizes = [len(mine) for mine in dealt.values()]
    assert max(sizes) - min(sizes) <= 1
    assert deal(samples[::-1], conditions, few, seed) == dealt


def test_every_group_has_its_share_of_every_condition():
    samples = [Sample(str(i), {}, 0, {"g": "rare" if i % 9 == 0 else "often"}) for i in range(180)]
    for dealt in deal(samples, [f"x/{i}" for i in range(10)], 2, 3).values():
        rare = sum(int(cluster) % 9 == 0 for cluster in dealt)
        assert 3 <= rare <= 5


def test_any_two_conditions_meet_in_some_cluster_and_another_key_deals_otherwise():
    samples = [Sample(str(i), {}, 0) for i in range(400)]
    conditions = [f"x/{i}" for i in range(10)]
    dealt = deal(samples, conditions, 2, 0)
    pairs = [len(dealt[a] & dealt[b]) for a in conditions for b in conditions if a < b]
    assert min(pairs) > 0
    assert deal(samples, conditions, 2, 1) != dealt


def test_the_mean_of_a_sampled_suite_is_not_biased():
    rng = np.random.default_rng(0)
    scores = rng.random((23, 7)) ** np.arange(1, 8)
    samples = [Sample(str(i), {}, 0) for i in range(23)]
    names = [str(i) for i in range(7)]
    found = []
    for key in range(3000):
        dealt = deal(samples, names, 2, key)
        found.append(np.mean([scores[[int(c) for c in dealt[n]], int(n)].mean() for n in names]))
    error = np.std(found) / np.sqrt(len(found))
    assert abs(np.mean(found) - scores.mean()) < 4 * error


def test_a_fifth_of_a_suite_is_measured_and_two_conditions_at_least():
    for count, few in ((3, 2), (10, 2), (11, 3), (20, 4), (75, 15)):
        known = {f"x/{i}": Condition("x", str(i), alter=lambda v, *_: v) for i in range(count)}
        some = resolve(["x@sampled"], with_sampled(known))
        assert {(c.per_cluster, len(c.drawn_from)) for c in some} == {(few, count)}


def test_what_cannot_be_sampled_is_no_suite():
    pair = {f"x/{i}": Condition("x", str(i), alter=lambda v, *_: v) for i in range(2)}
    domains = {f"domain/{i}": Condition("domain", str(i)) for i in range(4)}
    assert with_sampled({**pair, **domains}) == {**pair, **domains}
    for name in ("noise@sampled", "corruption@sample", "clean@sampled"):
        with pytest.raises(WrongCall, match=f"no condition '{name}'"):
            resolve([name], KNOWN)
    assert resolve(["noise/2"], KNOWN) == [NOISE[1]]


def test_a_sampled_condition_alters_its_inputs_as_the_whole_suite_does():
    sample = numbers().samples()[0]
    for whole, some in zip(NOISE, SUITE, strict=True):
        views = [c.view(0, "numbers", sample).fields["x"] for c in (whole, some)]
        assert views[0] == views[1]


def test_the_units_hold_what_was_dealt_and_clean_holds_everybody():
    every = {sample.cluster_id for sample in numbers().samples()}
    by_condition = measured(RUN)
    assert set(by_condition["clean"]) == every
    held = Counter(cluster for c in SUITE for cluster in by_condition[c.full_name])
    assert held == dict.fromkeys(every, 2)
    for unit in plan(RUN):
        assert {s.cluster_id for s in unit.samples} <= set(by_condition[unit.condition.full_name])


def test_every_model_gets_the_same_deal_and_another_seed_another():
    assert measured(replace(RUN, model=Linear("other", slope=-1))) == measured(RUN)
    assert measured(replace(RUN, seed=1)) != measured(RUN)


def test_a_sampled_run_is_continued_to_the_same_bytes(tmp_path):
    whole = evaluate(RUN, tmp_path / "one", replicates=50)
    evaluate(replace(RUN, conditions=(CLEAN, SUITE[1])), tmp_path / "two", replicates=50)
    again = evaluate(replace(RUN, conditions=SUITE), tmp_path / "two", replicates=50)
    assert contents(again.path) == contents(whole.path)
    # Its sampled conditions stay part of it when it is called for others.
    more = evaluate(replace(RUN, conditions=NOISE), tmp_path / "two", replicates=50)
    assert more.path == again.path
    assert len(more.manifest.conditions) == 7


def test_a_model_that_adapts_sees_all_inputs_of_a_condition(tmp_path):
    run = replace(RUN, model=Centred(), conditions=(CLEAN, *NOISE, *SUITE))
    tables = run_statistics(evaluate(run, tmp_path, replicates=50)).tables
    for whole, some in zip(NOISE, SUITE, strict=True):
        scores = tables[whole.full_name].set_index("sample_id")["score"]
        mine = tables[some.full_name].set_index("sample_id")["score"]
        assert 0 < len(mine) < len(scores)
        pd.testing.assert_series_equal(mine, scores[mine.index])


def test_a_failed_sample_is_missing_and_a_planned_one_is_not(tmp_path):
    run = replace(RUN, model=Faulty(), on_error="skip")
    board = load_board(evaluate(run, tmp_path, replicates=50))
    notes = {key.condition: e.notes for key, e in board.estimates.items() if not key.group.values}
    failed = [c.full_name for c in SUITE if "s0007" in {s.id for s in run.samples(c)}]
    missing = [c for c, found in notes.items() if Code.MISSING in {one.code for one in found}]
    assert sorted(missing) == sorted(["clean", *failed, "corruption@sampled"])


@pytest.fixture
def installed(monkeypatch):
    install(monkeypatch, replace(MEAN, read_predictions=read_scores))


def test_the_row_of_a_sampled_suite_says_so_and_is_the_mean_of_its_conditions(tmp_path, installed):
    evaluate(RUN, tmp_path, replicates=400)
    rows = leaderboard(tmp_path)
    rows = rows[(rows["attribute"] == "") & (rows["form"] == Form.VALUE)].set_index("condition")
    suite, parts = rows.loc["corruption@sampled"], rows[rows["scope"] == Scope.SAMPLED]
    assert suite["value"] == pytest.approx(parts["value"].mean(), abs=1e-12)
    assert (suite["n"], suite["clusters"], suite["scope"]) == (90, 45, "suite")
    assert set(parts["clusters"]) == {30}
    assert (Code.SAMPLED, (2, 3)) in [(one.code, one.arguments) for one in suite["note"]]
    assert suite["ci_low"] < suite["value"] < suite["ci_high"]
    shown = view(leaderboard(tmp_path), "robustness")
    assert shown["corruption@sampled"].iloc[0].endswith("] † ◔")
    assert not shown["clean"].iloc[0].endswith("◔")
    assert "corruption" not in rows.index


def test_a_sampled_suite_is_never_compared_with_a_whole_one(tmp_path, installed):
    some = evaluate(RUN, tmp_path, replicates=100)
    other = replace(RUN, model=Linear("other", bias=0.1), conditions=(CLEAN, *NOISE))
    whole = evaluate(other, tmp_path, replicates=100)
    assert set(compare(load_board(some), load_board(whole))["condition"]) == {"clean"}
    rows = leaderboard(tmp_path)
    rows = rows[(rows["attribute"] == "") & (rows["form"] == Form.VALUE)]
    ranked = rows.groupby("condition")["model"].agg(set)
    assert ranked["corruption@sampled"] == {"linear"}
    assert ranked["corruption"] == {"other"}
    assert ranked["clean"] == {"linear", "other"}


def test_a_gate_judges_sampled_conditions_on_the_clusters_of_the_baseline(tmp_path, installed):
    big = replace(RUN, dataset=numbers(600))
    paths = {}
    for name, bias in (("same", 0.2), ("worse", 0.9)):
        found = run_statistics(
            evaluate(replace(big, model=Linear(name, bias=bias)), tmp_path / name)
        )
        write_baseline(found, tmp_path / f"{name}.parquet", ("hit",))
        paths[name] = read_statistics(tmp_path / f"{name}.parquet")
    metrics, policy = {MEAN.name: MEAN.metrics[:1]}, Policy(replicates=300)
    same = gate([(paths["same"], paths["same"])], metrics, policy)
    assert same.verdict == Verdict.PASS
    assert {c.condition for c in same.judged} == {c.full_name for c in RUN.conditions}
    assert gate([(paths["same"], paths["worse"])], metrics, policy).verdict == Verdict.FAIL
    seeded = run_statistics(evaluate(replace(big, seed=1), tmp_path / "seeded", replicates=50))
    assert gate([(paths["same"], seeded)], metrics, policy).verdict == Verdict.INVALID


def test_what_was_exported_is_scored_on_the_same_samples(tmp_path, installed):
    task = replace(MEAN, read_predictions=read_scores)
    run = replace(RUN, task=task, model=Recorded("mine", {}, ""))
    for path in export_inputs(run, tmp_path / "inputs"):
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        condition = path.parent.relative_to(tmp_path / "inputs")
        target = tmp_path / "predictions" / condition / "scores.json"
        target.parent.mkdir(parents=True)
        target.write_text(json.dumps({row["id"]: row["x"] + 0.2 for row in rows}))
    known = [*with_sampled(run.known_conditions).values()]
    model, conditions = read_predictions(run, tmp_path / "predictions", known)
    assert conditions == list(RUN.conditions)
    scored = replace(run, model=model, conditions=tuple(conditions))
    tables = run_statistics(evaluate(scored, tmp_path / "scored", replicates=50)).tables
    direct = run_statistics(evaluate(RUN, tmp_path / "direct", replicates=50)).tables
    for name, table in direct.items():
        pd.testing.assert_frame_equal(table, tables[name])
