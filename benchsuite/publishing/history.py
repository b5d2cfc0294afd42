"""Baselines over time as a table, as lines and as a figure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from benchsuite.estimation import Estimate, Interval, interval
from benchsuite.estimation.cells import EVERYBODY
from benchsuite.gates.history import ALPHA, Line, Point, Shift, changes, drifts
from benchsuite.publishing.baselines import short
from benchsuite.publishing.figures import image_bytes, in_figure, pyplot
from benchsuite.publishing.words import number

FIGURES: Final = ("png", "svg", "pdf")
"""Formats of the figure."""
WIDTH, PANEL, HEAD = 8.0, 2.2, 0.4
"""Inches of a figure, of the panel of each baseline, and above them."""
HIGHEST: Final = 100.0
"""Inches of a figure."""
LEGEND: Final = "bars: 95 % intervals; bands: a change is shown between their ends; dashed: a drift"
DAY: Final = 10
"""Characters of a date without its time."""


@dataclass(frozen=True, eq=False)
class Told:
    """What a log says: its lines, and what is shown to have changed in them."""

    lines: Sequence[Line]
    drifts: Sequence[Shift]
    changes: Sequence[Shift]

    @classmethod
    def of(cls, lines: Sequence[Line]) -> "Told":
        """The lines, tested at one error rate."""
        return cls(lines, drifts(lines), changes(lines))


def tidy(told: Told) -> pd.DataFrame:
    """One row per acceptance, the oldest of each baseline first.

    Its value, `step` since the one before and `since_first`, each with its own 95 % interval;
    `shift` where a change is shown; `paired` where the samples were kept.
    """
    return pd.DataFrame([row for line in told.lines for row in _rows(told, line)])


def _rows(told: Told, line: Line) -> Iterator[dict[str, Any]]:
    ends = {one.stop: one for one in told.changes if one.line is line}
    for place, point in enumerate(line.points):
        by = point.kept.accepted.told
        steps = {"step": place - 1, "since_first": 0} if place else {}
        yield {
            "task": line.key[0], "dataset": line.key[1], "model": line.key[2],
            "metric": line.cell.metric.name, "condition": line.cell.condition,
            "attribute": line.cell.group.attribute, "group": line.cell.group.value,
            "accepted": by.at, "by": by.by, "commit": by.commit, "changed": by.changed,
            "reason": by.reason,
            **_columns("value", point.value, _within(line, point)),
            **{
                column: one
                for name, start in steps.items()
                for column, one in _columns(name, line.change(start, place)).items()
            },
            "shift": _since(ends[place]) if place in ends else "",
            "paired": point.table is not None,
        }  # fmt: skip


def _columns(name: str, found: Estimate, ends: Interval | None = None) -> dict[str, float]:
    ends = ends or interval(found)
    return {name: found.value, f"{name}_low": ends.low, f"{name}_high": ends.high}


def _within(line: Line, point: Point) -> Interval:
    low, high = line.cell.metric.bounds
    return interval(point.value, lower=low, upper=high)


def shown(told: Told) -> Iterator[tuple[str, pd.DataFrame]]:
    """A title and a table for each baseline: value, step and what it adds up to, for people."""
    for line in told.lines:
        rows = pd.DataFrame(_rows(told, line))
        by = [point.kept.accepted.told for point in line.points]
        table = pd.DataFrame(
            {
                "accepted": [one.at[:DAY] for one in by],
                "commit": [short(one.commit, one.changed) for one in by],
                **{
                    name: _texts(rows, column)
                    for name, column in (
                        ("value", "value"), ("step", "step"), ("since the first", "since_first"),
                    )
                },
                "change": rows["shift"],
                "by": [one.by for one in by],
                "reason": [one.reason for one in by],
            }
        )  # fmt: skip
        yield f"{'/'.join(line.key)}: {_what(line)}", table


def _texts(rows: pd.DataFrame, name: str) -> list[str]:
    """A column with its intervals as text; empty where there is no number."""
    if name not in rows:
        return [""] * len(rows)
    ends = zip(rows[name], rows[f"{name}_low"], rows[f"{name}_high"], strict=True)
    return ["" if np.isnan(one) else _text(one, low, high) for one, low, high in ends]


def _text(value: float, low: float, high: float) -> str:
    return number(value) + ("" if np.isnan(low) else f" [{number(low)}, {number(high)}]")


def _what(line: Line) -> str:
    """`ndcg@10, clean, split=files`."""
    group = line.cell.group
    where = [] if group == EVERYBODY else [f"{group.attribute}={group.value}"]
    return ", ".join([line.cell.metric.name, line.cell.condition, *where])


def said(told: Told) -> list[str]:
    """What is shown, a line each: drifts, changes, and at which error."""
    count = sum(len(line.points) > 1 for line in told.lines)
    half = f"{100 * ALPHA / 2:g} %"
    lines = [f"drift: {_shift(one)}" for one in told.drifts]
    lines += [f"change: {_shift(one)}" for one in told.changes]
    if not lines:
        lines = ["no drift and no change is shown"]
    error = f"numbers with two baselines or more: {count}; drifts are tested at {half} for all of "
    error += f"them together, changes at {half}"
    left = [f"{'/'.join(one.key)}: {one.left_out} before are of other samples or lack the number"
            for one in told.lines if one.left_out]  # fmt: skip
    return [*lines, error, *left]


def _shift(shift: Shift) -> str:
    """`bright/mini/bm25: ndcg@10, clean: -0.020 [-0.030, -0.010], worse than 3f2a (p = 0.003)`."""
    ends = interval(shift.change)
    until = _named(shift.line.points[shift.stop])
    change = _text(shift.change.value, ends.low, ends.high)
    what = f"{'/'.join(shift.line.key)}: {_what(shift.line)}: {change}"
    return f"{what}: {until} {_since(shift)} (p = {shift.p:.3f})"


def _since(shift: Shift) -> str:
    better = (shift.change.value > 0) == shift.line.cell.metric.higher_is_better
    return f"{'better' if better else 'worse'} than {_named(shift.line.points[shift.start])}"


def _named(point: Point) -> str:
    """How an acceptance is called: by its commit, else by its time."""
    told = point.kept.accepted.told
    return short(told.commit, told.changed) or told.at or told.reason


def figure(told: Told, ending: str) -> bytes:
    """The lines as a figure, a panel each: values with intervals, and bands where they changed.

    Raises NotAvailable without matplotlib.
    """
    plt = pyplot()
    size = (WIDTH, min(PANEL * len(told.lines) + HEAD, HIGHEST))
    drawn, panels = plt.subplots(len(told.lines), figsize=size, squeeze=False, layout="constrained")
    for axes, line in zip(panels[:, 0], told.lines, strict=True):
        _panel(axes, told, line)
    drawn.supxlabel(LEGEND, fontsize="x-small")
    return image_bytes(drawn, ending)


def _panel(axes: Any, told: Told, line: Line) -> None:
    value = np.array([point.value.value for point in line.points])
    ends = np.array([[e.low, e.high] for e in (_within(line, point) for point in line.points)])
    spread = np.clip(np.nan_to_num(np.abs(ends - value[:, None])).T, 0, None)
    at = range(len(value))
    axes.errorbar(at, value, yerr=spread, marker="o", ms=4, lw=1, capsize=2)
    for shift in (one for one in told.changes if one.line is line):
        axes.axvspan(shift.start, shift.stop, facecolor=("C1", 0.15), edgecolor="C1", lw=0.5)
    for shift in (one for one in told.drifts if one.line is line):
        ends_of = value[[shift.start, shift.stop]]
        axes.plot([shift.start, shift.stop], ends_of, ls="--", lw=1, color="C1")
    axes.set_title(in_figure("/".join(line.key)), fontsize="small", loc="left")
    axes.set_ylabel(in_figure(_what(line)), fontsize="small")
    axes.set_xticks(at, [in_figure(_named(point)) for point in line.points], fontsize="x-small",
                    rotation=30, ha="right")  # fmt: skip
