"""The summary of a gate for a pull request, as Markdown."""

from typing import Any, Final

import pandas as pd

from benchsuite.gates.verdict import Outcome
from benchsuite.publishing.escape import in_markdown
from benchsuite.publishing.formats import markdown

MOST: Final = 30
"""Cells and remarks that are shown."""


def summary(outcome: Outcome[Any]) -> str:
    """The verdict, what it rests on, and what could not be looked at."""
    lines = [
        f"### benchsuite {outcome.gate}: {outcome.verdict}",
        "",
        f"{in_markdown(outcome.line)}.",
        "",
    ]
    if len(shown := judged(outcome)):
        lines.append(markdown(shown))
    remarks = [f"- {in_markdown(remark)}" for remark in remarks_of(outcome)]
    return "\n".join([*lines, *remarks]) + "\n"


def judged(outcome: Outcome[Any]) -> pd.DataFrame:
    """What the gate looked at, the worst first."""
    return pd.DataFrame([one.columns() for one in outcome.judged[:MOST]])


def remarks_of(outcome: Outcome[Any]) -> list[str]:
    """What the gate saw beside, and how much is not shown."""
    left = len(outcome.judged) - MOST
    more = len(outcome.remarks) - MOST
    return [
        *([f"{left} more cells, none of them worse than these"] if left > 0 else []),
        *outcome.remarks[:MOST],
        *([f"{more} more remarks"] if more > 0 else []),
    ]
