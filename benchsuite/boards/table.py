"""Boards -> one tidy pandas table: one row per cell, with interval, rank set and source."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from benchsuite.boards.board import Board, finished, load_boards, warn_left_out
from benchsuite.boards.line import line_rows
from benchsuite.boards.ranked import Ranked, ranked, why_not_ranked
from benchsuite.boards.seeds import by_recipe, of_seeds, spread_of
from benchsuite.estimation import (
    Code,
    Note,
    Notes,
    join_notes,
    mde,
    note,
    recipe_interval,
)
from benchsuite.estimation.cells import EVERYBODY
from benchsuite.runs.answers import notes
from benchsuite.runs.forms import Form, Key
from benchsuite.runs.tidy import TidyRow, frame_of, row_of, with_notes

COLUMNS = (
    "task", "dataset", "dataset_fingerprint", "model", "condition", "scope", "suite", "kind",
    "name", "severity", "family", "attribute", "group", "metric", "form", "value", "ci_low",
    "ci_high", "ci_recipe_low", "ci_recipe_high", "interval", "n", "clusters", "seeds", "seed_sd",
    "coverage", "rank", "rank_low", "rank_high", "higher_is_better", "detail", "protocol", "note",
    "source", "run_id",
)  # fmt: skip
ALONE: Final = {
    "seeds": 1,
    **dict.fromkeys(("seed_sd", "ci_recipe_low", "ci_recipe_high"), np.nan),
    **dict.fromkeys(("rank", "rank_low", "rank_high"), np.nan),
}
"""What a row without trainings and ranks has in their columns."""


def leaderboard(
    results: str | Path = "results",
    task: str = "*",
    reported: Sequence[Board] = (),
    left_out: Callable[[str], None] = warn_left_out,
) -> pd.DataFrame:
    """The tidy table of every finished run below `results`: one row per cell, columns COLUMNS.

    The column `note` holds notes as codes; `estimation.wording` words them.

    `reported` are boards of numbers published elsewhere, which are ranked apart.
    `left_out` gets a line for each run that has no row: which one, and why.
    Runs are ranked among those of the same task and metrics, in the same versions, the same dataset
    fingerprint, protocol, seed and number of replicates, and only where their grid is complete and
    at most MOST_UNREAD of a model's answers could not be read.
    Raises BadData where there are no runs.
    """
    load = finished if reported else load_boards
    return table([*load(results, task, left_out), *reported])


def table(boards: Sequence[Board]) -> pd.DataFrame:
    """The tidy table of these runs."""
    parts = [part for several in sets_of(boards) for part in _set_tables(several)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(COLUMNS))


def sets_of(boards: Sequence[Board]) -> list[list[Board]]:
    """The boards that are ranked together, the trainings of one recipe as a single board."""
    sets: dict[tuple[Any, ...], list[Board]] = {}
    for board in boards:
        sets.setdefault(tuple(board.comparable.values()), []).append(board)
    return [by_recipe(sets[key]) for key in sorted(sets, key=repr)]


def _set_tables(boards: Sequence[Board]) -> Iterator[pd.DataFrame]:
    ranks = ranked(boards)
    for board in boards:
        rows = _with_ranks(board, [ranks.get((board.directory.path, k)) for k in board.estimates])
        yield _whole(board, _of_recipe(boards, board, rows) if board.trainings else rows)
    lines = line_rows(boards)
    for board in boards:
        if others := [*_mde_rows(boards, board), *lines.get(board.directory.path, ())]:
            yield _whole(board, frame_of(others))


def _with_ranks(board: Board, places: Sequence[Ranked | None]) -> pd.DataFrame:
    """The rows of a board, with ranks, and the notes on them and on the run."""
    rows = board.rows
    known = [(p.rank, p.low, p.high) if p else (np.nan,) * 3 for p in places]
    ranks = pd.DataFrame(known, columns=["rank", "rank_low", "rank_high"], dtype=np.float64)
    if board.bare:  # a set of ranks needs replicates
        ranks = ranks.assign(rank_low=np.nan, rank_high=np.nan)
    return with_notes(rows, _noted(board, places, list(rows["note"]))).join(ranks)


def _noted(board: Board, places: Sequence[Ranked | None], own: Sequence[Notes]) -> list[Notes]:
    """The notes of a board's rows, of which the first have these ranks."""
    changed = tuple(Note(Code.CHANGED, (change,)) for change in board.manifest.noted)
    served = notes(board.answers) if board.answers.kept or board.answers.without else ()
    first = [
        join_notes([mine, place.notes if place else why_not_ranked(estimate), changed, served])
        for mine, place, estimate in zip(own, places, board.estimates.values(), strict=False)
    ]
    return [*first, *own[len(first) :]]


def _of_recipe(boards: Sequence[Board], board: Board, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of a recipe, with the number of its trainings and the interval of new ones."""
    found = [_of_trainings(boards, board, key) for key in board.estimates]
    for condition, attribute, metric, form in _keys(rows[len(found) :]):
        key = Key(condition, EVERYBODY, metric)
        of_groups = attribute and form != Form.CEILING  # no training takes part in a ceiling
        trainings = len(of_seeds(board, key)) if of_groups else 1
        found.append(_Trainings(max(1, trainings), _trained(trainings)))
    added = pd.DataFrame(found)
    said = [join_notes(both) for both in zip(rows["note"], added.pop("note"), strict=True)]
    return with_notes(rows, said).join(added)


def _keys(rows: pd.DataFrame) -> Iterator[tuple[str, str, str, str]]:
    return zip(rows["condition"], rows["attribute"], rows["metric"], rows["form"], strict=True)


class _Trainings(NamedTuple):
    """What a row of a recipe says about its trainings."""

    seeds: int = 1
    note: Notes = ()
    seed_sd: float = np.nan
    ci_recipe_low: float = np.nan
    ci_recipe_high: float = np.nan


def _of_trainings(boards: Sequence[Board], board: Board, key: Key) -> _Trainings:
    if (spread := spread_of(board, boards, key)) is None:
        return _Trainings()
    limits = board.metrics[key.metric].limits if key.form == Form.VALUE else (-np.inf, np.inf)
    values, (low, high) = of_seeds(board, key), limits
    found = recipe_interval(board.estimates[key], [spread], lower=low, upper=high)
    said = join_notes([_trained(len(values)), found.notes])
    return _Trainings(len(values), said, float(values.std(ddof=1)), found.low, found.high)


def _trained(trainings: int) -> Notes:
    return note(Code.TRAININGS, trainings) if trainings > 1 else ()


def _mde_rows(boards: Sequence[Board], board: Board) -> Iterator[TidyRow]:
    """The difference between a row and any other of its set that this data could have shown."""
    for key, estimate in board.estimates.items():
        if key.group == EVERYBODY and key.form == Form.VALUE:
            others = [
                one.estimates[key] for one in boards if one is not board and one.has(key, board)
            ]
            drawn = [other for other in others if len(other.deviations)]
            if drawn:
                sd = max((estimate - other).sd for other in drawn)
                yield row_of(
                    key._replace(form=Form.MDE), mde(1.96, sd), False, n=estimate.n,
                    clusters=estimate.clusters, coverage=1.0, note=note(Code.IS_MDE, len(drawn)),
                )  # fmt: skip


def _whole(board: Board, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with all of COLUMNS: what each row's condition is, and what the run is."""
    identity, adaptation = board.identity, board.manifest.factors.get("protocol", "")
    whole = rows.assign(
        task=identity.task,
        dataset=identity.dataset,
        dataset_fingerprint=identity.dataset_fingerprint,
        model=identity.model,
        detail=rows["metric"].map({name: one.detail for name, one in board.metrics.items()}),
        protocol="; ".join(filter(None, [identity.protocol, adaptation])),
        source=board.source,
        run_id=board.manifest.run_id,
        **_of_places(board, rows["condition"]),
    )
    alone = {name: value for name, value in ALONE.items() if name not in whole}
    return whole.assign(**alone)[list(COLUMNS)]


def _of_places(board: Board, labels: pd.Series) -> pd.DataFrame:
    """What the conditions of these labels are."""
    places = board.places.values()
    known = pd.DataFrame(
        {
            "scope": [place.scope.value for place in places],
            "suite": [place.suite for place in places],
            "kind": [place.kind for place in places],
            "name": [place.name for place in places],
            "severity": [place.severity or np.nan for place in places],
            "family": [place.family for place in places],
        },
        index=[place.label for place in places],
    )
    return known.loc[labels].set_axis(labels.index)
