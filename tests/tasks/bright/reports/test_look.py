"""The look of a query: what is relevant, where it was ranked, and what came first."""

from typing import Any

import pytest

from benchsuite.condition import CLEAN
from benchsuite.dataset import Sample
from benchsuite_tasks.bright.conditions import CONDITIONS
from benchsuite_tasks.bright.task import TASK

CORPUS = {f"d{i}": f"text number {i}" for i in range(8)} | {"long": "word\n" * 200}
CONDITION = {condition.full_name: condition for condition in (CLEAN, *CONDITIONS)}
SAMPLE = Sample(
    "q", {"query": "which text is long?", "excluded": (), "candidates": "retrieved"},
    {"d2": 1, "long": 2, "lost": 3, "d0": 0, "d1": -1},
)  # fmt: skip


def shown(*docs: str, condition: str = "clean", sample: Sample = SAMPLE) -> list[str]:
    assert TASK.look is not None
    view = CONDITION[condition].view(0, "d", sample)
    found = TASK.look(sample, view, {"docs": docs, "ndcg@10": 0.5}, {"corpus": CORPUS})
    assert found.picture is None
    return found.text.splitlines()


def test_the_lines_are_the_query_the_relevant_documents_and_the_first_ones() -> None:
    assert shown("d0", "d1", "d2", "d3", "d4", "d5") == [
        "query: which text is long?",
        "relevant: 1 of 3 retrieved",
        "  rank 3, grade 1: [d2] text number 2",
        "  not retrieved, grade 3: [lost] (not in the corpus)",
        f"  not retrieved, grade 2: [long] {('word ' * 24).rstrip()}…",
        "retrieved: the first 5 of 6",
        "  1 -        [d0] text number 0",
        "  2 -        [d1] text number 1",
        "  3 relevant [d2] text number 2",
        "  4 -        [d3] text number 3",
        "  5 -        [d4] text number 4",
    ]


def test_a_query_is_shown_as_the_model_saw_it() -> None:
    query, clean, *_ = shown("d0", condition="text/typo/2")
    assert query.startswith("query: ") and query != "query: which text is long?"
    assert clean == "clean query: which text is long?"
    assert shown("d0", condition="order/reversed")[1] == "candidates: reversed"
    assert shown("d0", condition="candidates/injected/2")[1] == "candidates: injected, 20 documents"


def test_an_empty_ranking_and_a_query_without_results_are_shown() -> None:
    nothing = Sample("q", SAMPLE.inputs, {"d0": 0})
    assert shown(sample=nothing)[1:] == [
        "relevant: 0 of 0 retrieved", "retrieved: the first 0 of 0",
    ]  # fmt: skip


def test_of_many_relevant_documents_the_first_ones_are_shown() -> None:
    many = Sample("q", SAMPLE.inputs, {f"m{i:02d}": 1 for i in range(14)})
    lines = shown("m05", sample=many)
    assert lines[2].startswith("  rank 1, grade 1: [m05]") and "  and 4 more" in lines


@pytest.mark.parametrize("text", ["a\x1b[31mred", "tab\tand\r\nend", "", "  "])
def test_a_text_is_one_line_that_a_terminal_can_show(text: str) -> None:
    sample: Any = Sample("q", {"query": text, "excluded": ()}, {})
    line = shown(sample=sample)[0]
    assert line.isprintable() and line.startswith("query: ")
