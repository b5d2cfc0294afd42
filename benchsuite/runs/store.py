"""The run directory: the only module that knows file names.

    <root>/<task>/<dataset>/<model>/<run_id>/
        manifest.json                         identity (hashed to run_id) and environment (not)
        units/<condition>/<shard>-<sha>.parquet   one row of statistics per sample
        artefacts/<key>-<sha>.safetensors     what `prepare` returned
        scratch/<key>/                        its checkpoints, until it has returned
        answers/                              whose answers it used, see `runs.answers`
        cells.parquet  cells.parquet.sha256   every condition × group × metric, with replicates
        tidy-<sha>.parquet                    the rows that the run gives to every board
        ceilings-<sha>.parquet                what a perfect model gets, see `runs.ceilings`
        call.json                             the words that asked for it, see `runs.call`
        status.json  log.txt  lock  holder.txt    the last two: see `lock`

Every file is written under a temporary name in its own directory, synced and renamed, so that a
reader sees all of it or none. Every file is checked when it is read (see `seal`), and says inside
what it is of, so that one of another run, condition or shard is not believed. What is damaged is
made again by the run's command; nothing but a new file removes it. No link is followed.
"""

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

from benchsuite.errors import BadData
from benchsuite.files.text import json_object, record_of
from benchsuite.files.write import remove_unfinished, slug, write_bytes, write_json, writing
from benchsuite.model import Arrays
from benchsuite.runs.call import Call
from benchsuite.runs.lock import hold
from benchsuite.runs.manifest import Manifest, read_manifest
from benchsuite.runs.places import check_entries, check_there, place_in
from benchsuite.runs.seal import (
    CHECKSUM,
    OF,
    Of,
    artefact_bytes,
    artefact_of,
    checked,
    fitting,
    parquet,
    publish,
    sealed,
    sha256,
    shards_of,
    table_of,
    told,
    unit_of,
    whole,
)

MANIFEST = "manifest.json"
STATUS = "status.json"
CALL = "call.json"
CELLS = "cells.parquet"
KEY = b"benchsuite.key"


@dataclass(frozen=True)
class RunDirectory:
    """One run on disk."""

    path: Path

    def at(self, *names: str) -> Path:
        """The place of a file or folder of the run. Raises BadData where a link is on the way."""
        return place_in(self.path, *names)

    @property
    def begun(self) -> bool:
        """Whether there is a manifest."""
        return (self.path / MANIFEST).exists()

    @property
    def has_results(self) -> bool:
        """Whether there are units or cells, even if the manifest was lost."""
        return (self.path / CELLS).exists() or (self.path / "units").exists()

    @property
    def manifest(self) -> Manifest:
        """The manifest. Raises BadData where it cannot be read, was altered, or is of old."""
        path = self.at(MANIFEST)
        held = json_object(path)
        manifest = read_manifest(str(path), {k: v for k, v in held.items() if k != CHECKSUM})
        checked(path, held)
        return manifest

    def write_manifest(self, manifest: Manifest) -> None:
        """Publish the manifest."""
        write_json(self.path / MANIFEST, sealed(manifest.as_json()))

    def write_status(self, **status: Any) -> None:
        """Say how far the run is, and that it is alive."""
        check_there(self.path)
        alive = {"pid": os.getpid(), "host": socket.gethostname(), "heartbeat": time.time()}
        write_json(self.path / STATUS, sealed({**status, **alive}))

    @property
    def status(self) -> dict[str, Any]:
        """The last status; empty where there is none. Raises BadData where it was altered."""
        path = self.at(STATUS)
        return checked(path, json_object(path)) if path.exists() else {}

    @property
    def complete(self) -> bool:
        """Whether the last call finished."""
        return self.status.get("state") == "complete"

    @property
    def invalid(self) -> str:
        """Why none of its numbers may be believed; empty where they may."""
        status = self.status
        return str(status.get("reason", "")) if status.get("state") == "invalid" else ""

    def write_call(self, call: Call) -> None:
        """Note the words of a call."""
        write_json(self.path / CALL, sealed(asdict(call)))

    @property
    def call(self) -> Call:
        """The words of the last call; empty where nobody noted any, or they were altered."""
        with suppress(BadData):
            path = self.at(CALL)
            return record_of(Call, str(path), checked(path, json_object(path)))
        return Call()

    def log(self, line: str) -> None:
        """Append a line to the run's log."""
        with writing(self.path), self.at("log.txt").open("a", encoding="utf-8") as log:
            log.write(f"{time.strftime('%Y-%m-%dT%H:%M:%S%z')} {line}\n")

    def write_unit(self, of: Of, table: pa.Table) -> None:
        """Publish the statistics of one unit."""
        check_there(self.path)
        known = {**(table.schema.metadata or {}), OF: json.dumps(asdict(of)).encode()}
        publish(self._unit(of), ".parquet", parquet(table.replace_schema_metadata(known)))

    def unit(self, of: Of) -> pa.Table | None:
        """The statistics of a finished unit; None where missing, damaged, or of something else."""
        found = map(table_of, whole(self._unit(of), ".parquet"))
        return next((t for t in found if t is not None and unit_of(t) == of), None)

    def has_unit(self, of: Of) -> bool:
        """Whether a file of that unit is there; it may be damaged."""
        path = self._unit(of)
        return any(path.parent.glob(f"{path.name}-*.parquet"))

    def _unit(self, of: Of) -> Path:
        return self.at("units", slug(of.condition), f"{of.shard:05d}")

    def unit_names(self, condition: str) -> list[str]:
        """The names of a condition's unit files, which say what is in them, in the plan's order."""
        return sorted(p.name for p in self.at("units", slug(condition)).glob("*.parquet"))

    def statistics(self, condition: str) -> pa.Table:
        """All units of a condition, in order.

        Raises BadData where one is missing, damaged, or of another run, condition or shard.
        """
        folder, manifest = self.at("units", slug(condition)), self.manifest
        run_id = manifest.run_id
        tables, shards = list[pa.Table](), 0
        for number, path in enumerate(sorted(folder.glob("[0-9]*-*.parquet"))):
            table = table_of(fitting(path))
            of = None if table is None else unit_of(table)
            if of is None or (of.run_id, of.condition, of.shard) != (run_id, condition, number):
                found = f"that of {of.condition}, {of.shard} of run {of.run_id}" if of else "damage"
                raise BadData(
                    f"{path}: expected the unit of {condition}, {number} of run {run_id}, found "
                    f"{found}; run the command again"
                )
            tables.append(table)
            shards = of.shards
        if len(tables) != max(expected := manifest.units_of(condition, shards), 1):
            raise BadData(
                f"{folder}: expected {expected or 'some'} units, found {len(tables)}; "
                "run the command again"
            )
        return pa.concat_tables(tables, promote_options="permissive")

    def write_artefact(self, key: str, arrays: Arrays) -> None:
        """Publish what a model prepared."""
        check_there(self.path)
        publish(self.at("artefacts", key), ".safetensors", artefact_bytes(key, arrays))

    def artefact(self, key: str) -> Arrays | None:
        """What a model prepared under `key`; None where missing, damaged, or of another key."""
        held = whole(self.at("artefacts", key), ".safetensors")
        found = (artefact_of(key, data) for data in held)
        return next((arrays for arrays in found if arrays is not None), None)

    def scratch(self, key: str) -> Path:
        """The folder for the checkpoints of what prepares the artefact `key`."""
        return self.at("scratch", key)

    def remove_scratch(self, key: str) -> None:
        """Remove that folder, since the artefact is there."""
        shutil.rmtree(self.scratch(key), ignore_errors=True)

    def adopt_artefact(self, key: str) -> bool:
        """Take the artefact from another run on this dataset, where one has it; whether it did."""
        for folder in sorted(self.path.parent.parent.glob("*/*/artefacts")):
            other = RunDirectory(folder.parent)
            with suppress(BadData):
                if other != self and (arrays := other.artefact(key)) is not None:
                    self.write_artefact(key, arrays)
                    return True
        return False

    def write_cells(self, cells: pa.Table, key: str) -> None:
        """Publish the cells; `key` names what they were computed from."""
        known = {KEY: key.encode(), OF: self.manifest.run_id.encode()}
        data = parquet(cells.replace_schema_metadata(known))
        write_bytes(self.path / CELLS, data)
        write_bytes(self.path / f"{CELLS}.sha256", sha256(data).encode())

    def cells(self) -> pa.Table | None:
        """The cells; None where there are none yet.

        Raises BadData where they are damaged, or of another run.
        """
        path = self.at(CELLS)
        if not path.exists():
            return None
        with suppress(OSError):
            data = path.read_bytes()
            whole = sha256(data).encode() == self.at(f"{CELLS}.sha256").read_bytes()
            table = table_of(data) if whole else None
            if table is not None and told(table, OF) == self.manifest.run_id:
                return table
        raise BadData(f"{path}: damaged, or of another run; run the command again")

    def has_cells(self, key: str) -> bool:
        """Whether the cells are there, whole, and computed from what `key` names."""
        with suppress(BadData):
            table = self.cells()
            return table is not None and told(table, KEY) == key
        return False

    @property
    def cells_checksum(self) -> str:
        """The checksum of the file of cells; empty where there is none."""
        with suppress(OSError):
            return self.at(f"{CELLS}.sha256").read_text("utf-8", "replace")
        return ""

    def write_tidy(self, rows: pa.Table, key: str) -> None:
        """Publish the tidy rows; `key` names what they were computed from."""
        known = {KEY: key.encode(), OF: self.manifest.run_id.encode()}
        publish(self.path / "tidy", ".parquet", parquet(rows.replace_schema_metadata(known)))

    def tidy(self, key: str) -> pa.Table | None:
        """The tidy rows; None where missing, damaged, or computed from something else."""
        found = map(table_of, whole(self.path / "tidy", ".parquet"))
        return next((t for t in found if t is not None and told(t, KEY) == key), None)

    def write_ceilings(self, cells: pa.Table, key: str) -> None:
        """Publish what a perfect model gets; `key` names what it was computed from."""
        data = parquet(cells.replace_schema_metadata({KEY: key.encode()}))
        publish(self.path / "ceilings", ".parquet", data)

    def ceilings(self) -> pa.Table | None:
        """What a perfect model gets; None where missing or damaged."""
        found = map(table_of, whole(self.path / "ceilings", ".parquet"))
        return next((table for table in found if table is not None), None)

    @property
    def ceilings_name(self) -> str:
        """The name of the file of ceilings, which says what is in it; empty where there is none."""
        return next((path.name for path in self.path.glob("ceilings-*.parquet")), "")

    def has_all_units(self, condition: str) -> bool:
        """Whether all units of a condition are there, by what one says; their bytes are not read.

        Damage inside is for the run's command to find.
        """
        with suppress(BadData, pa.ArrowException, OSError):
            paths = sorted(self.at("units", slug(condition)).glob("[0-9]*-*.parquet"))
            return len(paths) > 0 and len(paths) == shards_of(paths[0])
        return False

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the run for this process. Raises Held where another process has it."""
        check_entries(self.path)
        with hold(self.path):
            remove_unfinished(self.path)
            try:
                yield
            finally:
                remove_unfinished(self.path)  # of workers that were lost
