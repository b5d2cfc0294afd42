"""The report `curves`: quality against the number of candidates, and against the size of groups."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from benchsuite.errors import BadData
from benchsuite.publishing.figures import image_bytes, pyplot
from benchsuite.runs.statistics import Statistics
from benchsuite.task import Progress, Report

from .points import headline, headline_of, label

COLUMNS = ("dataset", "model", "paradigm", "first_stage", "depth", "group_size")
LINE = ("dataset", "model", "first_stage")
"""Runs that are alike in these are points of one line."""
AXES = {"depth": "candidates", "group_size": "candidates in a group"}


def report(runs: Sequence[Statistics], progress: Progress) -> Report:
    """The table `curves`, one row per run with its headline on the clean queries, and a figure.

    Runs differ in `model.depth` and `model.group_size`. Raises BadData where all are alike.
    """
    metric = headline_of(runs)
    table = pd.DataFrame(map(point, runs), columns=[*COLUMNS, metric, "low", "high"])
    table = table.sort_values(["dataset", "model", "depth", "group_size"], ignore_index=True)
    return Report({"curves": table}, {"curves.png": figure(table, metric)})


def point(statistics: Statistics) -> dict[str, Any]:
    """A run's paradigm, depth, group size, and headline with its interval.

    Raises BadData where the run is not of a reranker.
    """
    factors = statistics.manifest.factors
    if "paradigm" not in factors:
        raise BadData(f"{statistics.path}: expected the run of a reranker, found no paradigm")
    return headline(statistics) | {
        "paradigm": factors["paradigm"],
        "first_stage": factors["first_stage"],
        "depth": int(factors["depth"]),
        "group_size": int(factors.get("group_size", 0)),
    }


def figure(table: pd.DataFrame, metric: str) -> bytes:
    """A panel per axis that varies: points with intervals, a line per dataset, model and stage.

    Raises BadData where none varies.
    """
    axes = [axis for axis in AXES if table[table[axis] > 0][axis].nunique() > 1]
    if not axes:
        raise BadData(f"expected runs that differ in {' or '.join(AXES)}, found {len(table)} alike")
    drawn, panels = pyplot().subplots(
        1, len(axes), figsize=(5 * len(axes), 3.6), squeeze=False, sharey=True
    )
    for axis, panel in zip(axes, panels[0], strict=True):
        _panel(panel, table[table[axis] > 0], metric, axis)
    drawn.tight_layout()
    return image_bytes(drawn)


def _panel(panel: Any, table: pd.DataFrame, metric: str, axis: str) -> None:
    # The other axis is held at its most frequent value, so that a line shows one change alone.
    other = next(name for name in AXES if name != axis)
    shown = [name for name in LINE if table[name].nunique() > 1] or ["model"]
    for _, rows in table.groupby(list(LINE), sort=True):
        line = ", ".join(str(rows[name].iloc[0]) for name in shown)
        rows = rows[rows[other] == rows[other].mode().max()].sort_values(axis)
        errors = [rows[metric] - rows["low"], rows["high"] - rows[metric]]
        panel.errorbar(rows[axis], rows[metric], yerr=errors, marker="o", ms=4, label=line)
    panel.set_xscale("log")
    panel.set_xticks(sorted(set(table[axis])), sorted(set(table[axis])))
    panel.minorticks_off()
    panel.set_xlabel(AXES[axis])
    panel.set_ylabel(label(metric))
    panel.legend(fontsize="small")
