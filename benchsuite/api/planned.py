"""The plan of a gate: the drop that it finds in a run, and the samples that another drop needs."""

from collections.abc import Sequence

import pandas as pd

from benchsuite.api.finished import Where
from benchsuite.api.judged import judging, paired_up, statistics_of
from benchsuite.api.progress import bar
from benchsuite.errors import WrongCall
from benchsuite.gates import plan as plans
from benchsuite.gates.chosen import metrics_of
from benchsuite.gates.pilot import Pilot, check_correlation
from benchsuite.gates.policy import Policy
from benchsuite.publishing.plans import cells_of, lines, shown, title
from benchsuite.publishing.shown import as_html, as_text


class GatePlan(plans.Plan):
    """A plan that shows itself: text in a terminal, HTML in a notebook."""

    def table(self) -> pd.DataFrame:
        """One row per cell: what it has, finds and needs; infinite where no number is enough."""
        return cells_of(self)

    def view(self) -> pd.DataFrame:
        """The same as people read it."""
        return shown(self)

    @property
    def title(self) -> str:
        """What is planned."""
        return title(self)

    @property
    def lines(self) -> list[str]:
        """What the headline and all cells need, and what the plan rests on."""
        return [*lines(self)]

    def __repr__(self) -> str:
        return as_text(self.title, self.view(), self.lines)

    def _repr_html_(self) -> str:
        return as_html(self.title, self.view(), self.lines)


def gate_plan(
    runs: Where | Sequence[Where],
    drop: float | str | None = None,
    baseline: Where | None = None,
    policy: Policy | None = None,
    metric: str = "",
    correlation: float | None = None,
) -> GatePlan:
    """The drop that a gate finds in runs like these, and the samples that it needs for another.

    `drop` is in the metric's unit, or a share of the baseline: 0.02, or "2%". The differences from
    `baseline` are the noise. Without one, the scores of two models have a `correlation`, .8 by
    default. Raises BadData for runs that cannot be planned from, WrongCall.
    """
    asked = None if drop is None else plans.drop_of(str(drop))
    if baseline is not None and correlation is not None:
        raise WrongCall("gate plan: expected --baseline or --correlation, and not both")
    rules = judging(policy or Policy(), metric)
    alone = check_correlation(plans.CORRELATION if correlation is None else correlation)
    if baseline is None:
        pilot = Pilot([(run, run) for run in statistics_of(runs)], alone)
    else:
        pilot = Pilot(paired_up(baseline, runs))
    with bar("gate plan") as progress:
        found = plans.plan(pilot, metrics_of(pilot.pairs, rules), rules, asked, progress)
    return GatePlan(**vars(found))
