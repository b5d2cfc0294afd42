"""What is shown of a gate's verdict: its cells, the worst first, and the samples behind them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from benchsuite.boards.samples import ID, A, B, differences
from benchsuite.errors import some_of
from benchsuite.gates.pairs import Compared
from benchsuite.gates.verdict import Finding, Outcome
from benchsuite.publishing.escape import in_markdown
from benchsuite.publishing.formats import markdown
from benchsuite.publishing.words import number
from benchsuite.runs.forms import Form

MOST: Final = 30
"""Cells and remarks that are shown."""
LOOKED_UP: Final = 10
"""Worse cells whose samples are named."""
SAMPLES: Final = 5
"""Samples of a cell that are named."""
OF_CELLS: Final = (
    "The interval is that of the one difference, 95 %; the verdict is on all cells together. "
    "The interval of a worst group or a gap holds for all its groups. "
    "A detectable drop, or growth of a gap, is found with 80 % power."
)
OF_GAPS: Final = (
    "The intervals hold for all gaps together. A detectable gap is found with 80 % power."
)


@dataclass(frozen=True)
class Moved:
    """A sample that got worse: its own score in the baseline and in the candidate."""

    sample: str
    baseline: float
    candidate: float

    @property
    def line(self) -> str:
        """`'s12' 0.900 -> 0.100`."""
        return f"'{self.sample}' {number(self.baseline)} -> {number(self.candidate)}"


@dataclass(frozen=True)
class Shown:
    """A cell or gap, with the samples that moved it most if it is worse."""

    finding: Finding
    samples: tuple[Moved, ...] = ()

    @property
    def moved(self) -> str:
        """The samples as a line."""
        return some_of([one.line for one in self.samples], most=SAMPLES)

    @property
    def line(self) -> str:
        """Values, difference, interval, and the drop that would be found."""
        one = self.finding
        both = "gap" if one.alone else f"{number(one.baseline)} -> {number(one.candidate)},"
        what = "gap" if one.alone else "growth" if one.form == Form.GAP else "drop"
        found = "" if pd.isna(one.detectable) else f"; detectable {what} {number(one.detectable)}"
        return f"{both} {number(one.difference)}{_interval(one, ' ')}{found}"


@dataclass(frozen=True, eq=False)
class Report:
    """A verdict as it is shown: `cells` are all that the gate looked at, the worst first."""

    outcome: Outcome[Any]
    cells: tuple[Shown, ...]

    @property
    def title(self) -> str:
        """`benchsuite gate: FAIL`."""
        return f"benchsuite {self.outcome.gate}: {self.outcome.verdict}"

    @property
    def gaps(self) -> bool:
        """Whether it is on gaps within runs, and not on differences between two runs."""
        return all(cell.finding.alone for cell in self.cells)


def report(outcome: Outcome[Any]) -> Report:
    """The outcome with its cells in order: what is worse by its loss, then as the gate has them."""
    found = sorted(
        ((one.finding, one) for one in (*outcome.judged, *outcome.derived)),
        key=lambda pair: (not pair[0].worse, -pair[0].loss if pair[0].worse else 0),
    )
    return Report(
        outcome,
        tuple(
            Shown(finding, moved(one) if finding.worse and place < LOOKED_UP else ())
            for place, (finding, one) in enumerate(found)
        ),
    )


def moved(judged: Any) -> tuple[Moved, ...]:
    """The samples that lost most in a cell of two runs; none of a gap of one run.

    Nor of a worst group or a gap of two runs: the group that fell has a cell of its own.
    """
    if not isinstance(judged, Compared):
        return ()
    both = differences(*judged.sides, judged.condition, judged.metric, judged.group)
    fell = both[B] < both[A] if judged.higher_is_better else both[B] > both[A]
    worst = both[fell].head(SAMPLES)
    return tuple(
        Moved(str(sample), float(a), float(b))
        for sample, a, b in zip(worst[ID], worst[A], worst[B], strict=True)
    )


def summary(shown: Report) -> str:
    """The verdict, what it rests on, and what could not be looked at, for a pull request."""
    lines = [f"### {shown.title}", "", f"{in_markdown(shown.outcome.line)}.", ""]
    if shown.cells:
        lines += [markdown(_table(shown)), OF_GAPS if shown.gaps else OF_CELLS, ""]
    if behind := [(cell.finding.name, cell.moved) for cell in shown.cells if cell.samples]:
        lines.append(markdown(pd.DataFrame(behind, columns=["cell", "samples that lost most"])))
    remarks = [f"- {in_markdown(remark)}" for remark in remarks_of(shown.outcome)]
    return "\n".join([*lines, *remarks]) + "\n"


def _table(shown: Report) -> pd.DataFrame:
    """The worst cells: both values, the difference and its interval, and what would be found."""
    found = [one.finding for one in shown.cells[:MOST]]
    rows = [
        {
            "cell": one.name,
            "verdict": one.status + (f": {one.note}" if one.note else ""),
            "baseline": one.baseline,
            "candidate": one.candidate,
            "difference": one.difference,
            "interval": _interval(one),
            "p": one.p,
            f"detectable {'gap' if shown.gaps else 'drop'}": one.detectable,
        }
        for one in found
    ]
    return pd.DataFrame(rows).dropna(axis="columns", how="all")


def _interval(one: Finding, before: str = "") -> str:
    return "" if pd.isna(one.low) else f"{before}[{number(one.low)}, {number(one.high)}]"


def samples_of(shown: Report, most: int) -> Iterator[str]:
    """A line for each of the worst cells: the samples that lost most in it."""
    for cell in shown.cells[:most]:
        if cell.samples:
            yield f"{cell.finding.name}: lost most: {cell.moved}"


def judged(outcome: Outcome[Any]) -> pd.DataFrame:
    """What the gate looked at: what is worse, then as the gate has them."""
    rows = [one.columns() for one in (*outcome.judged, *outcome.derived)]
    return pd.DataFrame(sorted(rows, key=lambda row: row.get("verdict") != "worse")[:MOST])


def remarks_of(outcome: Outcome[Any]) -> list[str]:
    """What the gate saw beside, and how much is not shown."""
    left = len(outcome.judged) + len(outcome.derived) - MOST
    more = len(outcome.remarks) - MOST
    return [
        *([f"{left} more cells, none of them worse than these"] if left > 0 else []),
        *outcome.remarks[:MOST],
        *([f"{more} more remarks"] if more > 0 else []),
    ]
