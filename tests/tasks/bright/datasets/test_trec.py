"""Directories of both layouts are read, and every way to get one wrong is one clear line."""

import json
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchsuite.dataset import Dataset
from benchsuite.errors import BadData, WrongCall
from benchsuite.files.text import integer
from benchsuite_tasks.bright.datasets import mini
from benchsuite_tasks.bright.datasets.mini import stdlib_mini
from benchsuite_tasks.bright.datasets.trec import trec

DOCUMENTS = [
    {"_id": "d1", "title": "Wings", "text": "lift of a wing"},
    {"_id": "d2", "title": "", "text": "heat in a slab"},
    {"_id": "d3", "text": "flow past a plate"},
]
QUERIES = [{"_id": "1", "text": "what lifts a wing"}, {"_id": "2", "text": "how does heat flow"}]
QRELS = "query-id\tcorpus-id\tscore\n1\td1\t2\n1\td3\t0\n2\td2\t1\n"
HEADER = QRELS.splitlines()[0]
SETTINGS = {
    "unjudged": ("error", "skip"),
    "missing": ("error", "keep", "skip"),
    "repeated": ("error", "last", "highest"),
}


def jsonl(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.fixture
def beir(tmp_path: Path) -> Path:
    (tmp_path / "qrels").mkdir()
    (tmp_path / "corpus.jsonl").write_text(jsonl(DOCUMENTS))
    (tmp_path / "queries.jsonl").write_text(jsonl(QUERIES))
    (tmp_path / "qrels/test.tsv").write_text(QRELS)
    return tmp_path


XML_DOCUMENTS = """<DOC>
<DOCNO> d1 </DOCNO>
<TITLE>Wings</TITLE>
<TEXT>
lift of
a wing &amp; more
</TEXT>
</DOC>
<DOC><DOCNO>d2</DOCNO><TEXT><P>heat</P><P>in a <b>slab</b></P></TEXT></DOC>
"""
TOPICS = """<top>
<num> Number: 1
<title> Topic: what lifts a wing?

<desc> Description:
A longer one.
</top>

<top>
<num>2</num><title>
how does heat flow
</title>
</top>
"""
TREC_QRELS = "1 0 d1 2\n2 0 d2 1\n"


@pytest.fixture
def classic(tmp_path: Path) -> Path:
    (tmp_path / "docs.xml").write_text(XML_DOCUMENTS)
    (tmp_path / "topics.txt").write_text(TOPICS)
    (tmp_path / "qrels.txt").write_text(TREC_QRELS)
    return tmp_path


def truths(dataset: Dataset) -> dict[str, Any]:
    return {sample.id: sample.truth for sample in dataset.samples()}


def test_beirs_layout_is_read_as_beir_reads_it(beir: Path) -> None:
    dataset = trec(str(beir), name="wings")
    assert dataset.shared["corpus"] == {
        "d1": "Wings lift of a wing", "d2": "heat in a slab", "d3": "flow past a plate",
    }  # fmt: skip
    assert truths(dataset) == {"1": {"d1": 2, "d3": 0}, "2": {"d2": 1}}
    assert [dict(s.inputs) for s in dataset.samples()] == [
        {"query": "what lifts a wing", "excluded": ()},
        {"query": "how does heat flow", "excluded": ()},
    ]
    assert {s.attributes["split"] for s in dataset.samples()} == {"wings"}


def test_trecs_files_are_read_without_a_root_and_without_closed_topics(classic: Path) -> None:
    dataset = trec(str(classic))
    assert dataset.shared["corpus"] == {
        "d1": "Wings lift of a wing & more", "d2": "heat in a slab",
    }  # fmt: skip
    asked = {s.id: s.inputs["query"] for s in dataset.samples()}
    assert asked == {"1": "what lifts a wing?", "2": "how does heat flow"}
    assert truths(dataset) == {"1": {"d1": 2}, "2": {"d2": 1}}


def test_trecs_files_may_have_a_declaration_a_root_and_small_letters(classic: Path) -> None:
    before = trec(str(classic))
    small = re.sub(r"</?[A-Z]+>", lambda tag: tag.group().lower(), XML_DOCUMENTS)
    (classic / "docs.xml").write_text(f"<?xml version='1.0'?>\n<xml>\n{small}</xml>")
    assert trec(str(classic)).fingerprint == before.fingerprint


def test_splits_and_excluded_documents_come_from_the_queries(beir: Path) -> None:
    rows: list[dict[str, Any]] = [
        {**QUERIES[0], "split": "aero", "excluded_ids": ["d2", "gone"]},
        {**QUERIES[1], "metadata": {"split": "heat", "excluded_ids": ["N/A"]}},
    ]
    (beir / "queries.jsonl").write_text(jsonl(rows))
    samples = trec(str(beir)).samples()
    assert [s.attributes["split"] for s in samples] == ["aero", "heat"]
    assert [s.inputs["excluded"] for s in samples] == [("d2", "gone"), ()]


def test_a_query_that_another_file_judges_is_left_out(beir: Path) -> None:
    (beir / "qrels/test.tsv").write_text(f"{HEADER}\n1\td1\t1\n")
    (beir / "qrels/dev.tsv").write_text(f"{HEADER}\n2\td2\t1\n")
    assert list(truths(trec(str(beir)))) == ["1"]
    assert list(truths(trec(str(beir), qrels="dev"))) == ["2"]


def test_unjudged_queries_are_left_out_where_that_is_asked_for(beir: Path) -> None:
    (beir / "qrels/test.tsv").write_text(f"{HEADER}\n1\td1\t1\n")
    assert list(truths(trec(str(beir), unjudged="skip"))) == ["1"]
    for key, words in SETTINGS.items():
        message = f"{key}: expected one of {', '.join(words)}, found 'maybe'"
        with pytest.raises(WrongCall, match=message):
            trec(str(beir), **{key: "maybe"})  # type: ignore[arg-type]


def test_the_fingerprint_follows_content_and_not_the_order_of_lines(beir: Path) -> None:
    before = trec(str(beir)).fingerprint
    (beir / "corpus.jsonl").write_text(jsonl(DOCUMENTS[::-1]))
    (beir / "queries.jsonl").write_text(jsonl(QUERIES[::-1]))
    assert trec(str(beir)).fingerprint == before
    (beir / "corpus.jsonl").write_text(jsonl([*DOCUMENTS, {"_id": "d4", "text": "more"}]))
    assert trec(str(beir)).fingerprint != before


def test_lines_may_hold_unicode_line_separators_and_a_byte_order_mark(beir: Path) -> None:
    text = '\ufeff{"_id": "d1", "text": "a\u2028b"}\n' + jsonl(DOCUMENTS[1:])
    (beir / "corpus.jsonl").write_text(text, encoding="utf-8")
    assert trec(str(beir)).shared["corpus"]["d1"] == "a\u2028b"


def test_rows_that_repeat_others_count_once(beir: Path) -> None:
    before = trec(str(beir)).fingerprint
    for name in ("corpus.jsonl", "queries.jsonl"):
        path = beir / name
        path.write_text(path.read_text() * 2)
    assert trec(str(beir)).fingerprint == before


BAD_BEIR = [
    (
        "corpus.jsonl",
        jsonl([*DOCUMENTS, {"_id": "d1", "text": "x"}]),
        ":4: id 'd1' occurs twice, with",
    ),
    ("corpus.jsonl", "", ": expected at least one line, found an empty file"),
    ("corpus.jsonl", '{"_id": "d1"\n', ":1: expected JSON, found Expecting ',' delimiter at"),
    ("corpus.jsonl", "[" * 100_000, ":1: expected JSON, found brackets nested too deeply"),
    ("corpus.jsonl", "[1]\n", ":1: expected an object, found [1]"),
    ("corpus.jsonl", '{"_id": "d1"}\n', ":1: expected the key 'text', found _id"),
    ("corpus.jsonl", '{"_id": 1.5, "text": ""}\n', ":1: _id: expected a string, found 1.5"),
    ("corpus.jsonl", '{"_id": true, "text": ""}\n', ":1: _id: expected a string, found true"),
    ("corpus.jsonl", '{"_id": " ", "text": ""}\n', ":1: _id: expected a printable id, found ''"),
    (
        "corpus.jsonl",
        '{"_id": "a", "text": null}\n{"_id": "b", "text": ""}\n',
        "corpus.jsonl: expected documents with a text, found 2 without",
    ),
    ("corpus.jsonl", '{"_id": "a\\u0000", "text": ""}', ":1: _id: expected a printable id, found"),
    ("corpus.jsonl", '{"_id": "a", "text": "\\ud800"}', ":1: text: expected Unicode text, found"),
    ("queries.jsonl", jsonl([*QUERIES, {**QUERIES[1], "text": "x"}]), ":3: id '2' occurs twice"),
    ("queries.jsonl", '{"_id": "1", "text": " "}\n', ":1: text: expected a query, found an empty"),
    (
        "queries.jsonl",
        jsonl([*QUERIES, {"_id": "3", "text": "why"}]),
        ":3: query '3': expected at least one judgement, found none",
    ),
    ("qrels/test.tsv", QRELS + "9\td1\t1\n", ":5: expected a query of the directory, found '9'"),
    ("qrels/test.tsv", QRELS + "1\td9\t1\n", ":5: expected a document of the corpus, found 'd9'"),
    (
        "qrels/test.tsv",
        QRELS + "1\td1\t1\n",
        ":5: document 'd1' is judged 2 and 1 for query '1' (dataset.repeated=last or highest",
    ),
    ("qrels/test.tsv", QRELS + "1\td2\tgood\n", ":5: grade: expected a whole number, found 'good'"),
    (
        "qrels/test.tsv",
        QRELS + "1\td2\n",
        ":5: expected the columns query-id corpus-id score, found",
    ),
    ("qrels/test.tsv", QRELS + "1\td2\t1.5\n", ":5: grade: expected a whole number, found '1.5'"),
    ("qrels/test.tsv", "a\tb\tc\n1\td2\t1\n", ":1: grade: expected a whole number, found 'c'"),
    ("qrels/test.tsv", "", ": expected at least one line, found an empty file"),
    ("qrels/test.tsv", HEADER, "queries.jsonl:1: query '1': expected at least one judgement"),
]


@pytest.mark.parametrize(("file", "content", "message"), BAD_BEIR)
def test_what_is_wrong_in_beirs_layout_is_one_line_with_its_place(
    beir: Path, file: str, content: str, message: str
) -> None:
    (beir / file).write_text(content)
    assert_one_line(lambda: trec(str(beir)), message)


BAD_TREC = [
    ("docs.xml", XML_DOCUMENTS + XML_DOCUMENTS.replace("lift", "x"), ":10: id 'd1' occurs twice"),
    ("docs.xml", XML_DOCUMENTS + "<DOC>", "docs.xml:10: expected </DOC> before the next document"),
    ("docs.xml", "<DOC><TEXT>a</TEXT></DOC>", "docs.xml:1: DOCNO: expected a printable id, found"),
    ("docs.xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><DOC></DOC>", "docs.xml:1: expected no entities"),
    (
        "docs.xml",
        "<DOC><DOCNO>d1</DOCNO></DOC>",
        "docs.xml: expected documents with a text, found 1",
    ),
    (
        "docs.xml",
        "nothing",
        "expected documents (corpus.jsonl, or files with <DOC>), found docs.xml",
    ),
    ("topics.txt", TOPICS + TOPICS.replace("lifts", "x"), "topics.txt:14: id '1' occurs twice"),
    ("topics.txt", "<top><num>1</top>", "topics.txt:1: text: expected a query, found an empty"),
    ("qrels.txt", "1 0 d1\n", "qrels.txt:1: grade: expected a whole number, found 'd1'"),
    ("qrels.txt", TREC_QRELS + "1 0 d2 x\n", "qrels.txt:3: grade: expected a whole number"),
    ("qrels.txt", "1 0 d1 1\n", "topics.txt:9: query '2': expected at least one judgement"),
    ("topics.txt", "nothing", "topics.txt:1: expected an id, a tab and a query, found 'nothing'"),
]


@pytest.mark.parametrize(("file", "content", "message"), BAD_TREC)
def test_what_is_wrong_in_trecs_files_is_one_line_with_its_place(
    classic: Path, file: str, content: str, message: str
) -> None:
    (classic / file).write_text(content)
    assert_one_line(lambda: trec(str(classic)), message)


def test_one_of_several_files_of_judgements_is_chosen_by_name(classic: Path) -> None:
    (classic / "qrels.txt").rename(classic / "qrels.test.txt")
    (classic / "qrels.dev.txt").write_text("1 0 d2 1\n")
    assert truths(trec(str(classic), qrels="dev")) == {"1": {"d2": 1}}
    message = "expected one file of judgements called 'train', found qrels.dev.txt, qrels.test.txt"
    assert_one_line(lambda: trec(str(classic), qrels="train"), message)


def test_a_name_of_judgements_is_never_a_path(beir: Path) -> None:
    (beir / "secret.tsv").write_text(QRELS)
    assert_one_line(
        lambda: trec(str(beir), qrels="../secret"),
        "expected one file of judgements called '../secret', found test.tsv (dataset.qrels=NAME",
    )


def test_a_directory_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    assert_one_line(lambda: trec(str(tmp_path / "x")), "x: expected a directory, found none")


def test_a_file_that_is_not_utf8_is_one_line(beir: Path) -> None:
    (beir / "corpus.jsonl").write_bytes(b"\x80{}")
    assert_one_line(lambda: trec(str(beir)), "corpus.jsonl:1: expected UTF-8, found byte 0")


def test_unclosed_topics_without_end_take_no_more_than_linear_time(classic: Path) -> None:
    (classic / "topics.txt").write_text("<top>" * 200_000)
    assert_one_line(lambda: trec(str(classic)), "topics.txt:1: num: expected a printable id")


def assert_one_line(call: Callable[[], object], message: str) -> None:
    with pytest.raises(BadData) as caught:
        call()
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_stdlib_mini_judges_only_passages_that_it_has() -> None:
    dataset = stdlib_mini()
    assert dataset.name == "stdlib-mini"
    assert "Python 3." in dataset.note
    for sample in dataset.samples():
        assert sample.truth.keys() <= dataset.shared["corpus"].keys()
        assert max(sample.truth.values()) > 0
    assert pickle.loads(pickle.dumps(dataset)).fingerprint == dataset.fingerprint


def test_stdlib_mini_refuses_a_judgement_of_a_passage_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mini, "passages", lambda: {"os.path": "text"})
    assert_one_line(stdlib_mini, "queries.jsonl:1: relevant: expected a passage of Python 3.")


@pytest.mark.parametrize("text", ["9" * 10, "9" * 5000, "1_0", "1.5", ""])
def test_a_grade_is_a_whole_number_of_a_few_digits(text: str) -> None:
    assert integer("x", "grade", "-12") == integer("x", "grade", -12.0) == -12
    with pytest.raises(BadData, match="x: grade: expected a whole number"):
        integer("x", "grade", text)
