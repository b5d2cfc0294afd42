"""Figures of a leaderboard: the headline by condition, and by split."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchsuite.boards.board import MEASURED, Form
from benchsuite.files.write import write_bytes
from benchsuite.publish.figures import image_bytes, pyplot

LABELS = {"ndcg@10": "nDCG@10", "ndcg@10-answered": "nDCG@10-answered"}
_HEIGHT = 0.28
"""Inches a bar."""
_LINE = 0.2
"""Inches a line of the legend."""
_LETTERS = 90
"""Small letters that stand side by side on a figure."""
_COLOURS = 10
_MARKERS = "osD^v"
"""One for each round of the colours, so that no two models look alike."""


def draw(table: pd.DataFrame, folder: Path) -> list[Path]:
    """`<dataset>-conditions.png` and `<dataset>-splits.png`, from the tidy table of this task.

    The headline is the first metric of a dataset's rows. A point is a value; a hollow one was
    published elsewhere. A line is a 95 % interval. A withheld interval has no line, and a missing
    value no point.
    """
    drawn = []
    for dataset, every in table.groupby("dataset", sort=True):
        metric = str(every["metric"].iloc[0])
        values = every[(every["form"] == Form.VALUE) & every["value"].notna()]
        rows = values[values["metric"] == metric]
        overall = rows[rows["attribute"] == ""]
        splits = rows[(rows["condition"] == "clean") & (rows["attribute"] == "split")]
        for name, part, column in (
            ("conditions", overall, "condition"),
            ("splits", splits, "group"),
        ):
            if len(part):
                drawn.append(_figure(part, metric, column, folder / f"{dataset}-{name}.png"))
    return drawn


def _figure(rows: pd.DataFrame, metric: str, column: str, path: Path) -> Path:
    labels = list(dict.fromkeys(rows[column]))
    # What was measured, and what was published under the same name, are two.
    series = rows.groupby(["model", rows["source"] != MEASURED], sort=True)
    longest = max(len(str(model)) for model in rows["model"])
    columns = max(1, _LETTERS // (longest + 6))
    lines = -(-len(series) // columns)
    height = 1.2 + _HEIGHT * len(labels) * (1 + len(series) / 4) + _LINE * lines
    figure, axes = pyplot().subplots(figsize=(7, height), layout="constrained")
    offsets = np.linspace(-0.35, 0.35, len(series)) if len(series) > 1 else np.zeros(1)
    for number, ((model, elsewhere), part) in enumerate(series):
        places = [labels.index(one) + offsets[number] for one in part[column]]
        axes.errorbar(
            part["value"], places, xerr=_errors(part), ms=4, lw=1, label=model, ls="none",
            color=f"C{number % _COLOURS}", marker=_MARKERS[number // _COLOURS % len(_MARKERS)],
            mfc="none" if elsewhere else None,
        )  # fmt: skip
    axes.set_yticks(range(len(labels)), labels)
    axes.invert_yaxis()
    axes.set_xlabel(label(metric))
    axes.grid(axis="x", alpha=0.3)
    figure.legend(loc="outside lower center", ncols=columns, fontsize="small")
    write_bytes(path, image_bytes(figure))
    return path


def label(metric: str) -> str:
    """A metric's name as figures have it."""
    return LABELS.get(metric, metric)


def _errors(rows: pd.DataFrame) -> list[NDArray[np.float64]]:
    value = rows["value"].to_numpy(float)
    low = rows["ci_low"].to_numpy(float, na_value=np.nan)
    high = rows["ci_high"].to_numpy(float, na_value=np.nan)
    return [np.clip(value - low, 0, None), np.clip(high - value, 0, None)]
