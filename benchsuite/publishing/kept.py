"""A published board that keeps submissions: its table is made of them, and checked against them.

A board that keeps the statistics of all its runs is ranked anew whenever one is added. Of another,
the published rows stay as they are, and a new run is listed without a rank: nobody can pair it with
runs whose statistics are gone.
"""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import pandas as pd

from benchsuite.boards.board import Board
from benchsuite.boards.submissions import published_runs
from benchsuite.boards.table import table
from benchsuite.estimation import Code, join_notes, note
from benchsuite.estimation.wording import in_words
from benchsuite.files.parquet import parquet_table
from benchsuite.publishing.folder import PAIRS, TABLE, runs_of, stored_table, write_board
from benchsuite.publishing.pairs import pairs
from benchsuite.runs.forms import Form

ROW: Final = ("run_id", "condition", "scope", "attribute", "group", "metric", "form")
PAIR: Final = ("run_a", "run_b", "condition", "attribute", "group", "metric", "form")
"""What names a row of a table, and of the paired differences."""
UNCHECKED: Final = ("note",)
"""Columns whose words may change with the suite."""
OF_SETS: Final = ("rank", "rank_low", "rank_high")
"""What a row says about other runs."""
CLOSE: Final = 1e-6
"""How far two ends of an interval may be apart: a search finds them."""


def unkept(board: Path, boards: Sequence[Board]) -> list[str]:
    """The published runs of a board of which it keeps no statistics, by id."""
    kept = {one.manifest.run_id for one in boards}
    return [row["run_id"] for row in published_runs(board) if row["run_id"] not in kept]


def publish_kept(board: Path, boards: Sequence[Board]) -> None:
    """Write the page and the tables of a board anew; `boards` are its submissions."""
    gone = unkept(board, boards)
    if not gone:
        found = table(boards)
        write_board(board, boards, found, runs_of(boards, found), pairs(boards))
        return
    before = published_runs(board)
    shown = {row["run_id"] for row in before}
    new = [one for one in boards if one.manifest.run_id not in shown]
    found = pd.concat([stored_table(board), *(_alone(one, len(gone)) for one in new)])
    runs = pd.concat([pd.DataFrame(before), *(runs_of([one], found) for one in new)]).fillna("")
    paired = parquet_table(board / PAIRS) if (board / PAIRS).exists() else in_words(pairs(boards))
    write_board(board, boards, found.reset_index(drop=True), runs, paired)


def _alone(board: Board, gone: int) -> pd.DataFrame:
    """The rows of a run that cannot be ranked, and why."""
    rows = table([board])
    told = [
        join_notes([*((one,) for one in notes if one.code != Code.RANKED), note(Code.UNKEPT, gone)])
        if not math.isnan(rank) else notes
        for notes, rank in zip(rows["note"], rows["rank"], strict=True)
    ]  # fmt: skip
    bare = rows.assign(**dict.fromkeys(OF_SETS, math.nan))
    return bare.assign(note=pd.Series(told, index=rows.index, dtype=object))


def problems_of_table(board: Path, boards: Sequence[Board]) -> Iterator[str]:
    """Where the published table and differences are not those that the submissions give."""
    if not (board / TABLE).exists():
        return
    shown = {row["run_id"] for row in published_runs(board)}
    known = [one for one in boards if one.manifest.run_id in shown]
    stored = stored_table(board)
    if unkept(board, boards):
        yield from _problems_of_rows(board, stored, known)
        return
    yield from _unlike(board / TABLE, stored, table(known), ROW)
    if (board / PAIRS).exists():
        paired = in_words(pairs(known))
        yield from _unlike(board / PAIRS, parquet_table(board / PAIRS), paired, PAIR)


def _problems_of_rows(board: Path, stored: pd.DataFrame, known: Sequence[Board]) -> Iterator[str]:
    """The same, of what a row says of its own run alone."""
    alone = ~stored["form"].isin([Form.MDE, Form.EFFECTIVE])
    for one in known:
        mine = stored[alone & (stored["run_id"] == one.manifest.run_id)].drop(columns=list(OF_SETS))
        if len(mine):  # else its row is the mean of several trainings
            yield from _unlike(board / TABLE, mine, table([one]).drop(columns=list(OF_SETS)), ROW)


def _unlike(
    path: Path, stored: pd.DataFrame, expected: pd.DataFrame, keys: Sequence[str]
) -> Iterator[str]:
    """The first row that is not as expected, and how many more there are."""
    names = list(keys)
    if stored.duplicated(names).any():
        yield f"{path}: {_row(stored[stored.duplicated(names)], names)}: found twice"
        return
    found, given = (one.set_index(names).sort_index() for one in (stored, expected))
    if len(more := found.index.difference(given.index)):
        yield f"{path}: {_row(found.loc[more].reset_index(), names)}: no submission gives this row"
    elif len(absent := given.index.difference(found.index)):
        yield f"{path}: {_row(given.loc[absent].reset_index(), names)}: expected, found no such row"
    else:
        for column in [name for name in given if name not in UNCHECKED]:
            if (wrong := _differing(found[column], given[column])).any():
                row = _row(found[wrong].reset_index(), names)
                values = [str(one[column][wrong].iloc[0]) for one in (given, found)]
                yield f"{path}: {row}: {column}: expected {values[0]}, found {values[1]}"
                return


def _row(rows: pd.DataFrame, keys: Sequence[str]) -> str:
    return " ".join(str(value) for value in rows[list(keys)].iloc[0] if value)


def _differing(a: pd.Series, b: pd.Series) -> pd.Series:
    """Where two columns of the same rows differ; missing values are the same."""
    missing = a.isna() & b.isna()
    if pd.api.types.is_numeric_dtype(b) and not pd.api.types.is_bool_dtype(b):
        x, y = (pd.to_numeric(one, errors="coerce").astype(float) for one in (a, b))
        same = (x - y).abs() <= CLOSE * y.abs().clip(lower=1e-3)
        return ~(same | (x == y) | missing)
    return ~((a.astype(str) == b.astype(str)) | missing)
