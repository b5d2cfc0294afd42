"""The run directory: the only module that knows file names.

    <root>/<task>/<dataset>/<model>/<run_id>/
        manifest.json                         identity (hashed to run_id) and environment (not)
        units/<condition>/<shard>-<sha>.parquet   one row of statistics per sample
        artefacts/<key>-<sha>.safetensors     what `prepare` returned
        scratch/<key>/                        its checkpoints, until it has returned
        answers/                              whose answers it used, see `runs.answers`
        cells.parquet  cells.parquet.sha256   every condition × group × metric, with replicates
        status.json  log.txt  lock  holder.txt

Every file is written under a temporary name in its own directory, synced and renamed, so that a
reader sees all of it or none. Units and artefacts carry a checksum of their bytes in their name:
one rename publishes both, and a file that was cut short or altered no longer fits its name. Each
file says inside what it is of, so that one of another run, condition or shard is not believed.
What is damaged is made again by the run's command; nothing but a new file removes it.
"""

import hashlib
import json
import os
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock, Timeout
from safetensors import SafetensorError
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays

from benchsuite.dataset import digest
from benchsuite.errors import BadData, Held
from benchsuite.files.text import json_object, parsed, record_of
from benchsuite.files.write import slug, write_bytes, write_json, writing
from benchsuite.model import Arrays
from benchsuite.runs.manifest import Manifest, read_manifest

MANIFEST = "manifest.json"
CELLS = "cells.parquet"
CELLS_KEY = b"benchsuite.key"
OF = b"benchsuite.of"
"""The metadata of a file that says what it is of."""


@dataclass(frozen=True)
class Of:
    """What a unit is of; `samples` is the digest of its samples' ids, in their order."""

    run_id: str
    condition: str
    shard: int
    samples: str


@dataclass(frozen=True)
class RunDirectory:
    """One run on disk."""

    path: Path

    @property
    def begun(self) -> bool:
        """Whether there is a manifest."""
        return (self.path / MANIFEST).exists()

    @property
    def manifest(self) -> Manifest:
        """The manifest. Raises BadData where it cannot be read, was altered, or is of old."""
        path = self.path / MANIFEST
        found = json_object(path)
        checksum = found.pop("checksum", None)
        manifest = read_manifest(str(path), found)
        if checksum != digest(found):
            raise BadData(
                f"{path}: expected the checksum {checksum}, found {digest(found)}: altered"
            )
        return manifest

    def write_manifest(self, manifest: Manifest) -> None:
        """Publish the manifest."""
        # As JSON holds it: a tuple is a list, and so it is hashed.
        held = json.loads(json.dumps(manifest.as_json()))
        write_json(self.path / MANIFEST, {**held, "checksum": digest(held)})

    def write_status(self, **status: Any) -> None:
        """Say how far the run is, and that it is alive."""
        alive = {"pid": os.getpid(), "host": socket.gethostname(), "heartbeat": time.time()}
        write_json(self.path / "status.json", {**status, **alive})

    @property
    def status(self) -> dict[str, Any]:
        """The last status; empty where there is none."""
        path = self.path / "status.json"
        return json_object(path) if path.exists() else {}

    @property
    def complete(self) -> bool:
        """Whether the last call finished."""
        return self.status.get("state") == "complete"

    def log(self, line: str) -> None:
        """Append a line to the run's log."""
        with writing(self.path), (self.path / "log.txt").open("a", encoding="utf-8") as log:
            log.write(f"{time.strftime('%Y-%m-%dT%H:%M:%S%z')} {line}\n")

    def write_unit(self, of: Of, table: pa.Table) -> None:
        """Publish the statistics of one unit."""
        known = {**(table.schema.metadata or {}), OF: json.dumps(asdict(of)).encode()}
        _publish(self._unit(of), ".parquet", _parquet(table.replace_schema_metadata(known)))

    def unit(self, of: Of) -> pa.Table | None:
        """The statistics of a finished unit; None where missing, damaged, or of something else."""
        for data in _whole(self._unit(of), ".parquet"):
            table = _table(data)
            if table is not None and _of(table) == of:
                return table
        return None

    def _unit(self, of: Of) -> Path:
        return self.path / "units" / slug(of.condition) / f"{of.shard:05d}"

    def unit_names(self, condition: str) -> list[str]:
        """The names of a condition's unit files, which say what is in them, in the plan's order."""
        return sorted(p.name for p in (self.path / "units" / slug(condition)).glob("*.parquet"))

    def statistics(self, condition: str) -> pa.Table:
        """All units of a condition, in order.

        Raises BadData where one is missing, damaged, or of another run, condition or shard.
        """
        folder, run_id = self.path / "units" / slug(condition), self.manifest.run_id
        tables: list[pa.Table] = []
        for number, path in enumerate(sorted(folder.glob("[0-9]*-*.parquet"))):
            table = _table(_checked(path))
            of = None if table is None else _of(table)
            if of is None or (of.run_id, of.condition, of.shard) != (run_id, condition, number):
                found = f"that of {of.condition}, {of.shard} of run {of.run_id}" if of else "damage"
                raise BadData(
                    f"{path}: expected the unit of {condition}, {number} of run {run_id}, found "
                    f"{found}; run the command again"
                )
            tables.append(table)
        if not tables:
            raise BadData(f"{folder}: expected units, found none; run the command again")
        return pa.concat_tables(tables, promote_options="permissive")

    def write_artefact(self, key: str, arrays: Arrays) -> None:
        """Publish what a model prepared."""
        data = save_arrays(arrays, {"key": key})
        _publish(self.path / "artefacts" / key, ".safetensors", data)

    def artefact(self, key: str) -> Arrays | None:
        """What a model prepared under `key`; None where missing, damaged, or of another key."""
        for data in _whole(self.path / "artefacts" / key, ".safetensors"):
            with suppress(SafetensorError, ValueError):
                if _metadata(data).get("key") == key:
                    return dict(load_arrays(data))
        return None

    def scratch(self, key: str) -> Path:
        """The folder for the checkpoints of what prepares the artefact `key`."""
        return self.path / "scratch" / key

    def remove_scratch(self, key: str) -> None:
        """Remove that folder, since the artefact is there."""
        shutil.rmtree(self.scratch(key), ignore_errors=True)

    def adopt_artefact(self, key: str) -> bool:
        """Take the artefact from another run on this dataset, where one has it; whether it did."""
        for folder in sorted(self.path.parent.parent.glob("*/*/artefacts")):
            other = RunDirectory(folder.parent)
            if other != self and (arrays := other.artefact(key)) is not None:
                self.write_artefact(key, arrays)
                return True
        return False

    def write_cells(self, cells: pa.Table, key: str) -> None:
        """Publish the cells; `key` names what they were computed from."""
        known = {CELLS_KEY: key.encode(), OF: self.manifest.run_id.encode()}
        data = _parquet(cells.replace_schema_metadata(known))
        write_bytes(self.path / CELLS, data)
        write_bytes(self.path / f"{CELLS}.sha256", _sha(data).encode())

    def cells(self) -> pa.Table | None:
        """The cells; None where there are none yet.

        Raises BadData where they are damaged, or of another run.
        """
        path = self.path / CELLS
        if not path.exists():
            return None
        with suppress(OSError):
            data = path.read_bytes()
            whole = _sha(data).encode() == (self.path / f"{CELLS}.sha256").read_bytes()
            table = _table(data) if whole else None
            if table is not None and table.schema.metadata[OF] == self.manifest.run_id.encode():
                return table
        raise BadData(f"{path}: damaged, or of another run; run the command again")

    def has_cells(self, key: str) -> bool:
        """Whether the cells are there, whole, and computed from what `key` names."""
        with suppress(BadData):
            table = self.cells()
            return table is not None and table.schema.metadata[CELLS_KEY] == key.encode()
        return False

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the run for this process.

        The kernel gives the lock back however the process ends. Raises Held, with the holder's
        process id and host, where another process has it.
        """
        holder = self.path / "holder.txt"
        with writing(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            try:
                mine = FileLock(self.path / "lock").acquire(timeout=0)
            except Timeout:
                who = holder.read_text(encoding="utf-8") if holder.exists() else "another process"
                raise Held(f"{self.path}: held by {who}") from None
        with mine:
            write_bytes(holder, f"process {os.getpid()} on {socket.gethostname()}".encode())
            for stale in self.path.rglob(".tmp-*"):
                stale.unlink(missing_ok=True)
            yield


def _parquet(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    data: bytes = sink.getvalue().to_pybytes()
    return data


def _table(data: bytes | None) -> pa.Table | None:
    with suppress(pa.ArrowInvalid, OSError):
        return None if data is None else pq.read_table(pa.BufferReader(data))
    return None


def _of(table: pa.Table) -> Of | None:
    """What a table of statistics says it is of; None where it says nothing."""
    told = (table.schema.metadata or {}).get(OF)
    return record_of(Of, "unit", parsed("unit", told.decode())) if told else None


def _metadata(data: bytes) -> dict[str, str]:
    """The metadata of safetensors: its header is JSON behind a length of eight bytes."""
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    found: dict[str, str] = header.get("__metadata__", {})
    return found


def _publish(stem: Path, suffix: str, data: bytes) -> None:
    target = stem.with_name(f"{stem.name}-{_sha(data)[:16]}{suffix}")
    write_bytes(target, data)
    for other in _files(stem, suffix):
        if other != target:
            other.unlink(missing_ok=True)


def _whole(stem: Path, suffix: str) -> Iterator[bytes]:
    """The contents of the files of that name whose bytes fit their checksum."""
    for path in _files(stem, suffix):
        if (data := _checked(path)) is not None:
            yield data


def _checked(path: Path) -> bytes | None:
    """The bytes of a file; None where they do not fit the checksum in its name."""
    data = path.read_bytes()
    return data if path.stem.endswith(f"-{_sha(data)[:16]}") else None


def _files(stem: Path, suffix: str) -> list[Path]:
    return sorted(stem.parent.glob(f"{stem.name}-*{suffix}"))


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
