"""The explanation of a number, as lines of text and as HTML."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from benchsuite.boards.explain import Explanation
from benchsuite.boards.named import CellName
from benchsuite.estimation.wording import worded
from benchsuite.publish.escape import line

METHODS: Final = {
    "t": "t: centre ± t · standard error",
    "score": "score: never crosses the metric's bounds",
    "unseen": "unseen: all samples are alike, so only their number limits what others may be",
    "point": "point: all samples are alike, and the metric has no bounds",
    "withheld": "withheld: see the note",
    "none": "none: no replicates were drawn for this number",
    "simultaneous": "simultaneous over all groups",
    "inversion": "inversion over every order of the groups",
    "null": "5 to 95 % of models without disparity",
}
"""What the methods of intervals mean."""
MOST_PARTS: Final = 12
"""Cells that are listed of those that a number is computed from."""
CODE: Final = 12
"""Digits of a fingerprint of code."""


def facts(found: Explanation) -> Iterator[tuple[str, str]]:
    """What is behind a number: a word, and what there is to say. The texts are as they came."""
    identity, environment = found.manifest.identity, found.manifest.environment
    yield "value", number(found.value)
    if not math.isnan(found.low):
        yield "95 % interval", f"[{number(found.low)}, {number(found.high)}]"
    if found.interval:
        yield "method", METHODS.get(found.interval, found.interval)
    if found.n is not None:
        effective = (
            "" if math.isnan(found.effective) else f", which count for {found.effective:.1f}"
        )
        yield "samples", f"{found.n} in {found.clusters} clusters{effective}"
    if not math.isnan(found.df):
        yield "degrees of freedom", f"{found.df:.1f}"
    yield "replicates", str(found.replicates)
    if found.notes:
        yield "note", worded(found.notes)
    if found.computed_from:
        yield "computed from", "; ".join(_parts(found))
    yield "protocol", identity.protocol or "the task's own"
    yield "dataset", f"{identity.dataset}, fingerprint {identity.dataset_fingerprint}"
    yield "model", f"{identity.model}, fingerprint {identity.model_fingerprint}"
    yield "task", f"{identity.task}, version {identity.task_version}, seed {identity.seed}"
    yield "metric", f"{found.cell.metric}, version {identity.metrics[found.cell.metric]}"
    if environment.code:
        yield "code", ", ".join(f"{name} {code[:CODE]}" for name, code in environment.code.items())
    if environment.python:
        libraries = [f"{name} {version}" for name, version in environment.libraries.items()]
        yield "versions", ", ".join([f"python {environment.python}", *libraries])
    yield "run", f"{found.manifest.run_id}, {found.path}"
    if found.command:
        yield "make it again", found.command


def title(cell: CellName) -> str:
    """The cell as a heading: `AP, corruption/fog/3, size=small, value`."""
    group = f"{cell.attribute}={cell.group}" if cell.group else cell.attribute
    return ", ".join(filter(None, [cell.metric, cell.condition, group, cell.form]))


def number(value: float) -> str:
    """A number with four digits; `none` where it is missing."""
    return "none" if math.isnan(value) else f"{value:.4g}"


def _parts(found: Explanation) -> list[str]:
    parts = [f"{title(cell)}: {number(value)}" for cell, value in found.computed_from.items()]
    more = len(parts) - MOST_PARTS
    return parts if more <= 0 else [*parts[:MOST_PARTS], f"and {more} more"]


def text(found: Explanation) -> str:
    """The facts, a line each."""
    rows = [(word, line(said)) for word, said in facts(found)]
    width = max(len(word) for word, _ in rows)
    return "".join(f"{word:{width}}  {said}\n" for word, said in rows)
