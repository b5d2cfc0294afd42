"""The look of a question: the right answer, and how often each answer was sampled."""

import json

import pytest

from benchsuite.cli import main
from benchsuite.condition import CLEAN
from benchsuite.dataset import Sample
from benchsuite.files.answers import Sampled
from benchsuite_tasks.answers.measure import measure
from benchsuite_tasks.answers.task import TASK

SAMPLE = Sample("q", {"question": "What is 101 + 103?"}, "204", {})


def shown(answers, sample: Sample = SAMPLE, condition: str = "clean") -> list[str]:
    assert TASK.look is not None
    known = {one.full_name: one for one in (CLEAN, *TASK.conditions)}
    view = known[condition].view(0, "d", sample)
    row = measure(sample, answers, {"k": (1,)})
    return TASK.look(sample, view, row, {}).text.splitlines()


def test_the_lines_are_the_question_and_its_answers_the_most_frequent_first() -> None:
    assert shown(["203", "so it is \\boxed{204}", "204", "", "204"]) == [
        "question: What is 101 + 103?",
        "right answer: 204",
        "answers: 3 of 5 right, 3 different",
        "    3 times, right: 204",
        "    1 times, wrong: 203",
        "    1 times, wrong: (empty)",
    ]


def test_a_grader_s_verdict_marks_an_answer_not_its_text() -> None:
    graded = [Sampled("4", True), Sampled("204", False), Sampled("4", True)]
    nobody = Sample("q", {"question": ""}, None, {})
    assert shown(graded, nobody) == [
        "question: the dataset has no text of it",
        "answers: 2 of 3 right, 2 different",
        "    2 times, right: 4",
        "    1 times, wrong: 204",
    ]


def test_a_temperature_is_told_and_of_many_answers_the_first_are_shown() -> None:
    lines = shown([str(n) for n in range(20)], condition="temperature/tenths/7")
    assert lines[1] == "temperature: 0.7"
    assert lines[-1] == "  and 12 more" and len(lines) == 13


@pytest.mark.parametrize("text", ["a\x1b[31mred", "tab\tand\r\nend\u202e", "long " * 500])
def test_a_text_is_one_line_that_a_terminal_can_show(text: str) -> None:
    lines = shown([text], Sample("q", {"question": text}, text, {}))
    assert len(lines) == 4 and all(line.isprintable() and len(line) < 420 for line in lines)


def test_samples_shows_the_questions_of_a_file_with_their_answers(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    answers = {"q1": ["4", "5"], "q2": ["6", "6"], "q3": ["1", "2"]}
    rows = [
        {"id": name, "question": f"<b>{name}?</b>", "answer": "4", "samples": told}
        for name, told in answers.items()
    ]
    (tmp_path / "mine.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    words = ["task=answers", "dataset=questions", "dataset.path=mine.jsonl", "dataset.k=[2]"]
    given = ["predictions=mine.jsonl", "model.name=mine", "replicates=200"]
    assert main(["score", *words, *given]) == 0
    assert main(["samples", "results/answers/questions/mine"]) == 0
    told = capsys.readouterr().out
    assert "    question: <b>q2?</b>" in told and "2 times, wrong: 6" in told
    assert main(["samples", "results/answers/questions/mine", "--out", "page.html"]) == 0
    page = (tmp_path / "page.html").read_text()
    assert "&lt;b&gt;q2?" in page and "<b>q2?" not in page
