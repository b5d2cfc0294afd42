"""Published rankings are scored without a corpus: a file per split, JSON or TREC, ids with blanks."""

import gzip
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from benchsuite.api.config import settings
from benchsuite.api.evaluate import assembled
from benchsuite.cli.parser import main
from benchsuite.dataset import Dataset, Inputs
from benchsuite.errors import BadData, WrongCall
from benchsuite.model import State
from benchsuite_tasks.bright.datasets.bright import bright
from benchsuite_tasks.bright.datasets.rankings import parts_of
from benchsuite_tasks.bright.datasets.trec import trec
from benchsuite_tasks.bright.formats import read_predictions, split_in
from benchsuite_tasks.bright.measure import measure
from benchsuite_tasks.bright.models.bm25 import BM25
from benchsuite_tasks.bright.models.runfile import RunFile

BLANK = "torch/Memory Management_2_0.txt"
RUNS: dict[str, dict[str, dict[str, float]]] = {
    # An excluded document, an id with blanks, and an id that begins with the split's name.
    "stackoverflow": {"0": {"out": 9, BLANK: 3, "b": 2}, "1": {"b": 1, "a": 1, "c": 1}},
    "leetcode": {"0": {"leetcode/leetcode_1.txt": 0.5, "x": 0.25}},
    "theoremqa-questions": {"Q/1.json": {"y": 2.5, "T/1.json": 1.5}},
}
GOLD = {
    ("stackoverflow", "0"): [BLANK], ("stackoverflow", "1"): ["a"],
    ("leetcode", "0"): ["leetcode/leetcode_1.txt"], ("theoremqa-questions", "Q/1.json"): ["T/1.json"],
}  # fmt: skip
PARTS = [*RUNS]


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    """BRIGHT's examples of three splits, packed, and no documents."""
    (tmp_path / "examples").mkdir()
    for split in RUNS:
        rows = [
            {"id": key, "query": f"why {key}", "gold_ids": gold, "gold_ids_long": ["page"],
             "excluded_ids": ["out"] if split == "stackoverflow" else ["N/A"]}
            for (of, key), gold in GOLD.items() if of == split
        ]  # fmt: skip
        text = "".join(json.dumps(row) + "\n" for row in rows)
        path = tmp_path / f"examples/{split.replace('-', '_')}.jsonl.gz"
        path.write_bytes(gzip.compress(text.encode()))
    return tmp_path


def alone(layout: Path, **options: str) -> Dataset:
    return bright(path=str(layout), parts=PARTS, corpus="none", **options)


def as_json(folder: Path) -> None:
    for split, run in RUNS.items():
        (folder / f"{split}.json.gz").write_bytes(gzip.compress(json.dumps(run).encode()))


def as_json_of_a_system(folder: Path) -> None:
    for split, run in RUNS.items():
        (folder / f"my-model_{split.replace('-', '_').upper()}_top100.json").write_text(
            json.dumps(run)
        )


def as_one_json(folder: Path) -> None:
    (folder / "all.json").write_text(json.dumps(RUNS))


def as_runs(folder: Path) -> None:
    for split, run in RUNS.items():
        lines = [
            f"{q} Q0 {d} {n} {s} tag\n"
            for q, ranking in run.items()
            for n, (d, s) in enumerate(ranking.items(), start=1)
        ]
        (folder / f"run.{split}.trec").write_text("".join(lines))


def as_one_run_with_the_ids_of_the_dataset(folder: Path) -> None:
    lines = [
        f"{split}/{q}\tQ0\t{split}/{d}\t1\t{s}\tmy tag\n"
        for split, run in RUNS.items()
        for q, ranking in run.items()
        for d, s in ranking.items()
    ]
    (folder / "all.tsv").write_text("".join(lines))


FORMS = (as_json, as_json_of_a_system, as_one_json, as_runs, as_one_run_with_the_ids_of_the_dataset)
EXPECTED = {"stackoverflow/0": 1.0, "stackoverflow/1": 1 / np.log2(4), "leetcode/0": 1.0,
            "theoremqa-questions/Q/1.json": 1 / np.log2(3)}  # fmt: skip


def scores(dataset: Dataset, found: Mapping[str, object]) -> dict[str, float]:
    return {s.id: measure(s, found[s.id], dataset.shared)["ndcg@10"] for s in dataset.samples()}  # type: ignore[arg-type]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_systems_rankings_scores_alike(layout: Path, tmp_path: Path, form) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path / "system"
    folder.mkdir()
    form(folder)
    dataset = alone(layout)
    assert scores(dataset, read_predictions(folder, dataset)) == pytest.approx(EXPECTED)
    files = [*folder.iterdir()]
    for path in [folder, *(files if len(files) == 1 else [])]:
        model = RunFile(str(path))
        asked = [Inputs(s.id, s.inputs) for s in dataset.samples()]
        state = State(dataset.shared, model.prepare(State(dataset.shared), asked))
        found = dict(zip((one.id for one in asked), model.predict(state, asked), strict=True))
        assert scores(dataset, found) == pytest.approx(EXPECTED)


def test_ids_and_truth_are_the_same_with_and_without_a_corpus(layout: Path) -> None:
    documents = layout / "documents"
    documents.mkdir()
    for split in RUNS:
        ids = {d for ranking in RUNS[split].values() for d in ranking}
        rows = [json.dumps({"id": key, "content": f"text of {key}"}) for key in sorted(ids)]
        (documents / f"{split}.jsonl").write_text("\n".join(rows))
    whole, none = bright(path=str(layout), parts=PARTS), alone(layout)
    assert [(s.id, s.truth, s.inputs) for s in whole.samples()] == [
        (s.id, s.truth, s.inputs) for s in none.samples()
    ]
    assert none.protocol == f"trec_eval -c; corpus: none; parts: {', '.join(PARTS)}"
    assert whole.fingerprint != none.fingerprint


def test_ties_may_stay_as_the_file_has_them_and_rows_say_so(layout: Path, tmp_path: Path) -> None:
    folder = tmp_path / "system"
    folder.mkdir()
    as_json(folder)
    given = alone(layout, ties="given")
    found = scores(given, read_predictions(folder, given))
    assert found["stackoverflow/1"] == pytest.approx(1 / np.log2(3)), "b, a, c"
    assert "ties: as given" in given.protocol
    with pytest.raises(WrongCall, match="ties: expected one of id, given, found 'file'"):
        alone(layout, ties="file")


def test_the_order_of_a_file_is_part_of_a_run_where_ties_stay_as_given(
    layout: Path, tmp_path: Path
) -> None:
    words = ["task=bright", "dataset=bright", f"dataset.path={layout}", "dataset.corpus=none",
             "dataset.parts=[leetcode]", "dataset.ties=given", "model.name=m"]  # fmt: skip
    ids = []
    for order in ({"x": 1, "leetcode/leetcode_1.txt": 1}, {"leetcode/leetcode_1.txt": 1, "x": 1}):
        (tmp_path / "leetcode.json").write_text(json.dumps({"0": order}))
        predictions = f"predictions={tmp_path / 'leetcode.json'}"
        assert main(["score", *words, predictions, f"results={tmp_path / 'out'}"]) == 0
        ids = [path.name for path in (tmp_path / "out").glob("*/*/*/*")]
    assert len(ids) == 2


def test_what_needs_texts_says_so_in_one_line(layout: Path) -> None:
    dataset = alone(layout)
    one = dataset.samples()[0]
    with pytest.raises(WrongCall, match=r"dataset\.corpus=none: expected a model that reads no"):
        BM25().predict(State(dataset.shared), [Inputs(one.id, one.inputs)])
    from benchsuite_tasks.bright.reports.look import look

    row = measure(one, {"stackoverflow/b": 1.0}, dataset.shared)
    shown = look(one, Inputs(one.id, one.inputs), row, dataset.shared).text
    assert "documents: ids alone, the dataset has no texts (dataset.corpus=none)" in shown
    assert "[stackoverflow/b]" in shown
    with pytest.raises(
        BadData, match=r"documents: expected the documents of BRIGHT, found none \(d"
    ):
        bright(path=str(layout), parts=PARTS)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"stackoverflow.json": RUNS["stackoverflow"]}, "found none of leetcode, theoremqa-questions"),
        ({"a.json": RUNS["leetcode"], "b.json": RUNS["leetcode"]}, "such as stackoverflow.json, fou"),
        ({"leetcode.json": RUNS["leetcode"], "leetcode.2.json": RUNS["leetcode"]}, "occurs in .*, too"),
        ({"leetcode.json": {"0": {"a": True}}}, "document 'a': expected a finite score, found true"),
        ({"leetcode.json": {"0": {"a": None}}}, "document 'a': expected a finite score, found null"),
        ({"leetcode.json": {"0": "a"}}, "query '0': expected an object, found"),
        ({"leetcode.json": {}}, "found no query"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_rankings_is_one_line(
    layout: Path, tmp_path: Path, files: dict[str, object], message: str
) -> None:
    folder = tmp_path / "system"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content))
    with pytest.raises(BadData, match=message):
        read_predictions(folder, alone(layout))


def test_the_folder_may_name_the_split_as_in_brights_own_script(
    layout: Path, tmp_path: Path
) -> None:
    for split, run in RUNS.items():
        folder = tmp_path / f"outputs/{split.replace('-', '_')}_pony_long_False"
        folder.mkdir(parents=True)
        (folder / "score.json").write_text(json.dumps(run))
        (folder / "results.json").write_text(json.dumps({"NDCG@10": 0.5}))
    dataset = alone(layout)
    path = tmp_path / "outputs/*_pony_long_False/score.json"
    assert scores(dataset, read_predictions(path, dataset)) == pytest.approx(EXPECTED)
    model = RunFile(str(path))
    asked = [Inputs(s.id, s.inputs) for s in dataset.samples()]
    state = State(dataset.shared, model.prepare(State(dataset.shared), asked))
    found = dict(zip((one.id for one in asked), model.predict(state, asked), strict=True))
    assert scores(dataset, found) == pytest.approx(EXPECTED)


def test_files_of_splits_that_are_left_out_are_passed_over(layout: Path, tmp_path: Path) -> None:
    folder = tmp_path / "system"
    folder.mkdir()
    as_json(folder)
    dataset = bright(path=str(layout), parts="leetcode", corpus="none")
    assert scores(dataset, read_predictions(folder, dataset)) == {"leetcode/0": 1.0}
    assert scores(dataset, read_predictions(folder / "leetcode.json.gz", dataset)) == {
        "leetcode/0": 1.0
    }


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("earth_science.json.gz", "earth-science"), ("run.bright-earth-science.bm25.txt", "earth-science"),
        ("Pony.JSON", "pony"), ("ponytail.json", ""), ("pony-earth-science.json", ""), ("x.json", ""),
    ],
)  # fmt: skip
def test_a_files_name_contains_its_split(name: str, split: str) -> None:
    assert split_in(name, ["earth-science", "pony"]) == split


def test_a_directory_of_judgements_alone_is_enough_to_score(tmp_path: Path) -> None:
    (tmp_path / "qrels.txt").write_text(f"7 0 {BLANK} 2\n7 0 d 0\n8 0 e 1\n")
    dataset = trec(str(tmp_path), corpus="none")
    assert [(s.id, s.truth) for s in dataset.samples()] == [
        ("7", {BLANK: 2, "d": 0}),
        ("8", {"e": 1}),
    ]
    assert {*dataset.samples()[0].attributes} == {"split"}
    (tmp_path / "a.run").write_text(f"7 Q0 {BLANK} 1 3 my\n8 Q0 f 1 2 my\n8 Q0 e 2 1 my\n")
    found = scores(dataset, read_predictions(tmp_path / "a.run", dataset))
    assert found == pytest.approx({"7": 1.0, "8": 1 / np.log2(3)})
    with pytest.raises(BadData, match="documents"):
        trec(str(tmp_path))
    assert assembled(
        settings(["task=bright", "dataset=trec", f"dataset.path={tmp_path}", "dataset.corpus=none"])[0]
    ).dataset.protocol == "trec_eval -c; corpus: none"  # fmt: skip


@pytest.mark.parametrize("query", ["{", '{"', "[1]", "{}"])
def test_a_query_of_a_run_may_begin_as_json_does(tmp_path: Path, query: str) -> None:
    path = tmp_path / "a.run"
    path.write_text(f"{query} Q0 {{d}} 1 0.5 tag\n")
    (part,) = parts_of(path)
    assert part.rankings == {query: {"{d}": 0.5}}
