"""Wide views of the tidy table: one row per model, one column per condition, group or metric."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from benchsuite.boards.board import MEASURED, Form, Scope
from benchsuite.errors import WrongCall, near
from benchsuite.estimation import DISTRUST, Code
from benchsuite.publish.notes import phrase

GROUP_FORMS = {
    Form.GAP: "the largest difference between two groups",
    Form.NULL95: "the gap that a fair model stays under in 95 % of samples of these sizes",
    Form.WORST: "the score of the worst group",
    Form.ES_SUM: "equity-scaled: overall / (1 + the sum of the groups' distances from it)",
    Form.FAIR: "the es_sum of a fair model of this quality: median and 5 to 95 %",
    Form.ES_COST: "equity-scaled, of a cost: overall + that sum",
    Form.ES_COST_FAIR: "the es_cost of a fair model of this quality: median and 5 to 95 %",
}
"""What a view by group shows below the groups of an attribute, in this order, and its meaning."""

VIEWS = ("overall", "condition", "group", "robustness")

LEGEND = {
    "†": "too few clusters for its interval to be trusted: 50, and 100 where they are skewed",
    "⟨": "⟩ the interval of the recipe, new trainings included; the value is the mean of its seeds",
    "◇": "unusable answers: the column `note` of --out says how many",
    "‡": "no interval: fewer than 5 clusters, or draws in which a part of it is empty",
}


def view(table: pd.DataFrame, by: str = "overall", metric: str = "") -> pd.DataFrame:
    """One wide view of a task's tidy table, best model first; cells are text.

    by      overall: every metric, clean; robustness: clean, mean under perturbation, relative;
            condition and group: one metric, one row per condition or (clean) group, one column
            per model.
    metric  each dataset's headline (its first) by default. Raises WrongCall for an unknown one.
    """
    check_view(by)
    metrics = headline_first(table)
    if metric and metric not in metrics:
        raise WrongCall(f"--metric: no metric is called '{metric}'{near(metric, metrics)}")
    apart = names_apart(table)
    if metric:
        return _MAKE[by](apart, metric)
    own = headlines(apart)
    several = dict.fromkeys(own.values())
    parts = [_MAKE[by](apart[apart["dataset"].map(own) == one], one) for one in several]
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
    """
    measured = table["source"] == MEASURED
    apart = table.assign(dataset=_apart(table, measured, ["dataset"], "dataset_fingerprint"))
    return apart.assign(model=_apart(apart, measured, ["dataset", "model"], "run_id"))


def _apart(table: pd.DataFrame, measured: pd.Series, names: list[str], key: str) -> pd.Series:
    last = table[names[-1]]
    keys = table.assign(_key=table[key].where(measured)).groupby(names)["_key"]
    many = measured & (keys.transform("nunique") > 1)
    return last.where(~many, last + " " + table[key].str[:6])


def headline_first(table: pd.DataFrame) -> list[str]:
    """The metrics of a tidy table, the headline first."""
    return list(dict.fromkeys(table["metric"]))


def _everybody(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["attribute"] == ""]


def _of_form(table: pd.DataFrame, *forms: Form) -> pd.DataFrame:
    return table[table["form"].isin(forms)]


def _overall(table: pd.DataFrame, metric: str) -> pd.DataFrame:
    rows = _of_form(_everybody(table), Form.VALUE)
    shown = ~rows["detail"].astype(bool) | (rows["metric"] == metric)
    return _wide(rows[(rows["kind"] == "clean") & shown], "metric", table, metric)


def _condition(table: pd.DataFrame, metric: str) -> pd.DataFrame:
    rows = _of_form(_everybody(table), Form.VALUE)
    return _long(_measured(rows[rows["metric"] == metric]), ["condition"], table, metric)


def _measured(rows: pd.DataFrame) -> pd.DataFrame:
    """Without the sets of conditions that no model completed; suites stay, marked incomplete.

    A thinned suite is shown where some model has no more than that.
    """
    whole = rows["condition"].isin(rows.dropna(subset="value")["condition"])
    always = (rows["scope"] == Scope.SUITE) | (rows["kind"] == "clean")
    kept = rows[whole | always]
    lacking = set(kept[(kept["scope"] == Scope.SUITE) & kept["value"].isna()]["suite"])
    needless = (kept["scope"] == Scope.ODD) & ~kept["suite"].isin(lacking)
    return kept[~needless]


def _group(table: pd.DataFrame, metric: str) -> pd.DataFrame:
    shown = [Form.VALUE, *GROUP_FORMS]
    rows = table[(table["attribute"] != "") & (table["kind"] == "clean")]
    rows = _of_form(rows[rows["metric"] == metric], *shown)
    rows = rows.assign(order=rows["form"].map(shown.index))
    rows = rows.sort_values(["attribute", "order"], kind="stable")
    labels = rows["group"].where(rows["form"] == Form.VALUE, rows["form"])
    return _long(rows.assign(group=labels), ["attribute", "group"], table, metric)


def _long(rows: pd.DataFrame, index: list[str], table: pd.DataFrame, metric: str) -> pd.DataFrame:
    """One row per condition or group, one column per model, the best model first."""
    # Those without clean inputs come last.
    models = [*_overall(table, metric)["model"], *rows["model"]]
    rows = rows.assign(text=[_cell(row) for row in rows.itertuples()])
    keys = ["dataset", *index]
    made = rows.pivot_table(index=keys, columns="model", values="text", aggfunc="first")
    made = made.reindex(pd.MultiIndex.from_frame(rows[keys].drop_duplicates()))
    shown = [model for model in dict.fromkeys(models) if model in made]
    return made[shown].reset_index().fillna("")


def _robustness(table: pd.DataFrame, metric: str) -> pd.DataFrame:
    rows = _of_form(_everybody(table), Form.VALUE, Form.RELATIVE, Form.DROP)
    rows = rows[(rows["metric"] == metric) & rows["severity"].isna()]
    rows = _once(_by_family(_measured(rows)))
    labels = [_robust_label(row) for row in rows.itertuples()]
    return _wide(rows.assign(label=labels), "label", table, metric)


def _by_family(rows: pd.DataFrame) -> pd.DataFrame:
    """The table without means of single names if the mean of their whole family is shown."""
    families = rows[(rows["scope"] == Scope.FAMILY) & rows["value"].notna()]
    shown = set(zip(families["kind"], families["family"], strict=True))
    pairs = zip(rows["kind"], rows["family"], strict=True)
    repeated = np.array([pair in shown for pair in pairs], dtype=bool)
    return rows[~repeated | (rows["name"] == "").to_numpy()]


def _once(rows: pd.DataFrame) -> pd.DataFrame:
    """The table with shares of clean for whole suites only, if there are any."""
    relative = rows["form"] == Form.RELATIVE
    suite = rows["scope"] == Scope.SUITE
    whole = set(rows[suite & relative & rows["value"].notna()]["kind"])
    return rows[~(~suite & relative & rows["kind"].isin(whole))]


def _robust_label(row: Any) -> str:
    return {Form.DROP: f"{row.condition}: drop", Form.RELATIVE: f"{row.condition} / clean"}.get(
        row.form, str(row.condition)
    )


_MAKE: dict[str, Callable[[pd.DataFrame, str], pd.DataFrame]] = {
    "overall": _overall,
    "condition": _condition,
    "group": _group,
    "robustness": _robustness,
}


def _wide(rows: pd.DataFrame, column: str, table: pd.DataFrame, metric: str) -> pd.DataFrame:
    # A row that was made by another protocol must not look like its neighbours.
    several = ["protocol"] if table["protocol"].nunique() > 1 else []
    index = ["dataset", "dataset_fingerprint", "model", *several, "run_id"]
    cells = rows.assign(text=[_cell(row) for row in rows.itertuples()])
    made = cells.pivot_table(
        index=index, columns=column, values="text", aggfunc="first", sort=False
    )
    head = _everybody(table)
    head = _of_form(head[(head["kind"] == "clean") & (head["metric"] == metric)], Form.VALUE)
    head = head.set_index("run_id")
    made.insert(0, "rank", [_rank(head, run) for run in made.index.get_level_values("run_id")])
    order = [head["value"].get(run, math.nan) for run in made.index.get_level_values("run_id")]
    better = bool(head["higher_is_better"].iloc[0]) if len(head) else True
    made = made.assign(_order=order).sort_values(
        ["dataset", "_order"], ascending=[True, not better], kind="stable"
    )
    made = made.drop(columns="_order").reset_index().fillna("")
    return made.drop(columns=["run_id", "dataset_fingerprint"])


def _rank(head: pd.DataFrame, run: str) -> str:
    row = head.loc[run] if run in head.index else None
    if row is None or pd.isna(row["rank"]):
        return "–"
    if pd.isna(row["rank_low"]):
        return str(int(row["rank"]))
    low, high = int(row["rank_low"]), int(row["rank_high"])
    return str(low) if low == high else f"{low}–{high}"


def _cell(row: Any) -> str:
    if math.isnan(row.value):
        return phrase(row.note[0]) if row.note else "–"
    if math.isnan(row.ci_low):
        return _number(row.value) + (" ‡" if row.interval == "withheld" else "")
    codes = {one.code for one in row.note}
    mark = (" †" if codes & DISTRUST else "") + (" ◇" if Code.UNREAD in codes else "")
    both = f"[{_ends(row.ci_low, row.ci_high)}]"
    if not math.isnan(row.ci_recipe_low):
        both += f" ⟨{_ends(row.ci_recipe_low, row.ci_recipe_high)}⟩"
    return f"{_number(row.value)} {both}{mark}"


def _ends(low: float, high: float) -> str:
    return f"{_number(low)}, {_number(high)}"


def _number(value: float) -> str:
    # Zero has no sign: bounds at 0 are often a rounding away on either side.
    return f"{round(value, 3) + 0.0:.3f}"


def legend(shown: pd.DataFrame) -> list[str]:
    """What the marks in a view mean, one line per mark."""
    text = " ".join(str(value) for column in shown.columns for value in shown[column])
    marks = [f"{mark} {meaning}" for mark, meaning in LEGEND.items() if mark in text]
    labels = set(shown["group"]) if "attribute" in shown else set()
    return marks + [f"{form}: {meaning}" for form, meaning in GROUP_FORMS.items() if form in labels]
