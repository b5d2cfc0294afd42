"""What a figure draws of a board: the rows of one metric, and its models from the best on."""

from collections import namedtuple
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import pandas as pd

from benchsuite.estimation import DISTRUST, Notes
from benchsuite.publishing.rows import everybody, higher, of_form, ranked_sets
from benchsuite.publishing.site.boards import Published
from benchsuite.publishing.words import label, number
from benchsuite.runs.forms import Form, Scope

WHOLE: Final = (Scope.SUITE, Scope.ODD)
"""The sets of conditions that stand for a suite: all of it, or its odd severities."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """One metric of a board, in the largest set of runs that are ranked together.

    rows     of the tidy table, with what a condition is called (`label`; `short` without its kind
             and severity)
    models   from the best on
    sets     the values on clean inputs of every set, best first, with `set`: its name
    """

    metric: str
    rows: pd.DataFrame
    models: tuple[str, ...]
    sets: pd.DataFrame
    higher_is_better: bool
    elsewhere: bool

    @property
    def overall(self) -> pd.DataFrame:
        """The values for everybody."""
        return of_form(everybody(self.rows), Form.VALUE)

    @property
    def clean(self) -> pd.DataFrame:
        """The values for everybody on clean inputs, from the best on."""
        return self.best_first(self.overall[self.overall["kind"] == "clean"])

    def best_first(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Rows by their value; those without one are last."""
        return rows.sort_values("value", ascending=not self.higher_is_better, kind="stable")

    def first(self, rows: pd.DataFrame, most: int | None = None) -> list[str]:
        """The first models that have a row among these, at most so many."""
        there = {*rows["model"].unique()}
        return [model for model in self.models if model in there][:most]

    @property
    def chance(self) -> dict[str, float]:
        """What chance alone gets on clean inputs, where the task knows it, by what it is called."""
        known = of_form(everybody(self.rows), Form.CHANCE)["value"].dropna().unique()
        return {"chance": float(known[0])} if len(known) == 1 else {}

    @property
    def axis(self) -> str:
        """What an axis of this metric is called."""
        return self.metric + ("" if self.higher_is_better else ", lower is better")

    def intervals(self, rows: pd.DataFrame, drawn: str = "Lines") -> str:
        """What a caption says of the intervals of these rows, which are `drawn` so."""
        if self.elsewhere:
            return "Others published these numbers, without intervals."
        doubted = any(map(is_doubted, rows["note"])) and drawn == "Lines"
        dashed = ", dashed where too few clusters make them doubtful" if doubted else ""
        recipe = rows["ci_recipe_low"].notna().any() and drawn == "Lines"
        thin = "; thin ones take in new trainings" if recipe else ""
        return f"{drawn} are 95 % intervals{dashed}{thin}."


def drawn_of(board: Published, metric: str = "") -> Drawn:
    """One metric of a board, the headline by default."""
    metric = metric or board.headline
    own = board.by_metric[metric]
    rows = _named(own.assign(label=label(own, board.names)))
    # Figures pick rows hundreds of times: a copy has a block for each type, and is picked fast.
    rows = rows.astype(dict.fromkeys(rows.select_dtypes("str"), object)).copy()
    overall = of_form(everybody(rows), Form.VALUE)
    better = higher(overall)
    clean = overall[overall["kind"] == "clean"]
    clean = clean.assign(set=ranked_sets(clean)).dropna(subset="value")
    clean = clean.sort_values("value", ascending=not better, kind="stable")
    largest = clean[clean["set"] == clean["set"].mode().get(0)]
    return Drawn(
        metric=metric,
        rows=rows[rows["run_id"].isin(largest["run_id"])] if len(largest) else rows,
        models=tuple(dict.fromkeys(largest["model"] if len(largest) else rows["model"])),
        sets=clean,
        higher_is_better=better,
        elsewhere=board.elsewhere,
    )


def _named(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with `short`: the name of their condition without its kind, where that is clear."""
    kinds = rows.groupby("name")["kind"].transform("nunique")
    named = rows["name"].where(kinds == 1, rows["kind"] + "/" + rows["name"])
    return rows.assign(short=named.where(rows["name"] != "", rows["label"]))


def widest(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of the sets of altered conditions that most models have: suites, or names."""
    known = [rows[rows["scope"] == scope] for scope in (*WHOLE, Scope.NAME)]
    return max(known, key=lambda found: found["model"].nunique())


def records(rows: pd.DataFrame) -> list[Any]:
    """The rows, their columns as fields. `itertuples` takes many times as long for few rows."""
    make = _record(tuple(rows.columns))
    return [make(*row) for row in rows.to_numpy(object)]


@lru_cache(maxsize=64)
def _record(names: tuple[str, ...]) -> Any:
    return namedtuple("Record", names)


def is_doubted(notes: Notes) -> bool:
    """Whether an interval is not to be trusted."""
    return any(one.code in DISTRUST for one in notes)


def said(row: Any) -> str:
    """The number of a row with its interval, as a sentence has it."""
    if pd.isna(row.ci_low):
        return number(row.value)
    return f"{number(row.value)} [{number(row.ci_low)}, {number(row.ci_high)}]"


def more(count: int, what: str) -> str:
    """`1 more model`, `2 more models`."""
    return f"{count} more {what}{'' if count == 1 else 's'}"


def told(row: Any) -> str:
    """What a pointer on a number shows: the number and its size."""
    return said(row) + ("" if pd.isna(row.n) else f", n={row.n:.0f}")


BEHIND = [
    "model", "condition", "attribute", "group", "metric", "form", "value", "ci_low", "ci_high",
    "ci_recipe_low", "ci_recipe_high", "n", "clusters", "rank", "rank_low", "rank_high", "note",
    "run_id",
]  # fmt: skip
"""The columns of the table behind a figure."""


def behind(*parts: pd.DataFrame) -> pd.DataFrame:
    """The table behind a figure: the rows that it draws, without the columns that say nothing."""
    rows = pd.concat(parts)[BEHIND].drop_duplicates([*BEHIND[:6], "run_id"])
    empty = [name for name in rows if rows[name].isna().all() or (rows[name] == "").all()]
    return rows.drop(columns=empty).reset_index(drop=True)
