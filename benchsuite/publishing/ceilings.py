"""What a page says of a perfect model, where the protocol does not let it have the best."""

from collections.abc import Sequence

import pandas as pd

from benchsuite.errors import some_of
from benchsuite.estimation import Code, Notes
from benchsuite.publishing.rows import of_form
from benchsuite.publishing.words import LISTED, number
from benchsuite.runs.forms import Form


def held(table: pd.DataFrame, by: str, metrics: Sequence[str]) -> list[str]:
    """The lines below a view: what a perfect model gets where it is not the best, by dataset.

    `metrics` are those that the view looks at; the overall one has all but those of detail.
    """
    rows = of_form(table, Form.CEILING)
    rows = rows[rows["note"].map(_falls_short).astype(bool)]
    rows = rows.drop_duplicates(["dataset", "condition", "attribute", "group", "metric"])
    looked_at = rows["metric"].isin(metrics)
    shown = looked_at | (~rows["detail"].astype(bool) if by == "overall" else False)
    of_groups, clean = rows["attribute"] != "", rows["kind"] == "clean"
    rows = rows[
        shown & (of_groups == (by == "group")) & (clean | (by in ("condition", "robustness")))
    ]
    names = {"overall": ["metric"], "group": ["attribute", "group"]}.get(by, ["condition"])
    if len(metrics) > 1 and by != "overall":
        names = [*names, "metric"]
    several = rows["dataset"].nunique() > 1
    return [_line(part, names, several) for _, part in rows.groupby("dataset", sort=False)]


def _falls_short(notes: Notes) -> bool:
    return any(one.code == Code.FALLS_SHORT for one in notes)


def _line(rows: pd.DataFrame, names: Sequence[str], several: bool) -> str:
    told = [" ".join([*row[:-1], number(row[-1])])
            for row in rows[[*names, "value"]].itertuples(index=False, name=None)]  # fmt: skip
    where = f" on {rows['dataset'].iloc[0]}" if several else ""
    return f"a perfect model gets less than the best{where}: {some_of(told, LISTED)}"
