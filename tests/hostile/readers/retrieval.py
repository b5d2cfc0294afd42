"""Readers of collections, judgements and rankings."""

from pathlib import Path
from typing import Final

from benchsuite.api.evaluate import evaluate
from benchsuite.api.judged import gate
from benchsuite_tasks.bright.datasets.directory import read as read_collection
from benchsuite_tasks.bright.datasets.judgements import judgements
from benchsuite_tasks.bright.datasets.rankings import parts_of

from .reader import Reader, as_json, consumed, each

QRELS: Final = b"51 0 d1 1\n51 0 d2 0\n"
TREC: Final = (
    (
        "topics.txt",
        b"<top>\n<num> Number: 51\n<title> a &amp; b\n<desc> Description:\nwhat\n</top>\n",
    ),
    (
        "docs.txt",
        b"<DOC>\n<DOCNO> d1 </DOCNO>\n<HEADLINE a='x'>one</HEADLINE><TEXT>two</TEXT>\n</DOC>\n",
    ),
    ("qrels.txt", QRELS),
)
BEIR: Final = (
    ("corpus.jsonl", b'{"_id": "d1", "title": "t", "text": "one"}\n{"_id": "d2", "text": "two"}\n'),
    ("queries.jsonl", b'{"_id": "51", "text": "what", "metadata": {"excluded_ids": ["d2"]}}\n'),
    ("qrels/test.tsv", b"query-id\tcorpus-id\tscore\n51\td1\t1\n"),
)
RUN_FILE: Final = b"51 Q0 d1 1 2.5 tag\n51 Q0 d2 2 1e-3 tag\n"


def collection(path: Path) -> object:
    root = path.parent if path.parent.name != "qrels" else path.parents[1]
    return read_collection(root, "test")


def whole_run(path: Path) -> None:
    """A run on a dataset, its board, and its gate against itself."""
    folder = path.parent
    ranking = folder.parent / "a.run"
    ranking.write_bytes(RUN_FILE)
    run = evaluate(
        "bright", "run", dataset="trec", path=str(folder), results=str(folder.parent / "results"),
        model_options={"path": str(ranking)}, dataset_options={"missing": "keep"},
        replicates=200,
    )  # fmt: skip
    assert len(run.table())
    gate(run, run)


READERS: Final = (
    *each("TREC", TREC, collection),
    Reader("TREC judgements", "qrels.txt", QRELS, consumed(judgements)),
    *each("BEIR", BEIR, collection),
    Reader("run file", "a.run", RUN_FILE, parts_of),
    Reader(
        "rankings",
        "a.json",
        as_json({"split": {"51": {"d1": 2.5, "d2": 1}}, "x": {"52": ["d1"]}}),
        parts_of,
    ),
    Reader(
        "per query", "a.json", as_json({"51": {"ndcg_cut_10": 0.5, "recall_100": 1.0}}), parts_of
    ),
    *each("whole run", TREC, whole_run),
)
