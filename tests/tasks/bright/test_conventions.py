"""A query without results is worth 0, or left out, as trec_eval with and without -c; rows say which."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import pytrec_eval

from benchsuite import leaderboard
from benchsuite.api.assembly import make_run
from benchsuite.api.config import settings
from benchsuite.condition import CLEAN
from benchsuite.errors import WrongCall
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.exchange import Recorded, export_predictions, read_predictions
from benchsuite.runs.plan import Run
from benchsuite.runs.statistics import read_statistics
from benchsuite.task import load_task
from benchsuite_tasks.bright.metrics import MEASURES
from benchsuite_tasks.bright.reports.points import headline

QRELS = {"q1": {"d1": 1}, "q2": {"d2": 2, "d3": 1}, "q3": {"d4": 1}}
RUN = {"q1": {"d1": 0.9, "d2": 0.5}, "q2": {"d3": 0.8, "d1": 0.6}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    documents = [{"_id": f"d{i}", "title": "", "text": f"text {i}"} for i in range(1, 5)]
    queries = [{"_id": key, "text": f"question {key}"} for key in QRELS]
    for name, rows in (("corpus", documents), ("queries", queries)):
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (tmp_path / f"{name}.jsonl").write_text(lines)
    (tmp_path / "qrels").mkdir()
    judged = [f"{q}\t{d}\t{grade}" for q, truth in QRELS.items() for d, grade in truth.items()]
    (tmp_path / "qrels/test.tsv").write_text("\n".join(["query-id\tcorpus-id\tscore", *judged]))
    ranked = [f"{q} Q0 {d} 1 {score} t" for q, found in RUN.items() for d, score in found.items()]
    (tmp_path / "some.run").write_text("\n".join(ranked) + "\n")
    return tmp_path


def table(folder: Path, *words: str, dataset: str = "trec"):
    asked = ["task=bright", f"dataset={dataset}", f"dataset.path={folder}", "model=run"]
    run = make_run(settings([*asked, f"model.path={folder / 'some.run'}", *words])[0])
    evaluate(run, folder / "results", replicates=20)
    found = leaderboard(folder / "results")
    return found.query("condition == 'clean' and attribute == '' and form == 'value'")


def reference(measure: str) -> np.ndarray:
    found = pytrec_eval.RelevanceEvaluator(QRELS, {"ndcg_cut", "map", "recall", "recip_rank"})
    return np.array([row[MEASURES[measure]] for row in found.evaluate(RUN).values()])


def test_by_default_it_is_worth_0_and_rows_say_so(folder: Path) -> None:
    found = table(folder).set_index("metric")
    for name in MEASURES:
        assert found.loc[name, "value"] == pytest.approx(reference(name).sum() / 3, abs=1e-9)
    assert set(found["protocol"]) == {"trec_eval -c"}
    assert found.loc["ndcg@10", "n"] == 3


def test_left_out_the_mean_is_over_the_queries_that_have_results(folder: Path) -> None:
    found = table(folder, "dataset.unanswered=left-out").set_index("metric")
    for name in MEASURES:
        assert found.loc[f"{name}-answered", "value"] == pytest.approx(
            reference(name).mean(), abs=1e-9
        )
    assert set(found["protocol"]) == {"trec_eval"}
    assert found.loc["ndcg@10-answered", "n"] == 2


def test_points_follow_what_is_left_out(folder: Path) -> None:
    table(folder, "dataset.unanswered=left-out")
    run = next((folder / "results/bright/trec").glob("*/*"))
    expected = reference("ndcg@10").mean()
    assert headline(read_statistics(run))["ndcg@10-answered"] == pytest.approx(expected, abs=1e-9)


def test_another_word_is_told(folder: Path) -> None:
    with pytest.raises(WrongCall, match="unanswered: expected one of zero, left-out, found 'skip'"):
        table(folder, "dataset.unanswered=skip")


def test_what_is_left_out_can_be_gated(folder: Path) -> None:
    table(folder, "dataset.unanswered=left-out")
    run = next((folder / "results/bright/trec").glob("*/*"))
    names = [metric.name for metric in read_statistics(run).metrics]
    assert names[0] == "ndcg@10-answered"
    assert read_statistics(run).metrics[0].columns == ("ndcg@10", "split", "answered")


def test_a_judged_document_that_the_corpus_lacks_stays_in_the_ideal(folder: Path) -> None:
    with (folder / "qrels/test.tsv").open("a") as file:
        file.write("\nq1\tgone\t2\n")
    found = table(folder, "dataset.missing=keep", dataset="beir").set_index("metric")
    judged = {**QRELS, "q1": {**QRELS["q1"], "gone": 2}}
    evaluator = pytrec_eval.RelevanceEvaluator(judged, {"ndcg_cut", "map", "recall", "recip_rank"})
    rows = evaluator.evaluate(RUN)
    for name, theirs in MEASURES.items():
        expected = sum(row[theirs] for row in rows.values()) / 3
        assert found.loc[name, "value"] == pytest.approx(expected, abs=1e-9)
    assert set(found["protocol"]) == {"trec_eval -c; missing: keep"}
    assert set(found["dataset"]) == {"beir"}


def test_an_exported_run_is_scored_as_it_was(folder: Path) -> None:
    blanks = folder / "some.run"
    for path in (folder / "corpus.jsonl", folder / "qrels/test.tsv", blanks):
        path.write_text(path.read_text().replace("d1", "my d1"))
    before = table(folder, "model.name=my run").set_index("metric")["value"]
    run = next((folder / "results/bright/trec").glob("*/*"))
    (file,) = export_predictions(read_statistics(run), folder / "out")
    task = load_task("bright")
    dataset = task.dataset("trec", path=str(folder))
    again = Run(task, dataset, Recorded("again", {}, ""), (CLEAN,))
    model, _ = read_predictions(again, file, [CLEAN])
    evaluate(replace(again, model=model), folder / "again", replicates=20)
    found = leaderboard(folder / "again").query("attribute == '' and form == 'value'")
    after = found.set_index("metric")["value"]
    pd.testing.assert_series_equal(before, after[before.index])
