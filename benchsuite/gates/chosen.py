"""What of two runs a policy judges: its tasks and datasets, metrics, conditions and groups."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from benchsuite.errors import BadData, WrongCall, near, one_of
from benchsuite.estimation import Metric
from benchsuite.estimation.cells import EVERYBODY
from benchsuite.gates.pairs import Compared, Pair, compare_pair
from benchsuite.gates.policy import Policy
from benchsuite.runs.manifest import ConditionRecord
from benchsuite.runs.statistics import Statistics
from benchsuite.runs.tables import Tables

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

    Raises WrongCall where they know none of the policy's conditions.
    """
    mine = [pair for pair in _judged(pairs, policy) if pair[0].identity.task in metrics]
    known = _conditions(mine)
    if mine and policy.conditions and known.isdisjoint(policy.conditions):
        one_of("conditions", policy.conditions[0], known)
    return [_narrowed(pair, metrics[pair[0].identity.task], policy) for pair in mine]


def metrics_of(pairs: Sequence[Pair], policy: Policy) -> Metrics:
    """The metrics that the policy judges, by task: those of it that the task has, or its headline.

    A task that has none of them is left out. Raises WrongCall where that is every task, BadData
    where a baseline lacks one of the run.
    """
    judged = _judged(pairs, policy)
    found = {pair[0].identity.task: _metrics(pair, policy) for pair in judged}
    if judged and not any(found.values()):
        wrong, known = policy.metrics[0], _known(judged)
        raise WrongCall(f"{judged[0][0].path}: no metric is called '{wrong}'{near(wrong, known)}")
    return {task: metrics for task, metrics in found.items() if metrics}


def _judged(pairs: Sequence[Pair], policy: Policy) -> list[Pair]:
    """The pairs of the tasks and datasets of a policy."""
    named = ((pair, pair[0].identity) for pair in pairs)
    tasks, datasets = policy.tasks, policy.datasets
    return [p for p, one in named if _of(tasks, one.task) and _of(datasets, one.dataset)]


def left_out(pairs: Sequence[Pair], found: Sequence[Asked], policy: Policy) -> Iterator[str]:
    """The runs that the policy does not judge, one line each."""
    mine, judged = _judged(pairs, policy), {one.pair[1].path for one in found}
    for pair in pairs:
        if pair[1].path not in judged:
            other = "metrics" if pair in mine else "tasks or datasets"
            yield f"{pair[1].path}: not judged: the policy is for other {other}"


def unmet(judged: Sequence[Asked], policy: Policy) -> Iterator[str]:
    """What the policy names and no run has: a line for names that have the same hint.

    That is no error: a policy may be for more tasks than a call.
    """
    pairs, every = [one.pair for one in judged], (policy, *policy.sets)
    margins = [by for by in (policy.margin, policy.tolerance) if isinstance(by, Mapping)]
    asked_for = (
        ("metric", [*(n for one in every for n in one.metrics), *chain(*margins)], _known),
        ("condition", [n for one in every for n in one.conditions], _conditions),
        ("group", [n for one in every for n in one.groups], _groups),
    )
    for what, names, known_to in asked_for:
        known = known_to(pairs) if names else ()
        lost = [name for name in dict.fromkeys(names) if name not in known]
        hints = {name: near(name, known) for name in lost}
        for hint in dict.fromkeys(hints.values()):
            alike = [name for name in lost if hints[name] == hint]
            which = f"{what}{'s' * (len(alike) > 1)} {', '.join(map(repr, alike))}"
            yield f"no run here has the {which} of the policy{hint}"


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


def families(cells: Sequence[Compared], policy: Policy) -> Iterator[tuple[list[Compared], float]]:
    """The cells that share an error, with this error: headline, details, and the policy's sets.

    Where there are no groups, there are no worst groups and gaps: the details have their share.
    """
    own = [c for c in cells if not c.family]
    derived = any(c.group != EVERYBODY for c in cells)
    yield [c for c in own if c.headline], policy.headline
    share = policy.detail if derived else policy.detail + policy.derived
    yield [c for c in own if not c.headline], share
    for one in policy.sets:
        yield [c for c in cells if c.family == one.name], policy.alpha * one.share


def too_small(cells: Iterable[Compared], least: int) -> list[Compared]:
    """The groups that a policy does not judge because they have fewer clusters than it asks for."""
    return [c for c in cells if c.group != EVERYBODY and 0 < c.baseline.clusters < least]


def told_small(cell: Compared) -> str:
    """That a group is not judged, as a line."""
    return f"not judged: {cell.name}: {cell.baseline.clusters} clusters"


def _of(names: Sequence[str], name: str) -> bool:
    return not names or name in names


def _metrics(pair: Pair, policy: Policy) -> tuple[Metric, ...]:
    # A metric of a plugin is judged only where it is named, and only where both sides have it.
    baseline, candidate = pair
    if not policy.metrics:
        return (baseline.metrics[0],)
    known = [record.name for record in baseline.manifest.metrics]
    named = [name for name in policy.metrics if name in _known([pair])]
    for name in named:
        if name not in known:
            raise BadData(
                f"{baseline.path}: expected the metric '{name}' as in {candidate.path}, found "
                f"{', '.join(known)}; `benchsuite baseline accept {candidate.path} --metric {name} "
                "--reason WHY` makes one with it"
            )
    return tuple(baseline.metric(name) for name in named)


def _known(pairs: Iterable[Pair]) -> list[str]:
    """The names of the metrics of some runs and their baselines, each once."""
    records = (one for pair in pairs for side in pair for one in side.manifest.metrics)
    return [*dict.fromkeys(record.name for record in records)]


def _narrowed(pair: Pair, metrics: tuple[Metric, ...], policy: Policy) -> Asked:
    baseline, candidate = pair
    known = {c.condition: c for c in baseline.manifest.known_conditions}
    mine = [c for c in baseline.tables if policy.has_condition(_record(c, known))]
    lacking = [c for c in mine if c not in candidate.tables]
    if policy.missing == "invalid":
        lacking = []
    tables = Tables([c for c in mine if c not in lacking], baseline.tables.__getitem__)
    where = f"{candidate.path}: condition"
    return Asked(
        (replace(baseline, tables=tables), candidate),
        metrics,
        tuple(f"{where} {name} of the baseline is missing" for name in lacking),
    )


def _record(condition: str, known: dict[str, ConditionRecord]) -> ConditionRecord:
    """What a condition is; a baseline may have one that its task does not list."""
    return known.get(condition) or ConditionRecord(condition, "", "", 0, "", "")


def _conditions(pairs: Iterable[Pair]) -> set[str]:
    """Every name of a condition that some runs or their baselines know."""
    sides: list[Statistics] = [side for pair in pairs for side in pair]
    known = {name for side in sides for name in side.tables}
    return known | {n for side in sides for c in side.manifest.known_conditions for n in c.names}


def _groups(pairs: Iterable[Pair]) -> set[str]:
    """Every attribute and group of some baselines, as a policy names them."""
    groups = {g for one, _ in pairs for c in one.tables for g in one.groups(c) if g != EVERYBODY}
    return {name for group in groups for name in group.names}
