"""Files of predictions: recognised by their first lines, and scored as `benchsuite score` does."""

import json
from pathlib import Path

import pytest

from benchsuite.cli import main
from benchsuite.files.sight import begins_as_json, is_coco_results, is_trec_run
from benchsuite.runs.find import find_runs
from benchsuite.task import load_task
from tests.toys import MEAN, install

RUN = "q1 Q0 d1 1 0.5 mine\n"


def corpus(folder: Path) -> Path:
    """Two queries over three documents, in BEIR's layout."""
    (folder / "data/qrels").mkdir(parents=True)
    rows = [
        {"_id": name, "title": name, "text": f"a text of {name}"} for name in ("d1", "d2", "d3")
    ]
    (folder / "data/corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    queries = [{"_id": name, "text": f"what of {name}"} for name in ("q1", "q2")]
    (folder / "data/queries.jsonl").write_text("".join(json.dumps(q) + "\n" for q in queries))
    judged = "query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td2\t1\n"
    (folder / "data/qrels/test.tsv").write_text(judged)
    return folder / "data"


def test_a_run_becomes_a_scored_run(tmp_path, capsys):
    path, data = tmp_path / "a.txt", corpus(tmp_path)
    path.write_text("q1\tQ0\td1\t1\t0.5\tmy run\nq2\tQ0\td2\t1\t0.5\tmy run\n")
    words = [
        "dataset=trec",
        f"dataset.path={data}",
        f"results={tmp_path / 'results'}",
        "replicates=200",
    ]
    assert main(["import", str(path), "--model", "mine", *words]) == 0
    assert f"{path}:" in capsys.readouterr().out
    (run,) = find_runs(tmp_path / "results")
    assert run.manifest.identity.model == "mine"


def test_several_runs_are_several_models(tmp_path):
    data = corpus(tmp_path)
    (tmp_path / "one.trec").write_text(RUN + "q2 Q0 d2 1 0.5 mine\n")
    (tmp_path / "two.json").write_text('{"q1": {"d1": 0.5}, "q2": {"d2": 0.25}}')
    words = [
        "dataset=trec",
        f"dataset.path={data}",
        f"results={tmp_path / 'results'}",
        "replicates=200",
    ]
    assert main(["import", str(tmp_path / "one.trec"), str(tmp_path / "two.json"), *words]) == 0
    models = {run.manifest.identity.model for run in find_runs(tmp_path / "results")}
    assert models == {"one", "two"}


def test_a_folder_of_runs_is_known_by_its_first_file(tmp_path, capsys):
    (tmp_path / "runs/clean").mkdir(parents=True)
    (tmp_path / "runs/clean/a.trec").write_text(RUN)
    assert main(["import", str(tmp_path / "runs")]) == 64
    assert "runs: a TREC run, which task bright scores" in capsys.readouterr().err


def test_predictions_without_their_dataset_ask_for_it(tmp_path, capsys):
    (tmp_path / "a.trec").write_text(RUN)
    assert main(["import", str(tmp_path / "a.trec")]) == 64
    told = capsys.readouterr().err
    assert "a TREC run, which task bright scores: expected the dataset, dataset=NAME" in told


def test_files_of_two_kinds_are_two_commands(tmp_path, capsys):
    (tmp_path / "a.trec").write_text(RUN)
    (tmp_path / "t.csv").write_text("model,dataset,map\nA,d,.5\n")
    assert main(["import", str(tmp_path / "a.trec"), str(tmp_path / "t.csv")]) == 64
    assert "expected files of one kind, found predictions" in capsys.readouterr().err


def test_damaged_results_say_where_and_lines_of_json_are_tables_of_nobody(tmp_path, capsys):
    (tmp_path / "a.json").write_text('{"results": {"a": {"acc,none": 1')
    assert main(["import", str(tmp_path / "a.json")]) == 65
    assert "a.json: expected JSON, found" in capsys.readouterr().err
    (tmp_path / "run.jsonl").write_text(
        '{"query": "q1", "ndcg@10": 1}\n{"query": "q2", "map": 1}\n'
    )
    assert main(["import", str(tmp_path / "run.jsonl")]) in (64, 65)


def test_a_file_of_no_kind_says_which_there_are(tmp_path, capsys):
    (tmp_path / "a.json").write_text('{"a": [1]}')
    assert main(["import", str(tmp_path / "a.json")]) == 65
    assert "--from KIND: lm-eval, mteb, table, predictions" in capsys.readouterr().err
    assert main(["import", str(tmp_path / "none.json")]) == 65


def test_detections_of_coco_are_known_at_first_sight(tmp_path):
    pytest.importorskip("pycocotools")
    path = tmp_path / "dets.json"
    entry = {"image_id": 1, "category_id": 2, "bbox": [0, 0, 2, 2], "score": 0.5}
    path.write_text(json.dumps([entry]))
    (known,) = [told for told, is_one in load_task("instance_segmentation").recognised.items()
                if is_one(path)]  # fmt: skip
    assert known == "COCO results" and is_coco_results(path)
    path.write_text(json.dumps({"images": [], "annotations": [entry]}))
    assert not is_coco_results(path)


@pytest.mark.parametrize("text", ["a b c d e f\n", "q1 Q0 d1 1 high mine\n", "1 2 3\n", "{}"])
def test_what_is_no_run_of_trec_is_none(tmp_path, text):
    path = tmp_path / "x"
    path.write_text(text)
    assert not is_trec_run(path)
    assert begins_as_json(path) == (text == "{}")


def test_settings_belong_to_predictions_alone(tmp_path, monkeypatch, capsys):
    install(monkeypatch, MEAN)
    (tmp_path / "t.csv").write_text("model,dataset,accuracy\nA,d,.5\n")
    words = ["import", str(tmp_path / "t.csv"), "seed=1", "--out", str(tmp_path / "o.csv")]
    assert main(words) == 64
    assert "seed=1: expected files alone" in capsys.readouterr().err
