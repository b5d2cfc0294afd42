"""Figures of a leaderboard: a metric by group against the severity of a corruption, with bands."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

GROUPS = 6
"""Groups of an attribute that a panel shows at most, the largest ones."""


def draw(table: pd.DataFrame, folder: Path) -> Sequence[Path]:
    """One PNG a dataset and attribute whose groups were measured at several severities.

    `table` is the tidy leaderboard of this task. A row of panels a corruption, a column a model;
    severity 0 is clean; bands are the 95 % intervals of the cells.
    """
    first = table.drop_duplicates("dataset")
    headlines = dict(zip(first["dataset"], first["metric"], strict=True))
    own = table["metric"] == table["dataset"].map(headlines)
    rows = table[own & (table["group"] != "") & table["value"].notna()]
    altered = (rows["kind"] == "corruption") & (rows["name"] != "") & rows["severity"].notna()
    rows = rows[(rows["condition"] == "clean") | altered]
    found = []
    for (dataset, attribute), part in rows.groupby(["dataset", "attribute"], sort=True):
        names = sorted({name for name in part["name"] if name})
        if names:
            metric = headlines[str(dataset)]
            found.append(_figure(part, str(dataset), str(attribute), names, metric, folder))
    return found


def _figure(
    rows: pd.DataFrame, dataset: str, attribute: str, names: Sequence[str], metric: str,
    folder: Path,
) -> Path:  # fmt: skip
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    models = list(dict.fromkeys(rows["model"]))
    figure, axes = plt.subplots(
        len(names), len(models), squeeze=False, sharex=True, sharey=True,
        figsize=(1 + 3 * len(models), 0.8 + 2.4 * len(names)), layout="constrained",
    )  # fmt: skip
    sizes = rows.groupby("group")["clusters"].max().sort_values(ascending=False, kind="stable")
    groups = sorted(sizes.index[:GROUPS])
    for i, name in enumerate(names):
        for j, model in enumerate(models):
            here = rows[(rows["model"] == model) & rows["name"].isin([name, ""])]
            _panel(axes[i, j], here, groups, sizes)
            axes[i, j].set_title(f"{model}: {name}", fontsize=9)
    axes[0, 0].legend(fontsize=7, loc="lower left")
    figure.supxlabel("severity (0 is clean)", fontsize=9)
    figure.supylabel(f"{metric} by {attribute}, with 95 % intervals", fontsize=9)
    folder.mkdir(parents=True, exist_ok=True)
    safe = "".join(c if c.isalnum() or c in "-_" else "-" for c in f"{dataset}-{attribute}")
    path = folder / f"{safe}.png"
    figure.savefig(path, dpi=110, metadata={"Software": ""})
    plt.close(figure)
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
    axis.tick_params(labelsize=8)
