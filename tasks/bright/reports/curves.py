"""Quality against the number of candidates, and against the size of groups, over several runs.

    python -m benchsuite_tasks.bright.curves RUN... --out FOLDER

Writes curves.csv and curves.png. Runs differ in `model.depth` and `model.group_size`; each gives a
point, its headline on the clean queries.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from benchsuite.cli.commands import exit_code
from benchsuite.errors import BadData
from benchsuite.runs.statistics import Statistics, read_statistics

from .figures import label
from .points import headline, headline_of

COLUMNS = ("dataset", "model", "paradigm", "first_stage", "depth", "group_size")
LINE = ("dataset", "model", "first_stage")
"""Runs that are alike in these are points of one line."""
AXES = {"depth": "candidates", "group_size": "candidates in a group"}


def point(statistics: Statistics) -> dict[str, Any]:
    """A run's paradigm, depth, group size, and headline with its interval.

    Raises BadData where the run is not of a reranker.
    """
    factors = statistics.manifest["factors"]
    if "paradigm" not in factors:
        raise BadData(f"{statistics.path}: expected the run of a reranker, found no paradigm")
    stage, _, depth = factors["first_stage"].partition("@")
    return headline(statistics) | {
        "paradigm": factors["paradigm"],
        "first_stage": stage,
        "depth": int(depth),
        "group_size": int(factors.get("group_size", 0)),
    }


def draw(table: pd.DataFrame, metric: str, path: Path) -> None:
    """A panel for each axis that varies: points with intervals, a line a dataset, model and stage.

    Raises BadData where none varies.
    """
    axes = [axis for axis in AXES if table[table[axis] > 0][axis].nunique() > 1]
    if not axes:
        raise BadData(f"expected runs that differ in {' or '.join(AXES)}, found {len(table)} alike")
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(
        1, len(axes), figsize=(5 * len(axes), 3.6), squeeze=False, sharey=True
    )
    for axis, panel in zip(axes, panels[0], strict=True):
        _panel(panel, table[table[axis] > 0], metric, axis)
    figure.tight_layout()
    figure.savefig(path, dpi=120, metadata={"Software": ""})
    plt.close(figure)


def _panel(panel: Any, table: pd.DataFrame, metric: str, axis: str) -> None:
    # The other axis is held at its most frequent value, so that a line shows one change alone.
    other = next(name for name in AXES if name != axis)
    told = [name for name in LINE if table[name].nunique() > 1] or ["model"]
    for _, rows in table.groupby(list(LINE), sort=True):
        line = ", ".join(str(rows[name].iloc[0]) for name in told)
        rows = rows[rows[other] == rows[other].mode().max()].sort_values(axis)
        errors = [rows[metric] - rows["low"], rows["high"] - rows[metric]]
        panel.errorbar(rows[axis], rows[metric], yerr=errors, marker="o", ms=4, label=line)
    panel.set_xscale("log")
    panel.set_xticks(sorted(set(table[axis])), sorted(set(table[axis])))
    panel.minorticks_off()
    panel.set_xlabel(AXES[axis])
    panel.set_ylabel(label(metric))
    panel.legend(fontsize="small")


def main(words: Sequence[str] | None = None) -> int:
    """Write the table and its figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args(words)
    runs = [read_statistics(path) for path in asked.runs]
    metric = headline_of(runs)
    table = pd.DataFrame(map(point, runs), columns=[*COLUMNS, metric, "low", "high"])
    table = table.sort_values(["dataset", "model", "depth", "group_size"], ignore_index=True)
    asked.out.mkdir(parents=True, exist_ok=True)
    table.to_csv(asked.out / "curves.csv", index=False, float_format="%.4f")
    draw(table, metric, asked.out / "curves.png")
    return 0


if __name__ == "__main__":
    raise SystemExit(exit_code(main))
