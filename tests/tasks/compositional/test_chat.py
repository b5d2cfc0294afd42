"""A chat model is asked about each image and caption, and scored by its probability of yes."""

import json
import math
from typing import Any

import httpx
import numpy as np
import pytest

from benchsuite.dataset import Inputs
from benchsuite.errors import BadData, NotAvailable
from benchsuite_tasks.compositional.models import chat


def reply(**probabilities: float) -> dict[str, Any]:
    top = [{"token": t, "logprob": math.log(p)} for t, p in probabilities.items()]
    return {"choices": [{"logprobs": {"content": [{"top_logprobs": top}]}}]}


def group() -> Inputs:
    images = [np.full((8, 8, 3), value, np.uint8) for value in (0, 255)]
    return Inputs("g", {"images": images, "captions": ["a dog", "a cat"]})


def answering(monkeypatch: pytest.MonkeyPatch, answer: Any) -> list[dict[str, Any]]:
    asked: list[dict[str, Any]] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(json.loads(request.content))
        return answer(asked[-1]) if callable(answer) else httpx.Response(200, json=answer)

    client = httpx.Client(transport=httpx.MockTransport(handle))
    monkeypatch.setattr(chat, "_client", lambda: client)
    return asked


def test_the_score_is_the_probability_of_yes(monkeypatch):
    def answer(body: dict[str, Any]) -> httpx.Response:
        dog = "a dog" in body["messages"][0]["content"][1]["text"]
        return httpx.Response(
            200, json=reply(Yes=0.4, **{" yes": 0.2}, No=0.2) if dog else reply(No=1.0)
        )

    asked = answering(monkeypatch, answer)
    scores = chat.Chat("http://here/v1", "m").predict(None, [group()])
    assert scores[0] == pytest.approx(np.array([[0.75, 0.0], [0.75, 0.0]]))
    assert len(asked) == 4
    assert asked[0]["messages"][0]["content"][0]["image_url"]["url"].startswith("data:image/png")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (reply(Maybe=0.9), "group 'g': expected yes or no among the first tokens, found maybe"),
        ({"choices": []}, "group 'g': expected top_logprobs of the first token"),
    ],
)
def test_an_answer_without_yes_or_no_is_never_a_score(monkeypatch, answer, message):
    answering(monkeypatch, answer)
    with pytest.raises(BadData) as error:
        chat.Chat("http://here/v1", "m").predict(None, [group()])
    assert message in str(error.value)


def test_an_endpoint_that_refuses_is_one_line(monkeypatch):
    answering(monkeypatch, lambda body: httpx.Response(401))
    with pytest.raises(NotAvailable, match=r"http://here/v1: group 'g': .*401"):
        chat.Chat("http://here/v1", "m").predict(None, [group()])
