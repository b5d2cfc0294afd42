"""What a board says to programs of others: which rows, and what is behind them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any, Final

import pandas as pd

from benchsuite.boards.seeds import run_ids
from benchsuite.errors import BenchsuiteError
from benchsuite.estimation import record_of_metric
from benchsuite.estimation.records import MetricRecord
from benchsuite.publishing.latex import STAND_IN
from benchsuite.publishing.pages import intervals_of_others
from benchsuite.publishing.rows import measured, of_form
from benchsuite.publishing.site.boards import Published
from benchsuite.publishing.views import GROUP_FORMS
from benchsuite.runs.forms import Form, Scope
from benchsuite.task import load_task
from benchsuite.task.origin import Origin

NO_RUN: Final = ("run_id", "task", "dataset", "model", "row")
"""The columns of the table of runs that say which row it is, and not what the run was."""


def told(board: Published) -> pd.DataFrame:
    """The rows that other programs get, of each model: a value or a reason why it has none.

    That is every metric on clean inputs, the headline under each condition and set of conditions,
    what is left of it under a suite, and how groups share it.
    """
    table = board.table
    headlines = table.drop_duplicates("run_id").set_index("run_id")["metric"]
    own = table[table["metric"] == table["run_id"].map(headlines)]
    overall, groups = own[own["attribute"] == ""], own[own["attribute"] != ""]
    clean = table[(table["attribute"] == "") & (table["kind"] == "clean")]
    share = of_form(overall[overall["scope"] == Scope.SUITE], Form.RELATIVE)
    parts = [
        of_form(clean, Form.VALUE),
        measured(of_form(overall, Form.VALUE)),
        share[share["value"].notna()],
        of_form(groups[groups["kind"] == "clean"], Form.VALUE, *GROUP_FORMS),
    ]
    index = pd.Index([place for part in parts for place in part.index]).drop_duplicates()
    rows: pd.DataFrame = table.loc[index]
    return rows


def statements(board: Published) -> list[str]:
    """What nobody may overlook: that others published the numbers, or that data is a stand-in."""
    others = [intervals_of_others(board.table)] if board.elsewhere else []
    return [*others, *([STAND_IN] if board.stand_in else ())]


def behind(board: Published, row: str) -> dict[str, str]:
    """What the runs behind a row were: fingerprints, factors, command; each value once."""
    runs = board.runs[board.runs["run_id"].isin(run_ids(row))]
    found = {str(name): "; ".join(filter(None, runs[name].unique())) for name in runs}
    return {name: text for name, text in found.items() if text and name not in NO_RUN}


@dataclass(frozen=True)
class Known:
    """What an installed task says of a dataset and metrics; nothing where it is not here."""

    origin: Origin | None = None
    metrics: Mapping[str, MetricRecord] = field(default_factory=dict)

    @property
    def hub(self) -> str:
        """The dataset's repository on the Hub; empty where it has none."""
        repositories = self.origin.repositories if self.origin else ()
        return repositories[0].name if repositories else ""

    @property
    def homepage(self) -> str:
        """The address of the dataset; empty where nobody has said it."""
        return self.origin.homepage if self.origin else ""

    def unit(self, metric: str) -> str:
        """The unit of a metric; empty where it has none."""
        return self.metrics[metric].unit if metric in self.metrics else ""

    def limits(self, metric: str, form: str) -> tuple[float, float]:
        """The lowest and highest value of a metric, infinite for what is computed of it."""
        own = metric in self.metrics and form == Form.VALUE
        return self.metrics[metric].limits if own else (-inf, inf)


def known_of(board: Published) -> Known:
    """What the task of a board says."""
    try:
        task = load_task(board.task)
    except BenchsuiteError:
        return Known()
    metrics = {metric.name: record_of_metric(metric) for metric in task.metrics}
    return Known(task.origin(board.dataset), metrics)


def by_model(rows: pd.DataFrame) -> Iterator[tuple[str, str, list[Any]]]:
    """The rows of each model: its name, its `run_id`, and the rows."""
    for run, part in rows.groupby("run_id", sort=False):
        yield str(part["model"].iloc[0]), str(run), [*part.itertuples(index=False)]
