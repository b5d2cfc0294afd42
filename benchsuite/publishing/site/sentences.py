"""What the rows of a board say about a model, in plain sentences.

A sentence is made from fields and numbers. It claims a difference only where an interval excludes
it by chance, and says "could not be told apart" otherwise. Ranks hold for all pairs of models at
once; every other claim is of its own row, by itself, and the sentence says so where rows are many.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

from benchsuite.estimation import DISTRUST, Code, Notes
from benchsuite.estimation.wording import worded
from benchsuite.publishing.site.cells import cell_of
from benchsuite.publishing.words import number
from benchsuite.runs.forms import Form


class Told(StrEnum):
    """What an interval says about two scores."""

    BETTER = "better"
    WORSE = "worse"
    ALIKE = "not told apart"
    SAME = "no difference"
    UNKNOWN = "no interval"


SURE: Final = (Told.BETTER, Told.WORSE)


def told(low: float, high: float, higher_is_better: bool = True) -> Told:
    """What an interval of a difference says of the model from which the other was taken off."""
    if math.isnan(low):
        return Told.UNKNOWN
    if low == high == 0:
        return Told.SAME
    if low <= 0 <= high:
        return Told.ALIKE
    return Told.BETTER if (low > 0) == higher_is_better else Told.WORSE


def verdicts(row: Any) -> tuple[Told, Told]:
    """What a row of `pairs` says of its second model, by itself and among all pairs at once."""
    better = row.higher_is_better
    return told(row.ci_low, row.ci_high, better), told(row.at_once_low, row.at_once_high, better)


def count(number_of: int, one: str, several: str = "") -> str:
    """A number and its noun: `1 model`, `3 models`."""
    return f"{number_of} {one if number_of == 1 else several or one + 's'}"


def ends(value: float, low: float, high: float) -> str:
    """A number with its interval, if it has one."""
    return number(value) + ("" if math.isnan(low) else f" [{number(low)}, {number(high)}]")


def ranked_among(notes: Notes) -> int:
    """How many models a row is ranked among; 0 where it is not ranked."""
    return next((int(one.arguments[1]) for one in notes if one.code == Code.RANKED), 0)


def standing(row: Any) -> Iterator[str]:
    """Where a model stands by the clean headline: which others are surely better or worse."""
    if math.isnan(row.value):
        yield f"{row.model} has no {row.metric} on clean inputs: {cell_of(row).reason}."
        return
    yield f"{row.model} has {row.metric} {cell_of(row).text} on clean inputs."
    others = ranked_among(row.note) - 1
    if math.isnan(row.rank):
        yield "It has no rank."
    elif others < 0:
        yield f"Its rank is {row.rank:.0f}."
    elif others == 0:
        yield "It is the only model that is ranked here."
    elif math.isnan(row.rank_low):
        yield (
            f"It is number {row.rank:.0f} of {others + 1} in numbers that others published. They "
            "have no interval, so nothing says whether this order would hold on new samples."
        )
    else:
        yield from _order(int(row.rank_low) - 1, others + 1 - int(row.rank_high), others)


def _order(better: int, worse: int, others: int) -> Iterator[str]:
    alike = others - better - worse
    if alike == others:
        whole = "The other model" if others == 1 else f"None of the {others} other models"
        yield f"{whole} could {'not ' if others == 1 else ''}be told apart from it."
        return
    if better:
        yield f"Surely better than it: {better} of {count(others, 'other model')}."
    if worse:
        yield f"Surely worse than it: {worse} of {count(others, 'other model')}."
    if alike:
        yield f"{count(alike, 'model')} could not be told apart from it."


def against(row: Any, subject: str, other: str) -> Iterator[str]:
    """How the second model of a pair compares with the first, or the first with the second.

    `row` is one of `pairs`, turned so that its difference is `subject` - `other`.
    """
    said = told(row.ci_low, row.ci_high, row.higher_is_better)
    size = ends(row.difference, row.ci_low, row.ci_high)
    if said == Told.UNKNOWN:
        yield f"{subject} and {other} differ by {size}; there is no interval: {row.note}."
    elif said == Told.SAME:
        yield f"{subject} and {other} do not differ."
    elif said == Told.ALIKE:
        yield f"{subject} could not be told apart from {other}: the difference is {size}."
    else:
        yield f"{subject} is {said} than {other}: the difference is {size}."
        if row.pairs > 1:
            yield _at_once(row, said)
        yield from _of_recipes(row, said)
    if row.note and said != Told.UNKNOWN:
        yield f"Note: {row.note}."


def _at_once(row: Any, said: Told) -> str:
    wide = f"[{number(row.at_once_low)}, {number(row.at_once_high)}]"
    if told(row.at_once_low, row.at_once_high, row.higher_is_better) == said:
        return f"That holds among all {row.pairs} pairs of the board at once: {wide}."
    return (
        f"That is so for this pair by itself. Among all {row.pairs} pairs at once, {wide}, the two "
        "could not be told apart."
    )


def _of_recipes(row: Any, said: Told) -> Iterator[str]:
    """Whether a difference holds for new trainings, too, where both models are recipes."""
    if not math.isnan(row.ci_recipe_low):
        same = told(row.ci_recipe_low, row.ci_recipe_high, row.higher_is_better) == said
        yield (
            f"For new trainings of both, it {'holds' if same else 'is not shown'}: {recipe(row)}."
        )


def recipe(row: Any) -> str:
    """The interval of a row of `pairs` for new trainings, as tables mark it; may be empty."""
    if math.isnan(row.ci_recipe_low):
        return ""
    return f"⟨{number(row.ci_recipe_low)}, {number(row.ci_recipe_high)}⟩"


def turned(row: Any) -> Any:
    """A row of `pairs` with the models changed over."""
    return row._replace(
        run_a=row.run_b, run_b=row.run_a, a=row.b, b=row.a, difference=-row.difference,
        ci_low=-row.ci_high, ci_high=-row.ci_low,
        ci_recipe_low=-row.ci_recipe_high, ci_recipe_high=-row.ci_recipe_low,
        at_once_low=-row.at_once_high, at_once_high=-row.at_once_low,
    )  # fmt: skip


def lost(row: Any) -> bool:
    """Whether a share of clean shows a loss, by itself."""
    return bool(row.ci_high < 1 if row.higher_is_better else row.ci_low > 1)


def robustness(suites: Sequence[Any], single: Sequence[Any]) -> Iterator[str]:
    """What conditions cost a model, from rows of its share of the clean score."""
    for row in suites:
        none = "" if lost(row) or math.isnan(row.ci_low) else " No loss could be shown."
        yield f"Over {row.condition}, its mean is {cell_of(row).text} of its clean score.{none}"
    known = [row for row in single if not math.isnan(row.value)]
    judged = [row for row in known if not math.isnan(row.ci_low)]
    if len(known) < 2:
        return
    if judged:
        shown = sum(map(lost, judged))
        yield (
            f"Taken one by one, {shown or 'none'} of {len(judged)} conditions "
            f"show{'' if shown > 1 else 's'} a loss."
        )
    least, most = _extremes(known)
    yield (
        f"{least.condition} costs it most: its score is {cell_of(least).text} of the clean one. "
        f"{most.condition} costs it least: {cell_of(most).text}. Such extremes are partly chance."
    )


def extremes(values: Sequence[Any]) -> Iterator[str]:
    """Under which condition a model scores worst and best, from rows of its scores."""
    known = [row for row in values if not math.isnan(row.value)]
    if len(known) > 1:
        worst, best = _extremes(known)
        yield (
            f"Of {len(known)} conditions, its score is worst under {worst.condition}, "
            f"{cell_of(worst).text}, and best under {best.condition}, {cell_of(best).text}."
        )


def _extremes(rows: Sequence[Any]) -> tuple[Any, Any]:
    """The worst and the best of rows of one metric."""
    ordered = sorted(rows, key=lambda row: row.value if row.higher_is_better else -row.value)
    return ordered[0], ordered[-1]


def drops(rows: Sequence[Any]) -> Iterator[str]:
    """What is lost from clean inputs to each domain; a drop is a loss where it is above 0."""
    for row in rows:
        said, size = told(row.ci_low, row.ci_high), cell_of(row).text
        if said in SURE:
            what = "worse" if row.value > 0 else "better"
            yield f"{row.condition}: {what} than on clean inputs; the drop is {size}."
        elif said in (Told.ALIKE, Told.SAME):
            yield f"{row.condition}: could not be told apart from clean inputs; the drop is {size}."
    if len(rows) > 1:
        yield "Each domain is judged by itself."


def ranks(rows: Sequence[Any]) -> Iterator[str]:
    """Under which conditions a model may be the best, and where it stands best and worst."""
    known = [row for row in rows if not math.isnan(row.rank_low) and ranked_among(row.note) > 1]
    if len(known) < 2:
        return
    first = [row.condition for row in known if row.rank_high == 1]
    maybe = sum(row.rank_low == 1 < row.rank_high for row in known)
    of = f"of {len(known)} conditions"
    if first:
        yield f"Taken one by one, it is surely the best under {len(first)} {of}: {listed(first)}."
    if maybe:
        yield f"Under {maybe} {of}, no other model is surely better, nor is it surely the best."
    if not first and not maybe:
        yield f"Under each {of}, taken by itself, some other model is surely better."
    places = [row.rank_low + row.rank_high for row in known]
    high, low = known[places.index(min(places))], known[places.index(max(places))]
    alone = places.count(min(places)) == places.count(max(places)) == 1
    if alone and high.rank_high < low.rank_low:
        yield (
            f"It stands best under {high.condition}, rank {rank(high)}, and worst under "
            f"{low.condition}, rank {rank(low)}."
        )


def rank(row: Any) -> str:
    """A set of ranks: `2`, `3–6`."""
    low, high = int(row.rank_low), int(row.rank_high)
    return str(low) if low == high else f"{low}–{high}"


def listed(names: Sequence[str], most: int = 6) -> str:
    """Names with commas; more than `most` are counted."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def equity(attribute: str, forms: Mapping[str, Any], groups: Sequence[Any]) -> str:
    """Which group of an attribute has the worst score, where the data show a gap; else nothing."""
    gap, null = forms.get(Form.GAP), forms.get(Form.NULL95)
    known = [row for row in groups if row.interval != "withheld" and not math.isnan(row.value)]
    if gap is None or not gap.ci_low > 0 or len(known) < 2:
        return ""
    worst, best = _extremes(known)
    chance = (
        f" A fair model's gap stays under {number(null.value)} in 95 % of such samples."
        if null is not None and not math.isnan(null.value)
        else ""
    )
    careful = worded(tuple(one for one in gap.note if one.code in (*DISTRUST, Code.CEILINGS)))
    noted = f" Note: {careful}." if careful else ""
    return (
        f"{attribute}: the groups are not served alike. {worst.group} has the worst score, "
        f"{number(worst.value)}, and {best.group} the best, {number(best.value)}: a gap of "
        f"{ends(gap.value, gap.ci_low, gap.ci_high)}.{chance}{noted}"
    )


def attributes(shown: Sequence[str], judged: Sequence[str]) -> Iterator[str]:
    """By which attributes no two groups could be told apart, and what chance makes of so many."""
    if alike := [name for name in judged if name not in shown]:
        yield f"No two groups could be told apart by {listed(alike, len(alike))}."
    if len(judged) > 1 and shown:
        yield (
            f"{len(shown)} of {len(judged)} attributes show a gap, each judged by itself. Of 20 "
            "attributes without any gap, about 1 would show one by chance."
        )


def together(found: Sequence[Told], model: str, what: str) -> Iterator[str]:
    """What several comparisons say of a model, each by itself, and what chance makes of so many."""
    known = [one for one in found if one != Told.UNKNOWN]
    if not known:
        return
    better, worse = known.count(Told.BETTER), known.count(Told.WORSE)
    alike = len(known) - better - worse
    counted = {"better in": better, "worse in": worse, "not told apart in": alike}
    said = ", ".join(f"{word} {number_of}" for word, number_of in counted.items() if number_of)
    yield f"Of {count(len(known), what)}, each by itself, {model} is {said}."
    if better + worse and len(known) > 1:
        yield "Of 20 true ties, about 1 would look like a difference by chance."
