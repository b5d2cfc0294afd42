"""The text of views: a number with its interval, the label of a condition, what marks mean."""

import math
from collections.abc import Mapping
from functools import cache, partial
from typing import Any, Final

import pandas as pd

from benchsuite.condition import SuiteNames
from benchsuite.estimation import DISTRUST, Code, Note, Notes
from benchsuite.estimation.wording import phrase
from benchsuite.runs.forms import Form

LISTED: Final = 12
"""Names or numbers that a line has; more are counted."""
NOTHING: Final = "–"
PART: Final = "◌"

FORMS: Final = {
    Form.GAP: "the largest difference between two groups",
    Form.NULL95: "the gap that a fair model stays under in 95 % of samples of these sizes",
    Form.WORST: "the score of the worst group",
    Form.ES_SUM: "equity-scaled: overall / (1 + the sum of the groups' distances from it)",
    Form.FAIR: "the es_sum of a fair model of this quality: median and 5 to 95 %",
    Form.ES_COST: "equity-scaled, of a cost: overall + that sum",
    Form.ES_COST_FAIR: "the es_cost of a fair model of this quality: median and 5 to 95 %",
}
"""What the forms below the groups of an attribute mean."""

_FORM_OF_SHIFT: Final = {
    Form.DROP: ": drop",
    Form.RELATIVE: " / clean",
    Form.EFFECTIVE: ": effective robustness",
}

MARKS: Final = {
    "†": "too few clusters for its interval to be trusted: 50, and 100 where they are skewed",
    "⟨": "⟩ the interval of the recipe, new trainings included; the value is the mean of its seeds",
    "◇": "unusable answers: the column `note` of --out says how many",
    "◔": "a sampled suite: each cluster was measured under a part of its conditions, by design",
    PART: "a part of the set was measured: how many of its conditions; no mean of a part is given",
    "‡": "no interval: fewer than 5 clusters, a tail of under 3, or draws in which a part is empty",
}
"""What the marks beside a number mean."""


def label(table: pd.DataFrame, names: Mapping[str, SuiteNames]) -> list[str]:
    """What each row's condition is called: `text/typo`, `text / clean`, `mPC`."""
    known = cache(partial(_label, names))
    return [known(*about) for about in zip(table["condition"], table["form"], strict=True)]


def _label(names: Mapping[str, SuiteNames], condition: str, form: str) -> str:
    if condition in names and form in (Form.VALUE, Form.RELATIVE):
        own = names[condition]
        return own.mean if form == Form.VALUE else own.relative
    return condition + _FORM_OF_SHIFT.get(Form(form), "")


def cell(row: Any) -> str:
    """A row's number with its interval: `0.156 [0.115, 0.196] †`; else why it has no value."""
    if math.isnan(row.value):
        return _without_value(row.note)
    if math.isnan(row.ci_low):
        return number(row.value) + (" ‡" if row.interval == "withheld" else "")
    codes = {one.code for one in row.note}
    told = {"†": codes & DISTRUST, "◇": codes & {Code.UNREAD}, "◔": codes & {Code.SAMPLED}}
    mark = "".join(f" {sign}" for sign, found in told.items() if found)
    both = f"[{_ends(row.ci_low, row.ci_high)}]"
    if not math.isnan(row.ci_recipe_low):
        both += f" ⟨{_ends(row.ci_recipe_low, row.ci_recipe_high)}⟩"
    return f"{number(row.value)} {both}{mark}"


def _without_value(notes: Notes) -> str:
    if is_empty(notes):
        return NOTHING
    if notes[0].code == Code.INCOMPLETE:
        done, every = notes[0].arguments
        return f"{PART} {done}/{every}"
    return phrase(notes[0])


def is_empty(notes: Notes) -> bool:
    """Whether a row has no value because there is nothing to measure: no sample of that kind."""
    return not notes or notes[0].code == Code.EMPTY


def _ends(low: float, high: float) -> str:
    return f"{number(low)}, {number(high)}"


def number(value: float) -> str:
    """A number with three decimals."""
    # Zero has no sign: bounds at 0 are often a rounding away on either side.
    return f"{round(value, 3) + 0.0:.3f}"


def legend(
    shown: pd.DataFrame, names: Mapping[str, SuiteNames], left_out: Mapping[str, Note]
) -> list[str]:
    """What the marks and names in a view mean, one line per mark; and what was `left_out`, why."""
    text = " ".join(str(value) for column in shown.columns for value in shown[column])
    groups = set(shown["group"]) if "attribute" in shown else set()
    labels = {*shown.columns, *(shown.get("condition", ()))}
    reasons: dict[str, list[str]] = {}
    for metric, note in left_out.items():
        reasons.setdefault(phrase(note), []).append(metric)
    return [
        *(f"{mark} {meaning}" for mark, meaning in MARKS.items() if mark in text),
        *(f"{form}: {meaning}" for form, meaning in FORMS.items() if form in groups),
        *(
            f"{one.mean}: the mean over {suite}; {one.relative}: {one.mean} / clean"
            for suite, one in names.items()
            if one.mean in labels
        ),
        *(f"{', '.join(metrics)}: {why}" for why, metrics in reasons.items()),
    ]
