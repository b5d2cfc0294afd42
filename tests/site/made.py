"""Boards that nobody measured: tidy tables of any size, made in memory from a few rules.

A model has a skill, a condition takes a share of it, a group has an offset. Intervals have the
width that the number of clusters gives. So a table has the rows of a real one, ties included.
"""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from benchsuite.boards.table import ALONE, COLUMNS
from benchsuite.condition import CLEAN, Condition
from benchsuite.estimation import Code, Notes, note
from benchsuite.publishing.pairs import MOST_ROWS, PAIRS, compared
from benchsuite.publishing.site.boards import Published
from benchsuite.runs.forms import Form, Place, Scope, places_of
from benchsuite.runs.manifest import described
from tests.toys import add_noise

TASK = "toy-mean"
LEAST = 5
"""Clusters without which a number has no interval."""


@dataclass(frozen=True)
class Shape:
    """How large a board is, and how it is called.

    corruptions   names, each of `severities` steps; half of them are of one family
    groups        the sizes of each attribute's groups, in clusters
    incomplete    how many of the last models lack half of the grid
    whole         whether there are rows of everybody, and not of groups alone
    empty         whether no cell has a value
    """

    models: Sequence[str] = ("ant", "bee", "cat", "dog", "eel")
    corruptions: int = 3
    severities: int = 3
    groups: Mapping[str, Mapping[str, int]] = field(
        default_factory=lambda: {
            "age": {"old": 120, "young": 80},
            "site": {"A": 150, "B": 47, "C": 3},
        }
    )
    metrics: Sequence[str] = ("accuracy",)
    dataset: str = "numbers"
    incomplete: int = 1
    whole: bool = True
    empty: bool = False


LARGE = Shape(
    models=[f"model-{i:03d}" for i in range(100)],
    corruptions=19,
    severities=5,
    groups={"age": {f"{a}0–{a}9": 60 for a in range(2, 8)}, "site": dict.fromkeys("ABCDEF", 60)},
    incomplete=3,
)
"""100 models under 96 conditions in 12 groups."""

ODD = {
    "one model": Shape(models=["ant"], incomplete=0),
    "one condition": Shape(corruptions=0, incomplete=0),
    "one number": Shape(models=["ant"], corruptions=0, groups={}, incomplete=0),
    "nothing but groups": Shape(whole=False),
    "all cells missing": Shape(empty=True),
    "300 groups": Shape(models=["ant", "bee"], corruptions=1, groups={"word": {f"w{i}": 4 + i for i in range(300)}}),
    "one severity": Shape(severities=1),
}  # fmt: skip
"""Small boards that people legitimately have."""


def tidy(shape: Shape, seed: int = 0) -> pd.DataFrame:
    """The tidy table of a board of this shape: columns COLUMNS, notes as codes."""
    rng = np.random.default_rng(seed)
    parts = [part for metric in shape.metrics for part in _of_metric(shape, metric, rng)]
    made = pd.concat([part for part in parts if len(part)], ignore_index=True)
    made = made.assign(task=TASK, dataset=shape.dataset, dataset_fingerprint="0" * 32)
    made = made.assign(protocol="the task's own", source="measured", detail=False)
    made = made.assign(**{name: ALONE[name] for name in ALONE if name not in made})
    return made[list(COLUMNS)].copy()


def runs(shape: Shape) -> pd.DataFrame:
    """The table of the runs behind a board of this shape."""
    return pd.DataFrame(
        {
            "run_id": [_run(i) for i in range(len(shape.models))],
            "task": TASK,
            "dataset": shape.dataset,
            "dataset_fingerprint": "0" * 32,
            "model": list(shape.models),
            "protocol": "the task's own",
            "seed": 0,
            "conditions": 1 + len(_conditions(shape)),
            "noted": "",
            "command": [
                shlex.join(["benchsuite", "run", f"model={name}"]) for name in shape.models
            ],
            "versions": "benchsuite 0.1.0, numpy 2.4.6",
            "factor:backbone": [("small", "large")[i % 2] for i in range(len(shape.models))],
        }
    )


def pairs(table: pd.DataFrame) -> pd.DataFrame:
    """The paired differences of a table's models, by its first metric; notes in words."""
    rows = table[(table["metric"] == table["metric"].iloc[0]) & (table["form"] == "value")]
    everybody, clean = rows["attribute"] == "", rows["kind"] == "clean"
    shown = clean | (everybody & rows["scope"].isin(["condition", "suite"]))
    if (rows["condition"].nunique()) * len(compared(rows["run_id"].nunique())) > MOST_ROWS:
        shown &= clean | (rows["scope"] == "suite")
    rows = rows[shown & rows["value"].notna()]
    keys = ["condition", "scope", "attribute", "group", "metric", "form", "higher_is_better"]
    names = list(dict.fromkeys(rows["run_id"]))
    parts = []
    for i, j in compared(len(names)):
        a, b = (rows[rows["run_id"] == names[k]].set_index(keys) for k in (i, j))
        shared = a.index.intersection(b.index)
        a, b = a.loc[shared], b.loc[shared]
        difference, half = b["value"] - a["value"], (a["ci_high"] - a["ci_low"]) / 2
        part = pd.DataFrame({
            "run_a": names[i], "run_b": names[j], "a": a["value"], "b": b["value"],
            "difference": difference, "ci_low": difference - half, "ci_high": difference + half,
            "ci_recipe_low": np.nan, "ci_recipe_high": np.nan, "at_once_low": difference - 2 * half,
            "at_once_high": difference + 2 * half, "pairs": len(names) * (len(names) - 1) // 2,
            "interval": a["interval"], "n": a["n"], "clusters": a["clusters"], "note": "",
        })  # fmt: skip
        parts.append(part.reset_index())
    return (
        pd.concat(parts, ignore_index=True)[list(PAIRS)] if parts else pd.DataFrame(columns=PAIRS)
    )


def board(shape: Shape, folder: str, noted: str = "", **more: Any) -> Published:
    """A board of this shape, as the pages of a site are made of it."""
    about: dict[str, Any] = {
        "findings": "", "elsewhere": False, "stand_in": False, "names": {},
    }  # fmt: skip
    made, known = tidy(shape), runs(shape).assign(noted=noted).fillna("").astype(str)
    if more.get("elsewhere"):
        made = made.assign(source="a paper", rank_low=np.nan, rank_high=np.nan)
        made = made.assign(ci_low=np.nan, ci_high=np.nan)
    known_pairs = pd.DataFrame() if more.get("elsewhere") else pairs(made)
    return Published(TASK, shape.dataset, folder, made, known, known_pairs, **(about | more))


def _run(place: int) -> str:
    return f"{place:016x}"


def _conditions(shape: Shape) -> list[Condition]:
    return [
        Condition(
            "corruption", f"fault-{i:02d}", severity, ("noise", "blur")[2 * i >= shape.corruptions],
            "x", add_noise, "",
        )
        for i in range(shape.corruptions)
        for severity in range(1, shape.severities + 1)
    ]  # fmt: skip


def _of_metric(shape: Shape, metric: str, rng: np.random.Generator) -> Iterator[pd.DataFrame]:
    known = {one.full_name: one for one in (CLEAN, *_conditions(shape))}
    places = [*places_of(described(known)).values()]
    single = [place for place in places if place.scope == Scope.CONDITION]
    groups = [("", "", 200)] if shape.whole else []
    groups += [(a, g, n) for a, sizes in shape.groups.items() for g, n in sizes.items()]
    skill = np.sort(rng.uniform(0.4, 0.9, len(shape.models)))[::-1]
    steps = np.array([place.severity for place in single])
    share = 1 - 0.12 * steps * rng.uniform(0.3, 1, (len(skill), len(single)))
    offset = np.array([a != "" for a, _, _ in groups]) * rng.normal(
        0, 0.03, (len(skill), len(groups))
    )
    values = np.clip((skill[:, None] * share)[:, :, None] + offset[:, None], 0.01, 0.99)
    at = {place.label: i for i, place in enumerate(single)}
    every = np.stack(
        [values[:, [at[m] for m in place.members or [place.label]]].mean(1) for place in places], 1
    )
    if shape.empty:
        every[:] = np.nan
    lacking = np.zeros(every.shape, dtype=bool)
    for model in range(len(shape.models) - shape.incomplete, len(shape.models)):
        missing = [p.label in at and at[p.label] > len(single) // 2 for p in places]
        lacking[model] = np.array(
            [m or p.scope != Scope.CONDITION for m, p in zip(missing, places, strict=True)]
        )[:, None]
    about = (shape, metric, places, groups)
    yield _values(*about, np.where(lacking, np.nan, every), lacking)
    yield from _of_groups(*about, np.where(lacking, np.nan, every))


def _values(
    shape: Shape, metric: str, places: Sequence[Place], groups: Sequence[tuple[str, str, int]],
    values: np.ndarray, lacking: np.ndarray,
) -> pd.DataFrame:  # fmt: skip
    sizes = np.array([n for _, _, n in groups])
    half = 1.96 * np.sqrt(0.2 / sizes)
    shown = ~np.isnan(values) & (sizes >= LEAST)
    low = np.where(shown, np.clip(values - half, 0, 1), np.nan)
    high = np.where(shown, np.clip(values + half, 0, 1), np.nan)
    rank = pd.DataFrame(values.reshape(len(values), -1)).rank(ascending=False, method="min")
    beaten = (low[None] > high[:, None]).sum(1)  # those whose interval is wholly above
    beats = (high[None] < low[:, None]).sum(1)
    count = (~np.isnan(values)).sum(0)
    ranked = ~np.isnan(values)
    rows = _grid(shape, metric, places, groups, Form.VALUE)
    notes = [_note(*cell, len(values)) for cell in zip(
        values.ravel(), lacking.ravel(), np.broadcast_to(sizes, values.shape).ravel(), strict=True)]  # fmt: skip
    rows = rows.assign(
        value=values.ravel(), ci_low=low.ravel(), ci_high=high.ravel(),
        interval=np.where(shown, "score", np.where(ranked, "withheld", "")).ravel(),
        n=np.broadcast_to(sizes, values.shape).ravel(),
        rank=rank.to_numpy().ravel(),
        rank_low=np.where(ranked, 1.0 + beaten, np.nan).ravel(),
        rank_high=np.where(ranked, 1.0 * count - beats, np.nan).ravel(),
        note=pd.Series(notes, dtype=object),
    )  # fmt: skip
    rows["clusters"] = rows["n"]
    # What was never asked of a single condition has no row; a set says that it is incomplete.
    of_set = (rows["scope"] != Scope.CONDITION) & (rows["attribute"] == "")
    return rows[~lacking.ravel() | of_set]


def _note(value: float, lacking: bool, size: int, models: int) -> Notes:
    if lacking:
        return note(Code.INCOMPLETE, 1, 2)
    if np.isnan(value):
        return note(Code.EMPTY)
    few = note(Code.NO_INTERVAL, int(size), LEAST) if size < LEAST else ()
    return (*few, *note(Code.RANKED, "fef89525", models))


def _of_groups(
    shape: Shape, metric: str, places: Sequence[Place], groups: Sequence[tuple[str, str, int]],
    values: np.ndarray,
) -> Iterator[pd.DataFrame]:  # fmt: skip
    for attribute in shape.groups:
        own = [i for i, (name, _, n) in enumerate(groups) if name == attribute and n >= LEAST]
        if not own:
            continue
        here = values[:, :, own]
        worst, gap = here.min(-1), here.max(-1) - here.min(-1)
        size = min(groups[i][2] for i in own)
        null = np.full(gap.shape, 2.5 * np.sqrt(0.2 / size))
        whole = here.mean(-1) / (1 + np.abs(here - here.mean(-1, keepdims=True)).sum(-1))
        of = [(attribute, "", size)]
        for form, found in {
            Form.GAP: gap,
            Form.WORST: worst,
            Form.NULL95: null,
            Form.ES_SUM: whole,
        }.items():
            has = form != Form.NULL95
            rows = _grid(shape, metric, places, of, form).assign(
                value=found.ravel(), n=size, clusters=size, interval="simultaneous" if has else "",
                ci_low=np.clip(found.ravel() - 0.05, 0, None) if has else np.nan,
                ci_high=found.ravel() + 0.05 if has else np.nan,
                note=[note(Code.IS_NULL) if not has else ()] * found.size,
                higher_is_better=form in (Form.WORST, Form.ES_SUM),
            )  # fmt: skip
            yield rows[rows["value"].notna()]
    if shape.whole:
        sets = [i for i, place in enumerate(places) if place.scope != Scope.CONDITION]
        found = values[:, sets, 0] / values[:, [[p.label for p in places].index("clean")], 0]
        rows = _grid(shape, metric, [places[i] for i in sets], [("", "", 200)], Form.RELATIVE)
        rows = rows.assign(
            value=found.ravel(), ci_low=found.ravel() - 0.04, ci_high=found.ravel() + 0.04,
            interval="t", n=200, clusters=200, note=[()] * found.size,
        )  # fmt: skip
        yield rows[rows["value"].notna()]


def _grid(
    shape: Shape, metric: str, places: Sequence[Place], groups: Sequence[tuple[str, str, int]],
    form: Form,
) -> pd.DataFrame:  # fmt: skip
    """A row for each model, place and group, in this order, and what it is of."""
    models = np.repeat(np.arange(len(shape.models)), len(places) * len(groups))
    place = np.tile(np.repeat(np.arange(len(places)), len(groups)), len(shape.models))
    group = np.tile(np.arange(len(groups)), len(shape.models) * len(places))
    columns: dict[str, Any] = {
        "model": np.array(shape.models, dtype=object)[models],
        "run_id": np.array([_run(i) for i in range(len(shape.models))], dtype=object)[models],
        "attribute": np.array([a for a, _, _ in groups], dtype=object)[group],
        "group": np.array([g for _, g, _ in groups], dtype=object)[group],
        "severity": np.array([p.severity or np.nan for p in places])[place],
    }
    told = {
        "condition": "label",
        "scope": "scope",
        "suite": "suite",
        "kind": "kind",
        "name": "name",
        "family": "family",
    }
    for column, name in told.items():
        columns[column] = np.array([str(getattr(p, name)) for p in places], dtype=object)[place]
    return pd.DataFrame(columns).assign(
        metric=metric, form=str(form), coverage=1.0, higher_is_better=True
    )
