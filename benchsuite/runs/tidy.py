"""The tidy rows of a run: each of its numbers with its interval, as every board shows them.

They depend on the run alone. So they are computed once, after its cells, and stored; a board adds
what depends on other runs. The key of the file names the cells, the manifest and the code that
computes the rows: where it does not fit, the rows are computed again.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple, get_type_hints

import pandas as pd
import pyarrow as pa

from benchsuite.condition import CLEAN
from benchsuite.dataset import digest
from benchsuite.estimation import (
    Code,
    Estimate,
    MetricRecord,
    Notes,
    interval,
    join_notes,
    mean,
    note,
    shrunken_scores,
)
from benchsuite.estimation.cells import EVERYBODY, Group
from benchsuite.estimation.notes import decoded, encoded
from benchsuite.runs.ceilings import Ceilings, ceiling, ceilings_of
from benchsuite.runs.cells import read_cells
from benchsuite.runs.disparity import Shown, grown, shown
from benchsuite.runs.forms import Form, Key, places_of
from benchsuite.runs.manifest import Manifest
from benchsuite.runs.store import RunDirectory
from benchsuite.runs.summaries import estimates_of
from benchsuite.task import Progress, silent

Estimates = Mapping[Key, Estimate]


class TidyRow(NamedTuple):
    """What a run by itself says in a row of the tidy table; None and NaN where it has nothing."""

    condition: str
    attribute: str
    group: str
    metric: str
    form: str
    value: float
    ci_low: float = math.nan
    ci_high: float = math.nan
    interval: str = ""
    n: int | None = None
    clusters: int | None = None
    coverage: float | None = None
    higher_is_better: bool = True
    note: Notes = ()


_TYPES: Final = {
    str: pa.string(), float: pa.float64(), bool: pa.bool_(), Notes: pa.string(),
    int | None: pa.int64(), float | None: pa.float64(),
}  # fmt: skip
_SCHEMA: Final = pa.schema([(name, _TYPES[kind]) for name, kind in get_type_hints(TidyRow).items()])


def frame_of(rows: Sequence[TidyRow]) -> pd.DataFrame:
    """Rows as a table, whose columns are the fields of TidyRow."""
    return with_notes(_table(rows).to_pandas(), [row.note for row in rows])


def with_notes(rows: pd.DataFrame, notes: Iterable[Notes]) -> pd.DataFrame:
    """The rows with these notes instead of theirs."""
    return rows.assign(note=pd.Series(list(notes), index=rows.index, dtype=object))


def tidy_rows(
    manifest: Manifest,
    estimates: Estimates,
    trainings: Sequence[Estimates] = (),
    ceilings: Ceilings | None = None,
    progress: Progress = silent,
) -> list[TidyRow]:
    """The rows of a run, or of a recipe: first one for each estimate, in their order.

    trainings  the estimates of each training of a recipe
    ceilings   what a perfect model gets
    """
    return [
        *_value_rows(manifest, estimates),
        *incomplete_rows(manifest),
        *_group_rows(manifest, estimates, trainings, ceilings or {}, progress),
        *_shrunken_rows(manifest, estimates),
        *_chance_rows(manifest),
        *_ceiling_rows(manifest, ceilings or {}),
    ]


def row_of(key: Key, value: float, better: bool, **rest: Any) -> TidyRow:
    """A row about `key`; `rest` are further fields."""
    condition, group, metric, form = key
    return TidyRow(
        condition, group.attribute, group.value, metric, form.value, value,
        higher_is_better=better and form != Form.DROP, **rest,
    )  # fmt: skip


def _value_rows(manifest: Manifest, estimates: Estimates) -> Iterator[TidyRow]:
    metrics = {metric.name: metric for metric in manifest.metrics}
    for key, estimate in estimates.items():
        yield _value_row(metrics[key.metric], key, estimate)


def _value_row(metric: MetricRecord, key: Key, estimate: Estimate) -> TidyRow:
    # a share of clean, or a loss, has no bounds
    low, high = metric.limits if key.form == Form.VALUE else (-math.inf, math.inf)
    found = interval(estimate, lower=low, upper=high)
    return row_of(
        key, estimate.value, metric.higher_is_better, ci_low=found.low, ci_high=found.high,
        interval=found.method, n=estimate.n, clusters=estimate.clusters, coverage=1.0,
        note=join_notes([estimate.notes, found.notes]),
    )  # fmt: skip


def _shrunken_rows(manifest: Manifest, estimates: Estimates) -> Iterator[TidyRow]:
    """Each group's score beside the raw one, drawn towards the others: of no rank or verdict."""
    metrics = {metric.name: metric for metric in manifest.metrics if metric.equity}
    for (overall, _), groups in sorted(_families(manifest, estimates).items(), key=_family_order):
        if (metric := metrics.get(overall.metric)) is None:
            continue
        scores = shrunken_scores(list(groups.values()), metric.limits)
        for (group, raw), score in zip(groups.items(), scores, strict=True):
            if not math.isnan(score):
                row = _value_row(metric, overall._replace(group=group), raw)
                marked = join_notes([note(Code.IS_SHRUNKEN), row.note])
                yield row._replace(form=Form.SHRUNKEN.value, value=score, note=marked)


def incomplete_rows(manifest: Manifest) -> Iterator[TidyRow]:
    """A row without a value for every set of conditions of which a part was measured."""
    for some in places_of(manifest.known_conditions).values():
        done, every = len({*some.members} & {*manifest.conditions}), len(some.members)
        if 0 < done < every:
            for metric in manifest.metrics:
                key = Key(some.label, EVERYBODY, metric.name)
                lacking = note(Code.INCOMPLETE, done, every)
                yield row_of(
                    key, math.nan, metric.higher_is_better, coverage=done / every, note=lacking
                )


def _chance_rows(manifest: Manifest) -> Iterator[TidyRow]:
    better = {metric.name: metric.higher_is_better for metric in manifest.metrics}
    for metric, value in manifest.chance.items():
        if metric in better:
            key = Key(CLEAN.full_name, EVERYBODY, metric, Form.CHANCE)
            yield row_of(key, value, better[metric])


def _ceiling_rows(manifest: Manifest, ceilings: Ceilings) -> Iterator[TidyRow]:
    """What a perfect model gets on clean inputs and in domains, where there is a value."""
    metrics = {metric.name: metric for metric in manifest.metrics}
    sampled = {known.condition for known in manifest.known_conditions if known.per_cluster}
    for (condition, group, name), found in ceilings.items():
        metric = metrics.get(name)
        if metric and condition not in sampled and not math.isnan(found.value):
            short = note(Code.FALLS_SHORT) if metric.falls_short(found.value) else ()
            yield row_of(
                Key(condition, group, name, Form.CEILING), found.value, metric.higher_is_better,
                n=found.n, clusters=found.clusters, note=(*note(Code.IS_CEILING), *short),
            )  # fmt: skip


def _group_rows(
    manifest: Manifest,
    estimates: Estimates,
    trainings: Sequence[Estimates],
    ceilings: Ceilings,
    progress: Progress,
) -> Iterator[TidyRow]:
    families = sorted(_families(manifest, estimates).items(), key=_family_order)
    for done, ((overall, axis), groups) in enumerate(families):
        progress("rows", done, len(families))
        whole = Group(axis, ("",) * len(axis))
        for one in _shown(manifest, estimates, trainings, ceilings, overall, groups):
            yield TidyRow(
                overall.condition, whole.attribute, "", overall.metric, one.form.value, one.value,
                one.low, one.high, one.method, one.n, one.clusters, 1.0, one.higher_is_better,
                one.notes,
            )  # fmt: skip
    progress("rows", len(families), len(families))


Family = tuple[Key, tuple[str, ...]]
"""What everybody's estimate is about, and the attributes that make the groups."""


def _families(manifest: Manifest, estimates: Estimates) -> dict[Family, dict[Group, Estimate]]:
    """The groups of each attribute; the parts of a metric are no groups of people or images."""
    found: dict[Family, dict[Group, Estimate]] = {}
    parts = {metric.name: metric.part for metric in manifest.metrics}
    for key, estimate in estimates.items():
        of_part = key.group.attributes == (parts[key.metric],)
        if key.group != EVERYBODY and key.form == Form.VALUE and not of_part:
            family = (key._replace(group=EVERYBODY), key.group.attributes)
            found.setdefault(family, {})[key.group] = estimate
    return found


def _family_order(item: tuple[Family, Any]) -> tuple[str, str, str]:
    (overall, axis), _ = item
    return overall.condition, Group(axis, axis).attribute, overall.metric


def _shown(
    manifest: Manifest,
    estimates: Estimates,
    trainings: Sequence[Estimates],
    ceilings: Ceilings,
    overall: Key,
    groups: Mapping[Group, Estimate],
) -> Iterator[Shown]:
    """The rows about the groups of one attribute, under one metric and condition."""
    declared = next(metric for metric in manifest.metrics if metric.name == overall.metric)
    asked = estimates.get(overall) if declared.equity else None
    better, alpha = declared.higher_is_better, declared.equity_alpha
    perfect = {g: ceiling(ceilings, overall.condition, g, declared.name) for g in groups}
    short = [g for g, one in perfect.items() if one and declared.falls_short(one.value)]
    yield from shown(groups, declared.limits, better, asked, alpha, short)
    crossed = any(len(group.attributes) > 1 for group in groups)
    if asked and overall.condition != CLEAN.full_name and not crossed:
        seen = [training for training in trainings if overall in training] or [estimates]
        clean = _clean_groups(seen, overall, list(groups))
        if clean:
            yield grown(clean, groups, declared.limits)


def _clean_groups(
    seen: Sequence[Estimates], overall: Key, groups: Sequence[Group]
) -> dict[Group, Estimate]:
    """The clean groups of the trainings that have the condition, where all of those have them."""
    keys = [overall._replace(condition=CLEAN.full_name, group=group) for group in groups]
    return {
        key.group: mean([training[key] for training in seen])
        for key in keys
        if all(key in training for training in seen)
    }


def _table(rows: Sequence[TidyRow]) -> pa.Table:
    columns = dict(zip(TidyRow._fields, zip(*rows, strict=True), strict=True))
    columns["note"] = tuple(map(encoded, columns["note"]))
    return pa.table(columns, schema=_SCHEMA)


def store_rows(directory: RunDirectory, progress: Progress) -> None:
    """Compute and publish the tidy rows of a run that has cells, unless they are there already."""
    manifest, cells = directory.manifest, directory.cells()
    key = _key(directory, manifest)
    if cells is not None and directory.tidy(key) is None:
        estimates = estimates_of(manifest, read_cells(cells))
        rows = tidy_rows(manifest, estimates, (), ceilings_of(directory), progress)
        directory.write_tidy(_table(rows), key)


def stored_rows(directory: RunDirectory, manifest: Manifest) -> pd.DataFrame | None:
    """The tidy rows as `frame_of` makes them; None where there are none that fit the run."""
    table = directory.tidy(_key(directory, manifest))
    if table is None or table.schema != _SCHEMA:
        return None
    notes = cache(decoded)
    rows: pd.DataFrame = table.to_pandas()
    return with_notes(rows, map(notes, rows["note"]))


def _key(directory: RunDirectory, manifest: Manifest) -> str:
    numbers = [manifest.metrics, manifest.conditions, manifest.known_conditions, manifest.chance]
    return digest([_code(), directory.cells_checksum, directory.ceilings_name, *numbers])


@cache
def _code() -> str:
    """A hash of the code that computes the rows: no board shows what other code has computed."""
    here = Path(__file__).parent
    own = [here / f"{name}.py" for name in ("disparity", "forms", "summaries", "tidy")]
    paths = [*sorted((here.parent / "estimation").glob("*.py")), *own]
    return digest([path.read_bytes() for path in paths if path.exists()])
