"""Wide views of the tidy table: one row per model, one column per condition, group or metric."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from benchsuite.boards.board import MEASURED
from benchsuite.condition import SuiteNames
from benchsuite.errors import BenchsuiteError, WrongCall, near
from benchsuite.publishing.rows import (
    by_family,
    everybody,
    higher,
    measured,
    of_form,
    of_groups,
    of_several,
    whole_once,
    with_samples,
)
from benchsuite.publishing.words import cell, is_empty, label
from benchsuite.runs.forms import Form, Scope
from benchsuite.task import load_task

GROUP_FORMS = (
    Form.GAP, Form.NULL95, Form.WORST, Form.ES_SUM, Form.FAIR, Form.ES_COST, Form.ES_COST_FAIR,
)  # fmt: skip
"""What a view by group shows below the groups of an attribute, in this order."""

VIEWS = ("overall", "condition", "group", "robustness")

KEYS = (
    "task", "dataset", "metric", "protocol", "rank", "model", "condition", "attribute", "group",
    "n", "clusters",
)  # fmt: skip
"""The columns of a view that say what a row is of; they stand before all others."""

Names = Mapping[str, SuiteNames]
"""What the task calls the mean of a suite, by suite."""

Cells = Callable[[Any], Any]
"""What a view shows of a row of the tidy table."""


def nothing(by: str) -> str:
    """What a view without a row says."""
    return "No attribute has two groups." if by == "group" else "No model has a sample of it."


def suite_names(task: str) -> Names:
    """What a task calls the means of its suites; nothing where it is not installed."""
    try:
        return load_task(task).suite_names
    except BenchsuiteError:
        return {}


def once(shown: pd.DataFrame) -> pd.DataFrame:
    """A view without the column of datasets where all rows are of one: the title has its name."""
    return shown.drop(columns="dataset") if shown["dataset"].nunique() <= 1 else shown


def keys_of(shown: pd.DataFrame) -> int:
    """How many columns of a view say what a row is of."""
    named = [name in KEYS for name in shown.columns]
    return named.index(False) if False in named else len(named)


def view(
    table: pd.DataFrame,
    by: str = "overall",
    metric: str = "",
    names: Names | None = None,
    cells: Cells = cell,
) -> pd.DataFrame:
    """One wide view of a task's tidy table, best model first; cells are text by default.

    by      overall: every metric that has a value, clean; robustness: clean, mean under
            perturbation, relative; condition and group: one metric, one row per condition or
            (clean) group, one column per model. An attribute of a single group is left out.
    metric  each dataset's headline (its first) by default. Raises WrongCall for an unknown one.
    names   what the mean of a suite and its share of clean are called
    cells   what is shown of a row of the tidy table
    """
    check_view(by)
    metrics = headline_first(table)
    if metric and metric not in metrics:
        raise WrongCall(f"--metric: no metric is called '{metric}'{near(metric, metrics)}")
    apart = names_apart(table).assign(label=label(table, names or {}))
    if metric:
        return _MAKE[by](apart, metric, cells)
    own = headlines(apart)
    several = dict.fromkeys(own.values())
    parts = [_MAKE[by](apart[apart["dataset"].map(own) == one], one, cells) for one in several]
    if len(several) > 1 and by != "overall":
        for part, one in zip(parts, several, strict=True):
            part.insert(1, "metric", one)
    return pd.concat(parts, ignore_index=True).fillna("")


def check_view(by: str) -> None:
    """Raise WrongCall unless there is such a view."""
    if by not in VIEWS:
        raise WrongCall(f"--by: no view is called '{by}'{near(by, VIEWS)}")


def headlines(table: pd.DataFrame) -> dict[str, str]:
    """The headline of each dataset of a tidy table, in the order of the datasets' names."""
    first = table.drop_duplicates("dataset").sort_values("dataset")
    return dict(zip(first["dataset"], first["metric"], strict=True))


def names_apart(table: pd.DataFrame) -> pd.DataFrame:
    """The table with datasets of one name, and runs of one model's name, apart in the name.

    `city` of two fingerprints and `linear` of two runs become `city 3fa4c1` and `linear 0b2e7d`.
    A model of several published protocols, or a measured one's namesake, has its protocol behind.
    """
    measured = table["source"] == MEASURED
    apart = table.assign(dataset=_apart(table, measured, ["dataset"], "dataset_fingerprint"))
    apart = apart.assign(model=_apart(apart, measured, ["dataset", "model"], "run_id"))
    for told in () if measured.all() else ("protocol", "source"):
        runs = apart.groupby(["dataset", "model"])["run_id"].transform("nunique")
        namesake = ~measured & (runs > 1)
        named = apart["model"].where(~namesake, apart["model"] + " (" + apart[told] + ")")
        apart = apart.assign(model=named)
    return apart


def _apart(table: pd.DataFrame, measured: pd.Series, names: list[str], key: str) -> pd.Series:
    last = table[names[-1]]
    keys = table.assign(_key=table[key].where(measured)).groupby(names)["_key"]
    many = measured & (keys.transform("nunique") > 1)
    return last.where(~many, last + " " + table[key].str[:6])


def headline_first(table: pd.DataFrame) -> list[str]:
    """The metrics of a tidy table, the headline first."""
    return list(dict.fromkeys(table["metric"]))


def _overall(table: pd.DataFrame, metric: str, cells: Cells) -> pd.DataFrame:
    rows = _clean_values(table, metric)
    own = rows["metric"] == metric
    valued = rows["metric"].isin(rows.dropna(subset="value")["metric"])
    return _wide(rows[own | valued], "metric", table, metric, cells)


def _clean_values(table: pd.DataFrame, metric: str) -> pd.DataFrame:
    rows = of_form(everybody(table), Form.VALUE)
    shown = ~rows["detail"].astype(bool) | (rows["metric"] == metric)
    return rows[(rows["kind"] == "clean") & shown]


def without_value(table: pd.DataFrame) -> dict[str, Any]:
    """The metrics that no model has a value of, each with its note; those of no sample apart."""
    rows = _clean_values(table, "")
    left = rows[~rows["metric"].isin(rows.dropna(subset="value")["metric"])]
    notes = dict(zip(left["metric"], left["note"], strict=True))
    return {name: note[0] for name, note in notes.items() if not is_empty(note)}


def _condition(table: pd.DataFrame, metric: str, cells: Cells) -> pd.DataFrame:
    rows = of_form(everybody(table), Form.VALUE)
    rows = with_samples(measured(rows[rows["metric"] == metric]), "condition")
    return _long(rows.assign(condition=rows["label"]), ["condition"], table, metric, cells)


def _group(table: pd.DataFrame, metric: str, cells: Cells) -> pd.DataFrame:
    shown = [Form.VALUE, *GROUP_FORMS]
    clean = table[(table["kind"] == "clean") & (table["metric"] == metric)]
    rows = of_groups(of_form(clean[clean["attribute"] != ""], *shown))
    rows = of_several(rows, of_form(everybody(clean), Form.VALUE))
    rows = rows.assign(order=rows["form"].map(shown.index))
    rows = rows.sort_values(["attribute", "order"], kind="stable")
    labels = rows["group"].where(rows["form"] == Form.VALUE, rows["form"])
    rows = rows.assign(group=labels)
    made = _long(rows, ["attribute", "group"], table, metric, cells)
    keys = ["dataset", "attribute", "group"]
    for place, column in enumerate(("n", "clusters")):
        if column == "n" or not rows["n"].equals(rows["clusters"]):
            made.insert(len(keys) + place, column, _sizes(rows, keys, column).to_numpy())
    return made


def _sizes(rows: pd.DataFrame, keys: list[str], column: str) -> pd.Series:
    """How many samples or clusters a group has, `38–40` where models differ; none for a gap."""
    known = pd.to_numeric(rows[column]).where(rows["form"] == Form.VALUE)
    ends = known.groupby([rows[key] for key in keys], sort=False).agg(["min", "max"])
    return pd.Series(
        [
            "" if math.isnan(low) else f"{low:.0f}" if low == high else f"{low:.0f}–{high:.0f}"
            for low, high in ends.itertuples(index=False)
        ],
        index=ends.index,
        dtype=object,
    )


def _long(
    rows: pd.DataFrame, index: list[str], table: pd.DataFrame, metric: str, cells: Cells
) -> pd.DataFrame:
    """One row per condition or group, one column per model, the best model first."""
    # Those without clean inputs come last.
    models = [*_overall(table, metric, cells)["model"], *rows["model"]]
    rows = rows.assign(text=[cells(row) for row in rows.itertuples()])
    keys = ["dataset", *index]
    made = rows.pivot_table(index=keys, columns="model", values="text", aggfunc="first")
    made = made.reindex(pd.MultiIndex.from_frame(rows[keys].drop_duplicates()))
    shown = [model for model in dict.fromkeys(models) if model in made]
    return made[shown].reset_index().fillna("")


def _robustness(table: pd.DataFrame, metric: str, cells: Cells) -> pd.DataFrame:
    rows = of_form(everybody(table), Form.VALUE, Form.RELATIVE, Form.DROP, Form.EFFECTIVE)
    rows = rows[(rows["metric"] == metric) & rows["severity"].isna()]
    rows = with_samples(whole_once(by_family(measured(rows))), "label")
    first = rows["scope"].where(rows["kind"] != "clean", "").map({"": 0, Scope.SUITE: 1}).fillna(2)
    rows = rows.assign(order=first).sort_values("order", kind="stable")
    return _wide(rows, "label", table, metric, cells)


_MAKE: dict[str, Callable[[pd.DataFrame, str, Cells], pd.DataFrame]] = {
    "overall": _overall,
    "condition": _condition,
    "group": _group,
    "robustness": _robustness,
}


def _wide(
    rows: pd.DataFrame, column: str, table: pd.DataFrame, metric: str, cells: Cells
) -> pd.DataFrame:
    # A row that was made by another protocol must not look like its neighbours.
    several = ["protocol"] if table["protocol"].nunique() > 1 else []
    index = ["dataset", "dataset_fingerprint", "model", *several, "run_id"]
    rows = rows.assign(text=[cells(row) for row in rows.itertuples()])
    made = rows.pivot_table(index=index, columns=column, values="text", aggfunc="first", sort=False)
    head = everybody(table)
    head = of_form(head[(head["kind"] == "clean") & (head["metric"] == metric)], Form.VALUE)
    head = head.set_index("run_id")
    runs = made.index.get_level_values("run_id")
    order = [head["value"].get(run, math.nan) for run in runs]
    made = made.reset_index().drop(columns=["run_id", "dataset_fingerprint"])
    made.insert(1, "rank", [_rank(head, run) for run in runs])
    made = made.assign(_order=order).sort_values(
        ["dataset", "_order"], ascending=[True, not higher(head)], kind="stable"
    )
    return made.drop(columns="_order").fillna("")


def _rank(head: pd.DataFrame, run: str) -> str:
    row = head.loc[run] if run in head.index else None
    if row is None or pd.isna(row["rank"]):
        return "–"
    if pd.isna(row["rank_low"]):
        return str(int(row["rank"]))
    low, high = int(row["rank_low"]), int(row["rank_high"])
    return str(low) if low == high else f"{low}–{high}"
