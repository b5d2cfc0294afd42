"""The explanation of a number, as lines of text and as HTML."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pandas as pd

from benchsuite.boards.asked import shown_as
from benchsuite.boards.explain import Explanation
from benchsuite.boards.named import CellName
from benchsuite.estimation.wording import worded
from benchsuite.publishing.escape import line
from benchsuite.publishing.samples import readable
from benchsuite.publishing.shown import as_html, as_text

METHODS: Final = {
    "t": "t: centre ± t · standard error",
    "score": "score: never crosses the metric's bounds",
    "unseen": "unseen: all samples are alike, so only their number limits what others may be",
    "point": "point: all samples are alike, and the metric has no bounds",
    "reported": "reported: by the standard error that others published",
    "withheld": "withheld: see the note",
    "none": "none: no replicates were drawn for this number",
    "simultaneous": "simultaneous over all groups",
    "inversion": "inversion over every order of the groups",
    "null": "5 to 95 % of models without disparity",
}
"""What the methods of intervals mean."""
MOST_PARTS: Final = 12
"""Cells that are listed of those that a number is computed from."""
MOVING: Final = "the samples that move it most"
CODE: Final = 12
"""Digits of a fingerprint of code."""


@dataclass(frozen=True, eq=False, repr=False)
class Explained(Explanation):
    """An explanation that shows itself: text in a terminal, HTML in a notebook."""

    @classmethod
    def of(cls, found: Explanation) -> Explained:
        """The explanation, shown."""
        return cls(**vars(found))

    def __repr__(self) -> str:
        moving = as_text(MOVING, self.moving) if len(self.samples) else ""
        return "\n".join([line(title(self.cell)), "", *text(self), "", moving])

    def _repr_html_(self) -> str:
        told = pd.DataFrame(facts(self), columns=["", " "])
        moving = as_html(MOVING, self.moving) if len(self.samples) else ""
        return as_html(title(self.cell), told) + moving

    @property
    def moving(self) -> pd.DataFrame:
        """The samples that move the number most, as people read them."""
        return readable(self.samples)


def facts(found: Explanation) -> Iterator[tuple[str, str]]:
    """What is behind a number: a word, and what there is to say. The texts are as they came."""
    yield from _measured(found)
    yield from _made(found)


def _measured(found: Explanation) -> Iterator[tuple[str, str]]:
    yield "value", number(found.value)
    if not math.isnan(found.low):
        yield "95 % interval", f"[{number(found.low)}, {number(found.high)}]"
    if found.interval:
        yield "method", METHODS.get(found.interval, found.interval)
    if found.n is not None:
        yield "samples", f"{found.n} in {_clusters(found)}"
    if not math.isnan(found.df):
        yield "degrees of freedom", f"{found.df:.1f}"
    yield "replicates", str(found.replicates)
    if found.notes:
        yield "note", worded(found.notes)
    if found.computed_from:
        yield "computed from", "; ".join(_parts(found))


def _made(found: Explanation) -> Iterator[tuple[str, str]]:
    manifest, cell = found.manifest, found.cell
    identity, environment = manifest.identity, manifest.environment
    adaptation = manifest.factors.get("protocol", "")
    yield "protocol", "; ".join(filter(None, [identity.protocol, adaptation])) or "the task's own"
    yield "dataset", f"{identity.dataset}, fingerprint {identity.dataset_fingerprint}"
    if manifest.dataset_note:
        yield "", manifest.dataset_note
    yield "model", f"{identity.model}, fingerprint {identity.model_fingerprint}"
    yield "task", f"{identity.task}, version {identity.task_version}, seed {identity.seed}"
    yield "metric", f"{cell.metric}, version {identity.metrics[cell.metric]}"
    if environment.code:
        yield "code", ", ".join(f"{name} {code[:CODE]}" for name, code in environment.code.items())
    if environment.python:
        libraries = [f"{name} {version}" for name, version in environment.libraries.items()]
        yield "versions", ", ".join([f"python {environment.python}", *libraries])
    if manifest.noted:
        yield "changed meanwhile", "; ".join(manifest.noted)
    yield "run", f"{manifest.run_id}, {found.path}"
    if found.command:
        yield "make it again", found.command


def _clusters(found: Explanation) -> str:
    """How many clusters, and what they count for where some weigh more than others."""
    if found.cell.attribute and not found.cell.group:
        return f"{found.clusters} clusters, in the smallest group"
    uneven = not math.isnan(found.effective) and round(found.effective) != found.clusters
    counted = f", which count for {found.effective:.1f}" if uneven else ""
    return f"{found.clusters} clusters{counted}"


def title(cell: CellName) -> str:
    """The cell as a heading: `AP, corruption/fog/3, size=small, value`."""
    group = shown_as(cell.attribute, cell.group)
    return ", ".join(filter(None, [cell.metric, cell.condition, group, cell.form]))


def number(value: float) -> str:
    """A number with four digits; `none` where it is missing."""
    return "none" if math.isnan(value) else f"{value:.4g}"


def _parts(found: Explanation) -> list[str]:
    parts = [f"{title(cell)}: {number(value)}" for cell, value in found.computed_from.items()]
    more = len(parts) - MOST_PARTS
    return parts if more <= 0 else [*parts[:MOST_PARTS], f"and {more} more"]


def text(found: Explanation) -> Iterator[str]:
    """The facts, a line each."""
    rows = [(word, line(said)) for word, said in facts(found)]
    width = max(len(word) for word, _ in rows)
    return (f"{word:{width}}  {said}" for word, said in rows)
