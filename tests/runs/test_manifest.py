"""A manifest on disk is the record it was made from, or it is refused with a line."""

import base64
import json
import zlib
from dataclasses import fields, replace

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchsuite import leaderboard
from benchsuite.boards.compare import open_board
from benchsuite.condition import CLEAN
from benchsuite.errors import BadData, LeftOut
from benchsuite.estimation import MacroMean, Mean, Pooled, Ratio
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.find import open_run
from benchsuite.runs.manifest import SCHEMA, Environment, Manifest, Stopped, read_manifest
from benchsuite.runs.plan import Run
from benchsuite.runs.seal import sealed
from benchsuite.runs.statistics import (
    HEAD,
    PLAIN,
    Statistics,
    read_statistics,
    run_statistics,
    write_baseline,
)
from tests.toys import AP, MEAN, NOISE, Linear, average_precision, install, manifest, numbers

TASK = replace(
    MEAN,
    metrics=(
        *MEAN.metrics,
        Ratio("hits a score", "hit", "score", unit="1", higher_is_better=False, version=3),
        MacroMean("by split", "hit", "split", where="score", equity=True),
        Pooled("AP", ("score", "truth"), average_precision, bounds=(0, 1)),
    ),
)


def whole() -> Manifest:
    """A manifest in which no field is empty."""
    return replace(
        manifest(TASK, ("clean", "corruption/noise/1"), protocol="zero-shot × 3"),
        crossed=(("colour", "size"), ("a×b", "c")),
        chance={"accuracy": 0.5},
        dataset_note="made up; “quoted”",
        factors={"seed": "3", "backbone": "none"},
        environment=Environment("3.11", "x86", "Linux", {"numpy": "2"}, {"tests.toys": "ab"}),
        noted=("numpy 1 -> 2",),
        source="reported: theirs.json",
        stopped=Stopped(2, 20, {"clean": 2}, {"clean": 9}, {"clean": 90}),
    )


def on_disk(made: Manifest) -> object:
    return json.loads(json.dumps(made.as_json()))


def test_a_manifest_is_read_as_it_was_written():
    made = whole()
    assert all(getattr(made, one.name) for one in fields(made)), "no field is empty"
    assert read_manifest("m", on_disk(made)) == made
    assert read_manifest("m", on_disk(made)).identity.run_id == made.run_id


@given(
    st.text(), st.integers(0), st.dictionaries(st.text(), st.text()), st.lists(st.lists(st.text()))
)
def test_any_words_survive(text, seed, factors, crossed):
    axes = tuple(tuple(axis) for axis in crossed)
    made = replace(manifest(protocol=text, seed=seed), factors=factors, crossed=axes)
    assert read_manifest("m", on_disk(made)) == made


@pytest.mark.parametrize("task", [MEAN, AP], ids=lambda task: task.name)
def test_a_run_s_manifest_is_that_of_its_directory(tmp_path, task):
    run = Run(task, numbers(), Linear(seed="1"), (CLEAN, NOISE[1]))
    directory = evaluate(run, tmp_path, replicates=20)
    made = directory.manifest
    assert made.identity == run.identity
    assert made.run_id == directory.path.name == run.identity.run_id
    assert made.conditions == ("clean", "corruption/noise/2")
    assert [one.condition for one in made.known_conditions] == list(task.known_conditions())
    assert made.metrics_of(task) == task.metrics
    assert made.factors == {"seed": "1"}
    directory.write_manifest(made)
    assert directory.manifest == made


@pytest.mark.parametrize(
    "value",
    [{}, [], None, "text", {"identity": {"schema": 1}}, {"identity": {"schema": str(SCHEMA)}}],
    ids=json.dumps,
)
def test_another_schema_is_refused_and_it_is_said_what_to_do(value):
    message = r"^m.json: expected schema 2, found .*; make it again, in another folder$"
    with pytest.raises(BadData, match=message):
        read_manifest("m.json", value)


def test_a_run_of_another_version_is_left_out_of_a_board_and_refused_elsewhere(tmp_path):
    run = Run(MEAN, numbers(), Linear(), (CLEAN,))
    directory = evaluate(run, tmp_path, replicates=20)
    evaluate(replace(run, model=Linear("new")), tmp_path, replicates=20)
    path = directory.path / "manifest.json"
    path.write_text(path.read_text().replace(f'"schema": {SCHEMA}', '"schema": 1'))
    message = f"{path}: expected schema 2, found 1: .* make it again"
    with pytest.warns(LeftOut, match=f"left out: {message}"):
        assert set(leaderboard(tmp_path)["model"]) == {"new"}
    for read in (read_statistics, open_board):
        with pytest.raises(BadData, match=message):
            read(directory.path)


PLACES = {
    "m": lambda value: value,
    "m: identity": lambda value: value["identity"],
    "m: known_conditions[0]": lambda value: value["known_conditions"][0],
    "m: metrics[1]": lambda value: value["metrics"][1],
    "m: environment": lambda value: value["environment"],
}


@pytest.mark.parametrize("where", PLACES)
def test_a_foreign_key_is_named(where):
    value = on_disk(whole())
    PLACES[where](value)["surplus"] = 1
    with pytest.raises(BadData) as caught:
        read_manifest("m", value)
    assert str(caught.value).startswith(f"{where}: expected no key 'surplus'")


@pytest.mark.parametrize(
    ("where", "key"),
    [
        ("m", "run_id"), ("m", "conditions"), ("m: identity", "task"), ("m: identity", "seed"),
        ("m: known_conditions[0]", "kind"), ("m: metrics[1]", "bounds"),
    ],
)  # fmt: skip
def test_a_missing_key_is_named(where, key):
    value = on_disk(whole())
    del PLACES[where](value)[key]
    with pytest.raises(BadData) as caught:
        read_manifest("m", value)
    assert str(caught.value).startswith(f"{where}: expected the key '{key}'")


@pytest.mark.parametrize(
    ("where", "key", "wrong"),
    [
        ("m: identity", "seed", "0"), ("m: identity", "metrics", ["accuracy"]),
        ("m", "conditions", "clean"), ("m: metrics[1]", "bounds", [0]),
        ("m: metrics[1]", "equity", 1), ("m", "crossed", [["a"], "b"]),
    ],
)  # fmt: skip
def test_a_value_of_another_type_is_named(where, key, wrong):
    value = on_disk(whole())
    PLACES[where](value)[key] = wrong
    with pytest.raises(BadData) as caught:
        read_manifest("m", value)
    assert str(caught.value).startswith(f"{where}: {key}")


# --- metrics ------------------------------------------------------------------------------------


def test_metrics_that_are_data_are_rebuilt_and_others_are_the_task_s():
    made = read_manifest("m", on_disk(whole()))
    found = made.metrics_of(replace(TASK, metrics=TASK.metrics[-1:]))
    assert found == TASK.metrics
    assert found[-1] is TASK.metrics[-1]


def test_a_metric_that_the_task_has_no_longer_is_named():
    with pytest.raises(BadData, match="task toy-mean has no metric 'AP' now"):
        whole().metrics_of(MEAN)


def test_a_metric_that_cannot_be_rebuilt_is_named():
    value = on_disk(manifest())
    value["metrics"][0]["reads"] = {"colum": "hit"}
    with pytest.raises(BadData, match=r"metric 'accuracy': .*'colum'"):
        read_manifest("m", value).metrics_of(MEAN)


def test_a_run_has_the_metrics_of_its_dataset(tmp_path, monkeypatch):
    install(monkeypatch, MEAN)
    own = (Mean("hits", "hit", bounds=(0, 1)), *MEAN.metrics)
    dataset = replace(numbers(), metrics=own, crossed=(("size", "colour"),))
    run = Run(MEAN.on(dataset), dataset, Linear(), (CLEAN,))
    found = run_statistics(evaluate(run, tmp_path, replicates=20))
    assert found.metrics == own
    assert found.manifest.crossed == (("colour", "size"), ("size", "colour"))


# --- baselines ----------------------------------------------------------------------------------


@pytest.fixture
def baseline(tmp_path):
    directory = evaluate(Run(MEAN, numbers(), Linear(), (CLEAN,)), tmp_path, replicates=20)
    path = tmp_path / "b.parquet"
    write_baseline(run_statistics(directory), path, ["hit"])
    return path


def resealed(head, **changes):
    return sealed({key: value for key, value in (head | changes).items() if key != "checksum"})


def without(head, key, nothing):
    return resealed(head, manifest=head["manifest"] | {key: nothing})


def test_a_baseline_has_the_run_s_manifest_but_for_its_environment(baseline):
    (path,) = baseline.parent.glob("toy-mean/*/*/*/manifest.json")
    made = open_run(path.parent).manifest
    assert made.environment != Environment()
    found = read_statistics(baseline).manifest
    assert found == replace(made, environment=Environment())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda head: [], "expected an object"),
        (lambda head: {}, "expected schema 2, found null"),
        (lambda head: {**head, "checksum": "0" * 32}, "expected the checksum 0{32}, found "),
        (lambda head: {k: v for k, v in head.items() if k != "checksum"}, "expected a checksum"),
        (lambda head: resealed(head, rows=3), "rows: expected"),
        (lambda head: resealed(head, attributes=[1]), r"attributes\[0\]: expected"),
        (lambda head: resealed(head, attributes=["no"]), "expected the column 'no', found none"),
        (lambda head: {**head, "manifest": {}}, "expected schema 2, found null"),
        (lambda head: without(head, "metrics", []), "metrics: expected accuracy, found none"),
        (lambda head: without(head, "populations", {}), "populations: expected clean, found none"),
        (lambda head: without(head, "conditions", []), "populations: expected at least one, found"),
        (lambda head: resealed(head, rows="0" * 32), "the rows do not fit their hash 0{32}"),
    ],
)
@pytest.mark.parametrize("of_before", [False, True])
def test_a_baseline_of_another_kind_is_one_line(baseline, change, message, of_before):
    rows = pq.read_table(baseline)
    head = change(json.loads(zlib.decompress(base64.b64decode(rows.schema.metadata[HEAD]))))
    text = json.dumps(head).encode()
    metadata = {PLAIN: text} if of_before else {HEAD: base64.b64encode(zlib.compress(text))}
    altered = rows.replace_schema_metadata(metadata)
    pq.write_table(altered, baseline)
    with pytest.raises(BadData, match=f"{baseline}: {message}"):
        read_statistics(baseline)


def test_an_altered_row_of_a_baseline_is_found(baseline):
    rows = pq.read_table(baseline)
    hit = pa.array([0.0] * rows.num_rows)
    place = rows.column_names.index("hit")
    pq.write_table(rows.set_column(place, "hit", hit), baseline)
    with pytest.raises(BadData, match="do not fit their hash"):
        read_statistics(baseline)


def named(attribute: str) -> Statistics:
    """Statistics with an attribute of that name."""
    ids = [f"{i}" for i in range(8)]
    table = pd.DataFrame({"sample_id": ids, "cluster": ids, "hit": 1.0, attribute: [*"abababab"]})
    tables = {"clean": table, "corruption/noise/1": table.assign(hit=0.5)}
    return Statistics("run", manifest(conditions=list(tables)), tables, (attribute,))


@pytest.mark.parametrize("attribute", ["condition", "rows", "a×b", "benchsuite"])
def test_an_attribute_of_any_name_survives_a_baseline(tmp_path, attribute):
    made = named(attribute)
    write_baseline(made, tmp_path / "b.parquet", ["hit"])
    found = read_statistics(tmp_path / "b.parquet")
    assert found.attributes == (attribute,)
    for condition, table in made.tables.items():
        pd.testing.assert_frame_equal(
            found.tables[condition][sorted(table)], table[sorted(table)], check_dtype=False
        )
        assert found.groups(condition) == made.groups(condition)


class Downloaded(Linear):
    """A model with an option of a common name: where its weights come from."""

    source = "hub"


def test_a_models_own_source_does_not_make_its_numbers_reported(tmp_path):
    run = evaluate(Run(MEAN, numbers(8), Downloaded(), (CLEAN,)), tmp_path, replicates=20)
    assert run.manifest.source == ""
