"""An endpoint is retried, kept within its limits and budget, and asked nothing twice."""

import http.server
import json
import math
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchsuite.endpoint import (
    IMAGE_TOKENS,
    Answer,
    Endpoint,
    Limits,
    estimated,
    kept,
    new,
    parts_of,
    read_reply,
    seconds,
)
from benchsuite.errors import BadData, NotAvailable, WrongCall
from tests.scripted import Reply, endpoint

PACKED = {"content-encoding": "gzip"}
REQUEST: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "x"}]}


def with_image(url: str) -> dict[str, Any]:
    parts = [
        {"type": "image_url", "image_url": {"url": url}},
        {"type": "text", "text": "x" * 40},
    ]
    return {"model": "m", "messages": [{"role": "user", "content": parts}], "max_tokens": 5}


def never(seconds: float) -> None:
    """Sleeps not at all."""


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 520, 524, 529, 599])
def test_a_failure_that_may_pass_is_retried(status: int) -> None:
    with endpoint(lambda n, text: Reply("fine", status=status if n < 2 else 200)) as seen:
        asked = Endpoint(seen.url, sleep=never)
        assert asked.ask(REQUEST, "hash").text == "fine"
    assert (asked.spent.requests, seen.asked) == (3, 3)


def test_a_cut_connection_and_an_answer_without_completion_are_retried() -> None:
    bad = [Reply(cut=True, text="x"), Reply(raw="no json"), Reply(raw="null"), Reply(raw="[]")]
    with endpoint(lambda n, text: (*bad, Reply("fine"))[n]) as seen:
        assert Endpoint(seen.url, sleep=never).ask(REQUEST, "hash").text == "fine"


def test_retries_back_off_and_follow_what_the_endpoint_says() -> None:
    replies = [Reply(status=429, after="7"), Reply(status=500), Reply(raw="?"), Reply("fine")]
    slept: list[float] = []
    with endpoint(lambda n, text: replies[n]) as seen:
        asked = Endpoint(seen.url, Limits(pause=1.0), sleep=slept.append)
        answer = asked.ask(REQUEST, "hash")
    assert (answer.text, asked.spent.requests) == ("fine", 4)
    assert slept == [7.0, 2.0, 4.0]


def test_an_endpoint_that_never_answers_is_one_line() -> None:
    with endpoint(lambda n, text: Reply(status=500)) as seen:
        asked = Endpoint(seen.url, Limits(attempts=3), sleep=never)
        with pytest.raises(NotAvailable, match="no answer in 3 attempts, last: status 500"):
            asked.ask(REQUEST, "hash")
    closed = Endpoint(seen.url, Limits(attempts=2), sleep=never)
    with pytest.raises(NotAvailable, match="last: ConnectError"):
        closed.ask(REQUEST, "hash")


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, NotAvailable), (403, NotAvailable), (404, NotAvailable), (400, BadData)],
)
def test_a_refusal_is_not_retried(status: int, kind: type[Exception]) -> None:
    with endpoint(lambda n, text: Reply(status=status, raw="no such\nkey")) as seen:
        with pytest.raises(kind, match=f"expected an answer, found status {status}: no such key"):
            Endpoint(seen.url).ask(REQUEST, "hash")
        assert seen.asked == 1


@pytest.mark.parametrize(("url", "key"), [("http://a:b:c/v1", ""), ("http://127.0.0.1/v1", "é")])
def test_an_address_or_key_that_cannot_be_is_one_line(url: str, key: str) -> None:
    with pytest.raises(WrongCall, match=r"expected (an address|a key in ASCII)"):
        Endpoint(url, key=key).ask(REQUEST, "hash")


def test_a_slow_endpoint_times_out_and_is_asked_again() -> None:
    def script(number: int, text: str) -> Reply:
        return Reply("late", wait=1.0) if number == 0 else Reply("in time")

    with endpoint(script) as seen:
        asked = Endpoint(seen.url, Limits(timeout=0.3), sleep=never)
        assert asked.ask(REQUEST, "h").text == "in time"


@pytest.mark.parametrize(("usage", "answered"), [(True, 5), (False, 2)])
def test_tokens_are_a_budget_whoever_asks_at_once_and_whatever_is_told(
    usage: bool, answered: int
) -> None:
    # Estimated are 40 / 4 + 90 tokens; told are 110, or nothing.
    request = {"messages": [{"role": "user", "content": "x" * 40}], "max_tokens": 90}
    silent = json.dumps({"choices": [{"message": {"content": "1"}}]})
    limits = Limits(tokens=answered * (110 if usage else 100) + 50)
    with endpoint(lambda n, text: Reply("1", raw=None if usage else silent, wait=0.02)) as seen:
        one = Endpoint(seen.url, limits)
        for _ in range(answered):
            one.ask(request, "p")
        with pytest.raises(NotAvailable, match=r"the budget of \d+ tokens is spent"):
            one.ask(request, "p")
        assert seen.asked == answered
    with endpoint(lambda n, text: Reply("1", wait=0.1)) as seen:
        one = Endpoint(seen.url, Limits(tokens=250))
        with ThreadPoolExecutor(8) as pool:
            sent = [pool.submit(one.ask, request, "p") for _ in range(8)]
        assert sum(future.exception() is None for future in sent) == seen.asked == 2


def test_an_image_counts_as_tokens_and_never_by_its_characters() -> None:
    assert estimated(with_image("data:" + "A" * 10**6)) == IMAGE_TOKENS + 10 + 5


def test_an_image_reaches_the_endpoint_and_only_its_hash_is_kept(tmp_path: Path) -> None:
    with endpoint(lambda n, text: Reply(f"answer {n}")) as seen:
        asked = Endpoint(seen.url, cache=tmp_path)
        first, second = (with_image(f"data:image/png;base64,{letter * 999}") for letter in "AB")
        answers = [asked.ask(request, "hash").text for request in (first, second, first)]
    assert answers == ["answer 0", "answer 1", "answer 0"]
    assert seen.bodies == [first, second]
    assert all(path.stat().st_size < 999 for path in tmp_path.rglob("*.json"))


def test_another_request_prompt_or_repeat_never_gets_a_kept_answer(tmp_path: Path) -> None:
    with endpoint(lambda n, text: Reply(str(n))) as seen:
        one = Endpoint(seen.url, cache=tmp_path)
        other = {**REQUEST, "temperature": 0.5}
        asked = [(REQUEST, "p", ""), (other, "p", ""), (REQUEST, "q", ""), (REQUEST, "p", "#1")]
        assert [one.ask(*given).text for given in asked * 2] == [*"0123", *"0123"]
    assert sorted(prompt for _, prompt, _ in seconds(tmp_path)) == ["p", "p", "p", "q"]
    assert {model for model, _, _ in seconds(tmp_path)} == {"m"}


def test_a_kept_answer_that_was_altered_is_refused(tmp_path: Path) -> None:
    with endpoint(lambda n, text: Reply("fine")) as seen:
        asked = Endpoint(seen.url, cache=tmp_path)
        asked.ask(REQUEST, "hash")
        (path,) = tmp_path.rglob("*.json")
        whole = path.read_text()
        path.write_text(whole.replace('"m"', '"n"'))
        with pytest.raises(BadData, match="the answer is to another request; delete the file"):
            asked.ask(REQUEST, "hash")
        path.write_text(whole.replace('"fine"', "7"))
        with pytest.raises(BadData, match=r"answer: text: expected a string, found 7"):
            asked.ask(REQUEST, "hash")
        path.write_text("half an ans")
        with pytest.raises(BadData, match="expected JSON, found"):
            asked.ask(REQUEST, "hash")


@given(st.text(alphabet=st.characters(categories=None), max_size=20))
def test_whatever_text_an_endpoint_answers_can_be_kept_and_is_given_again(text: str) -> None:
    reply = {"choices": [{"message": {"content": text}}]}
    with tempfile.TemporaryDirectory() as folder:
        parts = parts_of("u", "", REQUEST, "p", "")
        first = kept(Path(folder), parts, Answer, lambda: new(read_reply(reply, 0.5)))
        assert kept(Path(folder), parts, Answer, never) == first


def test_settings_that_a_model_refuses_are_sent_in_its_way_and_that_is_said() -> None:
    def script(number: int, text: str) -> Reply:
        for name in ("max_tokens", "temperature"):
            if name in seen.bodies[number]:
                message = f"Unsupported parameter: '{name}' is not supported with this model."
                return Reply(status=400, raw=json.dumps({"error": {"message": message}}))
        return Reply("fine")

    request = {**REQUEST, "max_tokens": 9, "temperature": 0.0}
    with endpoint(script) as seen:
        asked = Endpoint(seen.url, Limits(attempts=1))
        assert [asked.ask(request, "p").text for _ in range(2)] == ["fine", "fine"]
    assert seen.asked == 4, "what is refused is refused once"
    assert seen.bodies[-1] == {**REQUEST, "max_completion_tokens": 9}
    assert [used.whose.without for used in asked.drained()] == [("temperature",)] * 2
    assert asked.drained() == []


def test_a_server_without_either_word_for_a_length_refuses_and_never_loops() -> None:
    said = json.dumps({"error": {"message": "max_tokens and max_completion_tokens: unknown"}})
    refused = pytest.raises(BadData, match="max_completion_tokens: unknown")
    with endpoint(lambda n, text: Reply(status=400, raw=said)) as seen, refused:
        Endpoint(seen.url).ask({**REQUEST, "max_tokens": 9}, "p")
    assert seen.asked == 2


def test_a_deadline_ends_an_answer_that_never_ends() -> None:
    with endpoint(lambda n, text: Reply(status=429, after="30")) as seen:
        asked = Endpoint(seen.url, Limits(deadline=20.0), sleep=never)
        with pytest.raises(NotAvailable, match=r"deadline=20 seconds \(a pause of 30 is due\)"):
            asked.ask(REQUEST, "p")
        assert seen.asked == 1


def test_a_reply_that_drips_is_cut_at_the_deadline() -> None:
    class Dripping(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()
            with suppress(OSError):
                for _ in range(100):
                    self.wfile.write(b" ")
                    time.sleep(0.05)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Dripping)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url, started = f"http://127.0.0.1:{server.server_address[1]}/v1", time.monotonic()
    try:
        with pytest.raises(NotAvailable, match=r"no answer within model\.deadline=0\.3 seconds"):
            Endpoint(url, Limits(deadline=0.3, timeout=1.0)).ask(REQUEST, "p")
    finally:
        server.shutdown()
        server.server_close()
    assert time.monotonic() - started < 3


def test_content_in_parts_is_joined_and_a_filtered_answer_is_not_complete() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}, {"type": "thinking"}]
    reply = {"choices": [{"message": {"content": parts}, "finish_reason": "content_filter"}]}
    found = read_reply(reply, 0.0)
    assert (found.text, found.complete) == ("ab", False)


@pytest.mark.parametrize("message", [{"role": "assistant"}, {"content": None}, {"tool_calls": []}])
def test_a_message_without_content_is_an_answer_of_no_text(message: dict[str, Any]) -> None:
    found = read_reply({"choices": [{"message": message, "finish_reason": "length"}]}, 0.0)
    assert (found.text, found.complete) == ("", False)


def test_alternatives_of_one_text_are_summed_in_either_form() -> None:
    halves = [("\ud83d", 0.2), ("\ude00", 0.3), ("Yes", 0.4)]
    listed = [{"token": token, "logprob": math.log(p)} for token, p in halves]
    found = first_of({"content": [{"top_logprobs": listed}]})
    assert found == pytest.approx({"?": math.log(0.5), "Yes": math.log(0.4)})
    assert first_of({"top_logprobs": [{"Yes": -0.5}, {"!": -1.0}]}) == {"Yes": -0.5}
    assert first_of({"content": [], "top_logprobs": None}) is None


def first_of(logprobs: dict[str, Any]) -> Any:
    choice = {"message": {"content": "Yes"}, "logprobs": logprobs}
    return read_reply({"choices": [choice]}, 0.0).first


def test_half_an_emoji_in_a_request_is_replaced(tmp_path: Path) -> None:
    request = {"model": "m", "messages": [{"role": "user", "content": "a \ud83d b"}]}
    with endpoint(lambda n, text: Reply("fine")) as seen:
        assert Endpoint(seen.url, cache=tmp_path).ask(request, "p").text == "fine"
    assert seen.bodies[0]["messages"][0]["content"] == "a ? b"


def test_a_redirect_is_not_followed_and_says_where_it_points() -> None:
    moved = Reply(status=308, headers={"location": "http://elsewhere/v1"})
    refused = pytest.raises(NotAvailable, match="status 308: moved to http://elsewhere/v1")
    with endpoint(lambda n, text: moved) as seen, refused:
        Endpoint(seen.url, key="k").ask(REQUEST, "p")
    assert seen.asked == 1


def test_a_packed_reply_is_unpacked_and_half_of_one_is_asked_for_again() -> None:
    with endpoint(lambda n, text: Reply("fine", headers=PACKED if n == 0 else {})) as seen:
        assert Endpoint(seen.url, sleep=never).ask(REQUEST, "p").text == "fine"
    assert seen.asked == 2
