"""Boards -> one tidy pandas table: one row per cell, with interval, rank set and source."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchsuite.boards.board import (
    MEASURED,
    Board,
    Form,
    Key,
    finished,
    load_boards,
    warn_left_out,
)
from benchsuite.boards.disparity import Shown, grown, shown
from benchsuite.boards.ranked import Ranked, ranked, why_not_ranked
from benchsuite.boards.seeds import by_recipe, of_seeds, seed_spread
from benchsuite.condition import CLEAN
from benchsuite.estimation import (
    Code,
    Estimate,
    Note,
    Notes,
    interval,
    join_notes,
    mde,
    mean,
    note,
    recipe_interval,
    shrunken_scores,
)
from benchsuite.estimation.cells import EVERYBODY, Group
from benchsuite.runs.answers import notes

COLUMNS = (
    "task", "dataset", "dataset_fingerprint", "model", "condition", "scope", "suite", "kind",
    "name", "severity", "family", "attribute", "group", "metric", "form", "value", "ci_low",
    "ci_high", "ci_recipe_low", "ci_recipe_high", "interval", "n", "clusters", "seeds", "seed_sd",
    "coverage", "rank", "rank_low", "rank_high", "higher_is_better", "detail", "protocol", "note",
    "source", "run_id",
)  # fmt: skip
UNKNOWN = dict.fromkeys(("ci_low", "ci_high", "rank_low", "rank_high"), np.nan)


def leaderboard(
    results: str | Path = "results",
    task: str = "*",
    reported: Sequence[Board] = (),
    left_out: Callable[[str], None] = warn_left_out,
) -> pd.DataFrame:
    """The tidy table of every finished run below `results`: one row per cell, columns COLUMNS.

    The column `note` holds notes as codes; `publish.notes` words them.

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
    sets: dict[tuple[Any, ...], list[Board]] = {}
    for board in boards:
        sets.setdefault(tuple(board.comparable.values()), []).append(board)
    rows = [row for key in sorted(sets, key=repr) for row in _set_rows(by_recipe(sets[key]))]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _set_rows(boards: Sequence[Board]) -> Iterator[dict[str, Any]]:
    ranks = ranked(boards)
    for board in boards:
        for key, estimate in board.estimates.items():
            place = ranks.get((board.directory.path, key))
            row = _row(board, key, estimate, place)
            yield row | _recipe_columns(boards, board, key, row["note"])
        yield from _incomplete_rows(board)
        # A gap always has an interval; published numbers have none.
        if board.source == MEASURED:
            yield from _group_rows(board)
            yield from _shrunken_rows(board)
        yield from _chance_rows(board)
    yield from _mde_rows(boards)


def _row(board: Board, key: Key, estimate: Estimate, place: Ranked | None) -> dict[str, Any]:
    if board.source != MEASURED:
        rank = {"rank": place.rank} if place else {}
        return _blank(board, key) | {"value": estimate.value, "coverage": 1.0, **UNKNOWN, **rank}
    low, high = _bounds(board, key)
    found = interval(estimate, lower=low, upper=high)
    ranks = place.notes if place else why_not_ranked(estimate)
    changed = tuple(Note(Code.CHANGED, (change,)) for change in board.manifest.noted)
    served = notes(board.answers) if board.answers.kept or board.answers.without else ()
    return _blank(board, key) | {
        "value": estimate.value,
        "ci_low": found.low,
        "ci_high": found.high,
        "interval": found.method,
        "n": estimate.n,
        "clusters": estimate.clusters,
        "coverage": 1.0,
        "note": join_notes([estimate.notes, found.notes, ranks, changed, served]),
        **({"rank": place.rank, "rank_low": place.low, "rank_high": place.high} if place else {}),
    }


def _recipe_columns(
    boards: Sequence[Board], board: Board, key: Key, notes: Notes
) -> dict[str, Any]:
    values = of_seeds(board, key)
    if len(values) < 2 or (spread := seed_spread(boards, key)) is None:
        return {}
    low, high = _bounds(board, key)
    found = recipe_interval(board.estimates[key], [len(values)], spread, lower=low, upper=high)
    return {
        "ci_recipe_low": found.low,
        "ci_recipe_high": found.high,
        "seeds": len(values),
        "seed_sd": float(values.std(ddof=1)),
        "note": join_notes([notes, _trained(len(values)), found.notes]),
    }


def _trained(trainings: int) -> Notes:
    return note(Code.TRAININGS, trainings) if trainings > 1 else ()


def _bounds(board: Board, key: Key) -> tuple[float, float]:
    """The metric's bounds; a share of clean, or a loss, has none."""
    return board.metrics[key.metric].limits if key.form == Form.VALUE else (-np.inf, np.inf)


def _blank(board: Board, key: Key) -> dict[str, Any]:
    place, identity = board.places[key.condition], board.identity
    return {
        **dict.fromkeys(COLUMNS),
        **dict.fromkeys(("ci_recipe_low", "ci_recipe_high", "seed_sd"), np.nan),
        "task": identity.task,
        "dataset": identity.dataset,
        "dataset_fingerprint": identity.dataset_fingerprint,
        "model": identity.model,
        "condition": place.label,
        "scope": place.scope.value,
        "suite": place.suite,
        "kind": place.kind,
        "name": place.name,
        "severity": place.severity or np.nan,
        "family": place.family,
        "attribute": key.group.attribute,
        "group": key.group.value,
        "metric": key.metric,
        "form": key.form.value,
        "seeds": 1,
        "higher_is_better": board.higher_is_better(key),
        "detail": board.metrics[key.metric].detail,
        "protocol": "; ".join(filter(None, [identity.protocol, _adaptation(board)])),
        "source": board.source,
        "run_id": board.manifest.run_id,
        "note": (),
        "interval": "",
    }


def _adaptation(board: Board) -> str:
    return board.manifest.factors.get("protocol", "")


def _incomplete_rows(board: Board) -> Iterator[dict[str, Any]]:
    for some in board.sets:
        done = [c for c in some.members if c in board.manifest.conditions]
        if 0 < len(done) < len(some.members):
            for metric in board.metrics:
                yield _blank(board, Key(some.label, EVERYBODY, metric)) | {
                    "value": np.nan,
                    "coverage": len(done) / len(some.members),
                    "note": note(Code.INCOMPLETE, len(done), len(some.members)),
                }


def _group_rows(board: Board) -> Iterator[dict[str, Any]]:
    families = _by_attribute(board)
    for (condition, axis, metric), groups in sorted(families.items(), key=_family_order):
        for one in _shown(board, Key(condition, EVERYBODY, metric), groups):
            trainings = len(of_seeds(board, Key(condition, EVERYBODY, metric)))
            whole = Group(axis, ("",) * len(axis)) if axis else EVERYBODY
            yield _blank(board, Key(condition, whole, metric, one.form)) | {
                "value": one.value, "ci_low": one.low, "ci_high": one.high,
                "interval": one.method, "n": one.n, "clusters": one.clusters, "coverage": 1.0,
                "seeds": max(1, trainings), "higher_is_better": one.higher_is_better,
                "group": "", "note": join_notes([one.notes, _trained(trainings)]),
            }  # fmt: skip


def _shrunken_rows(board: Board) -> Iterator[dict[str, Any]]:
    """Each group's score beside the raw one, drawn towards the others: of no rank or verdict."""
    for (condition, _, metric), groups in sorted(_by_attribute(board).items(), key=_family_order):
        declared = board.metrics[metric]
        if declared.equity:
            scores = shrunken_scores(list(groups.values()), declared.limits)
            for (group, raw), score in zip(groups.items(), scores, strict=True):
                if not np.isnan(score):
                    row = _row(board, Key(condition, group, metric), raw, None)
                    notes = join_notes([note(Code.IS_SHRUNKEN), row["note"]])
                    yield row | {"form": Form.SHRUNKEN.value, "value": score, "note": notes}


Family = tuple[str, tuple[str, ...], str]
"""Condition, attributes and metric."""


def _family_order(item: tuple[Family, Any]) -> tuple[str, str, str]:
    (condition, axis, metric), _ = item
    return condition, Group(axis, axis).attribute, metric


def _shown(board: Board, overall: Key, groups: Mapping[Group, Estimate]) -> Iterator[Shown]:
    """The rows about the groups of one attribute, under one metric and condition."""
    declared = board.metrics[overall.metric]
    asked = board.estimates.get(overall) if declared.equity else None
    yield from shown(groups, declared.limits, declared.higher_is_better, asked)
    crossed = any(len(group.attributes) > 1 for group in groups)
    if asked and overall.condition != CLEAN.full_name and not crossed:
        clean = _clean_groups(board, overall, list(groups))
        if clean:
            yield grown(clean, groups, declared.limits)


def _clean_groups(board: Board, overall: Key, groups: Sequence[Group]) -> dict[Group, Estimate]:
    """The clean groups of the trainings that have the condition, where all of those have them."""
    seen = [training for training in board.trainings if overall in training.estimates] or [board]
    keys = [overall._replace(condition=CLEAN.full_name, group=group) for group in groups]
    return {
        key.group: mean([training.estimates[key] for training in seen])
        for key in keys
        if all(key in training.estimates for training in seen)
    }


def _by_attribute(board: Board) -> dict[Family, dict[Group, Estimate]]:
    found: dict[Family, dict[Group, Estimate]] = {}
    for key, estimate in board.estimates.items():
        if key.group != EVERYBODY and key.form == Form.VALUE:
            family = (key.condition, key.group.attributes, key.metric)
            found.setdefault(family, {})[key.group] = estimate
    return found


def _chance_rows(board: Board) -> Iterator[dict[str, Any]]:
    known = {name: value for name, value in board.manifest.chance.items() if name in board.metrics}
    for metric, value in known.items():
        key = Key(CLEAN.full_name, EVERYBODY, metric, Form.CHANCE)
        yield _blank(board, key) | {"value": value}


def _mde_rows(boards: Sequence[Board]) -> Iterator[dict[str, Any]]:
    """The difference between a row and any other of its set that this data could have shown."""
    drawn: dict[Key, list[Estimate]] = {}
    for board in boards:
        for key, estimate in board.estimates.items():
            if key.group == EVERYBODY and key.form == Form.VALUE and len(estimate.deviations):
                drawn.setdefault(key, []).append(estimate)
    for board in boards if drawn else ():
        for key, estimate in board.estimates.items():
            others = [other for other in drawn.get(key, ()) if other is not estimate]
            if others:
                sd = max((estimate - other).sd for other in others)
                yield _blank(board, key._replace(form=Form.MDE)) | {
                    "value": mde(1.96, sd), "n": estimate.n, "clusters": estimate.clusters,
                    "coverage": 1.0, "higher_is_better": False,
                    "note": note(Code.IS_MDE, len(others)),
                }  # fmt: skip
