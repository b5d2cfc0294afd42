"""The differences between two runs, as people read them: a table, and a figure by group."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from benchsuite.condition import CLEAN, SuiteNames
from benchsuite.estimation.wording import in_words
from benchsuite.publishing.figures import image_bytes, in_figure, pyplot
from benchsuite.publishing.words import cell, label
from benchsuite.runs.forms import Form

KEYS: Final = ("condition", "attribute", "group")


def differences(table: pd.DataFrame, names: Mapping[str, SuiteNames]) -> pd.DataFrame:
    """One row per cell of `boards.compare`: condition, group, B - A with its interval, A and B."""
    changes = table.assign(value=table["difference"])
    said = in_words(table)
    several = ["metric"] if table["metric"].nunique() > 1 else []
    shown = pd.DataFrame(
        {
            **{name: table[name] for name in several},
            "condition": label(table, names),
            "attribute": table["attribute"],
            "group": table["group"],
            "B - A": [cell(row) for row in changes.itertuples()],
            "A": table["a"],
            "B": table["b"],
            "n": table["n"],
            "clusters": table["clusters"],
            "interval": table["interval"],
            "note": said["note"],
        }
    )
    grouped = bool((table["attribute"] != "").any())
    return shown if grouped else shown.drop(columns=["attribute", "group"])


def drawn(table: pd.DataFrame, title: str) -> bytes:
    """A figure, as PNG, of one metric's differences on clean inputs: everybody, and each group.

    A point is hollow where its interval has 0 in it. A grey bar reaches as far as the difference
    that the group's data tells from 0 with a probability of 80 %.
    """
    rows: Any = table[(table["condition"] == CLEAN.full_name) & (table["form"] == Form.VALUE)]
    figure, axis = pyplot().subplots(figsize=(7, 1.4 + 0.22 * len(rows)), layout="constrained")
    every: list[Any] = list(rows.itertuples())
    for place, row in enumerate(every):
        axis.barh(place, 2 * row.detectable, left=-row.detectable, height=0.7, color="0.88")
        ends = np.clip([[row.difference - row.ci_low], [row.ci_high - row.difference]], 0, None)
        told = "C0" if row.ci_low > 0 or row.ci_high < 0 else "white"
        axis.errorbar(row.difference, place, xerr=ends, fmt="o", ms=4, lw=1, color="C0", mfc=told)
    axis.axvline(0, color="0.4", lw=0.8)
    labels = [f"{row.attribute} {row.group}".strip() or "all" for row in every]
    labels = [f"{text} (n={n})" for text, n in zip(labels, rows["n"], strict=True)]
    axis.set_yticks(range(len(rows)), [in_figure(text) for text in labels], fontsize="small")
    axis.set_ylim(len(rows) - 0.5, -0.5)
    figure.suptitle("\n".join(map(in_figure, title.split("\n"))), fontsize="small")
    figure.supxlabel(
        "difference with its 95 % interval; grey: smaller than these samples detect (80 % power)",
        fontsize="small",
    )
    return image_bytes(figure, dpi=90)
