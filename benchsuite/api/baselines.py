"""Baselines: which runs a gate judges against, who accepted them, and why."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pandas as pd

from benchsuite.api.finished import Where
from benchsuite.api.judged import judging, paired_up, path_of, several
from benchsuite.api.progress import bar
from benchsuite.errors import BadData, WrongCall
from benchsuite.estimation import Metric
from benchsuite.gates.chosen import asked, metrics_of
from benchsuite.gates.pairs import problems_of
from benchsuite.gates.policy import Policy
from benchsuite.gates.regression import compare_pairs
from benchsuite.publishing.baselines import diff_table, shown_baselines
from benchsuite.runs.author import commit, who
from benchsuite.runs.baselines import accept as accept_run
from benchsuite.runs.log import Accepted, Told
from benchsuite.runs.statistics import Statistics, read_statistics

BASELINES: Final = Path("baselines")
"""The folder of baselines, unless another is named."""


def accept(
    runs: Where | Sequence[Where],
    reason: str,
    baselines: str | Path = BASELINES,
    by: str = "",
    policy: Policy | None = None,
) -> list[Accepted]:
    """Make runs the baselines of a folder; returns the new lines of its log.

    Each keeps what the metrics of `policy` read, by default the task's headline. A run that is the
    baseline already gets no line. `by` is who accepts, by default the user of git or the system.
    Raises WrongCall without a reason or a name, BadData for a run that is not finished.
    """
    folder = Path(baselines)
    told = _told(folder, reason, by)
    every = [read_statistics(path_of(run)) for run in several(runs)]
    rules = policy or Policy()
    with bar("baseline accept"):
        made = [accept_run(folder, one, _metrics(one, rules), told) for one in every]
    return [one for one in made if one is not None]


def _told(folder: Path, reason: str, by: str) -> Told:
    found, changed = commit(folder)
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Told(_line("--by", by or who(folder)), now, _line("--reason", reason), found, changed)


def _line(option: str, text: str) -> str:
    """A text as one printable line. Raises WrongCall where there is none."""
    plain = " ".join(text.split())
    if not plain or not plain.isprintable():
        raise WrongCall(f"{option}: expected a line of text, found {text!r}")
    return plain


def _metrics(statistics: Statistics, policy: Policy) -> tuple[Metric, ...]:
    """The metrics that a policy judges of a run; its headline where the policy is for others."""
    found = metrics_of([(statistics, statistics)], policy)
    return found.get(statistics.identity.task, statistics.metrics[:1])


def baselines(folder: str | Path = BASELINES) -> pd.DataFrame:
    """One row per baseline of a folder: value, who accepted it, when, why, and its state."""
    return shown_baselines(Path(folder))


def baseline_diff(
    runs: Where | Sequence[Where],
    baselines: Where = BASELINES,
    policy: Policy | None = None,
    metric: str = "",
) -> pd.DataFrame:
    """Every cell of runs beside that of their baselines, with paired intervals and no verdict.

    The cells are those that a gate would judge. Raises BadData where the two cannot be compared.
    """
    rules = judging(policy or Policy(), metric)
    pairs = paired_up(baselines, runs)
    judged = asked(pairs, metrics_of(pairs, rules), rules)
    for one in judged:
        for problem in (p for m in one.metrics for p in problems_of(one.pair, m)):
            raise BadData(problem)
    with bar("baseline diff"):
        return diff_table([cell.finding for cell in compare_pairs(judged, rules)])
