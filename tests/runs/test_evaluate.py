from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchsuite.condition import CLEAN
from benchsuite.dataset import Constant, Sample, in_memory
from benchsuite.errors import BadData, Held, NameTaken
from benchsuite.estimation import Code, note
from benchsuite.estimation.cells import EVERYBODY, Group
from benchsuite.runs.cells import Incomplete, read_cells, what_is_missing
from benchsuite.runs.engine_local import Local
from benchsuite.runs.evaluate import directory_of, evaluate
from benchsuite.runs.plan import Run
from tests.toys import AP, MEAN, NOISE, Centred, Faulty, Linear, numbers


def a_run(**changes: object) -> Run:
    run = Run(MEAN, numbers(), Linear(bias=0.2), (CLEAN, *NOISE), shard_size=16, batch_size=8)
    return replace(run, **changes)


def contents(path: Path) -> dict[str, bytes]:
    """Everything of a run that must be the same to the byte."""
    kept = [p for p in path.rglob("*") if p.suffix in (".parquet", ".safetensors")]
    return {str(p.relative_to(path)): p.read_bytes() for p in kept}


@pytest.mark.parametrize("task", [MEAN, AP], ids=lambda t: t.name)
@pytest.mark.parametrize("model", [Linear(bias=0.2), Centred()], ids=lambda m: m.name)
def test_two_workers_and_shuffled_samples_give_the_same_bytes(tmp_path, task, model):
    run = a_run(task=task, model=model)
    samples = list(numbers().samples())
    np.random.default_rng(0).shuffle(samples)
    shuffled = replace(run, dataset=in_memory("numbers", samples))
    one = contents(evaluate(run, tmp_path / "one", replicates=50).path)
    two = contents(evaluate(run, tmp_path / "two", Local(2), replicates=50).path)
    other = contents(evaluate(shuffled, tmp_path / "shuffled", replicates=50).path)
    assert len(one) > 10
    assert one == two == other


def test_a_started_run_continues_and_keeps_what_is_done(tmp_path):
    first = evaluate(a_run(conditions=(CLEAN,)), tmp_path, replicates=20)
    before = {p: p.stat().st_mtime_ns for p in first.path.rglob("units/**/*.parquet")}
    second = evaluate(a_run(conditions=NOISE), tmp_path, replicates=20)
    assert second.path == first.path
    assert all(p.stat().st_mtime_ns == when for p, when in before.items())
    fresh = evaluate(a_run(), tmp_path / "fresh", replicates=20)
    assert contents(second.path) == contents(fresh.path)


@pytest.mark.parametrize("damage", ["truncate", "alter", "delete"])
def test_a_damaged_unit_is_found_and_redone(tmp_path, damage):
    directory = evaluate(a_run(), tmp_path, replicates=20)
    whole = contents(directory.path)
    for victim in list(directory.path.rglob("units/**/*.parquet"))[:3]:
        data = victim.read_bytes()
        if damage == "truncate":
            victim.write_bytes(data[: len(data) // 2])
        elif damage == "alter":
            victim.write_bytes(data[:40] + bytes([data[40] ^ 1]) + data[41:])
        else:
            victim.unlink()
    evaluate(a_run(), tmp_path, replicates=20)
    assert contents(directory.path) == whole


def test_a_second_process_is_told_who_holds_the_run(tmp_path):
    run = a_run()
    with directory_of(run, tmp_path).held(), pytest.raises(Held, match="held by process"):
        evaluate(run, tmp_path)


def test_another_batch_size_agrees(tmp_path):
    one = evaluate(a_run(), tmp_path, replicates=20)
    other = evaluate(a_run(batch_size=5), tmp_path, replicates=20)
    assert one.path != other.path
    values = [[e.value for e in read_cells(d.cells()).values()] for d in (one, other)]
    np.testing.assert_allclose(*values, atol=1e-5)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("raise", r"sample 's0007', predict: RuntimeError: no \(toys.py:\d+\)"),
        ("nan", "sample 's0007', predict: prediction: expected a finite number, found nan"),
        ("length", "expected 8 predictions, found 7"),
    ],
)
def test_a_bad_model_is_one_line_that_names_the_sample(tmp_path, fault, message):
    with pytest.raises(BadData, match=message):
        evaluate(a_run(model=Faulty(fault=fault)), tmp_path)


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ("cluster", "sample 's0000', measure: column 'cluster': .* found the suite's"),
        ("colour", "attribute 'colour' of sample 's0000': task toy-mean measures a column of this"),
    ],
)
def test_measure_may_not_write_over_a_column_of_the_suite(tmp_path, column, message):
    task = replace(MEAN, measure=lambda *given: {"hit": 1.0, column: 2.0})
    with pytest.raises(BadData, match=message):
        evaluate(a_run(task=task), tmp_path)


def test_a_column_that_a_metric_reads_must_be_there(tmp_path):
    run = a_run(task=replace(MEAN, measure=lambda *given: {"hitt": 1.0, "score": 2.0}))
    message = r"sample 's0000', measure: expected 'hit' \(metric accuracy\), found hitt, score$"
    with pytest.raises(BadData, match=message):
        evaluate(run, tmp_path)


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"year": 1990}, "dataset d: sample 'a': attribute 'year': expected a string, found 1990"),
        ({"cluster": "c"}, "dataset d: sample 'a': attribute 'cluster': expected another name"),
    ],
)
def test_an_attribute_is_a_string_under_a_name_of_its_own(attributes, message):
    with pytest.raises(BadData, match=message):
        in_memory("d", [Sample("a", {}, None, attributes)])


def test_a_name_that_is_taken_ends_the_run_and_not_each_sample(tmp_path):
    task = replace(MEAN, measure=lambda *given: {"hit": 1.0, "colour": 2.0})
    with pytest.raises(NameTaken, match="attribute 'colour'"):
        evaluate(a_run(task=task, on_error="skip"), tmp_path)


def test_a_dataset_of_one_s_own_is_checked_before_anything_is_predicted(tmp_path):
    bad = [Sample("a", {"value": 1.0}, 1.0, {"error": "no"})]
    dataset = replace(numbers(), load=Constant(tuple(bad)))
    with pytest.raises(BadData, match="sample 'a': attribute 'error': expected another name"):
        evaluate(a_run(dataset=dataset, model=Faulty(fault="raise")), tmp_path)


def test_what_to_know_of_a_dataset_is_part_of_its_note(tmp_path):
    dataset = replace(numbers(), note="made up", warnings=("patients repeat",))
    directory = evaluate(a_run(dataset=dataset), tmp_path, replicates=20)
    assert directory.manifest.dataset_note == "made up; patients repeat"


def test_a_skipped_sample_leaves_its_cells_incomplete(tmp_path):
    run = a_run(model=Faulty(fault="raise"), on_error="skip")
    directory = evaluate(run, tmp_path, replicates=20)
    cells = read_cells(directory.cells())
    everybody = cells["clean", EVERYBODY, "accuracy"]
    assert np.isnan(everybody.value)
    missing = note(Code.MISSING, 1, 90)
    assert everybody.notes == missing
    why = Incomplete(
        "clean", "accuracy", missing, "s0007", "predict: RuntimeError: no (toys.py:125)"
    )
    assert what_is_missing(MEAN.metrics, directory) == why
    untouched = cells["clean", Group(("colour",), ("red",)), "accuracy"]
    assert np.isnan(untouched.value) == (
        "s0007" in {s.id for s in numbers().samples() if s.attributes["colour"] == "red"}
    )


def test_a_crossed_group_is_the_mean_over_its_members(tmp_path):
    cells = read_cells(evaluate(a_run(), tmp_path, replicates=20).cells())
    red_big = [
        float((s.inputs["x"] + 0.2 > 0) == s.truth)
        for s in numbers().samples()
        if s.attributes["colour"] == "red" and s.attributes["size"] == "big"
    ]
    estimate = cells["clean", Group(("colour", "size"), ("red", "big")), "accuracy"]
    assert estimate.value == pytest.approx(np.mean(red_big))
    assert estimate.n == len(red_big)
