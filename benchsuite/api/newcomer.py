"""The verdict on a new model: is it worse than the best one of a board?"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from benchsuite.api.finished import Where
from benchsuite.api.judged import judging, statistics_of
from benchsuite.api.outcome import Outcome
from benchsuite.api.progress import bar
from benchsuite.boards.best import Best, best_of, runs_of_board
from benchsuite.errors import BadData, some_of
from benchsuite.gates import regression
from benchsuite.gates.chosen import metrics_of
from benchsuite.gates.policy import Policy
from benchsuite.gates.verdict import fingerprint
from benchsuite.runs.statistics import Statistics


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
        return Outcome.invalid(regression.NAME, error, rules)


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
