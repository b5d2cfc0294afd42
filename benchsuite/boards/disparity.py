"""Who gets the worse score: the rows that a board shows of an attribute under a metric."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from benchsuite.estimation import (
    Estimate,
    Extremal,
    Fair,
    between_sd,
    es_cost,
    es_std,
    es_sum,
    gap,
    gap_growth,
    gap_mde,
    join_notes,
    ratio,
    worst_group,
)
from benchsuite.estimation.estimate import MIN_CLUSTERS

NULL_NOTE = "what chance alone exceeds in 5 % of samples of these sizes"
FAIR_NOTE = "median of what a model without disparity would get, and its 5 to 95 %"
MDE_NOTE = "a gap of that size between any two groups would be shown with 80 % power"


@dataclass(frozen=True)
class Shown:
    """One number on the equity of a metric: `es_sum`, `gap_null95` … with its bounds."""

    label: str
    value: float
    low: float
    high: float
    method: str
    n: int
    clusters: int
    note: str
    higher_is_better: bool


def shown(
    groups: Mapping[str, Estimate],
    bounds: tuple[float, float],
    higher_is_better: bool,
    overall: Estimate | None = None,
) -> Iterator[Shown]:
    """The gap and the worst group of an attribute; with `overall`, every other form of equity, too.

    Groups of fewer than 5 clusters are left out, and named in the note: no gap is shown bare.
    """
    estimates = [_or_missing(e) for e in groups.values()]
    out = _left_out(groups)
    low, high = bounds
    spread = gap(estimates, higher_is_better)
    yield _of("gap", spread, (0.0, high - low), False, out)
    yield _of("worst", worst_group(estimates, higher_is_better), bounds, higher_is_better, out)
    yield _alone("gap_null95", spread.null95, spread, NULL_NOTE)
    if overall is None:
        return
    yield _alone("gap_mde", float(np.minimum(gap_mde(estimates), high - low)), spread, MDE_NOTE)
    sd = between_sd(estimates)
    yield _of("sd", sd, (0.0, (high - low) / np.sqrt(2)), False, out)
    yield _alone("sd_null95", sd.null95, sd, NULL_NOTE)
    forms = {"es_cost": es_cost(overall, estimates)}
    if higher_is_better:
        forms = {
            "es_sum": es_sum(overall, estimates),
            "es_std": es_std(overall, estimates),
            "es_std_population": es_std(overall, estimates, population=True),
        }
    ends = bounds if higher_is_better else (low, np.inf)
    forms_and_ends = {label: (form, ends) for label, form in forms.items()}
    forms_and_ends["ratio"] = (ratio(overall, estimates), (0.0, 1.0))
    for label, (form, limits) in forms_and_ends.items():
        better = higher_is_better or label == "ratio"
        yield _of(label, form, limits, better, out)
        yield _fair(label.replace("es_sum", "es") + "_fair", form, better)


def grown(
    before: Mapping[str, Estimate], groups: Mapping[str, Estimate], bounds: tuple[float, float]
) -> Shown:
    """How much larger the gap of an attribute is than `before`, which is that of clean inputs.

    Groups of fewer than 5 clusters, or not there `before`, are left out, and named in the note.
    """
    here = {name: before.get(name, _missing(e, 0)) for name, e in groups.items()}
    clean, there = ([_or_missing(e) for e in side.values()] for side in (here, groups))
    found = gap_growth(clean, there)
    scarcer = {
        name: min(here[name], e, key=lambda one: (not np.isnan(one.value), one.clusters))
        for name, e in groups.items()
    }
    most = bounds[1] - bounds[0]
    return _of("gap_growth", found, (-most, most), False, _left_out(scarcer))


def _or_missing(estimate: Estimate) -> Estimate:
    """The estimate, or a missing one where it has too few clusters to say anything."""
    return estimate if estimate.clusters >= MIN_CLUSTERS else _missing(estimate, estimate.clusters)


def _missing(estimate: Estimate, clusters: int) -> Estimate:
    nothing = np.full_like(estimate.replicates, np.nan)
    return Estimate(np.nan, nothing, estimate.n, clusters, note="too few clusters")


def _left_out(groups: Mapping[str, Estimate]) -> str:
    few = [
        f"{name} (no value)" if e.clusters >= MIN_CLUSTERS else f"{name} ({e.clusters} clusters)"
        for name, e in groups.items()
        if np.isnan(e.value) or e.clusters < MIN_CLUSTERS
    ]
    return f"without {', '.join(few)}" if few else ""


def _of(label: str, found: Extremal, bounds: tuple[float, float], better: bool, out: str) -> Shown:
    low, high = (float(np.clip(end, *bounds)) for end in (found.low, found.high))
    note = join_notes([found.note, out])
    return Shown(label, found.value, low, high, found.method, found.n, found.clusters, note, better)


def _alone(label: str, value: float, found: Extremal, note: str) -> Shown:
    """A number that is itself a statement on chance, and has no bounds."""
    said = note if not np.isnan(value) else found.note
    return Shown(label, value, np.nan, np.nan, "", found.n, found.clusters, said, False)


def _fair(label: str, found: Extremal, better: bool) -> Shown:
    fair = found.fair or Fair(np.nan, np.nan, np.nan)
    note = FAIR_NOTE if found.fair else found.note
    return Shown(
        label, fair.median, fair.low, fair.high, "null" if found.fair else "", found.n,
        found.clusters, note, better,
    )  # fmt: skip
