"""`protocol=grouprank` is the released behaviour, on every case that the reference was run on."""

import json
from typing import Any

import pytest

from benchsuite_tasks.bright.models.judge import released
from tests.house.source import SHARED

REFERENCE = SHARED / "data/reference/rerank_aggregation_cases.json"
CASES: dict[str, Any] = json.loads(REFERENCE.read_text()) if REFERENCE.exists() else {}


def cases(key: str) -> list[Any]:
    absent = pytest.mark.skip(reason=f"{REFERENCE} is not there")
    return CASES.get(key) or [pytest.param({}, marks=absent)]


@pytest.mark.parametrize("case", cases("groupwise"), ids=lambda c: f"{c.get('id')}-{c.get('kind')}")
def test_group_scores_and_their_order_are_the_released_ones(case: dict[str, Any]) -> None:
    answers = [(group["doc_ids"], group["output"]) for group in case["groups"]]
    found = released.ranked(answers, case["topk"])
    assert [document for document, _ in found] == case["expected_order"]
    assert dict(found) == pytest.approx(case["expected_scores"], abs=1e-12)


@pytest.mark.parametrize("case", cases("groupwise"), ids=lambda c: str(c.get("id")))
def test_groups_have_the_released_sizes(case: dict[str, Any]) -> None:
    shown = [f"d{i:02d}" for i in range(case["n_docs"])]
    found = released.groups(shown, case["group_size"], case["interval"], case["epochs"], "key")
    assert [len(group) for group in found] == [len(group["doc_ids"]) for group in case["groups"]]


def outcome(read: Any, text: str) -> Any:
    try:
        return read(text)
    except Exception as error:
        return f"ERROR {type(error).__name__}"


@pytest.mark.parametrize("case", cases("group_output_parse"), ids=lambda c: c.get("text"))
def test_group_answers_are_read_as_released(case: dict[str, Any]) -> None:
    assert outcome(released.group_answer, case["text"]) == case["expected"]
