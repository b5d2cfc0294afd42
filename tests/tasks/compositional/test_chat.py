"""A chat model is asked about each image and caption, and scored by its probability of yes."""

import math
import pickle

import numpy as np
import pytest

from benchsuite.dataset import Inputs, Sample
from benchsuite.errors import BadData, NotAvailable, WrongCall
from benchsuite_tasks.compositional.datasets.groups import Truth
from benchsuite_tasks.compositional.measure import Prediction, measure
from benchsuite_tasks.compositional.models.chat import Chat
from tests.scripted import Reply, endpoint

QUICK = {"attempts": 3}


def reply(**probabilities: float) -> Reply:
    return Reply("yes", first={token: math.log(p) for token, p in probabilities.items()})


def group(key: str = "g", shade: int = 0) -> Inputs:
    images = [np.full((8, 8, 3), value, np.uint8) for value in (shade, 255)]
    return Inputs(key, {"images": images, "captions": ["a dog", "a cat"]})


def judged(number: int, content: list[dict[str, object]]) -> Reply:
    dog = "a dog" in str(content[1]["text"])
    return reply(Yes=0.4, **{" yes": 0.2}, No=0.2) if dog else reply(No=1.0)


def matrix(prediction: Prediction) -> np.ndarray:
    return prediction.scores[0, -1]


def chat(url: str, tmp_path, **options) -> Chat:
    return Chat(url, "m", cache=str(tmp_path / "answers"), **{**QUICK, **options})


def test_the_score_is_the_probability_of_yes(tmp_path):
    with endpoint(judged) as seen:
        scores = chat(seen.url, tmp_path).predict(None, [group()])
    assert matrix(scores[0]) == pytest.approx(np.array([[0.75, 0.0], [0.75, 0.0]]))
    assert seen.asked == 4
    content = seen.bodies[0]["messages"][0]["content"]
    assert content[0]["image_url"]["url"].startswith("data:image/png;base64,")


def test_answers_are_kept(tmp_path):
    with endpoint(judged) as seen:
        first = chat(seen.url, tmp_path).predict(None, [group()])
        again = chat(seen.url, tmp_path).predict(None, [group()])
        chat(seen.url, tmp_path).predict(None, [group(shade=9)])
    assert (matrix(first[0]) == matrix(again[0])).all()
    assert seen.asked == 6, "the two questions about another image are new"


def test_requests_run_side_by_side_and_scores_keep_their_places(tmp_path):
    def slow(number: int, content: list[dict[str, object]]) -> Reply:
        answer = judged(number, content)
        return Reply(answer.text, first=answer.first, wait=0.05)

    groups = [group(str(n), shade=n) for n in range(4)]
    with endpoint(slow) as seen:
        scores = chat(seen.url, tmp_path, concurrency=8).predict(None, groups)
    assert seen.most > 1
    expected = pytest.approx(np.array([[0.75, 0.0], [0.75, 0.0]]))
    assert all(matrix(one) == expected for one in scores)


@pytest.mark.parametrize("failure", [Reply(status=429), Reply(status=503), Reply("yes", cut=True)])
def test_one_failure_does_not_end_a_run(tmp_path, failure):
    with endpoint(lambda n, content: failure if n == 1 else judged(n, content)) as seen:
        model = chat(seen.url, tmp_path, concurrency=1)
        model.endpoint.sleep = lambda seconds: None
        scores = model.predict(None, [group()])
    assert matrix(scores[0]) == pytest.approx(np.array([[0.75, 0.0], [0.75, 0.0]]))
    assert seen.asked == 5


def test_an_endpoint_without_probabilities_is_one_line(tmp_path):
    message = "group 'g': expected top_logprobs of the first token, found none"
    with endpoint(lambda n, content: Reply("yes")) as seen, pytest.raises(BadData, match=message):
        chat(seen.url, tmp_path).predict(None, [group()])


@pytest.mark.parametrize("other", [{"Maybe": 0.9}, {"**": 0.95, "Yes": 0.0003}, {"<think>": 1.0}])
def test_a_group_of_which_an_answer_cannot_be_read_is_wrong_and_counted(tmp_path, other):
    def script(number: int, content: list[dict[str, object]]) -> Reply:
        return reply(**other) if number == 2 else judged(number, content)

    with endpoint(script) as seen:
        (found,) = chat(seen.url, tmp_path, concurrency=1).predict(None, [group()])
    assert (matrix(found) == 0).all()
    assert (found.questions, found.unread) == (4, 1)
    sample = Sample("g", {}, Truth((0, 1), (0, 1), (0, 1)))
    row = measure(sample, found, {})
    assert row["group_score"] == row["text_score"] == row["individual_match"] == 0
    assert (row["questions"], row["unread"]) == (4, 1)


def test_word_pieces_count_as_the_words_that_they_stand_for(tmp_path):
    def script(number: int, content: list[dict[str, object]]) -> Reply:
        dog = "a dog" in str(content[1]["text"])
        return reply(
            **{"\u0120Yes": 0.5, "\u2581yes": 0.25, "No": 0.25} if dog else {"\u0120No": 1.0}
        )

    with endpoint(script) as seen:
        (found,) = chat(seen.url, tmp_path).predict(None, [group()])
    assert matrix(found) == pytest.approx(np.array([[0.75, 0.0], [0.75, 0.0]]))
    assert found.unread == 0


def test_an_endpoint_that_refuses_is_one_line(tmp_path):
    refused = pytest.raises(NotAvailable, match="expected an answer, found status 401")
    with endpoint(lambda n, content: Reply(status=401)) as seen, refused as error:
        chat(seen.url, tmp_path).predict(None, [group()])
    assert "\n" not in str(error.value)


def test_a_model_goes_to_worker_processes(tmp_path):
    model = chat("http://127.0.0.1:9/v1", tmp_path)
    assert model.endpoint
    assert pickle.loads(pickle.dumps(model)) == model


def test_where_it_is_asked_from_is_no_part_of_what_is_asked(tmp_path):
    same = {chat("http://u", tmp_path, concurrency=n, timeout=float(n)).fingerprint for n in (1, 2)}
    assert len(same) == 1
    with pytest.raises(
        WrongCall, match=r"model.concurrency: expected a whole number, at least 1, found 0"
    ):
        chat("http://u", tmp_path, concurrency=0)
