"""Judgements that others adjusted, and exact copies of relevant documents that count as gold."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchsuite.errors import BadData, WrongCall
from benchsuite_tasks.bright.datasets.adjusted import with_copies, with_judgements
from benchsuite_tasks.bright.datasets.collection import Query
from benchsuite_tasks.bright.datasets.samples import Judged

SPLITS = ("one", "two-b")


def slow(judged, documents, pooled):
    """Every document is compared with every judged one."""
    found = {}
    for key, row in judged.items():
        grades = dict(row.truth)
        for copy, text in documents.items():
            for gold, grade in row.truth.items():
                same_pool = not pooled or copy.split("/")[0] == gold.split("/")[0]
                same = text != "" and documents.get(gold) == text and same_pool
                if same and grade > 0 and copy not in row.query.excluded:
                    grades[copy] = max(grades.get(copy, grade), grade)
        found[key] = grades
    return found


@st.composite
def collections(draw):
    documents = {
        f"{split}/{n}": draw(st.sampled_from(["", "x", "x ", "y", "z"]))
        for split in SPLITS
        for n in range(draw(st.integers(1, 6)))
    }
    judged = {}
    for number in range(3):
        split = SPLITS[number % 2]
        own = [document for document in documents if document.startswith(f"{split}/")]
        truth = draw(st.dictionaries(st.sampled_from(own), st.integers(-1, 2), min_size=1))
        out = draw(st.lists(st.sampled_from(own), max_size=2))
        excluded = tuple(document for document in out if document not in truth)
        judged[f"{split}/q{number}"] = Judged(Query("", "q", split, excluded), truth)
    return judged, documents


@settings(max_examples=150, deadline=None)
@given(collections(), st.booleans())
def test_every_exact_copy_of_a_relevant_document_is_as_relevant(collection, pooled):
    judged, documents = collection
    found = with_copies(judged, documents, pooled)
    assert {key: row.truth for key, row in found.items()} == slow(judged, documents, pooled)


def test_nothing_changes_where_no_document_has_a_copy():
    judged = {"one/q": Judged(Query("", "q", "one"), {"one/a": 1})}
    documents = {"one/a": "x", "one/b": "X", "one/c": "x ", "two/a": "x"}
    assert with_copies(judged, documents, pooled=True) == judged


def judged(**splits):
    return {
        f"{split}/{query}": Judged(Query("", "q", split), {f"{split}/own": 1})
        for split, queries in splits.items()
        for query in queries
    }


def written(folder, **files):
    for split, text in files.items():
        (folder / f"qrels.bright-{split}.fixed.txt").write_text(text)
    return str(folder / "qrels.bright-*.fixed.txt")


def test_a_file_for_each_split_replaces_the_judgements(tmp_path):
    rows = judged(one=["0", "1"], two=["0"])
    path = written(tmp_path, one="0\t0\ta b.txt\t1\n1\t0\tc\t1\n0\t0\td\t1\n", two="0 0 a 2\n")
    found = with_judgements(rows, path, ("one", "two"))
    assert {key: row.truth for key, row in found.items()} == {
        "one/0": {"one/a b.txt": 1, "one/d": 1},
        "one/1": {"one/c": 1},
        "two/0": {"two/a": 2},
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0 0 a 1\n", "qrels.bright-one.fixed.txt: expected a judgement of query '1', found none"),
        ("0 0 a 1\n1 0 a 1\n7 0 a 1\n", "fixed.txt:3: expected a query of one, found '7'"),
        ("0 0 a 1\n1 0 a 1\n0 0 a 2\n", "fixed.txt:3: document 'a' is judged 1 and 2 for query"),
    ],
)
def test_a_file_that_does_not_fit_is_one_line(tmp_path, text, message):
    with pytest.raises(BadData, match=re.escape(message)):
        with_judgements(judged(one=["0", "1"]), written(tmp_path, one=text), ("one",))


def test_one_file_cannot_judge_several_splits(tmp_path):
    with pytest.raises(WrongCall, match="expected a path in which \\* stands for the split"):
        with_judgements(judged(one=["0"], two=["0"]), str(tmp_path / "x.txt"), ("one", "two"))
