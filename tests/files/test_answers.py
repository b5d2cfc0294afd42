"""Sampled answers are read in the layouts that people have, and compared as people mean them."""

import json

import pytest

from benchsuite.errors import BadData
from benchsuite.files.answers import Sampled, answers_of, normal, samples_of


def written(path, *rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


LISTED = {"id": "q", "samples": ["1", {"answer": 2, "correct": False}, None]}
PLAIN = [{"question_id": "q", "answer": a} for a in ("1", 2, None)]
HARNESS = {
    "doc_id": 0,
    "doc": {"Problem": "1 + 0?", "level": "easy"},
    "target": "1",
    "resps": [["1", "2", ""]],
}
QWEN = {
    "idx": 0,
    "question": "1 + 0?",
    "gt": "1",
    "level": "easy",
    "pred": ["1", "2", ""],
    "score": [True, False, False],
}


def told(path):
    ((_, answers),) = samples_of(path, {row.id for row in answers_of(path)}).items()
    ((_, found),) = answers.items()
    return [(one.answer, one.correct) for one in found]


@pytest.mark.parametrize(
    ("rows", "judged"),
    [
        ([LISTED], [None, False, None]),
        (PLAIN, [None, None, None]),
        ([HARNESS], [None, None, None]),
        ([HARNESS | {"filter": "a"}, HARNESS | {"filter": "b"}], [None, None, None]),
        ([QWEN], [True, False, False]),
    ],
)
def test_every_layout_has_the_same_answers(tmp_path, rows, judged):
    path = written(tmp_path / "a.jsonl", *rows)
    assert told(path) == list(zip(["1", "2", ""], judged, strict=True))


def test_a_csv_has_a_column_an_answer(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        "Problem ID,Problem,Correct Answer,Answer 1,Answer 2,Temperature\n7,?,B,A,,0.5\n"
    )
    (row,) = answers_of(path)
    assert (row.id, row.question, row.target, row.temperature) == ("7", "?", "B", 0.5)
    assert row.samples == [Sampled("A"), Sampled("")]


@pytest.mark.parametrize(
    "row", [HARNESS, QWEN, {"id": "0", "question": "1 + 0?", "answer": 1, "level": "easy"}]
)
def test_a_row_tells_the_question_too(tmp_path, row):
    (found,) = answers_of(written(tmp_path / "a.jsonl", row))
    assert (found.question, found.target, found.text("level"), found.text("x")) == (
        "1 + 0?",
        "1",
        "easy",
        "",
    )


def test_a_csv_says_which_answers_are_right(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("id,answer,correct\nq,5,True\nq,6,0\nq,7,\n")
    assert told(path) == [("5", True), ("6", False), ("7", None)]


def test_only_the_harness_has_filters(tmp_path):
    path = written(tmp_path / "a.jsonl", *({"id": "q", "answer": a, "filter": a} for a in "ab"))
    assert told(path) == [("a", None), ("b", None)]


def test_an_answer_that_is_judged_is_not_the_right_one(tmp_path):
    path = written(tmp_path / "a.jsonl", {"id": "q", "answer": "5", "correct": 0})
    (row,) = answers_of(path)
    assert (row.target, row.samples) == (None, [Sampled("5", False)])
    (row,) = answers_of(written(path, {"id": "q", "answer": "5", "samples": ["5"], "correct": [1]}))
    assert (row.target, row.samples) == ("5", [Sampled("5", True)])


def test_files_in_parts_and_temperatures_are_told_apart(tmp_path):
    for name, hot in (("a", 0.2), ("b", 0.2), ("c", 1)):
        written(tmp_path / f"{name}.jsonl", {"id": "q", "samples": [name], "temperature": hot})
    found = samples_of(tmp_path, {"q"})
    assert found == {0.2: {"q": [Sampled("a"), Sampled("b")]}, 1.0: {"q": [Sampled("c")]}}


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"samples": ["1"]}, "1: id: expected a printable id, found ''"),
        ({"id": "p", "samples": ["1"]}, r"expected a question of the dataset, found 'p'"),
        ({"id": "q", "samples": "1"}, "expected a list of answers, found '1'"),
        ({"id": "q", "samples": [{"text": "1"}]}, "expected `answer` or `correct`, found text"),
        ({"id": "q", "samples": [{"answer": "1", "correct": "yes"}]}, "`correct` 0 or 1"),
        ({"id": "q", "answer": ["1"]}, "expected an answer, or"),
        ({"id": "q", "answer": "1", "temperature": "hot"}, "temperature: expected a finite number"),
        ({"id": "q", "answer": "1", "temperature": 1}, "all 2 questions at temperature 1, found 1 without 'r'"),
        ({"id": "q", "answer": "1"}, "expected all 2 questions, found 1 without 'r'"),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_refused_in_one_line(tmp_path, row, why):
    with pytest.raises(BadData, match=why) as error:
        samples_of(written(tmp_path / "a.jsonl", row), {"q", "r"})
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("answer", "same"),
    [
        (r"so \boxed{\frac{1}{2}}.", "0.50"), (".5", "1/2"), (r"\dfrac{3}{6}", r"$\frac{1}{2}$"),
        (r"\frac12", r"\tfrac{1}2"),
        (r"\$1,500", "1500"),
        ("the answer is 1,234.", "1234"), ("#### 42", "42.0"), (r"$\boxed{ 033 }$", "33"),
        (r"\boxed{1} no, \boxed{2}", "2"), ("(1, 2)", "(1,2)"), (r"\boxed{\text{Yes}}", "yes"),
        ("**A**", "a"), (r"x \boxed {2\sqrt{3}}", r"2\sqrt{3}"), ("The answer is: 204. Done", "204"),
        (r"\boxed{7", "7"), ("the answer is\n\n8\nand", "8"), ("-0", "0"), ("+3", "3"),
    ],
)  # fmt: skip
def test_answers_that_mean_the_same_are_the_same(answer, same):
    assert normal(answer) == normal(same) != ""


@pytest.mark.parametrize(
    ("answer", "other"),
    [
        ("1/3", "0.33"),
        ("(1,234)", "1234"),
        ("1/0", "0"),
        ("12", "1 2 3"),
        ("-7", "7"),
        ("x+1", "1+x"),
    ],
)
def test_answers_that_differ_stay_apart(answer, other):
    assert normal(answer) != normal(other)


def test_no_answer_is_empty():
    assert normal("") == normal(" ") == normal(r"\boxed{}") == ""
