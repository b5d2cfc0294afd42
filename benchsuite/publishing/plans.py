"""A gate's plan as people read it: a table of cells, and what the whole needs, as lines."""

import math
from collections.abc import Iterator
from typing import Final

import pandas as pd

from benchsuite.errors import some_of
from benchsuite.gates.plan import MOST, Plan, Planned

FINDS: Final = {"detect": "finds a drop", "assure": "shows a margin"}
"""What a gate does, by its mode."""
NONE: Final = "none"
"""In place of a number that does not exist."""


def cells_of(plan: Plan) -> pd.DataFrame:
    """One row per cell, those first that need most; infinite where no number is enough."""
    rows = [
        {
            "cell": one.cell.name,
            "family": one.cell.finding.family,
            "value": one.cell.baseline.value,
            "clusters": one.cell.baseline.clusters,
            "samples": one.cell.baseline.n,
            "detectable": one.detectable,
            "drop": one.drop,
            "clusters_needed": one.clusters,
            "samples_needed": one.samples,
            "times": one.factor,
        }
        for one in plan.cells
    ]
    return pd.DataFrame(rows).dropna(axis="columns", how="all")


def shown(plan: Plan) -> pd.DataFrame:
    """The same as people read it: the clusters that are there, and those that are needed."""
    rows = []
    for one in plan.cells:
        planned = not math.isnan(one.factor)
        needs = {"needs clusters": _count(one.clusters), "times": _times(one.factor)}
        rows.append(
            {
                "cell": one.cell.name,
                "clusters": _count(one.cell.baseline.clusters),
                **(needs if planned else {}),
                f"{FINDS[plan.mode]} of": _size(one, one.detectable),
                "samples": _count(one.cell.baseline.n),
                **({"needs samples": _count(one.samples)} if planned else {}),
            }
        )
    return pd.DataFrame(rows)


def title(plan: Plan) -> str:
    """What is planned."""
    if plan.mode == "assure":
        what = "an unchanged model is shown to be within its margins"
    else:
        what = f"a drop of {plan.drop}" if plan.drop else "the drop that each cell finds"
    return f"gate plan: {what}, with 80 % power"


def lines(plan: Plan) -> Iterator[str]:
    """What the headline and the whole need or find, and what the plan rests on."""
    yield from (f"headline: {_told(plan, one)}" for one in plan.headline)
    reached = [one for one in plan.cells if not math.isinf(_needed(one))]
    if others := [one for one in reached if not one.cell.headline]:
        yield f"every cell: {_whole(plan, max(others, key=_needed))}"
    if never := [one.cell.name for one in plan.cells if one not in reached]:
        planned = not math.isnan(plan.cells[0].factor)
        most = f"{MOST:,.0f} times the clusters" if planned else "so many clusters"
        yield f"not with {most}: {some_of(never)}"
    yield f"noise: {plan.noise}"
    if plan.unknown:
        yield f"not planned, for they do not vary or have no value: {some_of(plan.unknown)}"
    yield from plan.remarks


def _needed(one: Planned) -> float:
    return one.detectable if math.isnan(one.factor) else one.factor


def _told(plan: Plan, one: Planned) -> str:
    """What a cell finds, and what it needs."""
    own, finds = one.cell.baseline, FINDS[plan.mode]
    here = f"{finds} of {_size(one, one.detectable)} with {_counts(own.n, own.clusters)}"
    if math.isnan(one.factor):
        return f"{one.cell.name} {here}"
    needs, drop = _counts(one.samples, one.clusters), _size(one, one.drop)
    return f"{one.cell.name} needs {needs} for {drop}; it {here}"


def _whole(plan: Plan, one: Planned) -> str:
    """What all samples have to be, so that each cell has enough: the one that needs most, too."""
    if math.isnan(one.factor):
        return f"{FINDS[plan.mode]} of {_size(one, one.detectable)} or more: {one.cell.name}"
    table, factor = one.cell.sides[0].tables[one.cell.condition], plan.whole
    if math.isinf(factor):
        return f"{NONE} that the plan knows is enough for all at once"
    samples = math.ceil(factor * len(table))
    clusters = math.ceil(factor * table["cluster"].nunique())
    return (
        f"{_counts(samples, clusters)} in all, {_times(factor)} times these: "
        f"{one.cell.name} alone needs {_counts(one.samples, one.clusters)}"
    )


def _counts(samples: float, clusters: float) -> str:
    """`400 samples`, or `400 samples in 100 clusters`."""
    inside = "" if samples == clusters else f" in {_count(clusters)} clusters"
    return f"{_count(samples)} samples{inside}"


def _size(one: Planned, drop: float) -> str:
    """A drop in the metric's unit, and as a share of the baseline."""
    if math.isinf(drop):
        return NONE
    value = abs(one.cell.baseline.value)
    share = f" ({100 * drop / value:.3g} %)" if value else ""
    return f"{drop:.3g}{share}"


def _count(count: float) -> str:
    return NONE if math.isinf(count) else f"{count:,.0f}"


def _times(factor: float) -> str:
    return NONE if math.isinf(factor) else f"{factor:.3g}"
