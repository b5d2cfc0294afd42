"""The file of cells holds every field of an estimate, under the key of its cell."""

from dataclasses import MISSING, fields, replace

import numpy as np
import pytest

from benchsuite.condition import CLEAN
from benchsuite.dataset import Sample, in_memory
from benchsuite.estimation import Code, Estimate, Note
from benchsuite.estimation.cells import EVERYBODY, Group
from benchsuite.runs.cells import read_cells, table_of
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from benchsuite.runs.store import RunDirectory
from tests.toys import MEAN, NOISE, Linear, manifest

NOTES = (
    Note(Code.FEW_CLUSTERS, (4,)),
    Note(Code.UNDEFINED_SHARE, (0.125,)),
    Note(Code.LEFT_OUT, ("a×b (3 clusters)", "“c”")),
    Note(Code.NO_VARIATION),
)
FULL = Estimate.of(
    value=0.1 + 0.2,
    replicates=np.array([0.1, np.nan, 1 / 3], np.float32),
    n=90,
    clusters=45,
    kind="extremal",
    df=7.25,
    inflation=1.5,
    notes=NOTES,
)
CELLS = {
    ("clean", EVERYBODY, "median time"): FULL,
    ("corruption/noise/1", Group(("colour×",), ("red×big",)), "a"): replace(FULL, kind="smooth"),
    ("clean", Group(("colour", "size"), ("red", "×")), "a"): replace(FULL, value=np.nan, notes=()),
    ("clean", Group(("colour", "size"), ("red×", "")), "a"): replace(FULL, kind="linear", n=1),
}


def same(a: Estimate, b: Estimate) -> None:
    for one in fields(Estimate):
        found, expected = getattr(a, one.name), getattr(b, one.name)
        np.testing.assert_array_equal(found, expected, err_msg=one.name, strict=True)
    assert a.notes == b.notes
    assert [type(x) for note in a.notes for x in note.arguments] == [
        type(x) for note in b.notes for x in note.arguments
    ]


def test_the_example_has_no_default():
    defaults = {f.name: f.default for f in fields(Estimate) if f.default is not MISSING}
    assert defaults
    for name, default in defaults.items():
        assert getattr(FULL, name) != default, name


def test_every_field_of_an_estimate_survives_the_file_of_cells(tmp_path):
    directory = RunDirectory(tmp_path)
    directory.write_manifest(manifest())
    directory.write_cells(table_of(CELLS), "key")
    table = directory.cells()
    assert {one.name for one in fields(Estimate)} <= set(table.column_names)
    found = read_cells(table)
    assert list(found) == list(CELLS)
    for key, estimate in CELLS.items():
        same(found[key], estimate)


@pytest.mark.parametrize("shard_size", [4, 64])
def test_an_attribute_that_only_some_samples_have_makes_its_groups(tmp_path, shard_size):
    samples = [
        Sample(f"s{i:02d}", {"x": i - 10.5}, truth=i % 3 > 0, attributes={"eye": "left"} if i < 6 else {})
        for i in range(20)
    ]  # fmt: skip
    run = Run(MEAN, in_memory("d", samples), Linear(), (CLEAN, *NOISE), shard_size=shard_size)
    cells = read_cells(evaluate(run, tmp_path, replicates=20).cells())
    left = cells["clean", Group(("eye",), ("left",)), "accuracy"]
    assert (left.n, left.value) == (6, np.mean([i % 3 == 0 for i in range(6)]))
    assert cells["clean", EVERYBODY, "accuracy"].n == 20
