"""What of two runs a policy judges: its tasks and datasets, metrics, conditions and groups."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from benchsuite.errors import BadData, WrongCall, near, one_of
from benchsuite.estimation import Metric
from benchsuite.estimation.cells import EVERYBODY
from benchsuite.gates.pairs import Compared, Pair, compare_pair
from benchsuite.gates.policy import Cells, Policy
from benchsuite.runs.manifest import ConditionRecord
from benchsuite.runs.statistics import Statistics

Metrics = Mapping[str, tuple[Metric, ...]]
"""The metrics that are judged, by task."""


@dataclass(frozen=True, eq=False)
class Asked:
    """A pair with the metrics and the conditions that a policy judges.

    lacking  the conditions of the baseline that the candidate has not, where the policy goes on
    """

    pair: Pair
    metrics: tuple[Metric, ...]
    lacking: tuple[str, ...] = ()


def asked(pairs: Sequence[Pair], metrics: Metrics, policy: Policy) -> list[Asked]:
    """The pairs of the policy's tasks and datasets, with what of them it judges.

    Raises WrongCall where a condition of the policy is unknown to all of them.
    """
    mine = _judged(pairs, policy)
    for cells in (policy, *policy.sets):
        _check_conditions(cells, mine)
    return [_narrowed(pair, metrics[pair[0].identity.task], policy) for pair in mine]


def metrics_of(pairs: Sequence[Pair], policy: Policy) -> Metrics:
    """The metrics that the policy judges, by task: those of it that the task has, or its headline.

    Raises WrongCall where a task has none of them, BadData where a baseline lacks one of the run.
    """
    return {pair[0].identity.task: _metrics(pair, policy) for pair in _judged(pairs, policy)}


def _judged(pairs: Sequence[Pair], policy: Policy) -> list[Pair]:
    """The pairs of the tasks and datasets of a policy."""
    named = ((pair, pair[0].identity) for pair in pairs)
    tasks, datasets = policy.tasks, policy.datasets
    return [p for p, one in named if _of(tasks, one.task) and _of(datasets, one.dataset)]


def left_out(pairs: Sequence[Pair], found: Sequence[Asked]) -> Iterator[str]:
    """The runs that the policy does not judge, one line each."""
    judged = {one.pair[1].path for one in found}
    for _, candidate in pairs:
        if candidate.path not in judged:
            yield f"{candidate.path}: not judged: the policy is for other tasks or datasets"


def compared(one: Asked, policy: Policy) -> list[Compared]:
    """The cells of a pair that the policy judges, each with the set whose error it shares."""
    known = {c.condition: c for c in one.pair[0].manifest.known_conditions}
    return [
        replace(cell, family=found.name if found else "")
        for metric in one.metrics
        for cell in compare_pair(one.pair, metric, policy.seed, policy.replicates)
        if cell.group == EVERYBODY or policy.has_group(cell.group)
        for found in [policy.set_of(cell.metric, _record(cell.condition, known), cell.group)]
    ]


def too_small(cells: Iterable[Compared], least: int) -> list[Compared]:
    """The groups that a policy does not judge because they have fewer clusters than it asks for."""
    return [c for c in cells if c.group != EVERYBODY and 0 < c.baseline.clusters < least]


def _of(names: Sequence[str], name: str) -> bool:
    return not names or name in names


def _metrics(pair: Pair, policy: Policy) -> tuple[Metric, ...]:
    # A metric of a plugin is judged only where it is named, and only where both sides have it.
    baseline, candidate = pair
    if not policy.metrics:
        return (baseline.metrics[0],)
    known = {record.name for record in baseline.manifest.metrics}
    theirs = {record.name for record in candidate.manifest.metrics}
    named = [name for name in policy.metrics if name in known | theirs]
    if not named:
        wrong = policy.metrics[0]
        raise WrongCall(f"{baseline.path}: no metric is called '{wrong}'{near(wrong, known)}")
    for name in named:
        if name not in known:
            raise BadData(
                f"{baseline.path}: expected the metric '{name}' as in {candidate.path}, found "
                f"{', '.join(known)}; `benchsuite baseline accept {candidate.path} --metric {name} "
                "--reason WHY` makes one with it"
            )
    return tuple(baseline.metric(name) for name in named)


def _narrowed(pair: Pair, metrics: tuple[Metric, ...], policy: Policy) -> Asked:
    baseline, candidate = pair
    known = {c.condition: c for c in baseline.manifest.known_conditions}
    mine = [c for c in baseline.tables if policy.has_condition(_record(c, known))]
    lacking = [c for c in mine if c not in candidate.tables]
    if policy.missing == "invalid":
        lacking = []
    tables = {c: baseline.tables[c] for c in mine if c not in lacking}
    where = f"{candidate.path}: condition"
    return Asked(
        (replace(baseline, tables=tables), candidate),
        metrics,
        tuple(f"{where} {name} of the baseline is missing" for name in lacking),
    )


def _record(condition: str, known: dict[str, ConditionRecord]) -> ConditionRecord:
    """What a condition is; a baseline may have one that its task does not list."""
    return known.get(condition) or ConditionRecord(condition, "", "", 0, "", "")


def _check_conditions(cells: Cells, pairs: Sequence[Pair]) -> None:
    """Raise WrongCall for a condition that no run of the call knows."""
    sides: list[Statistics] = [side for pair in pairs for side in pair]
    known = {name for side in sides for name in side.tables}
    known |= {name for side in sides for c in side.manifest.known_conditions for name in c.names}
    for name in cells.conditions if pairs else ():
        one_of("conditions", name, known)
