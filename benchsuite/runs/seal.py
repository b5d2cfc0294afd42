"""Files that are checked when they are read: what they hold, and what they are of.

An object of JSON holds its checksum. A unit or artefact has a checksum of its bytes in its name,
and says inside what it is of: one rename publishes both.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
from safetensors import SafetensorError
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays

from benchsuite.dataset import digest
from benchsuite.errors import BadData
from benchsuite.files.text import parsed, record_of
from benchsuite.files.write import write_bytes
from benchsuite.model import Arrays
from benchsuite.runs.places import check_plain

OF: Final = b"benchsuite.of"
"""The metadata of a file that says what it is of."""
CHECKSUM = "checksum"


def sealed(value: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON object with the checksum of what it holds."""
    # As JSON holds it: a tuple is a list, and so it is hashed.
    held = json.loads(json.dumps(value))
    return {**held, CHECKSUM: digest(held)}


def checked(path: Path, value: Mapping[str, Any]) -> dict[str, Any]:
    """What a sealed object holds. Raises BadData where it does not fit its checksum."""
    if CHECKSUM not in value:
        raise BadData(
            f"{path}: expected a checksum, found none: of an earlier version, or damaged; remove "
            "the file, and its command makes it again"
        )
    held = {key: one for key, one in value.items() if key != CHECKSUM}
    if value[CHECKSUM] != (found := digest(held)):
        raise BadData(
            f"{path}: expected the checksum {value[CHECKSUM]}, found {found}: altered or "
            "damaged; remove the file, and its command makes it again"
        )
    return held


@dataclass(frozen=True)
class Of:
    """What a unit is of.

    shards   how many units the condition has: one that is lost is missed
    samples  the digest of the samples' ids, in their order
    """

    run_id: str
    condition: str
    shard: int
    shards: int
    samples: str


def parquet(table: pa.Table) -> bytes:
    """A table as the bytes of a Parquet file."""
    return parquet_of([table], table.schema)


def parquet_of(tables: Iterable[pa.Table], schema: pa.Schema, group: int = 2**20) -> bytes:
    """Tables of one schema as the bytes of a Parquet file; `group` rows are packed together.

    The bytes of float64 are laid out by their place in a number. So zstd halves the scores of
    models, which are float32 inside.
    """
    leaves = dict(_leaf(field.name, field.type) for field in schema)
    split = [name for name, kind in leaves.items() if pa.types.is_float64(kind)]
    rest, sink = [name for name in leaves if name not in split], pa.BufferOutputStream()
    with pq.ParquetWriter(
        sink, schema, compression="zstd", use_dictionary=rest, use_byte_stream_split=split
    ) as file:
        for rows in _grouped(tables, schema, group):
            file.write_table(rows, row_group_size=group)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def _grouped(tables: Iterable[pa.Table], schema: pa.Schema, group: int) -> Iterator[pa.Table]:
    """The rows of the tables, in tables of `group` rows and what is left; one for no rows."""
    held = schema.empty_table()
    for number, table in enumerate(tables):
        held = pa.concat_tables([held, table]) if number else table
        while held.num_rows > group:
            yield held.slice(0, group).combine_chunks()
            held = held.slice(group)
    yield held.combine_chunks()


def _leaf(name: str, kind: pa.DataType) -> tuple[str, pa.DataType]:
    """The path of a column's values in a Parquet file, and their type."""
    if pa.types.is_list(kind):
        return _leaf(f"{name}.list.element", kind.value_type)
    return name, kind


def table_of(data: bytes | None) -> pa.Table | None:
    """The table that bytes of Parquet hold; None where they hold none."""
    with suppress(pa.ArrowException, OSError):
        return None if data is None else pq.read_table(pa.BufferReader(data))
    return None


def unit_of(table: pa.Table) -> Of | None:
    """What a table of statistics is of; None where it does not say so, or has other samples."""
    with suppress(BadData, KeyError, pa.ArrowException):
        of = record_of(Of, "unit", parsed("unit", told(table, OF)))
        return of if of.samples == digest(table.column("sample_id").to_pylist()) else None
    return None


def shards_of(path: Path) -> int:
    """How many units the condition of a unit's file has; only its metadata is read.

    Raises BadData, OSError or an error of pyarrow where it does not say so.
    """
    check_plain(path)
    held = pq.read_schema(path).metadata or {}
    return record_of(Of, str(path), parsed(str(path), held.get(OF, b"").decode())).shards


def told(table: pa.Table, key: bytes) -> str:
    """What the metadata of a table holds under `key`; empty for nothing."""
    found: str = (table.schema.metadata or {}).get(key, b"").decode(errors="replace")
    return found


def artefact_bytes(key: str, arrays: Arrays) -> bytes:
    """Arrays as the bytes of safetensors that say their key."""
    data: bytes = save_arrays(arrays, {"key": key})
    return data


def artefact_of(key: str, data: bytes) -> Arrays | None:
    """The arrays that bytes of safetensors hold; None where they hold none, or have another key."""
    with suppress(SafetensorError, ValueError):
        # The header is JSON behind a length of eight bytes.
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
        if header.get("__metadata__", {}).get("key") == key:
            return dict(load_arrays(data))
    return None


def publish(stem: Path, suffix: str, data: bytes) -> None:
    """Write a file with the checksum of its bytes in its name, in place of those of that stem."""
    target = stem.with_name(f"{stem.name}-{sha256(data)[:16]}{suffix}")
    write_bytes(target, data)
    for other in _files(stem, suffix):
        if other != target:
            other.unlink(missing_ok=True)


def whole(stem: Path, suffix: str) -> Iterator[bytes]:
    """The contents of the files of that stem whose bytes fit their checksum."""
    for path in _files(stem, suffix):
        if (data := fitting(path)) is not None:
            yield data


def fitting(path: Path) -> bytes | None:
    """The bytes of a file; None where they do not fit the checksum in its name, or are not read.

    No link is followed.
    """
    with suppress(OSError, BadData):
        check_plain(path)
        data = path.read_bytes()
        return data if path.stem.endswith(f"-{sha256(data)[:16]}") else None
    return None


def _files(stem: Path, suffix: str) -> list[Path]:
    return sorted(stem.parent.glob(f"{stem.name}-*{suffix}"))


def sha256(data: bytes) -> str:
    """64 hex digits."""
    return hashlib.sha256(data).hexdigest()
