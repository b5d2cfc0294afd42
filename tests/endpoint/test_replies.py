"""What a reply means is one table: an answer, again, refused, or unavailable."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from benchsuite.endpoint.replies import LONGEST_WORDS, Kind, Reply, meaning

NOW = datetime(2030, 5, 6, 12, 0, tzinfo=UTC)
QUOTA = {"message": "no credit left", "type": "insufficient_quota", "code": "insufficient_quota"}


def error(message: str, **more: Any) -> dict[str, Any]:
    return {"error": {"message": message, **more}}


@pytest.mark.parametrize(
    "status", [408, 409, 425, 429, 500, 502, 503, 504, 507, 520, 524, 529, 530]
)
def test_a_server_that_is_busy_is_asked_again(status: int) -> None:
    found = meaning(Reply(status, json.dumps(error("slow down"))))
    assert (found.kind, found.words) == (Kind.AGAIN, f"status {status}: slow down")


@pytest.mark.parametrize("status", [301, 307, 401, 402, 403, 404, 405, 410, 501, 505])
def test_what_holds_for_every_request_is_unavailable(status: int) -> None:
    assert meaning(Reply(status, "no", {"location": "http://x/"})).kind == Kind.UNAVAILABLE


@pytest.mark.parametrize("status", [400, 413, 414, 415, 422, 431])
def test_what_concerns_one_request_is_refused(status: int) -> None:
    found = meaning(Reply(status, json.dumps(error("too long", code="context_length_exceeded"))))
    assert (found.kind, found.words) == (
        Kind.REFUSED, f"status {status}: too long (context_length_exceeded)"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (429, {"error": QUOTA}, Kind.UNAVAILABLE, "no credit left (insufficient_quota)"),
        (400, error("?", code="model_not_found"), Kind.UNAVAILABLE, "? (model_not_found)"),
        (200, error("m is still loading"), Kind.AGAIN, "an error: m is still loading"),
        (200, error("m is gone", code=502), Kind.AGAIN, "m is gone"),
        (200, error("m is gone", code="503"), Kind.AGAIN, "m is gone (503)"),
        (200, error("who are you", code=401), Kind.UNAVAILABLE, "who are you"),
        (200, error("the prompt was filtered"), Kind.REFUSED, "the prompt was filtered"),
        (200, error("odd", type="overloaded_error"), Kind.AGAIN, "odd"),
        (200, {"error": QUOTA}, Kind.UNAVAILABLE, "no credit left"),
        (200, {"error": "please try again later"}, Kind.AGAIN, "please try again later"),
        (200, {"object": "error", "message": "bad", "code": 400}, Kind.REFUSED, "bad"),
        (200, {"detail": "not ready"}, Kind.AGAIN, "not ready"),
        (200, {"errors": [{"message": "a"}, {"message": "b"}]}, Kind.REFUSED, "a; b"),
        (200, {"choices": [{"error": {"message": "x", "code": 502}}]}, Kind.AGAIN, "x"),
        (422, {"detail": [{"loc": ["body", "n"], "msg": "bad"}]}, Kind.REFUSED, "body.n: bad"),
        (500, None, Kind.AGAIN, "status 500: null"),
        (200, [error("m is overloaded", code=503)], Kind.AGAIN, "m is overloaded"),
        (403, error("m requires moderation: your input was flagged"), Kind.REFUSED, "flagged"),
        (200, error("your prompt was flagged", code=403), Kind.REFUSED, "flagged"),
        (403, {"error": "Content violates usage guidelines"}, Kind.REFUSED, "guidelines"),
        (403, error("Your account has been flagged"), Kind.UNAVAILABLE, "flagged"),
        (429, error("Request too large for m: 9"), Kind.REFUSED, "too large"),
        (500, error("input (9 tokens) is too large to process"), Kind.REFUSED, "too large"),
        (503, error("the request queue is too long"), Kind.AGAIN, "queue"),
        (400, error("a/b is not a valid model ID"), Kind.UNAVAILABLE, "a/b"),
        (400, {"message": "Invalid model: a"}, Kind.UNAVAILABLE, "Invalid model: a"),
        (400, error("The model `a` has been decommissioned"), Kind.UNAVAILABLE, "`a`"),
        (400, {"detail": "Model a is not supported."}, Kind.UNAVAILABLE, "Model a"),
        (400, error("This model does not support images"), Kind.REFUSED, "images"),
        (400, [error("API key not valid.")], Kind.UNAVAILABLE, "API key not valid"),
        (400, error("Your credit balance is too low"), Kind.UNAVAILABLE, "credit balance"),
    ],
)
def test_an_error_in_a_200_and_codes_say_more_than_the_status(
    status: int, body: Any, kind: Kind, words: str
) -> None:
    found = meaning(Reply(status, json.dumps(body)))
    assert found.kind == kind
    assert words in found.words


@pytest.mark.parametrize(
    "body",
    [
        {"choices": [{"message": {"content": "x"}}], "error": None},
        {"choices": [], "message": "hello"},
        {"data": [], "detail": "a list"},
        [{"index": 0, "score": 0.5}],
        [{"index": 0, "score": 0.5}, {"index": 1, "score": 0.4}],
        {"results": [], "error": {}},
    ],
)
def test_json_without_an_error_is_an_answer(body: Any) -> None:
    found = meaning(Reply(200, json.dumps(body)))
    assert (found.kind, found.value) == (Kind.ANSWER, body)


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (200, "", "no JSON: an empty body"),
        (204, "", "no JSON: an empty body"),
        (200, '{"choices": [', "no JSON"),
        (200, "[" * 5000, "no JSON"),
        (200, "<html><head><title>Please\n wait</title></head></html>", "no JSON: Please wait"),
        (502, "<html><style>p{}</style><h1>Bad &amp; sad</h1>x</html>", "status 502: Bad & sad x"),
        (503, "", "status 503: an empty body"),
    ],
)
def test_a_page_or_half_a_reply_is_asked_again_and_shown_in_short(
    status: int, body: str, words: str
) -> None:
    found = meaning(Reply(status, body))
    assert found.kind == Kind.AGAIN
    assert found.words.startswith(words)
    assert len(found.words) < LONGEST_WORDS + 30


def test_words_never_hold_a_line_or_a_control_sequence() -> None:
    found = meaning(Reply(400, json.dumps(error("a\nb\x1b[31m" + "c" * 999))))
    assert found.words.isprintable()
    assert len(found.words) < LONGEST_WORDS + 30


@pytest.mark.parametrize(
    ("after", "pause"),
    [
        ("7", 7.0), ("0.5", 0.5), ("-3", 0.0), ("", None), ("soon", None), ("nan", None),
        ("inf", None), ("Mon, 06 May 2030 12:00:30 GMT", 30.0),
        ("Mon, 06 May 2030 11:00:00 GMT", 0.0), ("Monday, 06-May-30 12:01:00 GMT", 60.0),
    ],
)  # fmt: skip
def test_retry_after_is_seconds_or_a_date(after: str, pause: float | None) -> None:
    assert meaning(Reply(429, "{}", {"retry-after": after}), NOW).pause == pause


@pytest.mark.parametrize(
    ("message", "more", "parameter"),
    [
        ("Unsupported parameter: 'max_tokens' is not supported with this model. Use "
         "'max_completion_tokens' instead.", {}, "max_tokens"),
        ("this is not supported", {"param": "max_tokens"}, "max_tokens"),
        ("'temperature' does not support 0 with this model. Only the default (1) value is "
         "supported.", {}, "temperature"),
        ("'max_tokens' or 'max_completion_tokens' is too large: 9000. This model's maximum "
         "context length is 4096 tokens.", {}, ""),
        ("Unsupported parameter: 'logprobs'", {}, ""),
        ("Argument 'top_n' is not supported by our API.", {}, "top_n"),
        ("Value 'float' of 'encoding_format' is not supported", {}, "encoding_format"),
    ],
)  # fmt: skip
def test_a_parameter_that_is_not_taken_is_named(message: str, more: Any, parameter: str) -> None:
    assert meaning(Reply(400, json.dumps(error(message, **more)))).parameter == parameter
