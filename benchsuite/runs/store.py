"""The run directory: the only module that knows file names.

    <root>/<task>/<dataset>/<model>/<run_id>/
        manifest.json                         identity (hashed to run_id) and environment (not)
        units/<condition>/<shard>-<sha>.parquet   one row of statistics a sample
        artefacts/<key>-<sha>.safetensors     what `prepare` returned
        scratch/<key>/                        its checkpoints, until it has returned
        cells.parquet                         every condition × group × metric, with replicates
        status.json  log.txt  lock

Every file is written under a temporary name in its own directory, synced and renamed, so that a
reader sees all of it or none. Units and artefacts carry a checksum of their bytes in their name:
one rename publishes both, and a file that was cut short or altered no longer fits its name.
"""

import fcntl
import hashlib
import os
import re
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from safetensors import SafetensorError
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays

from benchsuite.errors import BadData, Held
from benchsuite.files.text import json_object
from benchsuite.files.write import write_bytes, write_json, writing
from benchsuite.model import Arrays
from benchsuite.runs.manifest import Manifest, read_manifest

MANIFEST = "manifest.json"
CELLS_KEY = b"benchsuite.key"


def slug(name: str) -> str:
    """A file name for any name: `text/typo/3` -> `text+typo+3`; never a path out of its folder."""
    plain = re.sub(r"[^A-Za-z0-9._+×=-]", "_", name.replace("/", "+")).lstrip(".")
    return (
        plain if plain == name.replace("/", "+") and plain else f"{plain}~{_sha(name.encode())[:8]}"
    )


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
        """The manifest. Raises BadData where it cannot be read, or is of another schema."""
        return read_manifest(str(self.path / MANIFEST), json_object(self.path / MANIFEST))

    def write_manifest(self, manifest: Manifest) -> None:
        """Publish the manifest."""
        write_json(self.path / MANIFEST, manifest.as_json())

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

    def write_unit(self, condition: str, shard: int, table: pa.Table) -> None:
        """Publish the statistics of one unit."""
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink, compression="zstd")
        stem = self.path / "units" / slug(condition) / f"{shard:05d}"
        _publish(stem, ".parquet", sink.getvalue().to_pybytes())

    def unit(self, condition: str, shard: int, rows: int) -> pa.Table | None:
        """The statistics of a finished unit; None where missing, or damaged (then removed)."""
        stem = self.path / "units" / slug(condition) / f"{shard:05d}"
        data = _checked(stem, ".parquet")
        if data is None:
            return None
        with suppress(pa.ArrowInvalid, OSError):
            table = pq.read_table(pa.BufferReader(data))
            if table.num_rows == rows:
                return table
        _remove(stem, ".parquet")
        return None

    def has_unit(self, condition: str, shard: int, rows: int) -> bool:
        """Whether the unit is there and whole."""
        return self.unit(condition, shard, rows) is not None

    def unit_names(self, condition: str) -> list[str]:
        """The names of a condition's unit files, which say what is in them, in the plan's order."""
        return sorted(p.name for p in (self.path / "units" / slug(condition)).glob("*.parquet"))

    def statistics(self, condition: str) -> pa.Table:
        """All units of a condition, in order. Raises BadData for a damaged or missing one."""
        folder = self.path / "units" / slug(condition)
        stems = sorted({p.name.split("-")[0] for p in folder.glob("[0-9]*-*.parquet")})
        expected = [f"{number:05d}" for number in range(len(stems))]
        parts = [_checked(folder / stem, ".parquet") for stem in stems]
        if not parts or stems != expected or None in parts:
            raise BadData(f"{folder}: units are missing or damaged; run the command again")
        tables = [pq.read_table(pa.BufferReader(part)) for part in parts]
        return pa.concat_tables(tables, promote_options="permissive")

    def write_artefact(self, key: str, arrays: Arrays) -> None:
        """Publish what a model prepared."""
        _publish(self.path / "artefacts" / key, ".safetensors", save_arrays(arrays))

    def artefact(self, key: str) -> Arrays | None:
        """What a model prepared under `key`; None where it is missing or damaged."""
        stem = self.path / "artefacts" / key
        data = _checked(stem, ".safetensors")
        with suppress(SafetensorError):
            return None if data is None else dict(load_arrays(data))
        _remove(stem, ".safetensors")
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
        table = cells.replace_schema_metadata({CELLS_KEY: key.encode()})
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink, compression="zstd")
        write_bytes(self.path / "cells.parquet", sink.getvalue().to_pybytes())

    def cells(self, key: str | None = None) -> pa.Table | None:
        """The cells; None where there are none, or they are not those of `key`."""
        path = self.path / "cells.parquet"
        with suppress(OSError, pa.ArrowInvalid):
            table = pq.read_table(path)
            if key is None or (table.schema.metadata or {}).get(CELLS_KEY) == key.encode():
                return table
        return None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the run for this process.

        The kernel gives the lock back however the process ends. Raises Held, with the holder's
        process id and host, where another process has it.
        """
        with writing(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            lock = (self.path / "lock").open("a+", encoding="utf-8")
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.seek(0)
                raise Held(
                    f"{self.path}: held by {lock.read().strip() or 'another process'}"
                ) from None
            with writing(self.path):
                lock.truncate(0)
                lock.write(f"process {os.getpid()} on {socket.gethostname()}")
                lock.flush()
            for stale in self.path.rglob(".tmp-*"):
                stale.unlink(missing_ok=True)
            yield


def run_directory(root: Path, task: str, dataset: str, model: str, run_id: str) -> RunDirectory:
    """Where the run of that identity lies, whether it exists or not."""
    return RunDirectory(root / slug(task) / slug(dataset) / slug(model) / run_id)


def find_runs(root: Path, task: str = "*") -> list[RunDirectory]:
    """The runs below `root`, in the order of their paths."""
    pattern = f"{task if task == '*' else slug(task)}/*/*/*/{MANIFEST}"
    return [RunDirectory(path.parent) for path in sorted(root.glob(pattern))]


def open_run(path: Path) -> RunDirectory:
    """The run at `path`: its directory, or a model's directory that holds exactly one.

    Of several, those that are not complete do not count. Raises BadData for none, or several.
    """
    inside = _inside(path)
    complete = [one for one in inside if one.complete]
    if len(complete) > 1:
        names = ", ".join(one.path.name for one in complete)
        raise BadData(f"{path}: holds {len(complete)} runs: give one of {names}")
    found = complete or inside
    if len(found) != 1:
        raise BadData(f"{path}: expected a run directory with a {MANIFEST}, found {len(found)}")
    return found[0]


def runs_of(path: Path) -> list[RunDirectory]:
    """The run at `path`, or the runs that a model's directory holds. Raises BadData for none.

    As on a leaderboard, those that are not complete do not count beside those that are.
    """
    inside = _inside(path)
    return [one for one in inside if one.complete] or inside or [open_run(path)]


def _inside(path: Path) -> list[RunDirectory]:
    if (path / MANIFEST).exists():
        return [RunDirectory(path)]
    return [RunDirectory(found.parent) for found in sorted(path.glob(f"*/{MANIFEST}"))]


def _publish(stem: Path, suffix: str, data: bytes) -> None:
    target = stem.with_name(f"{stem.name}-{_sha(data)[:16]}{suffix}")
    write_bytes(target, data)
    for other in _files(stem, suffix):
        if other != target:
            other.unlink(missing_ok=True)


def _checked(stem: Path, suffix: str) -> bytes | None:
    for path in _files(stem, suffix):
        data = path.read_bytes()
        if path.name == f"{stem.name}-{_sha(data)[:16]}{suffix}":
            return data
        path.unlink(missing_ok=True)
    return None


def _remove(stem: Path, suffix: str) -> None:
    for path in _files(stem, suffix):
        path.unlink(missing_ok=True)


def _files(stem: Path, suffix: str) -> list[Path]:
    return sorted(stem.parent.glob(f"{stem.name}-*{suffix}"))


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
