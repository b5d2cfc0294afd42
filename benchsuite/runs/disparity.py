"""Which group gets the worse score: the rows of a board about one attribute and one metric."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchsuite.estimation import (
    Code,
    Estimate,
    Extremal,
    Fair,
    Notes,
    between_sd,
    es_cost,
    es_std,
    es_sum,
    gap,
    gap_growth,
    gap_mde,
    join_notes,
    note,
    ratio,
    worst_group,
)
from benchsuite.estimation.cells import Group
from benchsuite.estimation.groups import too_little, unusable
from benchsuite.runs.forms import Form


@dataclass(frozen=True)
class Shown:
    """One number about the equity of a metric, with its bounds."""

    form: Form
    value: float
    low: float
    high: float
    method: str
    n: int
    clusters: int
    notes: Notes
    higher_is_better: bool


def shown(
    groups: Mapping[Group, Estimate],
    bounds: tuple[float, float],
    higher_is_better: bool,
    overall: Estimate | None = None,
    alpha: float = 1.0,
    short: Sequence[Group] = (),
) -> Iterator[Shown]:
    """The gap and the worst group of an attribute. With `overall`, also every other form of equity.

    `alpha` is that of the equity-scaled forms. Groups that nothing can be inferred from are left
    out, and the note names them. It also names those in which a perfect model falls `short`: the
    protocol may make a gap.
    """
    estimates = [*groups.values()]
    held = note(Code.CEILINGS, *(g.value for g in groups if g in short))
    out = join_notes([_left_out(groups), held if short else ()])
    low, high = bounds
    spread = gap(estimates, higher_is_better, bounds=bounds)
    yield _of(Form.GAP, spread, (0.0, high - low), False, out)
    worst = worst_group(estimates, higher_is_better, bounds=bounds)
    yield _of(Form.WORST, worst, bounds, higher_is_better, out)
    yield _alone(Form.NULL95, spread.null95, spread, Code.IS_NULL)
    if overall is None:
        return
    unseen = float(np.minimum(gap_mde(estimates, bounds=bounds), high - low))
    yield _alone(Form.GAP_MDE, unseen, spread, Code.IS_GAP_MDE)
    sd = between_sd(estimates, bounds=bounds)
    yield _of(Form.SD, sd, (0.0, (high - low) / np.sqrt(2)), False, out)
    yield _alone(Form.SD_NULL95, sd.null95, sd, Code.IS_NULL)
    ends = bounds if higher_is_better else (low, np.inf)
    said = note(Code.ES_ALPHA, alpha) if alpha != 1 else ()
    for form, fair_form, found in _scaled(overall, estimates, bounds, higher_is_better, alpha):
        yield _of(form, found, ends, higher_is_better, join_notes([out, said]))
        yield _fair(fair_form, found, higher_is_better, said)
    shares = ratio(overall, estimates, bounds=bounds)
    yield _of(Form.RATIO, shares, (0.0, 1.0), True, out)
    yield _fair(Form.RATIO_FAIR, shares, True)


def _scaled(
    overall: Estimate,
    groups: Sequence[Estimate],
    bounds: tuple[float, float],
    higher_is_better: bool,
    alpha: float,
) -> Iterator[tuple[Form, Form, Extremal]]:
    """The equity-scaled forms of a score or a cost, each with the form of a fair model's."""
    if higher_is_better:
        yield Form.ES_SUM, Form.FAIR, es_sum(overall, groups, bounds=bounds, alpha=alpha)
        sample = es_std(overall, groups, bounds=bounds, alpha=alpha)
        yield Form.ES_STD, Form.ES_STD_FAIR, sample
        population = es_std(overall, groups, population=True, bounds=bounds, alpha=alpha)
        yield Form.ES_STD_POPULATION, Form.ES_STD_POPULATION_FAIR, population
    else:
        cost = es_cost(overall, groups, bounds=bounds, alpha=alpha)
        yield Form.ES_COST, Form.ES_COST_FAIR, cost


def grown(
    before: Mapping[Group, Estimate], groups: Mapping[Group, Estimate], bounds: tuple[float, float]
) -> Shown:
    """How much larger the gap of an attribute is than `before`, the gap on clean inputs.

    Groups that are not usable on both sides are left out. The note names them.
    """
    here = [before.get(group) or _missing(e) for group, e in groups.items()]
    there = [*groups.values()]
    found = gap_growth(here, there, bounds=bounds)
    scarcer = {
        group: clean if unusable([clean]) else e
        for (group, e), clean in zip(groups.items(), here, strict=True)
    }
    most = bounds[1] - bounds[0]
    return _of(Form.GAP_GROWTH, found, (-most, most), False, _left_out(scarcer))


def _missing(estimate: Estimate) -> Estimate:
    nothing = np.full_like(estimate.deviations, np.nan)
    return Estimate(np.nan, nothing, 0, 0)


def _left_out(groups: Mapping[Group, Estimate]) -> Notes:
    places = unusable([*groups.values()])
    few = [f"{g.value} ({too_little(e)})" for i, (g, e) in enumerate(groups.items()) if i in places]
    return note(Code.LEFT_OUT, *few) if few else ()


def _of(
    form: Form, found: Extremal, bounds: tuple[float, float], better: bool, out: Notes
) -> Shown:
    low, high = (float(np.clip(end, *bounds)) for end in (found.low, found.high))
    notes = join_notes([found.notes, out])
    return Shown(form, found.value, low, high, found.method, found.n, found.clusters, notes, better)


def _alone(form: Form, value: float, found: Extremal, code: Code) -> Shown:
    """A number that says what chance alone does. It has no bounds."""
    notes = note(code) if not np.isnan(value) else found.notes
    return Shown(form, value, np.nan, np.nan, "", found.n, found.clusters, notes, False)


def _fair(form: Form, found: Extremal, better: bool, said: Notes = ()) -> Shown:
    fair = found.fair or Fair(np.nan, np.nan, np.nan)
    notes = join_notes([note(Code.IS_FAIR), said]) if found.fair else found.notes
    return Shown(
        form, fair.median, fair.low, fair.high, "null" if found.fair else "", found.n,
        found.clusters, notes, better,
    )  # fmt: skip
