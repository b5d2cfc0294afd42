"""What a person asks of a run, by the names that its boards show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from benchsuite.condition import CLEAN
from benchsuite.errors import WrongCall, near
from benchsuite.estimation import Metric
from benchsuite.estimation.cells import EVERYBODY, Group, groups_of, membership
from benchsuite.runs.forms import Place, places_of, short_names
from benchsuite.runs.statistics import Statistics

GroupName = Group | tuple[str, str] | str
"""A group; or as boards show it: ("race", "Black") or `race=Black`, and "" for everybody."""


@dataclass(frozen=True, eq=False)
class Asked:
    """The samples of a run that are behind a number.

    conditions  one, or those of a set whose mean is the number
    """

    statistics: Statistics
    conditions: tuple[str, ...]
    metric: Metric
    group: Group

    @classmethod
    def of(
        cls, statistics: Statistics, conditions: Iterable[str], metric: str, group: GroupName
    ) -> Asked:
        """What the names of a metric and a group stand for; the headline by default.

        Raises WrongCall with near names where the run has none of that name.
        """
        among = tuple(conditions)
        known = groups_in(statistics, among)
        return cls(statistics, among, metric_of(statistics, metric), group_of(known, group))

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The members' statistics by condition."""
        return {c: _members(self.statistics.tables[c], self.group) for c in self.conditions}

    @property
    def shown(self) -> list[Metric]:
        """The asked metric, then the others that overviews show."""
        others = [one for one in self.statistics.metrics if one is not self.metric]
        return [self.metric, *(one for one in others if not one.detail)]


def _members(table: pd.DataFrame, group: Group) -> pd.DataFrame:
    """The rows of a group's members."""
    return table[membership(table, [group])[:, 0]]


def conditions_of(statistics: Statistics, label: str = "") -> tuple[str, ...]:
    """The condition of that label, or the conditions of that set; `clean` or the first by default.

    A condition or set may be asked for without its kind: `typo/3`.
    Raises WrongCall where the run has not measured it, or not all of it.
    """
    measured = list(statistics.tables)
    label = label or (CLEAN.full_name if CLEAN.full_name in measured else measured[0])
    places = places_of(statistics.manifest.known_conditions)
    if label not in places:
        label = short_names(places.values()).get(label, label)
    if label in measured:
        return (label,)
    place = places.get(label)
    if place and (done := len({*place.members} & {*measured})):
        _raise_unless_whole(statistics, place, done)
        return place.members
    known = [*measured, *(place.label for place in _whole_sets(statistics))]
    raise WrongCall(f"{statistics.path}: condition '{label}' is not measured{near(label, known)}")


def _raise_unless_whole(statistics: Statistics, place: Place, done: int) -> None:
    """Raise WrongCall where the run measured a part of a set: its mean has no value."""
    if done < len(place.members):
        raise WrongCall(
            f"{statistics.path}: '{place.label}': expected {len(place.members)} measured "
            f"conditions, found {done}"
        )


def _whole_sets(statistics: Statistics) -> list[Place]:
    """The sets of conditions of which the run has measured all."""
    sets = places_of(statistics.manifest.known_conditions).values()
    return [s for s in sets if s.members and {*s.members} <= {*statistics.tables}]


def metric_of(statistics: Statistics, name: str = "") -> Metric:
    """The run's metric of that name, or its headline. Raises WrongCall with near names."""
    return statistics.metric(name) if name else statistics.metrics[0]


def groups_in(statistics: Statistics, conditions: Iterable[str]) -> list[Group]:
    """The groups with a sample under any of the conditions, crossed ones too, everybody first."""
    names = list(statistics.attributes)
    rows = pd.concat([statistics.tables[c][names].drop_duplicates() for c in conditions])
    known = [dict(zip(names, row, strict=True)) for row in rows.drop_duplicates().to_numpy()]
    return groups_of(known, statistics.manifest.crossed)


def group_of(known: Sequence[Group], asked: GroupName) -> Group:
    """The known group that is asked for. Raises WrongCall with near names where there is none."""
    if asked == "":
        return EVERYBODY
    if isinstance(asked, Group):
        text = shown_as(asked.attribute, asked.value)
        found = [group for group in known if group == asked]
    else:
        text = asked if isinstance(asked, str) else "=".join(map(str, asked))
        found = [group for group in known if shown_as(group.attribute, group.value) == text]
    if len(found) == 1:
        return found[0]
    if found:
        raise WrongCall(f"group '{text}': {len(found)} groups are shown like this")
    names = [shown_as(group.attribute, group.value) for group in known if group != EVERYBODY]
    raise WrongCall(f"no group is called '{text}'{near(text, names)}")


def shown_as(attribute: str, group: str) -> str:
    """A group as people write it, `race=Black`; the attribute where there is no group."""
    return f"{attribute}={group}" if group else attribute
