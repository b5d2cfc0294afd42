"""Verdicts on runs: is any worse than its baseline, is some group worse off?"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from benchsuite.api.finished import Run, Where
from benchsuite.api.outcome import Outcome
from benchsuite.api.progress import bar
from benchsuite.boards.best import Best, best_of, runs_of_board
from benchsuite.errors import BadData, some_of
from benchsuite.gates import equity as equity_gates
from benchsuite.gates import regression
from benchsuite.gates.answers import with_kept
from benchsuite.gates.chosen import metrics_of
from benchsuite.gates.pairs import Pair
from benchsuite.gates.policy import Policy
from benchsuite.gates.verdict import Verdict, fingerprint
from benchsuite.runs.statistics import Statistics, pair_up, read_statistics


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
        return Outcome(regression.NAME, Verdict.INVALID, str(error), rules=rules)


def judging(policy: Policy, metric: str) -> Policy:
    """The policy, with one metric in place of its own where one is named."""
    return replace(policy, metrics=(metric,)) if metric else policy


def judge(baseline: Where, runs: Where | Sequence[Where], policy: Policy) -> Outcome:
    """The verdict of `gate`. Raises BadData for what cannot be read."""
    pairs = paired_up(baseline, runs)
    with bar("gate"):
        return Outcome.of(regression.gate(pairs, metrics_of(pairs, policy), policy), policy)


def paired_up(baseline: Where, runs: Where | Sequence[Where]) -> list[Pair]:
    """The pairs (baseline, run) that a gate judges.

    Raises BadData where one is missing or unreadable.
    """
    return pair_up(_path(baseline), statistics_of(runs))


def statistics_of(runs: Where | Sequence[Where]) -> list[Statistics]:
    """The statistics of the runs. Raises BadData where one is missing or unreadable."""
    return [read_statistics(_path(run)) for run in _several(runs)]


def gate_against(
    board: str | Path,
    runs: Where | Sequence[Where],
    policy: Policy | None = None,
    metric: str = "",
) -> Outcome:
    """The verdict on new models: is any worse than the best one of a board?

    The board is a results folder, or a published board that keeps submissions. The best is that of
    the policy's first metric, overall on clean inputs. Choosing it among m runs favours it by luck,
    so each comparison spends alpha / m. What cannot be read or compared is INVALID.
    """
    rules = judging(policy or Policy(), metric)
    try:
        return judge_against(Path(board), runs, rules)
    except BadData as error:
        return Outcome(regression.NAME, Verdict.INVALID, str(error), rules=rules)


def judge_against(board: Path, runs: Where | Sequence[Where], policy: Policy) -> Outcome:
    """The verdict of `gate_against`. Raises BadData for what cannot be read."""
    new, left_out = statistics_of(runs), list[str]()
    best = [_best(board, run, policy, left_out.append) for run in new]
    pairs = [(one.run, run) for one, run in zip(best, new, strict=True)]
    shared = replace(policy, alpha=policy.alpha / max(one.among for one in best))
    with bar("gate"):
        found = regression.gate(pairs, metrics_of(pairs, shared), shared)
    told = f"{found.reason}; against {some_of(map(str, best))} on {board}"
    remarks = (*found.remarks, *dict.fromkeys(left_out))
    return Outcome.of(
        replace(found, reason=told, remarks=remarks, policy=fingerprint(policy)), policy
    )


def _best(board: Path, run: Statistics, policy: Policy, left_out: Callable[[str], None]) -> Best:
    """The best run of a board, by the first of the policy's metrics that the new run has."""
    known = {record.name for record in run.manifest.metrics}
    named = next((name for name in policy.metrics if name in known), "")
    metric = run.metric(named or (policy.metrics or (run.manifest.metrics[0].name,))[0])
    best = best_of(runs_of_board(board, run, left_out), run, metric)
    if best is None:
        identity = run.identity
        raise BadData(
            f"{board}: expected another run that can be compared with {run.path} (task "
            f"{identity.task}, dataset {identity.dataset} of fingerprint "
            f"{identity.dataset_fingerprint}, seed {identity.seed}), found none"
        )
    return best


def equity(
    runs: Where | Sequence[Where], policy: equity_gates.Policy | None = None, metric: str = ""
) -> Outcome:
    """The verdict: is some group of a run shown to be worse off? It needs no baseline."""
    rules = policy or equity_gates.Policy()
    try:
        return judge_equity(runs, rules, metric)
    except BadData as error:
        return Outcome(equity_gates.NAME, Verdict.INVALID, str(error), rules=rules)


def judge_equity(
    runs: Where | Sequence[Where], policy: equity_gates.Policy, metric: str = ""
) -> Outcome:
    """The verdict of `equity`. Raises BadData for what cannot be read."""
    found = statistics_of(runs)
    with bar("gate"):
        judged = with_kept(equity_gates.equity_gate(found, policy, metric), found)
        return Outcome.of(judged, policy)


def _several(runs: Where | Sequence[Where]) -> list[Where]:
    return [runs] if isinstance(runs, Run | str | Path) else list(runs)


def _path(where: Where) -> Path:
    return where.path if isinstance(where, Run) else Path(where)
