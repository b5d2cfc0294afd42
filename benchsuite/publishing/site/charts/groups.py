"""Groups: the value of each with its interval; beside them the gap, and what chance gives."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from benchsuite.errors import some_of
from benchsuite.files.write import slug
from benchsuite.publishing.rows import of_form, of_groups, of_several
from benchsuite.publishing.site.chart import Chart
from benchsuite.publishing.site.charts import axes, marks, svg
from benchsuite.publishing.site.charts.drawn import Drawn, behind, more, records, said, told
from benchsuite.publishing.site.charts.key import LINE, key
from benchsuite.publishing.site.charts.marks import LOOKS
from benchsuite.publishing.site.charts.measure import Scale, column, fitted_apart, scale_of
from benchsuite.publishing.words import LISTED, number
from benchsuite.runs.forms import Form

MODELS: Final = 4
"""Models whose groups are drawn."""
MOST: Final = 16
"""Groups of an attribute; of more, half are the worst ones and half the best."""
NAMES: Final = 140.0
EACH: Final = 9.0
"""Between the marks of two models in a row."""


def groups(drawn: Drawn) -> list[Chart]:
    """A picture for each attribute: the groups on clean inputs, the worst first."""
    clean = drawn.rows[drawn.rows["kind"] == "clean"]
    rows = of_groups(clean[clean["attribute"] != ""])
    rows = of_several(rows, clean[clean["attribute"] == ""])
    return [
        chart
        for attribute, part in rows.groupby("attribute", sort=False)
        if (chart := _of_attribute(drawn, str(attribute), part)) is not None
    ]


def _of_attribute(drawn: Drawn, attribute: str, rows: pd.DataFrame) -> Chart | None:
    values = of_form(rows, Form.VALUE)
    shown = values[values["value"].notna() & (values["ci_low"].notna() | drawn.elsewhere)]
    models = drawn.first(shown, MODELS)
    first = drawn.best_first(shown[shown["model"] == (models or [""])[0]]).iloc[::-1]
    if len(first) < 2:
        return None
    names = [*first["group"]]
    picked = names if len(names) <= MOST else [*names[: MOST // 2], *names[-MOST // 2 :]]
    panel = _Panel(shown[shown["model"].isin(models)], picked, len(names) - len(picked), models)
    gaps = [_beside(model, rows) for model in models]
    top = LINE * len(models) + 6
    parts = [*key(models, gaps, drawn.elsewhere), *panel.parts(drawn.axis, top)]
    caption = _caption(drawn, attribute, first, rows)
    name = f"groups-{slug(attribute)}"
    picture = svg.picture(name, f"Groups of {attribute}", caption, panel.bottom(top) + 28, *parts)
    title = f"{drawn.metric} by {attribute}"
    return Chart(name, title, caption, picture, behind(rows[rows["form"].isin(TABLE)]))


TABLE: Final = (Form.VALUE, Form.GAP, Form.NULL95, Form.WORST)
"""The forms in the table behind a picture of groups."""


@dataclass(frozen=True, eq=False)
class _Panel:
    """The groups that are drawn; `more` of them between the worst and the best are not."""

    rows: pd.DataFrame
    groups: Sequence[str]
    more: int
    models: Sequence[str]

    @property
    def _row(self) -> float:
        return EACH * len(self.models) + 7

    def bottom(self, top: float) -> float:
        """Where the last row ends."""
        return top + self._row * len(self.groups) + (16 if self.more else 0)

    def parts(self, title: str, top: float) -> Iterator[str]:
        """The elements, from the back to the front."""
        drawn = self.rows[self.rows["group"].isin(self.groups)]
        sizes = drawn.groupby("group")["n"].max()
        labels = [_sized(group, sizes[group]) for group in self.groups]
        left = column(labels, 9.5, NAMES)
        scale = scale_of(marks.ends_of(drawn), left + 10, svg.WIDTH - 6)
        yield axes.below(scale, top, self.bottom(top), title, 5)
        for place, label in enumerate(fitted_apart(labels, left, 9.5)):
            start = top + self._row * place
            if self.more and place >= len(self.groups) // 2:
                start += 16
            if self.more and place == len(self.groups) // 2:
                words = f"{self.more} more between them, in the table"
                yield svg.text(left + 10, start - 5, words, "small faint")
            yield svg.text(left, start + self._row / 2 + 3.5, label, "small", "end")
            yield from self._marks(drawn[drawn["group"] == self.groups[place]], scale, start)

    def _marks(self, rows: pd.DataFrame, scale: Scale, top: float) -> Iterator[str]:
        yield svg.line((scale.start, top), (scale.end, top), "rule")
        for row in records(rows):
            place = self.models.index(row.model)
            y = top + 3.5 + EACH * (place + 0.5)
            mark = marks.estimate(row, scale, y, LOOKS[place])
            yield svg.group(mark, told=f"{row.model}, {row.group}: {told(row)}")


def _sized(group: str, n: float) -> str:
    return group if pd.isna(n) else f"{group} (n={n:.0f})"


def _beside(model: str, rows: pd.DataFrame) -> str:
    """A model's gap, beside the gap that chance gives, behind a colon; '' without a gap."""
    own = rows[rows["model"] == model].drop_duplicates("form").set_index("form")["value"]
    if pd.isna(own.get(Form.GAP)):
        return ""
    gap, chance = own[Form.GAP], own.get(Form.NULL95)
    if pd.isna(chance):
        return f": gap {number(gap)}"
    where = "over" if gap > chance else "within"
    return f": gap {number(gap)}, {where} chance (up to {number(chance)})"


def _caption(drawn: Drawn, attribute: str, first: pd.DataFrame, rows: pd.DataFrame) -> str:
    values = of_form(rows, Form.VALUE)
    worst, best = records(first)[0], records(first)[-1]
    words = [
        f"{worst.model} is worst for {attribute} {worst.group} ({said(worst)}) and best for "
        f"{best.group} ({said(best)}){_beside(worst.model, rows)}.",
        drawn.intervals(values),
    ]
    own = values[values["model"] == worst.model]
    withheld = [_sized(r.group, r.n) for r in records(own) if r.group not in {*first["group"]}]
    if withheld:
        words.append(f"Without an interval, and not drawn: {some_of(withheld, LISTED)}.")
    if (left := values["model"].nunique() - MODELS) > 0:
        words.append(f"In the table alone: {more(left, 'model')}.")
    return " ".join(words)
