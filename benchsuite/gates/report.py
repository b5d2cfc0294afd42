"""The summary of a gate for a pull request, as Markdown."""

from typing import Any

import pandas as pd

from benchsuite.gates.verdict import Outcome
from benchsuite.publish.escape import in_markdown
from benchsuite.publish.formats import markdown


def summary(outcome: Outcome[Any], most: int = 30) -> str:
    """The verdict, what it rests on, and what could not be looked at."""
    lines = [
        f"### benchsuite {outcome.gate}: {outcome.verdict}",
        "",
        f"{in_markdown(outcome.line)}.",
        "",
    ]
    shown = pd.DataFrame([one.columns() for one in outcome.judged[:most]])
    if len(shown):
        lines.append(markdown(shown))
    if (more := len(outcome.judged) - most) > 0:
        lines += [f"{more} more, none of them worse than these.", ""]
    lines += [f"- {in_markdown(remark)}" for remark in outcome.remarks[:most]]
    if (more := len(outcome.remarks) - most) > 0:
        lines.append(f"- {more} more")
    return "\n".join(lines) + "\n"
