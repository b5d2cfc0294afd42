"""Figures of a leaderboard: the headline metric by group against the severity of a corruption."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchsuite.files.write import write_bytes
from benchsuite.publishing.figures import image_bytes, pyplot

GROUPS = 6
"""The most groups of an attribute that a panel shows: the largest ones."""


def draw(table: pd.DataFrame, folder: Path) -> Sequence[Path]:
    """Write one PNG for each dataset and attribute whose groups were measured at severities.

    `table` is the tidy leaderboard of this task. Rows of panels are corruptions, columns the models
    that were measured under some. Severity 0 is clean; bands are 95 % intervals.
    """
    table = table[(table["form"] == "value") & (table["scope"] == "condition")]
    first = table.drop_duplicates("dataset")
    headlines = dict(zip(first["dataset"], first["metric"], strict=True))
    own = table["metric"] == table["dataset"].map(headlines)
    rows = table[own & (table["group"] != "") & table["value"].notna()]
    rows = rows[rows["kind"].isin(["clean", "corruption"])]
    found = []
    for (dataset, attribute), part in rows.groupby(["dataset", "attribute"], sort=True):
        corrupted = set(part.loc[part["name"] != "", "model"])
        if corrupted:
            drawn = part[part["model"].isin(corrupted)]
            metric = headlines[str(dataset)]
            found.append(_figure(drawn, str(dataset), str(attribute), metric, folder))
    return found


def _figure(rows: pd.DataFrame, dataset: str, attribute: str, metric: str, folder: Path) -> Path:
    models = list(dict.fromkeys(rows["model"]))
    names = sorted(set(rows["name"]) - {""})
    sizes = rows.groupby("group")["clusters"].max().sort_values(ascending=False, kind="stable")
    groups = sorted(sizes.index[:GROUPS])
    height = 0.8 + 2.4 * len(names) + 0.2 * math.ceil(len(groups) / len(models))
    figure, axes = pyplot().subplots(
        len(names), len(models), squeeze=False, sharex=True, sharey=True,
        figsize=(1 + 3 * len(models), height), layout="constrained",
    )  # fmt: skip
    for i, name in enumerate(names):
        for j, model in enumerate(models):
            here = rows[(rows["model"] == model) & rows["name"].isin([name, ""])]
            _panel(axes[i, j], here, groups, sizes)
            axes[i, j].set_title(f"{model}: {name}", fontsize=9)
            axes[i, j].set_visible(bool((here["name"] == name).any()))
    axes[0, 0].set_xticks(sorted({0, *rows["severity"].dropna().astype(int)}))
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, fontsize=7, loc="outside upper center", ncols=len(models))
    figure.supxlabel("severity (0 is clean)", fontsize=9)
    figure.supylabel(f"{metric} by {attribute}, with 95 % intervals", fontsize=9)
    safe = "".join(c if c.isalnum() or c in "-_" else "-" for c in f"{dataset}-{attribute}")
    path = folder / f"{safe}.png"
    write_bytes(path, image_bytes(figure, dpi=110))
    return path


def _panel(axis: Any, rows: pd.DataFrame, groups: Sequence[str], sizes: pd.Series) -> None:
    for color, group in enumerate(groups):
        line = rows[rows["group"] == group].assign(at=rows["severity"].fillna(0))
        line = line.sort_values("at", kind="stable")
        at = line["at"].to_numpy(dtype=np.float64)
        low, high = (line[end].to_numpy(dtype=np.float64) for end in ("ci_low", "ci_high"))
        label = f"{group} ({int(sizes[group])} clusters)"
        axis.plot(at, line["value"], marker="o", markersize=3, color=f"C{color}", label=label)
        axis.fill_between(at, low, high, alpha=0.2, linewidth=0, color=f"C{color}")
    axis.grid(alpha=0.3)
    axis.tick_params(labelsize=8, labelbottom=True, labelleft=True)
