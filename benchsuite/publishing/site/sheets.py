"""Sheets of samples: each under the conditions that differ most, within a budget of bytes."""

import math
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice, zip_longest
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchsuite.boards.asked import Asked, conditions_of, groups_in, metric_of, shown_as
from benchsuite.boards.looks import looks
from benchsuite.boards.picked import (
    WorstGroup,
    own_scores,
    spread,
    typical_of,
    worst_group,
    worst_of,
)
from benchsuite.boards.samples import ID
from benchsuite.dataset import Dataset
from benchsuite.estimation import Metric
from benchsuite.estimation.cells import EVERYBODY
from benchsuite.files.images import fitted, webp_bytes
from benchsuite.publishing.words import number
from benchsuite.runs.forms import places_of, short_names
from benchsuite.runs.manifest import ConditionRecord
from benchsuite.runs.statistics import Statistics
from benchsuite.task import SMALL, Look

CONDITIONS: Final = 20
"""The most conditions under which a sample is shown."""
WORST: Final = 3
"""Samples of the worst group."""
BUDGET: Final = 800_000
"""Bytes of the pictures and texts of a page, as it holds them: a page stays under 1 MB."""


@dataclass(frozen=True)
class Shown:
    """A sample under one condition: its own score, a picture as a data URI or '', and text.

    condition      short, where that is clear: `fog/3`
    name           of the condition, without severity
    width, height  of the picture, in pixels
    """

    condition: str
    name: str
    score: str
    picture: str
    width: int
    height: int
    lines: tuple[str, ...]

    @property
    def size(self) -> int:
        """The bytes that it takes in a page."""
        return len(self.picture) + sum(len(line.encode()) + 1 for line in self.lines)


@dataclass(frozen=True)
class Sheet:
    """A sample under each condition.

    groups  that it is in
    worst   whether it is one of the worst of the worst group; else it is a typical one
    key     what the lines in its pictures mean
    """

    sample_id: str
    groups: tuple[str, ...]
    worst: bool
    key: str
    shown: tuple[Shown, ...]

    @property
    def drawn(self) -> bool:
        """Whether it has pictures."""
        return any(one.picture for one in self.shown)

    @property
    def rows(self) -> list[list[Shown]]:
        """First what is shown at one severity, then the severities of each name."""
        names: dict[str, list[Shown]] = {}
        for one in self.shown:
            names.setdefault(one.name, []).append(one)
        alone = [one for several in names.values() if len(several) == 1 for one in several]
        return [row for row in [alone, *(s for s in names.values() if len(s) > 1)] if row]


@dataclass(frozen=True, eq=False)
class Sheets:
    """The sheets of a run that a page has room for, and how many more there would be.

    worst  the worst group; None where none has an interval: then its samples are those of all
    of     the condition by which samples were picked
    conditions, measured  under how many they are shown, and how many there are
    """

    worst: WorstGroup | None
    of: str
    metric: str
    sheets: tuple[Sheet, ...]
    left_out: int
    conditions: int
    measured: int

    @property
    def key(self) -> str:
        """What the lines in the pictures mean; empty where there are none."""
        return next((one.key for one in self.sheets if one.key), "")


def sheets(statistics: Statistics, dataset: Dataset, table: pd.DataFrame) -> Sheets:
    """The sheets of a run; `table` are the rows of its model in the tidy table."""
    (first, *_), metric = conditions_of(statistics), metric_of(statistics)
    known = _of_the_same_samples(statistics, first)
    groups = groups_in(statistics, [first])
    found = worst_group(table, groups, first, metric.name)
    picked = _picked(statistics, first, metric, found)
    chosen = spread(known, CONDITIONS)
    made = _Maker(statistics, dataset, metric, tuple(chosen)).sheets(picked, first)
    shown = tuple(within(BUDGET, made))
    left_out = len(picked) - len(shown)
    return Sheets(found, first, metric.name, shown, left_out, len(chosen), len(known))


def _of_the_same_samples(statistics: Statistics, first: str) -> list[ConditionRecord]:
    """The measured conditions of the same samples: an unrelated domain has others."""
    populations = statistics.manifest.populations
    return [
        one for one in statistics.manifest.known_conditions
        if one.condition in statistics.tables and populations[one.condition] == populations[first]
    ]  # fmt: skip


def _picked(
    statistics: Statistics, condition: str, metric: Metric, found: WorstGroup | None
) -> dict[str, bool]:
    """Ids in the order in which they get room, and whether each is one of the worst."""
    everybody = Asked(statistics, (condition,), metric, EVERYBODY)
    of_group = Asked(statistics, (condition,), metric, found.group) if found else everybody
    worst, typical = worst_of(of_group, WORST), typical_of(everybody)
    turns = chain.from_iterable(zip_longest(worst, typical))
    return {one: one in worst for one in turns if one is not None}


@dataclass(frozen=True, eq=False)
class _Maker:
    statistics: Statistics
    dataset: Dataset
    metric: Metric
    conditions: tuple[ConditionRecord, ...]

    @cached_property
    def labels(self) -> dict[str, str]:
        """What each condition is called, by its full name."""
        places = places_of(self.statistics.manifest.known_conditions)
        return {full: short for short, full in short_names(places.values()).items()}

    def sheets(self, picked: Mapping[str, bool], first: str) -> Iterator[Sheet]:
        """The sheet of each sample, made when it is asked for."""
        statistics, names = self.statistics, [one.condition for one in self.conditions]
        scores = own_scores(statistics, self.metric, names, picked)
        who = statistics.tables[first].set_index(ID)[list(statistics.attributes)]
        where = {
            id_: [c for c in self.conditions if (c.condition, id_) in scores] for id_ in picked
        }
        every = ((c.condition, id_) for id_, several in where.items() for c in several)
        seen = looks(statistics, self.dataset, every)
        for one, worst in picked.items():
            mine = list(islice(seen, len(where[one])))
            shown = tuple(
                self._shown(condition, scores[condition.condition, one], look)
                for condition, look in zip(where[one], mine, strict=True)
            )
            groups = tuple(shown_as(str(a), value) for a, value in who.loc[one].items() if value)
            yield Sheet(one, groups, worst, next((s.key for s in mine if s.key), ""), shown)

    def _shown(self, condition: ConditionRecord, score: float, look: Look) -> Shown:
        name = self.labels.get(condition.condition, condition.condition)
        about = (name, condition.name, "none" if math.isnan(score) else number(score))
        if look.absent:  # the reason may name a file of this machine
            return Shown(*about, "", 0, 0, ("It cannot be shown.",))
        lines = tuple(look.text.splitlines())
        picture = look.picture if look.small is None else look.small
        return Shown(*about, *(_encoded(picture) if picture is not None else ("", 0, 0)), lines)


def _encoded(picture: NDArray[np.uint8]) -> tuple[str, int, int]:
    """A data URI of the picture, its width and its height."""
    small = picture if max(picture.shape[:2]) <= SMALL else fitted(picture, SMALL, SMALL)
    height, width = small.shape[:2]
    return f"data:image/webp;base64,{b64encode(webp_bytes(small)).decode()}", width, height


def within(budget: int, several: Iterable[Sheet]) -> Iterator[Sheet]:
    """The first sheets that fit together. None after them is made."""
    for sheet in several:
        budget -= sum(one.size for one in sheet.shown)
        if budget < 0:
            return
        yield sheet
