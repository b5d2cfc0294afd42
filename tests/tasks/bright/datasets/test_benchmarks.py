"""BRIGHT and R2MED are read from their published layout, each split over its own documents."""

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchsuite.condition import CLEAN
from benchsuite.errors import BadData, NotAvailable, WrongCall
from benchsuite.learning.hub import downloads
from benchsuite.model import State, prepared
from benchsuite_tasks.bright.datasets import bright as source
from benchsuite_tasks.bright.datasets import upstream
from benchsuite_tasks.bright.datasets.bright import STACKEXCHANGE, bright, bright_answers
from benchsuite_tasks.bright.datasets.r2med import r2med
from benchsuite_tasks.bright.measure import measure
from benchsuite_tasks.bright.models.bm25 import BM25
from benchsuite_tasks.bright.models.minilm import MiniLM
from tests.house.source import SHARED

REAL = SHARED / "data/bright"
needs_real = pytest.mark.skipif(not REAL.is_dir(), reason=f"{REAL} is not there")


def example(key: str, query: str, *gold: str, excluded: tuple[str, ...] = ("N/A",)) -> dict[str, Any]:  # fmt: skip
    return {
        "id": key, "query": query, "reasoning": "", "excluded_ids": list(excluded),
        "gold_ids": list(gold), "gold_ids_long": ["page"], "gold_answer": f"answer {key}",
    }  # fmt: skip


def write(folder: Path, split: str, rows: list[dict[str, Any]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), folder / f"{split}-00000-of-00001.parquet")


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    """Two splits whose documents have the same ids, and other words in them."""
    for split, word in (("biology", "moth"), ("earth_science", "rain")):
        documents = [
            {"id": "a/1.txt", "content": f"{word} light"},
            {"id": "a/2.txt", "content": f"{word} night"},
            {"id": "b", "content": "other"},
        ]
        rows = [
            example("0", f"why {word} light", "a/1.txt", excluded=("a/2.txt", "gone")),
            example("1", f"why {word} night", "a/2.txt", "b"),
        ]
        write(tmp_path / "documents", split, documents)
        write(tmp_path / "long_documents", split, [{"id": "page", "content": f"{word} page"}])
        write(tmp_path / "examples", split, rows)
        thought = [{**row, "query": f"{word} thought about"} for row in rows]
        write(tmp_path / "gpt4_reason", split, thought)
    return tmp_path


PARTS = ["biology", "earth-science"]


def test_splits_keep_their_documents_apart_and_excluded_ones_are_known(layout: Path) -> None:
    dataset = bright(path=str(layout), parts=PARTS)
    assert sorted(dataset.shared["corpus"])[:2] == ["biology/a/1.txt", "biology/a/2.txt"]
    assert len(dataset.shared["corpus"]) == 6
    by_id = {sample.id: sample for sample in dataset.samples()}
    assert by_id["biology/1"].truth == {"biology/a/2.txt": 1, "biology/b": 1}
    assert by_id["biology/0"].inputs["excluded"] == ("biology/a/2.txt", "biology/gone")
    assert by_id["earth-science/1"].inputs["excluded"] == ()
    assert by_id["earth-science/1"].attributes["split"] == "earth-science"


@pytest.mark.parametrize("model", [BM25(), MiniLM(), MiniLM(first_stage="bm25")])
def test_a_query_is_asked_of_its_own_splits_documents(layout: Path, model: Any) -> None:
    dataset = bright(path=str(layout), parts=PARTS)
    own = prepared(model)
    state = State(dataset.shared, own.prepare(State(dataset.shared), []) if own else {})
    for sample in dataset.samples():
        (ranking,) = model.predict(state, [CLEAN.view(0, dataset.name, sample)])
        split = sample.attributes["split"]
        assert ranking and all(document.startswith(f"{split}/") for document in ranking)
        assert not set(ranking) & set(sample.inputs["excluded"])
        assert measure(sample, ranking, dataset.shared)["ndcg@10"] > 0.5


def test_a_splits_ranking_is_the_same_whatever_other_splits_there_are(layout: Path) -> None:
    both, alone = (bright(path=str(layout), parts=parts) for parts in (PARTS, PARTS[:1]))
    for dataset in (both, alone):
        view = CLEAN.view(0, dataset.name, dataset.samples()[0])
        assert view.id == "biology/0"
        assert BM25().predict(State(dataset.shared), [view]) == [
            BM25().predict(State(alone.shared), [view])[0]
        ]


def test_adjusted_judgements_and_copies_are_options_that_rows_show(layout: Path) -> None:
    plain = bright(path=str(layout), parts=PARTS)
    for split, rows in (
        ("biology", "0 0 a/1.txt 1\n1 0 b 1\n"),
        ("earth-science", "0\t0\tb\t1\n1 0 b 1\n"),
    ):
        (layout / f"qrels.bright-{split}.fixed.txt").write_text(rows)
    pattern = str(layout / "qrels.bright-*.fixed.txt")
    other = bright(path=str(layout), parts=PARTS, judgements=pattern)
    assert {s.id: s.truth for s in other.samples()}["biology/1"] == {"biology/b": 1}
    assert "judgements: qrels.bright-*.fixed.txt" in other.protocol
    for split, word in (("biology", "moth"), ("earth_science", "rain")):
        own = [("a/1.txt", f"{word} light"), ("a/2.txt", f"{word} night"), ("b", "other")]
        copy = [("c", f"{word} light"), ("d", "other")]
        texts = [{"id": key, "content": text} for key, text in [*own, *copy]]
        write(layout / "documents", split, texts)
    copied = bright(path=str(layout), parts=PARTS, duplicates="gold")
    truths = {sample.id: sample.truth for sample in copied.samples()}
    assert truths["biology/0"] == {"biology/a/1.txt": 1, "biology/c": 1}
    assert truths["biology/1"] == {"biology/a/2.txt": 1, "biology/b": 1, "biology/d": 1}
    assert "duplicates: gold" in copied.protocol
    assert len({plain.fingerprint, other.fingerprint, copied.fingerprint}) == 3
    with pytest.raises(WrongCall, match="duplicates=gold: expected a dataset with texts"):
        bright(path=str(layout), parts=PARTS, duplicates="gold", corpus="none")


def test_reasoning_and_long_documents_are_options(layout: Path) -> None:
    thought = bright(path=str(layout), parts="biology", queries="gpt4").samples()[0]
    assert thought.inputs["query"] == "moth thought about"
    whole = bright(path=str(layout), parts="biology", documents="long")
    assert whole.shared["corpus"] == {"biology/page": "moth page"}
    assert whole.samples()[0].truth == {"biology/page": 1}
    assert whole.protocol.endswith("; documents: long; parts: biology"), "every row says it"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"queries": "gpt5"}, "queries: expected one of original, gpt4"),
        ({"documents": "wide"}, "documents: expected one of short, long"),
        ({"parts": "chemistry"}, "parts: expected one of biology"),
    ],
)
def test_unknown_options_are_one_line(layout: Path, options: dict[str, str], message: str) -> None:
    with pytest.raises(WrongCall, match=message):
        bright(path=str(layout), **options)  # type: ignore[arg-type]


def test_what_is_wrong_in_a_layout_is_one_line(layout: Path) -> None:
    with pytest.raises(BadData, match=r"expected one file of 'pony', found biology-0"):
        bright(path=str(layout), parts="pony")
    write(layout / "examples", "biology", [example("0", "why", "z")])
    with pytest.raises(BadData, match="expected a document of the corpus, found 'biology/z'"):
        bright(path=str(layout), parts="biology")
    write(layout / "examples", "biology", [example("0", " ", "b")])
    with pytest.raises(BadData, match="query '0': expected a text, found none"):
        bright(path=str(layout), parts="biology")
    (layout / "examples/biology-00000-of-00001.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(BadData, match="expected a Parquet file, found"):
        bright(path=str(layout), parts="biology")


def test_without_files_and_network_a_dataset_is_not_available(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import huggingface_hub

    asked: dict[str, Any] = {}

    def refuse(repository: str, **settings: Any) -> str:
        asked.update(settings, repository=repository)
        raise OSError("no network")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", refuse)
    with (
        downloads(True),
        pytest.raises(NotAvailable, match="BRIGHT: could not be fetched from the Hub: OSError; or"),
    ):
        bright(parts="biology")
    assert asked["revision"] == source.REPOSITORY[1]
    assert "documents/biology*" in asked["allow_patterns"]
    with pytest.raises(NotAvailable, match=r"not on this machine.*`benchsuite data get`.*path=DIR"):
        r2med(parts="Biology")


@pytest.fixture
def medical(tmp_path: Path) -> Path:
    for name in ("Biology", "PMC-Clinical"):
        folder = tmp_path / name
        folder.mkdir()
        files: dict[str, list[dict[str, Any]]] = {
            "corpus": [{"id": "1", "text": " one "}, {"id": "2", "text": "two"}],
            "query": [{"id": "q", "text": "which one"}],
            "qrels": [{"q_id": "q", "p_id": "1", "score": 1}, {"q_id": "q", "p_id": "2", "score": 0}],
        }  # fmt: skip
        for file, rows in files.items():
            (folder / f"{file}.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    return tmp_path


def test_r2meds_sets_are_splits(medical: Path) -> None:
    dataset = r2med(path=str(medical), parts="Biology,PMC-Clinical")
    assert dataset.shared["corpus"]["PMC-Clinical/1"] == "one"
    assert {s.id: s.truth for s in dataset.samples()}["Biology/q"] == {
        "Biology/1": 1, "Biology/2": 0,
    }  # fmt: skip
    (medical / "Biology/qrels.jsonl").write_text('{"q_id": "x", "p_id": "1", "score": 1}\n')
    with pytest.raises(BadData, match=r"qrels.jsonl:1: q_id: expected a query .* found 'x'"):
        r2med(path=str(medical), parts="Biology")
    (medical / "Biology/qrels.jsonl").write_text('{"q_id": "q", "p_id": "1", "score": "high"}\n')
    with pytest.raises(
        BadData, match=r"qrels.jsonl:1: score: expected a whole number, found 'high'"
    ):
        r2med(path=str(medical), parts="Biology")
    (medical / "Biology/qrels.jsonl").write_text('["q", "1", 1]\n')
    with pytest.raises(BadData, match=r"qrels.jsonl:1: expected an object, found \["):
        r2med(path=str(medical), parts="Biology")


@pytest.mark.parametrize(
    ("file", "rows", "message"),
    [
        ("query", '{"id": "q", "text": "a"}\n{"id": "q", "text": "b"}', "query.jsonl:2: id 'q' occurs twice"),
        ("query", '{"id": "q", "text": " "}', "query.jsonl:1: text: expected a query, found an empty"),
        ("query", '{"id": "q", "text": ["a"]}', "query.jsonl:1: text: expected a string, found"),
        ("query", '{"id": "q", "text": "a"}\n{"id', "query.jsonl:2: expected JSON, found Unterminated"),
        ("query", '{"id": "q", "text": "a"}\n{"id": "r", "text": "a"}', "query 'r': expected at least one"),
        ("qrels", '{"q_id": "q", "p_id": "1", "score": 1}\n{"q_id": "q", "p_id": "1", "score": 0}\n', "qrels.jsonl:2: document '1' is judged 1 and 0"),
        ("corpus", '{"id": "1", "text": 5}', "corpus.jsonl:1: text: expected a string, found 5"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_set_is_one_line(
    medical: Path, file: str, rows: str, message: str
) -> None:
    (medical / f"Biology/{file}.jsonl").write_text(rows)
    with pytest.raises(BadData, match=message):
        r2med(path=str(medical), parts="Biology")


def test_a_byte_order_mark_is_no_part_of_a_row(medical: Path) -> None:
    path = medical / "Biology/query.jsonl"
    path.write_text(path.read_text(), encoding="utf-8-sig")
    assert r2med(path=str(medical), parts="Biology").samples()[0].id == "Biology/q"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"excluded_ids": "pony_1.txt"}, "excluded_ids: expected a list, found"),
        ({"excluded_ids": 7}, "excluded_ids: expected a list, found 7"),
        ({"query": 5}, "query: expected a string, found 5"), ({"gold_ids": "b"}, "gold_ids: expected a list"),
        ({"gold_ids": ["c"]}, r"biology\.jsonl:2: id 'biology/0' occurs twice, with other contents"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_an_example_is_one_line(
    layout: Path, change: dict[str, Any], message: str
) -> None:
    (layout / "examples/biology-00000-of-00001.parquet").unlink()
    lines = [json.dumps(example("0", "why", "b") | one) for one in ({}, change)]
    (layout / "examples/biology.jsonl").write_text("\n".join(lines))
    with pytest.raises(BadData, match=message):
        bright(path=str(layout), parts="biology")


def test_a_documents_id_tells_nothing_of_the_question(tmp_path: Path) -> None:
    (tmp_path / "examples").mkdir()
    for split in STACKEXCHANGE:
        text = "".join(json.dumps(example(str(i), f"why {i} {split}")) + "\n" for i in range(3))
        with gzip.open(tmp_path / f"examples/{split}.jsonl.gz", "wt") as file:
            file.write(text)
    dataset = bright_answers(str(tmp_path))
    assert len(dataset.samples()) == 21
    assert len(dataset.shared["corpus"]) == 3, "answers of one text are one document"
    assert all(set(key) <= set("0123456789abcdef") for key in dataset.shared["corpus"])


@needs_real
def test_all_1384_real_queries_are_read_and_their_gold_ids_are_the_judgements() -> None:
    number = 0
    for split in source.FAMILIES:
        judged = Counter[tuple[str, str]]()
        for line in (REAL / f"qrels/{split}.txt").read_text().splitlines():
            query, _, document, grade = line.split()
            judged[query, document] += int(grade) > 0
        rows = [row for _, row in upstream.rows(REAL / "examples", split)]
        gold = {(row["id"].replace(" ", "_"), d.replace(" ", "_")) for row in rows for d in row["gold_ids"]}  # fmt: skip
        assert gold == set(judged), split
        assert not any(set(row["gold_ids"]) & set(row["excluded_ids"]) for row in rows), split
        number += len(rows)
    assert number == 1384


@needs_real
def test_bright_answers_has_749_real_questions_and_bm25_reaches_its_known_figure() -> None:
    dataset = bright_answers(str(REAL))
    samples = dataset.samples()
    assert (len(samples), len(dataset.shared["corpus"])) == (749, 749)
    assert {s.attributes["bm25_rank"] for s in samples} == {"1", "2-10", "beyond 10"}
    scores: dict[str, list[float]] = {}
    for sample in samples:
        (ranking,) = BM25().predict(State(dataset.shared), [CLEAN.view(0, "x", sample)])
        found = measure(sample, ranking, dataset.shared)["ndcg@10"]
        scores.setdefault(sample.attributes["split"], []).append(found)
    means = [sum(found) / len(found) for found in scores.values()]
    assert sum(means) / len(means) == pytest.approx(0.785, abs=0.005)
