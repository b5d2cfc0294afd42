"""Gaps between groups: each with its interval, over the bar of what chance alone gives."""

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

import pandas as pd

from benchsuite.errors import some_of
from benchsuite.publishing.rows import of_form
from benchsuite.publishing.site.chart import Chart
from benchsuite.publishing.site.charts import axes, marks, svg
from benchsuite.publishing.site.charts.drawn import Drawn, behind, more, records, said, told, widest
from benchsuite.publishing.site.charts.key import LINE, key
from benchsuite.publishing.site.charts.marks import LOOKS
from benchsuite.publishing.site.charts.measure import Scale, column, fitted, fitted_apart, scale_of
from benchsuite.publishing.words import LISTED, number
from benchsuite.runs.forms import Form, Scope

MODELS: Final = 4
ATTRIBUTES: Final = 10
CONDITIONS: Final = 8
"""Conditions of an attribute, clean among them."""
NAMES: Final = 130.0
EACH: Final = 10.0
"""Between the marks of two models."""
HEAD: Final = 20.0
FORMS: Final = (Form.GAP, Form.NULL95, Form.GAP_GROWTH)


def gaps(drawn: Drawn) -> Chart | None:
    """The gap of every attribute on clean inputs; None where no attribute has one."""
    rows = _known(drawn)
    clean = rows[rows["kind"] == "clean"]
    if clean.empty:
        return None
    labels = [*dict.fromkeys(clean["attribute"])]
    blocks = {"": [(name, clean[clean["attribute"] == name]) for name in labels[:ATTRIBUTES]]}
    caption = _caption(drawn, clean) + _beyond(len(labels) - ATTRIBUTES, "attribute")
    caption += _withheld(drawn, labels)
    picture = _picture("gaps", "Gaps between groups", caption, blocks, drawn)
    title = f"Gaps in {drawn.metric} between groups"
    return Chart("gaps", title, caption, picture, behind(clean))


def equity(drawn: Drawn) -> Chart | None:
    """The gap of every attribute on clean and on altered inputs; None where none was measured.

    Altered inputs are domains and whole suites; without a suite, they are the sets of a name, or
    each name's strongest severity.
    """
    rows = _known(drawn)
    altered = _altered(rows)
    if altered.empty:
        return None
    shown = pd.concat([rows[rows["kind"] == "clean"], altered])
    names = [*dict.fromkeys(altered["attribute"])]
    blocks, left = {}, 0
    for attribute in names[:ATTRIBUTES]:
        own = shown[shown["attribute"] == attribute]
        called = own["short"].where(own["severity"].isna(), own["label"])
        labels = [*dict.fromkeys(called)]
        left = max(left, len(labels) - CONDITIONS)
        blocks[attribute] = [(label, own[called == label]) for label in labels[:CONDITIONS]]
    caption = _of_growth(drawn, altered) + _beyond(len(names) - ATTRIBUTES, "attribute")
    caption += _beyond(left, "condition")
    picture = _picture("equity", "Gaps under altered inputs", caption, blocks, drawn)
    title = f"Gaps in {drawn.metric}, clean and altered"
    return Chart("equity", title, caption, picture, behind(shown))


def _beyond(count: int, what: str) -> str:
    return f" In the table alone: {more(count, what)}." if count > 0 else ""


def _withheld(drawn: Drawn, shown: Sequence[str]) -> str:
    """What a caption says of the attributes that have a gap without an interval."""
    every = of_form(drawn.rows[drawn.rows["kind"] == "clean"], Form.GAP).dropna(subset="value")
    left = [name for name in dict.fromkeys(every["attribute"]) if name not in shown]
    return f" Without an interval, and not drawn: {some_of(left, LISTED)}." if left else ""


def _known(drawn: Drawn) -> pd.DataFrame:
    """The gaps of the first models that have an interval, and what stands beside each."""
    rows = of_form(drawn.rows, *FORMS).dropna(subset="value")
    keys = ["run_id", "attribute", "condition"]
    of_gaps = pd.MultiIndex.from_frame(of_form(rows, Form.GAP).dropna(subset="ci_low")[keys])
    rows = rows[pd.MultiIndex.from_frame(rows[keys]).isin(of_gaps)]
    return rows[rows["model"].isin(drawn.first(rows, MODELS))]


def _altered(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of the widest sets of conditions and of domains; else the strongest severities."""
    rows = rows[rows["kind"] != "clean"]
    single = rows[rows["scope"] == Scope.CONDITION]
    found = pd.concat([widest(rows), single[single["severity"].isna()]])
    if len(found):
        return found
    strongest = single.groupby(["kind", "name"])["severity"].transform("max")
    return single[single["severity"] == strongest]


Blocks = dict[str, list[tuple[str, pd.DataFrame]]]
"""The rows of a picture by their labels, below the title of each block."""


def _picture(name: str, title: str, caption: str, blocks: Blocks, drawn: Drawn) -> str:
    every = pd.concat([rows for block in blocks.values() for _, rows in block])
    shown = of_form(every, Form.GAP, Form.NULL95)
    models = drawn.first(shown)
    labels = [label for block in blocks.values() for label, _ in block]
    left = column(labels, 9.5, NAMES)
    scale = scale_of(marks.ends_of(shown), left + 10, svg.WIDTH - 6, zero=1)
    top = LINE * (len(models) + 1) + 8
    parts = key(models, [""] * len(models))
    parts += [
        svg.box(0, top - LINE - 4, 18, 8, "chance"),
        svg.text(
            24, top - LINE + 3.5, "chance alone: 95 % of fair models stay on the bar", "small"
        ),
    ]
    for words, block in blocks.items():
        if words:
            parts.append(svg.text(0, top + 13, fitted(words, svg.WIDTH, 11), "strong"))
            top += HEAD
        height = (EACH * len(models) + 7) * len(block)
        last = words == [*blocks][-1]
        parts.append(axes.below(scale, top, top + height, f"gap in {drawn.metric}" if last else ""))
        parts.append(svg.line((scale.at(0), top), (scale.at(0), top + height), "mark"))
        parts += _rows(block, models, scale, top, left)
        top += height + (30 if last else 18)
    return svg.picture(name, title, caption, top, *parts)


def _rows(
    block: Sequence[tuple[str, pd.DataFrame]], models: Sequence[str], scale: Scale, top: float,
    left: float,
) -> Iterator[str]:  # fmt: skip
    height = EACH * len(models) + 7
    names = fitted_apart([label for label, _ in block], left, 9.5)
    for place, (name, (_, rows)) in enumerate(zip(names, block, strict=True)):
        start = top + height * place
        yield svg.text(left, start + height / 2 + 3.5, name, "small", "end")
        for row in records(of_form(rows, Form.GAP)):
            at = models.index(row.model)
            y = start + 3.5 + EACH * (at + 0.5)
            null = of_form(rows[rows["model"] == row.model], Form.NULL95)["value"]
            chance = float(null.iloc[0]) if len(null) else math.nan
            yield svg.group(*_gap(row, chance, scale, y, at), told=_told(row, chance))


def _gap(row: Any, chance: float, scale: Scale, y: float, at: int) -> Iterator[str]:
    if not math.isnan(chance):
        zero = scale.at(0)
        yield svg.box(zero, y - EACH / 2 + 0.5, scale.at(chance) - zero, EACH - 1, "chance")
    yield marks.estimate(row, scale, y, LOOKS[at])


def _told(row: Any, chance: float) -> str:
    beside = "" if math.isnan(chance) else f", chance up to {number(chance)}"
    return f"{row.model}, {row.attribute}, {row.condition}: gap {told(row)}{beside}"


def _over(rows: pd.DataFrame) -> str:
    """How many gaps are longer than the bar of chance."""
    keys = ["model", "attribute", "condition"]
    both = of_form(rows, Form.GAP).merge(of_form(rows, Form.NULL95), on=keys)
    over = int((both["value_x"] > both["value_y"]).sum())
    return f"{over} of {len(both)} gaps exceed the bar of chance, as 1 in 20 does by chance alone."


def _caption(drawn: Drawn, clean: pd.DataFrame) -> str:
    largest = records(of_form(clean, Form.GAP).sort_values("value"))[-1]
    return (
        f"The largest gap is {said(largest)}, of {largest.model} for {largest.attribute}. "
        f"{_over(clean)} {drawn.intervals(clean)}"
    )


def _of_growth(drawn: Drawn, altered: pd.DataFrame) -> str:
    growth = of_form(altered, Form.GAP_GROWTH)
    if growth.empty:
        return f"On altered inputs, {_over(altered)} {drawn.intervals(altered)}"
    most = records(growth.sort_values("value"))[-1]
    grown, shrunk = int((growth["ci_low"] > 0).sum()), int((growth["ci_high"] < 0).sum())
    return (
        f"{most.model}'s gap for {most.attribute} grows most, by {said(most)} under {most.label}. "
        f"The interval of the growth is above 0 for {grown} of {len(growth)} gaps, and below 0 for "
        f"{shrunk}. "
        f"{drawn.intervals(altered)}"
    )
