"""The figure of numbers that were published elsewhere: shifted against clean, or clean alone."""

from typing import Any, Final

import pandas as pd

from benchsuite.publishing.figures import COLOURS, MARKERS, image_bytes, in_figure, pyplot
from benchsuite.publishing.rows import everybody, of_form
from benchsuite.publishing.views import Names, headline_first
from benchsuite.publishing.words import label
from benchsuite.runs.forms import Form, Scope

MOST: Final = 20
"""Models of a protocol in a figure."""
ROW, PANEL = 0.24, 0.5
"""Inches of a row of points, and around a panel."""


def figure_of_reported(found: pd.DataFrame, names: Names, ending: str = "png") -> bytes | None:
    """One figure of a dataset, as an image; None where no row has a value on clean inputs.

    That is the mean over a suite against the clean score, by the metric of most models. Without
    such means, it is the headline of each protocol's models. Raises NotAvailable without
    matplotlib.
    """
    rows = everybody(found)
    clean = of_form(rows[(rows["kind"] == "clean") & rows["value"].notna()], Form.VALUE)
    means = of_form(rows[(rows["scope"] == Scope.SUITE) & rows["value"].notna()], Form.VALUE)
    if len(means):
        keys = ["protocol", "metric", "condition"]
        models = means.groupby(keys, sort=False)["model"].transform("nunique")
        first = means.iloc[int(models.argmax())]
        metric, suite = str(first["metric"]), str(first["condition"])
        own = (rows["protocol"] == first["protocol"]) & (rows["metric"] == metric)
        pairs = _pairs(rows[own], suite)
        (shown,) = label(first.to_frame().T, names)
        figure = _against(pairs, f"{metric}, clean", f"{metric}, {shown}")
        return image_bytes(figure, ending)
    metric = headline_first(found)[0]
    best = clean[clean["metric"] == metric].sort_values("rank", kind="stable")
    return image_bytes(_dots(best, metric), ending) if len(best) else None


def _pairs(rows: pd.DataFrame, suite: str) -> pd.DataFrame:
    """The clean score, that under a suite, and the effective robustness, by model."""
    value, here = rows["form"] == Form.VALUE, rows["condition"] == suite
    parts = {
        "clean": rows[value & (rows["kind"] == "clean")],
        "shifted": rows[value & here],
        "residual": rows[(rows["form"] == Form.EFFECTIVE) & here],
    }
    by_model = {name: part.set_index("model")["value"] for name, part in parts.items()}
    return pd.DataFrame(by_model).dropna(subset=["clean", "shifted"])


def _against(pairs: pd.DataFrame, x: str, y: str) -> Any:
    figure, axis = pyplot().subplots(layout="constrained", figsize=(7, 4 + ROW * len(pairs)))
    best = pairs.sort_values("clean", ascending=False)
    for i, (model, clean, shifted, residual) in enumerate(best.itertuples(name=None)):
        colour, marker = COLOURS[i % len(COLOURS)], MARKERS[i // len(COLOURS) % len(MARKERS)]
        axis.plot([clean, clean], [shifted - residual, shifted], color=colour, lw=1)
        axis.plot(clean, shifted, marker, ms=5, mfc="none", color=colour, label=in_figure(model))
    if pairs["residual"].notna().any():
        told = (
            "a bar begins where the line of the other models says, and is the effective robustness"
        )
        axis.set_title(told, fontsize="small", loc="left")
    axis.set_xlabel(x)
    axis.set_ylabel(y)
    axis.grid(alpha=0.3)
    figure.legend(loc="outside lower center", ncols=2, fontsize="small")
    return figure


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
        axis.set_yticks(range(len(best)), map(in_figure, best["model"]), fontsize="small")
        axis.set_ylim(len(best) - 0.5, -0.5)
        axis.set_title(in_figure(protocol) + of, fontsize="small", loc="left")
        axis.grid(axis="x", alpha=0.3)
    axes[-1, 0].set_xlabel(f"{metric}, as published")
    figure.suptitle(in_figure(str(rows["dataset"].iloc[0])), fontsize="medium")
    return figure
