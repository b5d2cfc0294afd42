"""The per-sample statistics of a finished run, and the baseline file that keeps them for a gate.

A baseline is one Parquet file. It holds the statistics of every condition and, in its metadata,
the run's manifest and a hash of the rows. Only a person's command writes it (`runs.baselines`).
"""

import base64
import json
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchsuite.dataset import Items, digest
from benchsuite.errors import BadData, WrongCall, near
from benchsuite.estimation import Metric
from benchsuite.estimation.cells import Group, groups_of
from benchsuite.files.parquet import parquet_file, values_of
from benchsuite.files.text import parsed, record, record_of
from benchsuite.files.write import write_bytes
from benchsuite.runs.answers import Answers, answers
from benchsuite.runs.ceilings import Ceilings, ceilings_of
from benchsuite.runs.find import open_run
from benchsuite.runs.manifest import Environment, Identity, Manifest, read_manifest
from benchsuite.runs.rows import attribute_names, frame, in_order
from benchsuite.runs.seal import CHECKSUM, checked, parquet_of, sealed
from benchsuite.runs.store import RunDirectory
from benchsuite.runs.tables import KEPT, Tables
from benchsuite.task import load_task

HEAD = b"benchsuite.baseline.head"
"""The metadata of a baseline: JSON, packed, because Parquet keeps it twice."""
PLAIN = b"benchsuite.baseline"
"""The same, not packed, in baselines of before."""
MOST_HEAD = 2**24
"""Bytes of an unpacked head: the file may be a stranger's."""
GROUP = 2**16
"""Rows of a baseline that are packed together: a reader of one condition unpacks no others."""
CONDITION = "benchsuite.condition"
"""The column of a baseline that holds the condition: an attribute may be called `condition`."""


@dataclass(frozen=True, eq=False)
class Statistics:
    """One run's statistics by condition, as tables sorted by cluster and sample id.

    answers: those of servers that the run used; ceilings: what a perfect model gets. A baseline
    file tells neither.
    """

    path: Path
    manifest: Manifest
    tables: Mapping[str, pd.DataFrame]
    attributes: tuple[str, ...]
    answers: Answers = field(default_factory=Answers)
    ceilings: Ceilings = field(default_factory=dict)

    @property
    def identity(self) -> Identity:
        """The run's identity."""
        return self.manifest.identity

    @cached_property
    def metrics(self) -> tuple[Metric, ...]:
        """The metrics of the run's task, the headline first."""
        return self.manifest.metrics_of(load_task(self.identity.task))

    def metric(self, name: str) -> Metric:
        """The metric of that name, of the task or of a plugin.

        Raises WrongCall where the run has none, BadData where the plugin's code is not there.
        """
        known = {metric.name: metric for metric in self.metrics}
        if name in known:
            return known[name]
        task = load_task(self.identity.task)
        names = [*known, *(record.name for record in self.manifest.added)]
        if name not in names:
            hint = f"{near(name, names)}{task.lacks}"
            raise WrongCall(f"{self.path}: no metric is called '{name}'{hint}")
        return self.manifest.added_of(task, name)

    @property
    def columns(self) -> set[str]:
        """The columns that the run's metrics read, those of installed plugins too."""
        metrics = [*self.metrics]
        for added in self.manifest.added:
            with suppress(BadData):  # its package is not there now
                metrics.append(self.metric(added.name))
        return {column for metric in metrics for column in metric.columns}

    def groups(self, condition: str) -> list[Group]:
        """The groups of a condition, crossed ones too, everybody first."""
        held = self.tables[condition][list(self.attributes)].drop_duplicates()
        columns = [held[name] for name in self.attributes]
        rows = [dict(zip(self.attributes, row, strict=True)) for row in zip(*columns, strict=True)]
        return groups_of(rows, self.manifest.crossed)


@dataclass(frozen=True)
class _Head:
    """What a baseline file says about its rows: the run, and their hash. It is sealed itself."""

    manifest: Any
    attributes: tuple[str, ...]
    rows: str


def run_statistics(directory: RunDirectory) -> Statistics:
    """The statistics of a finished run. Raises BadData where it is not, or a unit is damaged."""
    check_finished(directory)
    return kept_statistics(directory)


def kept_statistics(directory: RunDirectory) -> Statistics:
    """The statistics of a run or submission, whatever its state. Raises BadData for damage."""
    manifest, first, names = directory.manifest, dict[str, pa.Table](), set[str]()
    for condition in manifest.conditions:  # damage is met here
        table = in_order(directory.statistics(condition), manifest.identity.order)
        names.update(attribute_names(table))
        if table.num_rows + sum(one.num_rows for one in first.values()) <= KEPT:
            first[condition] = table

    def read(condition: str) -> pd.DataFrame:
        found = first.pop(condition, None)
        if found is None:
            found = in_order(directory.statistics(condition), manifest.identity.order)
        return _with_attributes(frame(found), names)

    used, perfect = answers(directory), ceilings_of(directory)
    tables = Tables(manifest.conditions, read)
    return Statistics(directory.path, manifest, tables, tuple(sorted(names)), used, perfect)


def check_finished(directory: RunDirectory) -> None:
    """Raise BadData unless a run is complete, and its numbers may be believed."""
    if why := directory.invalid:
        raise BadData(f"{directory.path}: invalid: {why}; run it again")
    if not directory.complete:
        raise BadData(f"{directory.path}: the run is not complete; run its command again")


def check_whole(path: Path, manifest: Manifest) -> None:
    """Raise BadData for a run that was stopped early."""
    if manifest.stopped:
        raise BadData(
            f"{path}: expected a whole run, found one {manifest.stopped}; its command with "
            "order=random, and without baseline=, measures the rest"
        )


def _with_attributes(table: pd.DataFrame, names: Iterable[str]) -> pd.DataFrame:
    """The table with a column for each attribute, '' where a sample has no value."""
    known = {name: table[name].fillna("") if name in table else "" for name in names}
    return table.assign(**known)


def write_baseline(statistics: Statistics, path: Path, columns: Iterable[str]) -> None:
    """Write `statistics` as a baseline file, with those `columns` that metrics read, no others."""
    write_bytes(path, baseline_bytes(statistics, columns))


def baseline_bytes(statistics: Statistics, columns: Iterable[str]) -> bytes:
    """The bytes of a baseline file: the same for the same statistics.

    One condition is in memory at a time, beside the packed bytes.
    """
    check_whole(statistics.path, statistics.manifest)
    kept = {"sample_id", "cluster", CONDITION, *statistics.attributes, *columns}
    schema = _joined([pa.Schema.from_pandas(one) for one in _kept(statistics, kept)])
    tables = (
        pa.Table.from_pandas(one.reindex(columns=schema.names), schema, preserve_index=False)
        for one in _kept(statistics, kept)
    )
    rows = pq.ParquetFile(pa.BufferReader(parquet_of(tables, schema, GROUP)))
    values = {name: values_of(rows, name) for name in schema.names}
    # The environment never enters a number; without it, the same statistics give the same bytes.
    manifest = replace(statistics.manifest, environment=Environment(), noted=())
    digested = _rows_hash(values, rows.metadata.num_rows)
    head = _Head(manifest.as_json(), statistics.attributes, digested)
    text = json.dumps(sealed(asdict(head)), sort_keys=True)
    packed = base64.b64encode(zlib.compress(text.encode(), 9))
    groups = map(rows.read_row_group, range(rows.num_row_groups))
    return parquet_of(groups, schema.with_metadata({HEAD: packed}), GROUP)


def _kept(statistics: Statistics, columns: Collection[str]) -> Iterator[pd.DataFrame]:
    """Those columns of each condition, one condition after the other."""
    for condition, table in statistics.tables.items():
        named = table.assign(**{CONDITION: condition})
        yield named[[name for name in named.columns if name in columns]]


def _joined(schemas: Sequence[pa.Schema]) -> pa.Schema:
    """The columns of all conditions. A whole number is a float where a condition lacks its column.

    So pandas joins tables, and statistics give the bytes that they gave before.
    """
    plain = [one.remove_metadata() for one in schemas]
    fields = pa.unify_schemas(plain, promote_options="permissive")
    lacked = {one.name for one in fields if any(one.name not in some.names for some in plain)}
    return pa.schema(
        one.with_type(pa.float64()) if one.name in lacked and pa.types.is_integer(one.type) else one
        for one in fields
    )


def read_statistics(path: Path) -> Statistics:
    """The statistics at `path`: a baseline file, or a run directory.

    Raises BadData where the file cannot be read, is no baseline, or was altered.
    """
    if path.is_dir():
        return run_statistics(open_run(path))
    try:
        held = parquet_file(path, "a baseline file")
        names = held.schema_arrow.names
        if len({*names}) < len(names):
            raise BadData(f"{path}: expected columns with names of their own, found two of a name")
        found = parsed(str(path), _head_text(held.schema_arrow.metadata or {}))
        rows_hash = _rows_hash({n: values_of(held, n) for n in names}, held.metadata.num_rows)
        conditions = _by_condition(held) if CONDITION in names else {}
    except BadData:
        raise
    except FileNotFoundError as error:
        raise BadData(f"{path}: expected a run or a baseline file, found nothing") from error
    except Exception as error:  # pyarrow raises nearly anything on damaged bytes
        raise BadData(f"{path}: expected a baseline file, found {type(error).__name__}") from error
    head, manifest = _head(path, record(str(path), found))
    if head.rows != rows_hash:
        raise BadData(f"{path}: the rows do not fit their hash {head.rows}: altered or damaged")
    columns = ("sample_id", "cluster", *head.attributes, CONDITION)
    if absent := [name for name in columns if name not in names]:
        raise BadData(f"{path}: expected the column '{absent[0]}', found none")
    if set(conditions) != set(manifest.conditions):
        named, told = ", ".join(manifest.conditions), ", ".join(conditions) or "none"
        raise BadData(f"{path}: expected rows of {named}, as its head says, found {told}")

    def read(condition: str) -> pd.DataFrame:
        rows = held.read_row_groups(conditions[condition])
        return frame(rows.filter(pc.equal(rows.column(CONDITION), condition)).drop(CONDITION))

    return Statistics(path, manifest, Tables([*conditions], read), head.attributes)


def _by_condition(held: pq.ParquetFile) -> dict[str, list[int]]:
    """The groups of rows of a baseline that have rows of each condition."""
    found, kind = dict[str, list[int]](), held.schema_arrow.field(CONDITION).type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return found
    for group in range(held.num_row_groups):
        for name in held.read_row_group(group, columns=[CONDITION]).column(CONDITION).unique():
            found.setdefault(str(name), []).append(group)
    return found


def _head_text(metadata: Mapping[bytes, bytes]) -> str:
    """What a baseline says of itself, as JSON. Raises KeyError, ValueError or zlib.error."""
    if HEAD not in metadata:
        return metadata[PLAIN].decode()
    packed = base64.b64decode(metadata[HEAD], validate=True)
    return zlib.decompressobj().decompress(packed, MOST_HEAD).decode()


def _head(path: Path, found: dict[str, Any]) -> tuple[_Head, Manifest]:
    """What a baseline says of itself, and its manifest. Raises BadData for an altered one."""
    # Of an earlier version, the manifest is bare, or the head has no checksum.
    value = found if "identity" in found else found.get("manifest")
    manifest = read_manifest(str(path), value)
    if CHECKSUM not in found:
        raise BadData(
            f"{path}: expected a checksum, found none: another version of benchsuite made it; "
            "make it again"
        )
    return record_of(_Head, str(path), checked(path, found)), manifest


def _rows_hash(columns: Mapping[str, Iterable[Any]], count: int) -> str:
    """The hash of so many rows."""
    return digest({name: Items(count, values) for name, values in columns.items()})
