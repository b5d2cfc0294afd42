"""A policy in the repository: which cells are judged, what is tolerated, who shares an error."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchsuite.cli.parser import main
from benchsuite.errors import BadData, Exit, WrongCall
from benchsuite.estimation import Mean
from benchsuite.gates.chosen import metrics_of
from benchsuite.gates.policy import ErrorSet, Policy, rules_of
from benchsuite.gates.regression import gate
from benchsuite.gates.verdict import Verdict, fingerprint
from benchsuite.runs.manifest import ConditionRecord
from benchsuite.runs.statistics import Statistics
from tests.gates.made import SCORE, TASK, judged, statistics
from tests.plugin import README, blocks

GRAIN = ("clean", "noise/grain/1", "noise/grain/2")


def written(folder, text, name="benchsuite.gate.toml"):
    path = folder / name
    path.write_text(text)
    return path


def noisy(seed=0, count=300, conditions=3):
    rng = np.random.default_rng(seed)
    return np.clip(0.7 + rng.normal(0, 0.1, (count, conditions)), 0, 1)


def dropped(before, *columns, by=0.1):
    after = before.copy()
    after[:, list(columns)] -= by
    return after


def known(run):
    records = [ConditionRecord(name, *name.split("/")[:2], 0, "", "noises") for name in GRAIN[1:]]
    return replace(run, manifest=replace(run.manifest, known_conditions=tuple(records)))


def outcome(before, after, policy, groups=None, metrics=(SCORE,)):
    pair = tuple(known(statistics(x, groups=groups, metrics=metrics)) for x in (before, after))
    return gate([(pair[0], pair[1])], {TASK: metrics}, replace(policy, replicates=400))


def test_every_key_of_the_file_is_a_field_of_the_policy(tmp_path):
    rules = rules_of(
        written(
            tmp_path,
            """
            tasks = ["bright"]
            metrics = ["ndcg@10"]
            mode = "assure"
            margin = {"ndcg@10" = 0.01}
            least_clusters = 20
            missing = "inconclusive"
            [[sets]]
            name = "fairness"
            share = 0.4
            groups = ["race"]
            [equity]
            max_gap = 0.1
            """,
        )
    )
    assert rules.gate.margin_of("ndcg@10") == 0.01
    assert rules.gate.margin_of("map") == 0.02, "what a table does not name has the default"
    assert rules.gate.sets == (ErrorSet(groups=("race",), name="fairness", share=0.4),)
    assert rules.equity.max_gap == 0.1
    assert fingerprint(rules.gate) != fingerprint(Policy())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("modes = 'detect'", "expected no key 'modes' (did you mean mode"),
        ("mode = 'strict'", "mode: expected one of detect, assure"),
        ("alpha = 'low'", "alpha: expected a number"),
        ("alpha = 2", "--alpha: expected a share between 0 and 1, found 2"),
        ("[[sets]]\nname = 'a'\nshare = 1.0\ngroups = ['g']", "sets: a: share: expected a share"),
        ("[[sets]]\nname = 'a'\nshare = 0.1", "expected metrics, conditions or groups"),
        ("[equity]\nmax_mde = 1", "equity: expected no key 'max_mde'"),
        ("mode = ", "expected TOML"),
    ],
)
def test_a_wrong_policy_is_one_line_with_file_and_key(tmp_path, text, told):
    path = written(tmp_path, text)
    with pytest.raises(BadData) as error:
        rules_of(path)
    assert str(error.value).startswith(str(path))
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_the_policy_of_a_folder_is_its_own_file_or_that_of_its_project(tmp_path):
    assert rules_of(folder=tmp_path).source == ""
    written(tmp_path, "[tool.benchsuite.gate]\nalpha = 0.1", "pyproject.toml")
    assert rules_of(folder=tmp_path).gate.alpha == 0.1
    written(tmp_path, "alpha = 0.2")
    assert rules_of(folder=tmp_path).gate.alpha == 0.2
    assert rules_of(tmp_path / "pyproject.toml").gate.alpha == 0.1


def test_only_the_conditions_that_a_policy_names_are_judged():
    before = noisy()
    after = dropped(before, 1, 2)
    assert outcome(before, after, Policy()).verdict == Verdict.FAIL
    found = outcome(before, after, Policy(conditions=("clean",)))
    assert found.verdict == Verdict.PASS
    assert {c.condition for c in found.judged} == {"clean"}
    suite = outcome(before, after, Policy(conditions=("noises",)))
    assert suite.verdict == Verdict.FAIL
    assert {c.condition for c in suite.judged} == set(GRAIN[1:])
    with pytest.raises(WrongCall, match=r"conditions: expected one of .* found 'grian'"):
        outcome(before, after, Policy(conditions=("grian",)))


def test_only_the_groups_that_a_policy_names_are_judged_and_small_ones_are_named():
    before = noisy(conditions=1)
    half = ["a"] * 150 + ["b"] * 140 + ["c"] * 10
    after = before.copy()
    after[150:290] -= 0.02
    groups = {"half": half, "other": half}
    every = outcome(before, after, Policy(), groups)
    assert {c.group.attribute for c in every.judged} == {"", "half", "other"}
    found = outcome(before, after, Policy(groups=("half=a", "other"), least_clusters=20), groups)
    assert {(c.group.attribute, c.group.value) for c in found.judged} == {
        ("", ""), ("half", "a"), ("other", "a"), ("other", "b"),
    }  # fmt: skip
    assert any("other=c" in remark and "10 clusters" in remark for remark in found.remarks)


def test_several_metrics_are_judged_at_once():
    other = Mean("other", "x", higher_is_better=False)
    before = noisy(conditions=1)
    found = outcome(before, before - 0.1, Policy(), metrics=(SCORE, other))
    assert found.verdict == Verdict.FAIL
    assert {(c.metric, c.cell.worse) for c in found.judged} == {("score", True), ("other", False)}


def test_a_set_has_an_error_rate_of_its_own():
    sets = (ErrorSet(conditions=("noises",), name="noise", share=0.6),)
    policy = Policy(sets=sets)
    assert policy.headline + policy.detail + policy.derived == pytest.approx(0.05 * 0.4)
    before = noisy()
    found = outcome(before, dropped(before, 2), policy)
    assert found.verdict == Verdict.FAIL
    assert {c.columns()["family"] for c in found.judged} == {"headline", "noise"}


def test_the_calls_error_is_kept_whatever_the_sets():
    sets = (
        ErrorSet(conditions=("noise/grain/1",), name="one", share=0.3),
        ErrorSet(conditions=("noise/grain/2",), name="two", share=0.3),
    )
    failed = 0
    for k in range(60):
        rng = np.random.default_rng([5, k])
        before = 0.7 + rng.normal(0, 0.1, (80, 3))
        failed += outcome(before, before + rng.normal(0, 0.05, (80, 3)), Policy(sets=sets)).verdict == Verdict.FAIL  # fmt: skip
    # 5 % of 60 calls is 3; more than 8 has a probability under .004
    assert failed <= 8


def test_a_condition_that_is_missing_never_passes():
    before = noisy()
    whole, part = known(statistics(before)), known(statistics(before[:, :2]))
    for policy, verdict in (
        (Policy(replicates=400), Verdict.INVALID),
        (Policy(replicates=400, missing="inconclusive"), Verdict.INCONCLUSIVE),
        (Policy(replicates=400, conditions=("clean", "noise/grain/1")), Verdict.PASS),
    ):
        found = gate([(whole, part)], {TASK: (SCORE,)}, policy)
        assert found.verdict == verdict, found.line
        assert ("noise/grain/2 of the baseline is missing" in found.line) == (verdict != "PASS")


def test_a_margin_may_be_another_for_each_metric():
    other = Mean("other", "x")
    before, after = noisy(conditions=1), noisy(conditions=1) - 0.02
    policy = Policy(mode="assure", margin={"score": 0.1, "other": 0.001})
    found = outcome(before, after, policy, metrics=(SCORE, other))
    worse = {c.metric for c in found.judged if c.cell.worse}
    assert found.verdict == Verdict.FAIL
    assert worse == {"other"}
    assert "10 % of score, 0.1 % of other" in found.line
    absolute = Policy(mode="assure", tolerance={"score": 0.05, "other": 0.05})
    assert outcome(before, after, absolute, metrics=(SCORE, other)).verdict == Verdict.PASS


def test_runs_of_other_tasks_are_named_and_alone_are_no_pass():
    before = noisy()
    found = outcome(before, before, Policy(tasks=("bright",)))
    assert found.verdict == Verdict.INVALID
    assert "the policy is for other tasks or datasets" in found.line
    assert metrics_of([], Policy()) == {}


def test_the_verdict_tells_its_policy():
    before = noisy()
    assert outcome(before, before, Policy()).policy == fingerprint(Policy(replicates=400))
    assert judged(before, before, alpha=0.1).policy != judged(before, before).policy


def test_max_mde_is_a_share_of_the_baseline_and_a_gap_has_an_option_of_its_own(capsys):
    assert main(["gate", "x", "--equity", "--max-mde", "0.1"]) == Exit.WRONG_CALL
    assert "--max-gap is that of --equity" in capsys.readouterr().err
    assert main(["gate", "x", "--baseline", "y", "--max-gap", "0.1"]) == Exit.WRONG_CALL
    assert "--max-mde is that of --baseline" in capsys.readouterr().err


def test_the_policy_of_the_readme_is_one(tmp_path):
    (text,) = [block for block in blocks(README, "toml") if "least_clusters" in block]
    rules = rules_of(written(tmp_path, text))
    assert rules.gate.missing == "inconclusive"
    assert [one.name for one in rules.gate.sets] == ["typos"]
    assert rules.equity.max_gap == 0.2


def test_runs_of_one_task_on_several_datasets_are_named_by_dataset_and_kept_apart():
    before = noisy(conditions=1)
    groups = {"half": ["a"] * 150 + ["b"] * 150}
    after = before.copy()
    after[150:] -= 0.1
    pairs = []
    for dataset, new in (("eyes", before), ("lungs", after)):
        sides = [statistics(x, groups=groups, population=dataset) for x in (before, new)]
        pairs.append(
            tuple(
                replace(
                    one,
                    manifest=replace(one.manifest, identity=replace(one.identity, dataset=dataset)),
                )
                for one in sides
            )
        )
    found = gate(pairs, {TASK: (SCORE,)}, Policy(replicates=400))
    names = [one.name for one in (*found.judged, *found.derived)]
    assert len({*names}) == len(names) == 2 * 5
    worse = {one.name for one in (*found.judged, *found.derived) if one.finding.worse}
    assert worse == {
        f"made-up/lungs/m clean {what} score"
        for what in ("overall", "half=b", "half worst group", "half gap")
    }
    alone = gate(pairs[1:], {TASK: (SCORE,)}, Policy(replicates=400))
    assert {one.finding.run for one in alone.judged} == {"made-up/m"}


def of_task(run, task):
    return replace(
        run,
        manifest=replace(run.manifest, identity=replace(run.identity, task=task)),
        path=Path(task),
    )


def test_a_run_whose_task_has_none_of_the_policys_metrics_is_named_and_not_judged(monkeypatch):
    other = Mean("other", "x")
    mine, theirs = (
        tuple(of_task(statistics(noisy(), metrics=[metric]), task) for _ in range(2))
        for metric, task in ((SCORE, "first"), (other, "second"))
    )
    monkeypatch.setattr(
        Statistics, "metric", lambda _, name: {"score": SCORE, "other": other}[name]
    )
    policy = Policy(metrics=("score",), replicates=400)
    metrics = metrics_of([mine, theirs], policy)
    assert metrics == {"first": (SCORE,)}
    found = gate([mine, theirs], metrics, policy)
    assert found.verdict == Verdict.PASS
    assert found.remarks == ("second: not judged: the policy is for other metrics",)
    with pytest.raises(WrongCall, match=r"no metric is called 'scor' \(did you mean score"):
        metrics_of([mine, theirs], replace(policy, metrics=("scor",)))


def test_what_a_policy_names_and_no_run_has_is_said_and_is_no_error():
    before = noisy()
    policy = Policy(
        conditions=("clean", "noise/grian"),
        groups=("hafl", "half=b"),
        sets=(ErrorSet(metrics=("scoer",), name="a", share=0.1),),
        margin={"score": 0.1, "dice": 0.1, "hd95": 0.1},
    )
    found = outcome(before, before, policy, {"half": ["a", "b"] * 150})
    assert found.verdict == Verdict.PASS
    assert [remark.partition(" (")[0] for remark in found.remarks] == [
        f"no run here has the {what} of the policy"
        for what in (
            "metric 'scoer'", "metrics 'dice', 'hd95'", "condition 'noise/grian'", "group 'hafl'",
        )
    ]  # fmt: skip
    assert "did you mean score" in found.remarks[0]
