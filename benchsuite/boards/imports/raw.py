"""Numbers as they stand in a table, what the user says of them, and their units."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from benchsuite.boards.imports.headers import About
from benchsuite.boards.imports.numbers import Number
from benchsuite.boards.imports.values import (
    PERCENT,
    SHARE,
    Cell,
    as_share,
    cell_of,
    exceeds,
    is_blank,
)
from benchsuite.files.text import integer
from benchsuite.task import Task


@dataclass(frozen=True)
class Told:
    """What the user says of all numbers of a table; empty where the table says it.

    unit    `percent` or `share`;   errors  whether ± is followed by a standard error
    """

    model: str = ""
    dataset: str = ""
    metric: str = ""
    source: str = ""
    unit: str = ""
    errors: bool = False


@dataclass(frozen=True)
class Raw:
    """A number of a table as it stands there, and all that is known of it."""

    where: str
    about: About
    cell: Cell
    model: str
    more: dict[str, str] = field(default_factory=dict)

    @property
    def in_percent(self) -> bool:
        """Whether its header or its cell says so."""
        return self.cell.percent or self.about.unit == PERCENT


def units_of(raws: Sequence[Raw], told: Told, task: Task) -> dict[str, str]:
    """The unit of each metric that is a share: the user's, else percent if a value exceeds 1.

    Numbers that say it themselves decide nothing about the others. A metric that is no share has
    none.
    """
    bounds = {one.name: one.bounds for one in task.metrics}
    found = {}
    for metric in dict.fromkeys(raw.about.metric for raw in raws):
        own = [raw for raw in raws if raw.about.metric == metric]
        silent = [raw.cell.value for raw in own if not raw.in_percent]
        unit = told.unit or (PERCENT if exceeds(silent, bounds[metric]) else SHARE)
        found[metric] = unit if bounds[metric][1] == 1 else ""
    return found


def number_of(raw: Raw, unit: str, told: Told, source: str) -> Number:
    """A number in the words of the task; a share where it was percent."""
    about, more = raw.about, raw.more
    spread = more.get("stderr") or (raw.cell.spread if told.errors else "")
    known = cell_of(spread) if spread and not is_blank(spread) else None
    n = more.get("n", "")
    own = PERCENT if raw.in_percent and unit and not told.unit else unit
    return Number(
        raw.where, raw.model, about.dataset, about.metric, as_share(raw.cell.value, own),
        more.get("source") or source, condition=about.condition, attribute=about.attribute,
        group=about.group, protocol=more["protocol"],
        stderr=as_share(known.value, own) if known else None,
        n=None if is_blank(n) else integer(raw.where, "n", n),
    )  # fmt: skip


def said_of(raws: Sequence[Raw], units: Mapping[str, str], told: Told) -> Iterator[str]:
    """How the numbers were read, where they could be read otherwise."""
    for metric, unit in units.items():
        own = [raw for raw in raws if raw.about.metric == metric]
        values = [float(raw.cell.value) for raw in own]
        every = all(raw.in_percent for raw in own) and not told.unit
        read = "percent, as it says" if every else f"{unit}; --unit says otherwise"
        if unit:
            yield f"{metric}: {min(values):g} to {max(values):g}, read as {read}"
    if spread := sum(bool(raw.cell.spread) for raw in raws) * (not told.errors):
        yield f"± of {spread} numbers: left out; --errors says that it is a standard error"
    if beside := sum(bool(raw.cell.beside) for raw in raws):
        yield f"what stands in brackets beside {beside} numbers: left out"
