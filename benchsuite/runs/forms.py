"""What a row of a board is about: a condition or set of conditions, a group, a metric, a form."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from benchsuite.estimation.cells import Group
from benchsuite.runs.manifest import ConditionRecord


class Form(StrEnum):
    """What a row says about its metric."""

    VALUE = "value"
    RELATIVE = "relative"  # the mean over a set of conditions over the value on clean inputs
    DROP = "drop"  # what is lost from clean to a domain
    GAP = "gap"
    NULL95 = "null95"  # the gap that chance alone exceeds in 5 % of samples
    GAP_MDE = "gap_mde"
    GAP_GROWTH = "gap_growth"
    WORST = "worst"
    SHRUNKEN = "shrunken"  # of each group: its score, drawn towards those of the others
    SD = "sd"
    SD_NULL95 = "sd_null95"
    ES_SUM = "es_sum"
    FAIR = "fair"  # the es_sum of a fair model
    ES_STD = "es_std"
    ES_STD_FAIR = "es_std_fair"
    ES_STD_POPULATION = "es_std_population"
    ES_STD_POPULATION_FAIR = "es_std_population_fair"
    ES_COST = "es_cost"
    ES_COST_FAIR = "es_cost_fair"
    RATIO = "ratio"
    RATIO_FAIR = "ratio_fair"
    CHANCE = "chance"
    CEILING = "ceiling"  # what a perfect model gets
    MDE = "mde"
    EFFECTIVE = "effective_robustness"  # a score over what the other models' clean ones predict


class Scope(StrEnum):
    """What a row's condition is: a single one, or which set of conditions."""

    CONDITION = "condition"
    SAMPLED = "sampled"  # a condition of a sampled suite, measured on a part of the clusters
    SUITE = "suite"
    NAME = "name"
    FAMILY = "family"
    SEVERITY = "severity"
    ODD = "odd"  # severities 1, 3 and 5: three fifths of a suite's cost, and not its mean


class Key(NamedTuple):
    """What a row is about: a condition or set, a group, a metric, and the form."""

    condition: str
    group: Group
    metric: str
    form: Form = Form.VALUE


@dataclass(frozen=True)
class Place:
    """A condition, or a set of conditions whose mean is a summary, as a row shows it.

    label    `clean`, `text/typo/3`; of a set: `text`, `text/typo`, `text:character`, `text@3`
    members  the conditions of a set, by full name; empty for a condition
    per_cluster  of a sampled suite: under how many of its conditions a cluster is measured; else 0
    origin       the package that adds it to a task of others, and the version of its plugin
    """

    label: str
    scope: Scope
    suite: str
    kind: str
    name: str = ""
    family: str = ""
    severity: int = 0
    members: tuple[str, ...] = ()
    per_cluster: int = 0
    origin: tuple[str, int] = ("", 0)


def places_of(known: Sequence[ConditionRecord]) -> dict[str, Place]:
    """The sets of conditions that have a mean, and then the conditions, by label."""
    single = [_single(condition) for condition in known]
    return {place.label: place for place in (*condition_sets(known), *single)}


def short_names(places: Iterable[Place]) -> dict[str, str]:
    """The labels of conditions and of names by their names without the kind: `typo/3`, `typo`.

    Those that two of them share are left out.
    """
    known = [(_short(place), place.label) for place in places]
    times = Counter(short for short, _ in known)
    return {short: label for short, label in known if short and times[short] == 1}


def _short(place: Place) -> str:
    if place.scope not in (Scope.CONDITION, Scope.NAME) or not place.name:
        return ""
    return f"{place.name}/{place.severity}" if place.severity else place.name


def _single(c: ConditionRecord) -> Place:
    scope = Scope.SAMPLED if c.per_cluster else Scope.CONDITION
    return Place(c.condition, scope, c.suite, c.kind, c.name, c.family, c.severity, origin=c.origin)


def condition_sets(known: Sequence[ConditionRecord]) -> list[Place]:
    """The sets of a task's conditions that have a mean, suites first; never domains.

    If two sets have the same members (a family of one name), only the first one is kept. A sampled
    suite has a mean as a whole alone.
    """
    return list(_condition_sets(tuple(known)))


@lru_cache(maxsize=16)  # the runs of a task know the same conditions
def _condition_sets(known: tuple[ConditionRecord, ...]) -> tuple[Place, ...]:
    altered = [c for c in known if c.kind not in ("clean", "domain")]
    whole = [c for c in altered if not c.per_cluster]
    found: dict[tuple[str, ...], Place] = {}
    for scope in (Scope.SUITE, Scope.NAME, Scope.FAMILY, Scope.SEVERITY, Scope.ODD):
        grouped: dict[Place, list[str]] = {}
        for c in altered if scope == Scope.SUITE else whole:
            if scope != Scope.ODD or c.severity % 2:
                grouped.setdefault(_set(c, scope), []).append(c.condition)
        for some, members in grouped.items():
            if len(members) > 1:
                found.setdefault(tuple(members), replace(some, members=tuple(members)))
    return tuple(found.values())


def _set(c: ConditionRecord, scope: Scope) -> Place:
    """The set of that scope to which a condition belongs."""
    label = {
        Scope.SUITE: c.suite,
        Scope.NAME: f"{c.kind}/{c.name}",
        Scope.FAMILY: f"{c.suite}:{c.family}",
        Scope.SEVERITY: f"{c.suite}@{c.severity}",
        Scope.ODD: f"{c.suite}@odd",
    }[scope]
    return Place(
        label,
        scope,
        c.suite,
        c.kind,
        name=c.name if scope == Scope.NAME else "",
        family=c.family if scope in (Scope.NAME, Scope.FAMILY) else "",
        severity=c.severity if scope == Scope.SEVERITY else 0,
        per_cluster=c.per_cluster,
        origin=c.origin,
    )
