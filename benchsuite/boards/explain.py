"""What is behind a cell of a board: how it was computed, from what, and what moves it most."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from benchsuite.boards.asked import Asked, conditions_of
from benchsuite.boards.board import Board
from benchsuite.boards.named import CellName, cells_of
from benchsuite.boards.samples import CLUSTER, ID, INFLUENCE, moving
from benchsuite.condition import CLEAN
from benchsuite.estimation import Notes
from benchsuite.estimation.cells import EVERYBODY
from benchsuite.runs.forms import Form, Key
from benchsuite.runs.manifest import Manifest
from benchsuite.runs.statistics import Statistics
from benchsuite.task import Progress, silent

MOST: Final = 10
"""Samples that are shown."""
SCORE, POPULATION = "score", "population"
OF_SAMPLES: Final = (Form.VALUE, Form.RELATIVE, Form.DROP)
"""The forms that samples move; the others are computed from the values of groups."""
OF_CLEAN: Final = (Form.RELATIVE, Form.DROP, Form.GAP_GROWTH)
"""The forms that need the value on clean inputs, too."""
OF_EVERYBODY: Final = (
    Form.ES_SUM, Form.FAIR, Form.ES_STD, Form.ES_STD_FAIR, Form.ES_STD_POPULATION,
    Form.ES_STD_POPULATION_FAIR, Form.ES_COST, Form.ES_COST_FAIR,
)  # fmt: skip
"""The forms about groups that need the value of everybody, too."""


@dataclass(frozen=True, eq=False)
class Explanation:
    """A number of a run, and what is behind it.

    low, high      its 95 % interval, by the method `interval`; NaN where there is none
    effective, df  effective number of clusters and degrees of freedom; NaN for what is said of the
                   groups of an attribute
    computed_from  the cells that the number is a function of, with their values; empty where
                   samples alone give it
    samples        those that move it most: `sample_id`, `cluster`, own scores, `influence`
    command        what makes the run again; '' where the run does not know
    """

    path: Path
    manifest: Manifest
    cell: CellName
    value: float
    low: float
    high: float
    interval: str
    n: int | None
    clusters: int | None
    effective: float
    df: float
    notes: Notes
    replicates: int
    computed_from: Mapping[CellName, float]
    samples: pd.DataFrame
    command: str = ""


def explain(
    board: Board, statistics: Statistics, cell: CellName, command: str = "",
    progress: Progress = silent,
) -> Explanation:  # fmt: skip
    """What is behind a cell of a run's board; `statistics` are those of the same run."""
    row = board.rows.iloc[cells_of(board)[cell]]
    keys = {_name(key): key for key in board.estimates}
    key = keys.get(cell)
    estimate = board.estimates[key] if key else None
    moved = pd.DataFrame(columns=[ID, CLUSTER, INFLUENCE])
    if key and not math.isnan(row["value"]):
        moved = _moving_most(board, statistics, key, progress)
    return Explanation(
        path=board.directory.path,
        manifest=board.manifest,
        cell=cell,
        value=float(row["value"]),
        low=float(row["ci_low"]),
        high=float(row["ci_high"]),
        interval=str(row["interval"]),
        n=None if pd.isna(row["n"]) else int(row["n"]),
        clusters=None if pd.isna(row["clusters"]) else int(row["clusters"]),
        effective=estimate.effective if estimate else math.nan,
        df=estimate.df if estimate else math.nan,
        notes=row["note"],
        replicates=int(board.comparable["replicates"]),
        computed_from={_name(part): board.estimates[part].value for part in _parts(board, cell)},
        samples=moved,
        command=command,
    )


def _name(key: Key) -> CellName:
    group = key.group
    return CellName(key.condition, key.metric, key.form.value, group.attribute, group.value)


def _parts(board: Board, cell: CellName) -> list[Key]:
    """The cells that a cell is a function of."""
    form, place = Form(cell.form), board.places[cell.condition]
    if form == Form.CEILING:  # no model takes part
        return []
    about = {*place.members} if form == Form.VALUE else {place.label}
    about |= {CLEAN.full_name} if form in OF_CLEAN else set()
    here = [
        key
        for key in board.estimates
        if (key.form, key.metric) == (Form.VALUE, cell.metric) and key.condition in about
    ]
    if form in OF_SAMPLES:
        mine = (cell.attribute, cell.group)
        return [key for key in here if (key.group.attribute, key.group.value) == mine]
    everybody = [key for key in here if form in OF_EVERYBODY and key.group == EVERYBODY]
    return everybody + [
        key for key in here if cell.attribute and key.group.attribute == cell.attribute
    ]


def _moving_most(
    board: Board, statistics: Statistics, key: Key, progress: Progress
) -> pd.DataFrame:
    """The samples that move a cell most: who they are, their own scores, their influence."""
    conditions = [key.condition]
    if key.form in OF_CLEAN:
        conditions.append(CLEAN.full_name)
    parts = [key._replace(condition=one, form=Form.VALUE) for one in conditions]
    sides = [_side(statistics, part, progress) for part in parts]
    every = pd.concat(sides).index.unique()
    moves = [side[INFLUENCE].reindex(every, fill_value=0.0) for side in sides]
    values = [board.estimates[part].value for part in parts]
    without = [value - moved for value, moved in zip(values, moves, strict=True)]
    better = board.metrics[key.metric].higher_is_better
    rows = pd.DataFrame(
        {
            CLUSTER: pd.concat([side[CLUSTER] for side in sides]).groupby(level=[0, 1]).first(),
            **{part.condition: side[SCORE] for part, side in zip(parts, sides, strict=True)},
            INFLUENCE: _of_form(key.form, values, better) - _of_form(key.form, without, better),
        }
    ).dropna(subset=INFLUENCE)
    rows = rows.reset_index(level=1).assign(size=lambda found: -found[INFLUENCE].abs())
    return rows.sort_values(["size", ID]).drop(columns="size").head(MOST).reset_index(drop=True)


def _of_form(form: Form, values: Sequence[Any], higher_is_better: bool) -> Any:
    """The number of a form from the value there and, but for the value itself, that on clean."""
    if form == Form.VALUE:
        return values[0]
    there, clean = values
    if form == Form.RELATIVE:
        return there / clean
    return clean - there if higher_is_better else there - clean


def _side(statistics: Statistics, key: Key, progress: Progress) -> pd.DataFrame:
    """Cluster, own score and influence of each sample, by population and id.

    In populations of their own, two samples that share an id are not the same.
    """
    conditions = conditions_of(statistics, key.condition)
    asked = Asked.of(statistics, conditions, key.metric, key.group)
    rows = moving(asked, [asked.metric], progress)
    population = statistics.manifest.populations[conditions[0]]
    index = [pd.Index([population] * len(rows), name=POPULATION), rows[ID]]
    found = rows[[CLUSTER, key.metric, INFLUENCE]].set_axis([CLUSTER, SCORE, INFLUENCE], axis=1)
    return found.set_index(index)
