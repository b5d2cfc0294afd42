"""Verdicts on runs: is any worse than its baseline, is some group worse off?"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchsuite.api.config import Settings
from benchsuite.api.finished import Run, Where
from benchsuite.api.outcome import Outcome
from benchsuite.api.progress import bar
from benchsuite.errors import BadData
from benchsuite.gates import early, regression
from benchsuite.gates import equity as equity_gates
from benchsuite.gates.answers import with_kept
from benchsuite.gates.chosen import metrics_of
from benchsuite.gates.early import Watch
from benchsuite.gates.pairs import Pair
from benchsuite.gates.policy import Policy, rules_of
from benchsuite.runs import plan
from benchsuite.runs.baselines import pair_up
from benchsuite.runs.evaluate import directory_of, manifest_of
from benchsuite.runs.statistics import Statistics, check_whole, read_statistics


def gate(
    baseline: Where,
    runs: Where | Sequence[Where],
    policy: Policy | None = None,
    metric: str = "",
) -> Outcome:
    """The verdict: is any run worse than its baseline, for any group, under any condition?

    `metric` is judged in place of those of the policy. What cannot be read or compared is INVALID,
    with the reason. Raises WrongCall for a metric or condition that does not exist.
    """
    rules = judging(policy or Policy(), metric)
    try:
        return judge(baseline, runs, rules)
    except BadData as error:
        return Outcome.invalid(regression.NAME, error, rules)


def watched(config: Settings, run: plan.Run) -> plan.Run:
    """The run, which stops once its verdict is certain, if the settings name a baseline.

    Raises BadData for a baseline or a policy that cannot be read, WrongCall for a policy that does
    not fit the run: before anything is measured.
    """
    if not config.baseline:
        return run
    policy = rules_of(Path(config.gate) if config.gate else None).gate
    begun = Statistics(directory_of(run, Path(config.results)).path, manifest_of(run), {}, ())
    (pair,) = pair_up(Path(config.baseline), [begun])
    watch = Watch(pair[0], metrics_of([pair], policy), policy)
    return replace(run, enough=watch)


def judging(policy: Policy, metric: str) -> Policy:
    """The policy, with one metric in place of its own where one is named."""
    return replace(policy, metrics=(metric,)) if metric else policy


def judge(baseline: Where, runs: Where | Sequence[Where], policy: Policy) -> Outcome:
    """The verdict of `gate`. Raises BadData for what cannot be read."""
    pairs = paired_up(baseline, runs)
    with bar("gate"):
        return Outcome.of(early.gate(pairs, metrics_of(pairs, policy), policy), policy)


def paired_up(baseline: Where, runs: Where | Sequence[Where]) -> list[Pair]:
    """The pairs (baseline, run) that a gate judges.

    Raises BadData where one is missing or unreadable.
    """
    return pair_up(path_of(baseline), statistics_of(runs))


def statistics_of(runs: Where | Sequence[Where]) -> list[Statistics]:
    """The statistics of the runs. Raises BadData where one is missing or unreadable."""
    return [read_statistics(path_of(run)) for run in several(runs)]


def equity(
    runs: Where | Sequence[Where], policy: equity_gates.Policy | None = None, metric: str = ""
) -> Outcome:
    """The verdict: is some group of a run shown to be worse off? It needs no baseline."""
    rules = policy or equity_gates.Policy()
    try:
        return judge_equity(runs, rules, metric)
    except BadData as error:
        return Outcome.invalid(equity_gates.NAME, error, rules)


def judge_equity(
    runs: Where | Sequence[Where], policy: equity_gates.Policy, metric: str = ""
) -> Outcome:
    """The verdict of `equity`. Raises BadData for what cannot be read."""
    found = statistics_of(runs)
    for one in found:
        check_whole(one.path, one.manifest)
    with bar("gate"):
        judged = with_kept(equity_gates.equity_gate(found, policy, metric), found)
        return Outcome.of(judged, policy)


def several(runs: Where | Sequence[Where]) -> list[Where]:
    """One run, or several, as a list."""
    return [runs] if isinstance(runs, Run | str | Path) else list(runs)


def path_of(where: Where) -> Path:
    """Where a run or a baseline lies."""
    return where.path if isinstance(where, Run) else Path(where)
