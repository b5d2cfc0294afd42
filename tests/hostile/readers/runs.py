"""Readers of the files of a run and of a baseline, whose checksums fit."""

import base64
import json
import zlib
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from benchsuite.endpoint.kept import Parts, Whose, _Kept
from benchsuite.errors import BadData
from benchsuite.estimation import Estimate
from benchsuite.estimation.cells import EVERYBODY
from benchsuite.files.text import json_object, record_of
from benchsuite.runs.answers import Answers, _Noted, answers
from benchsuite.runs.call import Call
from benchsuite.runs.cells import read_cells, table_of
from benchsuite.runs.manifest import Identity
from benchsuite.runs.seal import CHECKSUM, artefact_bytes, artefact_of, parquet, sealed
from benchsuite.runs.seal import table_of as table_in
from benchsuite.runs.statistics import HEAD, Statistics, baseline_bytes, read_statistics
from benchsuite.runs.store import RunDirectory
from tests.toys import MEAN, manifest

from .reader import Reader, as_json

MANIFEST: Final = asdict(manifest())


def resealed(path: Path) -> None:
    """A manifest whose checksums somebody has computed again after altering it."""
    held = json_object(path)
    with suppress(BadData):
        held["run_id"] = record_of(Identity, "", held.get("identity")).run_id
    _write(path, sealed(held))
    found = RunDirectory(path.parent).manifest
    found.metrics_of(MEAN)
    assert found.tails is not found.environment.versions


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value), "utf-8", "surrogatepass")


@cache
def baseline() -> bytes:
    rows = {"sample_id": ["a", "b"], "cluster": ["a", "b"], "hit": [1.0, 0.0]}
    return baseline_bytes(
        Statistics(Path("a"), manifest(), {"clean": pd.DataFrame(rows)}, ()), ["hit"]
    )


def rebased(path: Path) -> None:
    """A baseline whose head somebody has altered, and whose checksums fit."""
    rows = table_in(baseline())
    assert rows is not None
    head = zlib.compress(json.dumps(sealed(json_object(path))).encode())
    file = path.with_name("baseline.parquet")
    file.write_bytes(parquet(rows.replace_schema_metadata({HEAD: base64.b64encode(head)})))
    read_statistics(file).groups("clean")


def head_of_baseline() -> Any:
    rows = table_in(baseline())
    assert rows is not None
    head = json.loads(zlib.decompress(base64.b64decode(rows.schema.metadata[HEAD])))
    return {key: value for key, value in head.items() if key != CHECKSUM}


def call(path: Path) -> object:
    held = json_object(path)
    _write(path, sealed(held))
    found = RunDirectory(path.parent).call
    return found.public, found.text(["clean"])


def status(path: Path) -> object:
    _write(path, sealed(json_object(path)))
    directory = RunDirectory(path.parent)
    return directory.complete, directory.invalid


def kept_answer(path: Path) -> None:
    record_of(Answers, str(path), record_of(_Kept, str(path), json_object(path)).answer)


KEPT: Final = asdict(
    _Kept(Parts("u", "", {"model": "m"}), Whose("s"), 1.5, asdict(Answers(1, 2, ("a",))))
)
NOTED: Final = asdict(_Noted(Answers(3, 4, ("m",), ("n",), ("t",), 1), 5.0))


@cache
def cells_file() -> bytes:
    one = Estimate(0.5, np.zeros(3, np.float32), 2, 2)
    return parquet(table_of({("clean", EVERYBODY, "accuracy"): one}))


def cells(path: Path) -> object:
    held = table_in(path.read_bytes())
    return None if held is None else read_cells(held)


def artefact(path: Path) -> object:
    return artefact_of("k", path.read_bytes())


READERS: Final = (
    Reader("baseline", "a.parquet", baseline(), read_statistics),
    Reader("head of a baseline", "head.json", as_json(head_of_baseline()), rebased),
    Reader("manifest", "manifest.json", as_json(MANIFEST), resealed),
    Reader(
        "damaged manifest",
        "manifest.json",
        as_json(sealed(MANIFEST)),
        lambda p: RunDirectory(p.parent).manifest,
    ),
    Reader(
        "call",
        "call.json",
        as_json(asdict(Call("run", ("a=/home/x/y.csv", "b"), "", {"kind": "k"}, "/home"))),
        call,
    ),
    Reader(
        "status", "status.json", as_json({"state": "complete", "pid": 1, "heartbeat": 2.5}), status
    ),
    Reader(
        "counts of answers",
        "answers/every.json",
        as_json(NOTED),
        lambda p: answers(RunDirectory(p.parents[1])),
        (("answers/begun.json", as_json({"begun": 4})),),
    ),
    Reader(
        "begun",
        "answers/begun.json",
        as_json({"begun": 4}),
        lambda p: answers(RunDirectory(p.parents[1])),
        (("answers/every.json", as_json(NOTED)),),
    ),
    Reader("kept answer", "a.json", as_json(KEPT), kept_answer),
    Reader("cells", "cells.parquet", cells_file(), cells),
    Reader("artefact", "a.safetensors", artefact_bytes("k", {"a": np.ones(3)}), artefact),
)
