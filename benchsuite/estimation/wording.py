"""The words of notes."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import pandas as pd

from .notes import Code, Note, Notes


def _count(number: int, what: str, several: str = "") -> str:
    return f"{number} {what if number == 1 else several or what + 's'}"


WORDS: Final[Mapping[Code, Callable[..., str]]] = {
    Code.EMPTY: lambda: "n=0",
    Code.MISSING: lambda missing, n: f"{missing} of {n} samples missing",
    Code.UNREAD: lambda unread, every: f"unusable answers to {unread} of {every} questions",
    Code.NOT_RANKED: lambda share: f"not ranked: more than {share:.0%} of answers are unusable",
    Code.UNKEPT: lambda runs: (
        f"not ranked: the board keeps no statistics of {_count(runs, 'other run')}"
    ),
    Code.NO_VALUE: lambda: "missing value",
    Code.NO_DENOMINATOR: lambda: "denominator 0",
    Code.PART_OF_STRATA: lambda used, strata: f"{used} of {strata} strata",
    Code.LONELY_STRATA: lambda count: f"{_count(count, 'stratum', 'strata')} of a single cluster",
    Code.TOO_FEW_CLUSTERS: lambda: "too few clusters",
    Code.NO_INTERVAL: lambda n, least: f"{_count(n, 'cluster')}: no interval under {least}",
    Code.SHORT_TAIL: lambda tail, n, least: (
        f"a tenth of {_count(n, 'cluster')} counts for {tail:.1f}: no interval under {least:g}"
    ),
    Code.NO_REPLICATES: lambda: "no replicates",
    Code.UNDEFINED_SHARE: lambda share: f"{share:.1%} of replicates undefined",
    Code.UNDEFINED: lambda undefined, of: f"{undefined} of {of} replicates undefined",
    Code.NO_VARIATION: lambda: "no variation in the sample",
    Code.FEW_CLUSTERS: lambda n: f"not to be trusted: {_count(n, 'cluster')}",
    Code.UNEQUAL_CLUSTERS: lambda effective, n: (
        f"not to be trusted: {n} clusters count for {effective:.3g}"
    ),
    Code.FEW_SKEWED: lambda n: f"not to be trusted: {_count(n, 'cluster')}, skewed",
    Code.FEW_IN_GROUP: lambda n: f"not to be trusted: {_count(n, 'cluster')} in the smallest group",
    Code.TWO_TRAININGS: lambda: "only 2 trainings: the interval is too wide to conclude",
    Code.SEEDS_OWN: lambda: "spread of trainings: this recipe's own",
    Code.SEEDS_POOLED: lambda recipes: f"spread of trainings: pooled over {recipes} recipes",
    Code.SINGLE_GROUP: lambda: "single group",
    Code.NO_SCORE: lambda: "no overall score",
    Code.NEGATIVE: lambda: "only for scores of 0 or more: a score is negative",
    Code.NO_RATIO: lambda: "no ratio: every group's score is 0",
    Code.FIXED_SIGNS: lambda groups, z: f"signs of {groups} groups fixed at |z| ≥ {z:.1f}",
    Code.SMALL_DROP: lambda: "worse by less than the smallest drop that matters",
    Code.TOO_FEW_TO_SHOW: lambda n: f"{_count(n, 'cluster')}: too few to show any drop",
    Code.SIGNS: lambda worse, better: f"{worse} clusters worse, {better} better",
    Code.LEFT_OUT: lambda *groups: f"without {', '.join(groups)}",
    Code.UNPREDICTED: lambda what, bare, n: (
        f"no {what} in predictions or truth of {bare} of {n} samples"
    ),
    Code.NO_OBJECT: lambda: "no object of any class",
    Code.CAPPED: lambda crowded, n, objects, most, best: (
        f"{most} detections count, but {crowded} of {n} images have up to {objects} objects of a "
        f"class: no model can exceed {best:.3f}"
    ),
    Code.CEILINGS: lambda *groups: f"a perfect model falls short: {', '.join(groups)}",
    Code.FEW_SAMPLES: lambda least: f"under {least} images",
    Code.RARE_CLASSES: lambda n: f"biased upward: {_count(n, 'rare class', 'rare classes')}",
    Code.SAID: lambda text: str(text),
    Code.FAILED: lambda error: f"the metric failed: {error}",
    Code.TRAININGS: lambda trainings: f"mean of {trainings} trainings",
    Code.RANKED: lambda named, rows: f"ranked in set {named} of {rows}",
    Code.OVER_LINE: lambda named, rows: f"over the line of the others in set {named} of {rows}",
    Code.INCOMPLETE: lambda done, every: f"incomplete grid: {done} of {every} conditions",
    Code.SAMPLED: lambda some, every: f"each cluster under {some} of {every} conditions, by design",
    Code.STOPPED: lambda share, looks: (
        f"stopped early at {share:.0%} of the samples: the interval is one of {looks} that hold "
        "together"
    ),
    Code.CHANGED: lambda change: str(change),
    Code.KEPT: lambda kept, every: f"{kept} of {every} answers were kept ones",
    Code.NOT_TAKEN: lambda name: f"the server took no {name}: its own was used",
    Code.IS_CEILING: lambda: "what a perfect model gets on these samples, under this protocol",
    Code.FALLS_SHORT: lambda: "which is not the metric's best",
    Code.IS_NULL: lambda: "chance alone exceeds it in 5 % of samples of these sizes",
    Code.IS_FAIR: lambda: "a model without disparity would get this: median, and 5 to 95 %",
    Code.ES_ALPHA: lambda alpha: f"equity-scaled with α = {alpha:g}",
    Code.IS_GAP_MDE: lambda: "a gap of this size between any two groups is shown with 80 % power",
    Code.IS_SHRUNKEN: lambda: (
        "drawn towards the other groups, by half a standard error at most; the interval is the raw "
        "score's"
    ),
    Code.AS_PUBLISHED: lambda: "a mean that was published, and not computed here",
    Code.REPORTED_ERROR: lambda error: f"by the standard error that was published, {error:.3g}",
    Code.IS_MDE: lambda rows: f"80 % power at 5 % two-sided, against any of {rows} rows",
}
"""The words of each code, as a function of its arguments."""


def worded(notes: Notes) -> str:
    """Notes as text, joined by semicolons."""
    return "; ".join(phrase(one) for one in notes)


def phrase(note: Note) -> str:
    """One note as text."""
    return WORDS[note.code](*note.arguments)


def in_words(table: pd.DataFrame) -> pd.DataFrame:
    """A table whose column `note` is text."""
    if "note" not in table:
        return table
    said: list[Any] = [worded(note) if isinstance(note, tuple) else note for note in table["note"]]
    return table.assign(note=said)
