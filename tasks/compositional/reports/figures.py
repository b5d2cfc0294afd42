"""The curve of GroupScore by iteration, as a figure."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchsuite.files.write import write_bytes
from benchsuite.publishing.figures import image_bytes, pyplot

from ..metrics import AFTER

A_ROW = 4
"""Panels that stand beside each other."""


@dataclass(frozen=True, eq=False)
class Curve:
    """GroupScore (T+1,) in [0, 1] by iteration with its 95 % interval; a label in a panel."""

    label: str
    panel: str
    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def drawn(curves: Sequence[Curve], ending: str = "svg") -> bytes:
    """The figure of the curves as a file of that ending, four panels a row."""
    plt = pyplot()
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
    handles = {}
    for axis, panel in zip(axes.flat, panels, strict=False):
        for curve in (c for c in curves if c.panel == panel):
            handles[curve.label] = _line(axis, curve, f"C{labels.index(curve.label) % 10}")
        axis.set_title(panel, fontsize="medium")
        axis.set(xlabel="iteration")
    for axis in axes[:, 0]:
        axis.set(ylabel="GroupScore, %")
    shown = [handles[label] for label in labels]
    figure.legend(shown, labels, loc="outside right upper", fontsize="small", frameon=False)
    return image_bytes(figure, ending)


def _line(axis: Any, curve: Curve, colour: str) -> Any:
    steps = np.arange(len(curve.value))
    (line,) = axis.plot(steps, 100 * curve.value, marker="o", markersize=3, color=colour)
    axis.fill_between(
        steps, 100 * curve.low, 100 * curve.high, alpha=0.15, color=colour, linewidth=0
    )
    return line


def draw(table: pd.DataFrame, folder: Path) -> list[Path]:
    """Write the figure of a tidy table: a panel a dataset and condition, a curve a model."""
    curves = curves_of(table)
    if not curves:
        return []
    path = folder / "curve.svg"
    write_bytes(path, drawn(curves))
    return [path]


def curves_of(table: pd.DataFrame) -> list[Curve]:
    """The curves that a tidy table holds, in its order."""
    plain = (table["form"] == "value") & (table["attribute"] == "") & table["metric"].isin(AFTER)
    rows = table[plain].dropna(subset=["value"])
    rows = rows.assign(step=rows["metric"].map(AFTER)).sort_values("step", kind="stable")
    keys = ["dataset", "condition", "model"]
    return [
        Curve(str(model), f"{dataset}, {condition}", *_ends(part))
        for (dataset, condition, model), part in rows.groupby(keys, sort=False)
    ]


def _ends(part: pd.DataFrame) -> tuple[NDArray[np.float64], ...]:
    return tuple(part[name].to_numpy(dtype=np.float64) for name in ("value", "ci_low", "ci_high"))
