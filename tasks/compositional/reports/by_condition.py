"""What adapting gains under each condition: one row per condition and adapted run.

    benchsuite report by-condition RUN... --out DIR

The table is in shares of 1; the Markdown file shows it in percentage points.
"""

from collections.abc import Sequence

from benchsuite.errors import BadData
from benchsuite.estimation.cells import EVERYBODY
from benchsuite.publishing.formats import markdown
from benchsuite.runs.statistics import Statistics
from benchsuite.task import Progress, Report

from .rows import Row, as_numbers, cells, in_points, shown

SHOWN = {
    "raw_group_score": "group_score after 0",
    "group_score": "group_score",
    "gain": "gain",
    "paper_gain": "paper_gain",
    "match_gain": "match_gain",
    "control_gain": "control_gain",
    "control_paper_gain": "control_paper_gain",
    "pseudo_label_accuracy": "pseudo_label_accuracy",
}
"""Columns, and their metrics: the raw score is that of the adapted model before its adaptation."""


def by_condition(runs: Sequence[Statistics], progress: Progress, replicates: int = 1000) -> Report:
    """The gains of the adapted runs, in the order of the runs and of their conditions.

    Raises BadData where no run was adapted.
    """
    adapted = [run for run in runs if "method" in run.manifest.factors]
    if not adapted:
        raise BadData(f"expected an adapted model among {len(runs)} runs, found none")
    rows: list[Row] = []
    for done, run in enumerate(adapted, start=1):
        rows += [_row(run, condition, replicates) for condition in run.manifest.conditions]
        progress("runs", done, len(adapted))
    table = as_numbers(rows)
    return Report({"by_condition": table}, {"by_condition.md": markdown(in_points(rows)).encode()})


def _row(run: Statistics, condition: str, replicates: int) -> Row:
    found = cells(run, condition, [EVERYBODY], replicates)
    estimates = {name: found[EVERYBODY, metric] for name, metric in SHOWN.items()}
    return {
        "condition": condition,
        "model": run.manifest.identity.model,
        "protocol": run.manifest.factors["adaptation"],
        "n": max(estimate.n for estimate in estimates.values()),
        **{name: shown(estimate) for name, estimate in estimates.items()},
    }
