"""The figure of numbers that were published elsewhere: what each protocol's models score."""

from typing import Any, Final

import pandas as pd

from benchsuite.publishing.figures import COLOURS, image_bytes, pyplot
from benchsuite.publishing.rows import everybody, of_form
from benchsuite.publishing.views import headline_first
from benchsuite.runs.forms import Form

MOST: Final = 20
"""Models of a protocol in a figure."""
ROW, PANEL = 0.24, 0.5
"""Inches of a row of points, and around a panel."""


def figure_of_reported(found: pd.DataFrame) -> bytes | None:
    """The headline of the best models on clean inputs, a panel for each protocol, as a PNG.

    None where no row has such a value. Raises NotAvailable without matplotlib.
    """
    metric = headline_first(found)[0]
    rows = of_form(everybody(found), Form.VALUE)
    rows = rows[(rows["kind"] == "clean") & (rows["metric"] == metric) & rows["value"].notna()]
    return (
        image_bytes(_dots(rows.sort_values("rank", kind="stable"), metric)) if len(rows) else None
    )


def _dots(rows: pd.DataFrame, metric: str) -> Any:
    panels = {str(name): part for name, part in rows.groupby("protocol", sort=False)}
    heights = [PANEL + ROW * min(len(part), MOST) for part in panels.values()]
    figure, axes = pyplot().subplots(
        len(panels), 1, squeeze=False, sharex=True, layout="constrained",
        figsize=(7, 1 + sum(heights)), height_ratios=heights,
    )  # fmt: skip
    for axis, (protocol, part) in zip(axes[:, 0], panels.items(), strict=True):
        best = part.head(MOST)
        of = f", the first {MOST} of {len(part)}" if len(part) > MOST else ""
        axis.plot(best["value"], range(len(best)), "o", ms=4, mfc="none", color=COLOURS[0])
        axis.set_yticks(range(len(best)), best["model"], fontsize="small")
        axis.set_ylim(len(best) - 0.5, -0.5)
        axis.set_title(protocol + of, fontsize="small", loc="left")
        axis.grid(axis="x", alpha=0.3)
    axes[-1, 0].set_xlabel(f"{metric}, as published")
    figure.suptitle(str(rows["dataset"].iloc[0]), fontsize="medium")
    return figure
