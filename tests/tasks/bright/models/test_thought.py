"""A thought is no answer, and the time to read an answer is linear in its length."""

import inspect
import re
import sys
from collections.abc import Iterator
from re import _parser as regex  # type: ignore[attr-defined]
from types import ModuleType

import pytest

from benchsuite.endpoint import Answer
from benchsuite_tasks.bright.models.judge import answers, lists, plain, released, thought
from benchsuite_tasks.bright.models.judge.thought import said

ORDER = "[2] > [1] > [3]"
TAGS = {
    "<think>": "</think>", "<thinking>": "</thinking>", "<reasoning>": "</reasoning>",
    "<thought>": "</thought>", "[THINK]": "[/THINK]", "◁think▷": "◁/think▷",
    "<|START_THINKING|>": "<|END_THINKING|>", "<seed:think>": "</seed:think>",
    "<|begin_of_thought|>": "<|end_of_thought|>", "<|inner_prefix|>": "<|inner_suffix|>",
    "<|channel|>analysis<|message|>": "<|end|><|start|>assistant<|channel|>final<|message|>",
    "<|channel>thought\n": "<channel|>", "analysisWe see ": "assistantfinal",
    "Here is my thought process: ": "Here is my response: ",
}  # fmt: skip
MUSING = "One could say [3] > [1] > [2], <answer>[1, 2, 3]</answer>, or"


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("complete", [True, False])
def test_a_thought_that_did_not_end_is_no_answer(tag: str, complete: bool) -> None:
    for text in (f"{tag}{MUSING}", f"{tag}{MUSING} {ORDER}"):
        assert said(text, complete) == ""
        assert answers.order(text, 3, complete).state == "unusable"


@pytest.mark.parametrize("tag", TAGS)
def test_what_follows_a_thought_is_the_answer(tag: str) -> None:
    end = TAGS[tag]
    for text in (f"{tag}{MUSING}{end}{ORDER}", f"{MUSING}{end}{ORDER}", f"{tag}{end}{ORDER}"):
        assert answers.order(text, 3) == answers.Ordered((1, 0, 2), "good")
    cut = answers.order(f"{tag}{MUSING}{end}The order is [2] > [1", 3, complete=False)
    assert cut == answers.Ordered((1, 0, 2), "repaired")


def test_a_second_thought_that_did_not_end_is_no_answer_either() -> None:
    assert said(f"<think>a</think>{ORDER}<think>but") == ""


def test_tags_that_end_a_whole_answer_end_a_thought() -> None:
    text = f"<think>The second one. <answer>{ORDER}</answer>"
    assert said(text) == ORDER
    assert said(text, complete=False) == ""


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (MUSING.replace("<answer>", "").replace("</answer>", ""), ""),
        ("Okay, so the user wants 3 > 1", ""), ("1. Looking at passage [3] > [1]", "1. "),
        (f"{ORDER}\n\nThe second one answers since", f"{ORDER}\n\nThe "),
        ("Score: 7/10. It", "Score: 7/10. "), ("Passage 2 > Passage 1 > Pass", "Passage 2 > Passage 1 > "),
        ("I say <answer>[2] > [1", "[2] > ["), ("Score: 7/1", "Score: "), ('{"[1]": 4, "[2]": 1', '{"[1]": 4, "[2]": '),
    ],
)  # fmt: skip
def test_of_a_text_that_was_cut_off_what_stands_before_its_first_sentence_counts(
    text: str, left: str
) -> None:
    assert said(text, complete=False) == left


def test_the_last_answer_that_says_something_counts() -> None:
    assert said(f"<answer>[1]</answer> no <answer>{ORDER}</answer>") == ORDER
    assert said(f"<answer>{ORDER}</answer> <answer></answer>") == ORDER


def test_as_released_a_cut_thought_cannot_be_read() -> None:
    text = '<think>{"[1]": 9} or'
    assert released.reading(Answer(text, 1, 1, 0.1, complete=False), 1).state == "unusable"
    whole = Answer('<think>so</think><answer>{"[1]": 9}</answer>', 1, 1, 0.1)
    assert released.reading(whole, 1) == released.Said(whole.text, "good")


MODULES = (answers, lists, plain, released, thought)
WIDEST = 500


def patterns(module: ModuleType) -> Iterator[re.Pattern[str]]:
    yield from (value for value in vars(module).values() if isinstance(value, re.Pattern))


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_no_pattern_that_reads_an_answer_repeats_without_a_bound(module: ModuleType) -> None:
    assert not re.findall(r"\bre\.(?!compile|Match|Pattern|[A-Z])\w+", inspect.getsource(module))
    for pattern in patterns(module):
        _, most = regex.parse(pattern.pattern, pattern.flags).getwidth()
        assert most <= WIDEST, pattern.pattern


RUNAWAYS = [
    "[1", "[", "]", "1", "1,", "[1]", "[1] > ", "1 > ", "(", "()", "{", "{}", '{"1": ', '"1": 4, ',
    "> ", " ", "\n", "a", "a ", "<think>", "<answer>", "</answer>", "1. [2]\n", "Passage 1 ", "id",
    "Score: ", "7/10 ", "-", "*", "\\", "½", "\u0301", "é", "\ud83d",
]  # fmt: skip


@pytest.mark.parametrize("part", RUNAWAYS, ids=repr)
def test_an_answer_that_loops_is_read_in_linear_work(part: str) -> None:
    def work(times: int) -> int:
        """The lines of code that reading takes; each takes a bounded time for each character."""
        lines = 0

        def count(frame: object, event: str, argument: object) -> object:
            nonlocal lines
            lines += 1
            return count

        text = part * times + "x"
        before = sys.gettrace()
        sys.settrace(count)
        try:
            for read in (answers.order, answers.grades, answers.choice):
                read(text, 20)
            answers.grade(text)
        finally:
            sys.settrace(before)
        return lines

    work(50)  # what is remembered between answers is remembered now
    assert work(2000) <= 50 * max(work(50), 200)
