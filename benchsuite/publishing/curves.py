"""Curves of metrics that follow each other, by iteration or over time, with their intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchsuite.files.write import write_bytes
from benchsuite.publishing.figures import image_bytes, in_figure, pyplot

A_ROW = 4
"""Panels that stand beside each other."""


@dataclass(frozen=True, eq=False)
class Curve:
    """Values (S,) with their 95 % interval, from a first step on; a label in a panel."""

    label: str
    panel: str
    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    first: int = 0


def curves_of(rows: pd.DataFrame, steps: Mapping[str, int], panel: Sequence[str]) -> list[Curve]:
    """A curve a model and panel of rows of a tidy table, in its order.

    steps  the step of each metric;   panel  the columns that name a panel
    """
    found = rows[rows["metric"].isin(steps)].dropna(subset=["value"])
    found = found.assign(step=found["metric"].map(steps)).sort_values("step", kind="stable")
    return [
        _curve(str(model), ", ".join(map(str, names)), part)
        for (*names, model), part in found.groupby([*panel, "model"], sort=False)
    ]


def _curve(label: str, panel: str, part: pd.DataFrame) -> Curve:
    value, low, high = (part[name].to_numpy(np.float64) for name in ("value", "ci_low", "ci_high"))
    return Curve(label, panel, value, low, high, first=int(part["step"].iloc[0]))


@dataclass(frozen=True)
class Curves:
    """A task's `draw`: the metrics of `steps`, a panel for each value of the columns of `panel`.

    form  of the rows: `value` of everybody, or `gap` of each attribute, of one condition or of all
    scale of the values;   x, y  what the axes show
    """

    file: str
    steps: Mapping[str, int]
    x: str
    y: str
    form: str = "value"
    condition: str = ""
    panel: tuple[str, ...] = ("dataset", "condition")
    scale: float = 1.0

    def __call__(self, table: pd.DataFrame, folder: Path) -> list[Path]:
        """Write the figure of a tidy table; none where no row has such a metric."""
        rows = table[table["form"] == self.form]
        if self.form == "value":
            rows = rows[rows["attribute"] == ""]
        if self.condition:
            rows = rows[rows["condition"] == self.condition]
        curves = curves_of(rows, self.steps, self.panel)
        path = folder / self.file
        if curves:
            write_bytes(path, self.drawn(curves, path.suffix[1:]))
        return [path] if curves else []

    def drawn(self, curves: Sequence[Curve], ending: str = "svg") -> bytes:
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
                colour = f"C{labels.index(curve.label) % 10}"
                handles[curve.label] = _line(axis, curve, self.scale, colour)
            axis.set_title(in_figure(panel), fontsize="medium")
            axis.set(xlabel=self.x)
            axis.xaxis.get_major_locator().set_params(integer=True)
        for axis in axes[:, 0]:
            axis.set(ylabel=self.y)
        shown, told = [handles[label] for label in labels], [in_figure(label) for label in labels]
        figure.legend(shown, told, loc="outside right upper", fontsize="small", frameon=False)
        return image_bytes(figure, ending)


def _line(axis: Any, curve: Curve, scale: float, colour: str) -> Any:
    steps = curve.first + np.arange(len(curve.value))
    low, high = scale * curve.low, scale * curve.high
    (line,) = axis.plot(steps, scale * curve.value, marker="o", markersize=3, color=colour)
    axis.fill_between(steps, low, high, alpha=0.15, color=colour, linewidth=0)
    return line
