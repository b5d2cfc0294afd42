"""Metrics per query from elsewhere get intervals, stand apart, and have no other metric."""

import json
from pathlib import Path

import pandas as pd
import pytest
import pytrec_eval

from benchsuite.boards.table import leaderboard
from benchsuite.cli.parser import main
from benchsuite.errors import BadData
from benchsuite.runs.statistics import read_statistics
from benchsuite_tasks.bright.datasets.rankings import parts_of
from benchsuite_tasks.bright.datasets.trec import trec
from benchsuite_tasks.bright.formats import read_predictions

QRELS = {str(n): {f"d{n}": 1, "x": 2} for n in range(30)}
RUN = {str(n): {f"d{n}": 1.0, "y": n / 20, "x": n / 40} for n in range(30)}
FOUND = pytrec_eval.RelevanceEvaluator(QRELS, {"ndcg_cut.10", "map", "map_cut.5"}).evaluate(RUN)
"""As pytrec_eval says it: {query: {measure: value}}."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    lines = [f"{q} 0 {d} {grade}\n" for q, judged in QRELS.items() for d, grade in judged.items()]
    (tmp_path / "qrels.txt").write_text("".join(lines))
    rows = [f"{q} Q0 {d} 1 {s!r} t\n" for q, ranking in RUN.items() for d, s in ranking.items()]
    (tmp_path / "a.run").write_text("".join(rows))
    return tmp_path


def rows(form: str, **names: str) -> list[str]:
    return [
        form.format(q=q, m=names.get(m, m), v=v) for q, row in FOUND.items() for m, v in row.items()
    ]


FORMS = {
    "trec_eval.txt": ["runid   \tall\tmine", *rows("{m:22}\t{q}\t{v!r}"), "map \tall\t0.5"],
    "ir_measures.tsv": [*rows("{q}\t{m}\t{v!r}", ndcg_cut_10="nDCG@10", map="AP", map_cut_5="AP@5"),
                        "nDCG@10\t0.5"],
    "rows.csv": ["query,metric,value", *rows("{q},{m},{v!r}", ndcg_cut_10="ndcg@10")],
    "rows.tsv": ["qid\tmeasure\tvalue", *rows("{q}\t{m}\t{v!r}")],
    "wide.csv": ["qid,NDCG@10,map,P@1",
                 *(f"{q},{row['ndcg_cut_10']!r},{row['map']!r},1" for q, row in FOUND.items())],
    "pytrec_eval.json": [json.dumps(FOUND)],
    "lines.jsonl": rows('{{"query_id": "{q}", "measure": "{m}", "value": {v!r}}}'),
    "list.json": ["[" + ",".join(rows('{{"query": "{q}", "metric": "{m}", "score": {v!r}}}')) + "]"],
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_every_form_of_metrics_per_query_is_read(folder: Path, name: str) -> None:
    (folder / name).write_text("\n".join(FORMS[name]) + "\n")
    found = read_predictions(folder / name, trec(str(folder), corpus="none"))
    for query, row in FOUND.items():
        assert found[query].columns == {"ndcg@10": row["ndcg_cut_10"], "map": row["map"]}


def score(folder: Path, name: str, *words: str) -> int:
    return int(main(["score", "task=bright", "dataset=trec", f"dataset.path={folder}",
                     "dataset.corpus=none", f"predictions={folder / name}", "replicates=200",
                     f"results={folder / 'results'}", *words]))  # fmt: skip


def test_reported_metrics_have_the_interval_of_the_ranking_and_say_what_they_are(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "theirs.json").write_text(json.dumps(FOUND))
    assert score(folder, "theirs.json") == score(folder, "a.run") == 0
    found = leaderboard(folder / "results")
    found = found[(found["form"] == "value") & (found["attribute"] == "")]
    mine, theirs = (found[found["model"] == model].set_index("metric") for model in ("a", "theirs"))
    assert set(theirs.index) == {"ndcg@10", "map"} < set(mine.index)
    for column in ("value", "ci_low", "ci_high"):
        pd.testing.assert_series_equal(theirs[column], mine.loc[theirs.index, column])
    assert set(theirs["source"]) == {"reported: theirs.json"} and set(mine["source"]) == {
        "measured"
    }
    assert set(theirs["protocol"]) == {"reported statistics; trec_eval -c; corpus: none"}
    assert set(theirs["rank"]) == {1}, "ranked apart"
    assert set(mine["rank"]) == {1}
    run = next((folder / "results/bright/trec/theirs").iterdir())
    assert "docs" not in read_statistics(run).tables["clean"]
    assert main(["export", str(run), "--out", str(folder / "out")]) == 65
    assert main(["samples", str(run)]) == 0
    assert main(["compare", str(run), str(run)]) == 0


def test_a_query_that_is_lacking_counts_0_or_is_left_out(folder: Path) -> None:
    (folder / "some.json").write_text(json.dumps({q: FOUND[q] for q in ("3", "7")}))
    assert score(folder, "some.json", "dataset.unanswered=left-out", "dataset.name=l") == 0
    assert score(folder, "some.json") == 0
    found = leaderboard(folder / "results")
    found = found[(found["form"] == "value") & (found["attribute"] == "")].set_index("metric")
    both = FOUND["3"]["map"] + FOUND["7"]["map"]
    assert found.loc["map-answered", "value"] == pytest.approx(both / 2)
    assert found.loc["map", "value"] == pytest.approx(both / 30)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("map\t1\t50\n", "query '1': expected map in .0, 1., found 50.0"),
        (
            "map\t1\t.5\nmap\t2\t.5\nndcg_cut_10\t1\t.5\n",
            "query '2': expected ndcg@10 .*found none",
        ),
        ("map\t1\t.5\nmap\t1\t.6\n", ":2: query '1': found map 0.6 after 0.5"),
        ("P_5\t1\t.5\n", "expected metrics per query .ndcg@10, map, .* or a run, found neither"),
        ("map\t1\thigh\n", ":1: map: expected a finite number, found 'high'"),
        ("map\t1\t.5\nmap 2 .5 x\n", ":2: expected a query, a metric and a value, found 4"),
        ("map\t99\t.5\n", "expected queries of the dataset, such as '0', found '99'"),
    ],
)
def test_what_is_wrong_in_metrics_per_query_is_one_line(
    folder: Path, text: str, message: str
) -> None:
    (folder / "bad.txt").write_text(text)
    with pytest.raises(BadData, match=message):
        read_predictions(folder / "bad.txt", trec(str(folder), corpus="none"))


def test_a_ranking_is_no_table_of_metrics(folder: Path) -> None:
    (folder / "r.json").write_text(json.dumps({"1": {"map": 2.0, "d1": 1.0}, "2": {"x": 1.0}}))
    assert [part.of_metrics for part in parts_of(folder / "r.json")] == [False]
