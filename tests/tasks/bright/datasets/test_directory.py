"""Collections are read as BEIR and TREC publish them, and every doubt is a setting that rows show."""

import gzip
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchsuite.dataset import Dataset
from benchsuite.errors import BadData
from benchsuite_tasks.bright.datasets.directory import read
from benchsuite_tasks.bright.datasets.trec import trec

CORPUS = '{"_id": "d1", "title": "", "text": "owl"}\n{"_id": "d2", "title": "", "text": "pond"}\n'
QUERIES = '{"_id": "q1", "text": "which owl"}\n{"_id": "q2", "text": "which pond"}\n'
QRELS = "query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td2\t2\n"
TRUTHS = {"q1": {"d1": 1}, "q2": {"d2": 2}}
DOCUMENTS = "<DOC><DOCNO>d1</DOCNO>owl</DOC>\n<DOC><DOCNO>d2</DOCNO>pond</DOC>\n"
TOPICS = "<top><num>q1<title>which owl</top><top><num>q2<title>which pond</top>"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def put(folder: Path, **files: str | bytes) -> Path:
    """The folder with BEIR's three files, and the given ones in place of them or beside them."""
    beir = {"corpus.jsonl": CORPUS, "queries.jsonl": QUERIES, "qrels/test.tsv": QRELS}
    return _written(folder, {**beir, **files})


def put_trec(folder: Path, **files: str | bytes) -> Path:
    """The folder with TREC's files, as `put` has BEIR's."""
    own = {"docs": DOCUMENTS, "topics": TOPICS, "qrels": "q1 0 d1 1\nq2 0 d2 2\n"}
    return _written(folder, {**own, **files})


def _written(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def truths(dataset: Dataset) -> dict[str, Any]:
    return {sample.id: sample.truth for sample in dataset.samples()}


def texts(dataset: Dataset) -> dict[str, str]:
    return {sample.id: sample.inputs["query"] for sample in dataset.samples()}


# ---- BEIR ----


@pytest.mark.parametrize(
    "qrels",
    [
        QRELS,
        QRELS.replace("\t1\n", "\t1.0\n").replace("\t2\n", "\t2.00\n"),
        QRELS.replace("\n", "\r\n"),
        "\ufeff" + QRELS.replace("\n", "\n\n"),
        QRELS + "q1\td1\t1\n",
        QRELS.partition("\n")[2],
        "Query_ID\tdoc_id\trelevance\nq1\td1\t1\nq2\td2\t2\n",
        "score\tcorpus-id\tquery-id\n1\td1\tq1\n2\td2\tq2\n",
        "query-id\titeration\tcorpus-id\tscore\nq1\t0\td1\t1\nq2\t0\td2\t2\n",
        "query-id corpus-id score\nq1 d1 1\nq2 d2 2\n",
        "q1 0 d1 1\nq2 0 d2 2\n",
        '{"query-id": "q1", "corpus-id": "d1", "score": 1}\n'
        '{"query-id": "q2", "corpus-id": "d2", "score": 2.0}\n',
        gzip.compress(QRELS.encode(), mtime=0),
    ],
)
def test_judgements_are_read_however_they_are_laid_out(folder: Path, qrels: str | bytes) -> None:
    assert truths(trec(str(put(folder, **{"qrels/test.tsv": qrels})))) == TRUTHS


def test_texts_may_be_null_and_ids_numbers_or_called_id(folder: Path) -> None:
    corpus = (
        '{"id": 1, "title": null, "text": "owl"}\n{"docid": " 2 ", "title": "pond", "text": null}\n'
        '{"_id": "3", "contents": "reed", "metadata": {"a": [1]}}\n{"_id": "4", "text": ""}\n'
    )
    queries = '{"qid": 7, "query": "which"}\n{"_id": "8", "text": "why", "metadata": null}\n'
    given = {
        "corpus.jsonl": corpus,
        "queries.jsonl": queries,
        "qrels/test.tsv": "7\t1\t1\n8\t3\t1\n",
    }
    dataset = trec(str(put(folder, **given)))
    assert dataset.shared["corpus"] == {"1": "owl", "2": "pond", "3": "reed", "4": ""}
    assert texts(dataset) == {"7": "which", "8": "why"}


def test_the_three_files_may_be_packed(folder: Path) -> None:
    put(folder)
    before = trec(str(folder)).fingerprint
    for name in ("corpus.jsonl", "queries.jsonl", "qrels/test.tsv"):
        path = folder / name
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    assert trec(str(folder)).fingerprint == before


def test_a_judged_document_that_the_corpus_lacks_is_refused_kept_or_left_out(folder: Path) -> None:
    path = str(put(folder, **{"qrels/test.tsv": QRELS + "q1\tgone\t1\n"}))
    with pytest.raises(BadData, match=r"tsv:4: .* corpus, found 'gone' \(dataset.missing=keep"):
        trec(path)
    kept, left = trec(path, missing="keep"), trec(path, missing="skip")
    assert truths(kept) == {**TRUTHS, "q1": {"d1": 1, "gone": 1}}
    assert truths(left) == TRUTHS
    assert (kept.protocol, left.protocol) == (
        "trec_eval -c; missing: keep", "trec_eval -c; missing: skip",
    )  # fmt: skip


def test_a_query_of_which_all_judgements_are_left_out_is_left_out(folder: Path) -> None:
    path = str(put(folder, **{"qrels/test.tsv": "q1\td1\t1\nq2\tgone\t1\n"}))
    assert truths(trec(path, missing="skip")) == {"q1": {"d1": 1}}


@pytest.mark.parametrize(
    "queries", ['{"_id": "q2", "text": null}\n', '{"_id": "q2", "text": " "}\n', ""]
)
def test_a_judged_query_without_a_text_is_refused_kept_or_left_out(
    folder: Path, queries: str
) -> None:
    path = str(put(folder, **{"queries.jsonl": QUERIES.splitlines()[0] + "\n" + queries}))
    with pytest.raises(BadData, match=r"expected a query.* \(dataset.missing=keep"):
        trec(path)
    assert truths(trec(path, missing="skip")) == {"q1": {"d1": 1}}
    kept = trec(path, missing="keep")
    assert truths(kept) == TRUTHS
    assert texts(kept)["q2"].strip() == ""


def test_judgements_of_other_queries_altogether_are_refused_whatever_the_setting(
    folder: Path,
) -> None:
    path = str(put(folder, **{"qrels/test.tsv": "x\td1\t1\n"}))
    for missing in ("error", "keep", "skip"):
        with pytest.raises(
            BadData, match=r"test\.tsv:1: expected a query of the directory, found 'x'"
        ):
            trec(path, missing=missing)


def test_two_grades_of_one_document_are_refused_or_one_of_them_counts(folder: Path) -> None:
    path = str(put(folder, **{"qrels/test.tsv": QRELS + "q1\td1\t3\nq1\td1\t2\n"}))
    with pytest.raises(BadData, match="is judged 1 and 3 for query 'q1'"):
        trec(path)
    assert truths(trec(path, repeated="last"))["q1"] == {"d1": 2}
    assert truths(trec(path, repeated="highest"))["q1"] == {"d1": 3}
    assert trec(path, repeated="last").protocol == "trec_eval -c; repeated: last"


def test_another_split_is_chosen_and_its_name_is_told(folder: Path) -> None:
    put(folder, **{"qrels/dev.tsv": "q1\td2\t1\n"})
    assert truths(trec(str(folder), qrels="dev")) == {"q1": {"d2": 1}}
    (folder / "qrels/test.tsv").unlink()
    with pytest.raises(BadData, match=r"called 'test', found dev.tsv \(dataset.qrels=NAME chooses"):
        trec(str(folder))


# ---- TREC ----


@pytest.mark.parametrize(
    "document",
    [
        "owl in <HEADLINE>the barn</HEADLINE>",
        "<HEADLINE>owl</HEADLINE><TEXT>in the barn</TEXT>",
        "<LP>owl in</LP> the <BODY><P>barn",
        "<TITLE>owl</TITLE><DATE>1 May</DATE><ABSTRACT>in the</ABSTRACT><X><Y>barn</Y></X>",
        "<DOCHDR>http://x text/html</DOCHDR><html><script>if (a) b</script>owl in the <b>barn</b>",
        "<FILEID>AP-1</FILEID><HEAD>owl in</HEAD>the<TEXT>\n<P>barn\n</TEXT>",
    ],
)
def test_the_text_of_every_element_is_a_documents_text(folder: Path, document: str) -> None:
    docs = f"<doc>\n<docno> d1 </docno>{document}</doc>\n<DOC id='d2'>pond</DOC>"
    corpus = trec(str(put_trec(folder, docs=docs))).shared["corpus"]
    assert corpus == {"d1": "owl in the barn", "d2": "pond"}


TOPIC_FILES = [
    TOPICS,
    "<top>\n<num> Number: q1\n<dom> Domain: birds\n<title> Topic: which owl\n<desc> Description:\nx\n"
    "</top>\n<top>\n<num> Number: q2\n<desc> Description:\nwhich pond\n</top>\n",
    "<topics><topic number='q1' type=\"faceted\"><query>which owl</query><description>x</description>"
    "</topic><topic number='q2'><query>which <i>pond</i></query></topic></topics>",
    "<?xml version='1.0'?><topics><topic number='q1'>\nwhich owl\n</topic>"
    "<topic number='q2'><animal>which</animal> <place>pond</place></topic></topics>",
    "<topics><TOPIC><identifier>q1</identifier><TITLE>which owl</TITLE></TOPIC>"
    "<topic id='q2'><summary>which pond</summary></topic></topics>",
    "q1\twhich owl\nq2\twhich pond\n",
    "q1:which owl\r\nq2:which pond\r\n",
    QUERIES,
    '{"qid": "q1", "title": "which owl"}\n{"qid": "q2", "title": "which pond"}\n',
    gzip.compress(TOPICS.encode(), mtime=0),
]  # fmt: skip


@pytest.mark.parametrize("topics", TOPIC_FILES)
def test_topics_of_every_year_are_read(folder: Path, topics: str | bytes) -> None:
    dataset = trec(str(put_trec(folder, topics=topics)))
    assert texts(dataset) == {"q1": "which owl", "q2": "which pond"}
    assert truths(dataset) == TRUTHS


def test_documents_lie_in_several_files_and_folders_packed_or_not(folder: Path) -> None:
    first, second = DOCUMENTS.splitlines()
    caf = second.replace("pond", "caf\u00e9 pond").encode("latin-1")
    put_trec(folder, **{"docs": first, "disk2/a/b.0z.gz": gzip.compress(caf), ".hidden/c": first})
    (folder / "README").write_text("what this is: <DOC> and <top>")
    assert trec(str(folder)).shared["corpus"] == {"d1": "owl", "d2": "caf\u00e9 pond"}
    (folder / "disk2/c.Z").write_bytes(b"\x1f\x9d\x90abc")
    with pytest.raises(BadData, match=r"c\.Z: expected plain text or gzip, found compress"):
        trec(str(folder))


@pytest.mark.parametrize(("topics", "judged"), [("051", "51"), ("51", "051")])
def test_a_topics_number_may_have_other_zeros_than_its_judgements(
    folder: Path, topics: str, judged: str
) -> None:
    given = {"topics": TOPICS.replace("q1", topics), "qrels": f"{judged} 0 d1 1\nq2 0 d2 1\n"}
    assert truths(trec(str(put_trec(folder, **given)))) == {topics: {"d1": 1}, "q2": {"d2": 1}}


def test_numbers_that_two_topics_share_are_told_apart(folder: Path) -> None:
    topics = "<top><num>7<title>a</top><top><num>07<title>b</top>"
    given = {"topics": topics, "qrels": "7 0 d1 1\n007 0 d2 1\n07 0 d2 2\n"}
    with pytest.raises(BadData, match="qrels:2: expected a query of the directory, found '007'"):
        trec(str(put_trec(folder, **given)))


def test_ids_with_blanks_are_judged(folder: Path) -> None:
    docs = DOCUMENTS.replace("d2", "a  b.txt")
    given = {"docs": docs, "qrels": "q1 0 d1 1\nq2 0 a  b.txt -2\n"}
    # SGML's white space is one blank, and so that of a qrels' id is not the same.
    with pytest.raises(BadData, match=r"found 'a  b\.txt'"):
        trec(str(put_trec(folder, **given)))
    put_trec(folder, **{**given, "qrels": "q1 0 d1 1\nq2 0 a b.txt -2\n"})
    assert truths(trec(str(folder)))["q2"] == {"a b.txt": -2}


def test_documents_of_one_layout_go_with_queries_of_the_other(folder: Path) -> None:
    put_trec(folder)
    (folder / "docs").unlink()
    (folder / "corpus.jsonl").write_text(CORPUS)
    assert truths(trec(str(folder))) == TRUTHS


@pytest.mark.parametrize("part", ["<top>", "<topic number='1'><title>", "<top><num>", "<DOC>"])
def test_hostile_topics_take_linear_time(folder: Path, part: str) -> None:
    put_trec(folder, topics=TOPICS + part * 40_000)
    start = time.perf_counter()
    with pytest.raises(BadData):
        trec(str(folder))
    assert time.perf_counter() - start < 10


# ---- any collection ----

ids = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z")) | st.just(" "), min_size=1
)
ids = ids.map(lambda key: " ".join(key.split())).filter(bool).filter(str.isprintable)
collections = st.dictionaries(ids, st.dictionaries(ids, st.integers(-9, 9), min_size=1), min_size=1)


@given(truth=collections)
def test_any_ids_and_grades_are_read_back(
    tmp_path_factory: pytest.TempPathFactory, truth: dict[str, dict[str, int]]
) -> None:
    documents = sorted({document for grades in truth.values() for document in grades})
    rows = [f"{q}\t{d}\t{g}" for q, grades in truth.items() for d, g in grades.items()]
    folder = put(
        tmp_path_factory.mktemp("any"),
        **{
            "corpus.jsonl": "\n".join(json.dumps({"_id": d, "text": "x"}) for d in documents),
            "queries.jsonl": "\n".join(json.dumps({"_id": q, "text": "y"}) for q in truth),
            "qrels/test.tsv": "\n".join(["query-id\tcorpus-id\tscore", *rows]),
        },
    )
    assert truths(trec(str(folder))) == truth
    assert [*read(folder, "test").documents] == documents
