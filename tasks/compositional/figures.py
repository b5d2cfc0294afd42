"""The curve of GroupScore by iteration, as a figure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

A_ROW = 4
"""Panels that stand beside each other."""
AFTER = re.compile(r"group_score after (\d+)")


@dataclass(frozen=True, eq=False)
class Curve:
    """GroupScore (T+1,) in [0, 1] by iteration with its 95 % interval; a label in a panel."""

    label: str
    panel: str
    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def draw_curves(curves: Sequence[Curve], path: Path) -> Path:
    """Write the figure, four panels a row; the ending of `path` names the format."""
    import matplotlib as mpl

    mpl.use("Agg")
    # Without a date and with fixed ids, the same curves give the same bytes.
    mpl.rcParams["svg.hashsalt"] = "benchsuite"
    from matplotlib import pyplot as plt

    panels = list(dict.fromkeys(curve.panel for curve in curves))
    labels = list(dict.fromkeys(curve.label for curve in curves))
    columns = min(A_ROW, len(panels))
    lines = -(-len(panels) // columns)
    figure, axes = plt.subplots(
        lines,
        columns,
        figsize=(3 + 4.2 * columns, 3.6 * lines),
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    for axis in axes.flat[len(panels) :]:
        axis.remove()
    drawn = {}
    for axis, panel in zip(axes.flat, panels, strict=False):
        for curve in (c for c in curves if c.panel == panel):
            drawn[curve.label] = _line(axis, curve, f"C{labels.index(curve.label) % 10}")
        axis.set_title(panel, fontsize="medium")
        axis.set(xlabel="iteration")
    for axis in axes[:, 0]:
        axis.set(ylabel="GroupScore, %")
    handles = [drawn[label] for label in labels]
    figure.legend(handles, labels, loc="outside right upper", fontsize="small", frameon=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    plt.close(figure)
    return path


def _line(axis: Any, curve: Curve, colour: str) -> Any:
    steps = np.arange(len(curve.value))
    (line,) = axis.plot(steps, 100 * curve.value, marker="o", markersize=3, color=colour)
    axis.fill_between(
        steps, 100 * curve.low, 100 * curve.high, alpha=0.15, color=colour, linewidth=0
    )
    return line


def draw(table: pd.DataFrame, folder: Path) -> list[Path]:
    """The figure of a tidy leaderboard table: a panel a dataset and condition, a curve a model."""
    rows = table[(table["attribute"] == "") & table["metric"].str.match(AFTER)]
    rows = rows.dropna(subset=["value"])
    if rows.empty:
        return []
    step = rows["metric"].str.extract(AFTER)[0].astype(int)
    rows = rows.assign(step=step).sort_values("step", kind="stable")
    keys = ["dataset", "condition", "model"]
    curves = [
        Curve(str(model), f"{dataset}, {condition}", *_ends(part))
        for (dataset, condition, model), part in rows.groupby(keys, sort=False)
    ]
    return [draw_curves(curves, folder / "curve.svg")]


def _ends(part: pd.DataFrame) -> tuple[NDArray[np.float64], ...]:
    return tuple(part[name].to_numpy(dtype=np.float64) for name in ("value", "ci_low", "ci_high"))
