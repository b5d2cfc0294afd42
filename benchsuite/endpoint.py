"""An OpenAI-compatible endpoint: retries, limits and a budget. Every answer is kept on disk.

A request is the body of a chat completion: `model`, `messages` and settings. The content of a
message is a text, or a list of parts with texts and images.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from benchsuite.dataset import digest
from benchsuite.errors import BadData, NotAvailable, WrongCall, needing
from benchsuite.files.text import json_object, record_of
from benchsuite.files.write import write_bytes

RETRIED = frozenset({408, 409, 425, 429})
"""Status codes below 500 after which the same request may succeed; all from 500 on may."""
REFUSED = frozenset({401, 403, 404})
"""Status codes that say: no such model, or not for this key."""
LONGEST_PAUSE = 60.0
IMAGE_TOKENS = 1000
"""What the budget reserves for an image, before the endpoint says what it took."""

Request = Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """A completion, and what it cost; `seconds` is what the request took when it was sent.

    first: log-probabilities of alternatives of the first token, by its text; None if not given.
    """

    text: str
    tokens_in: int
    tokens_out: int
    seconds: float
    complete: bool = True
    first: Mapping[str, float] | None = None


class Backend(Protocol):
    """What answers: an endpoint, or a model of this process. Safe to share between threads."""

    def ask(self, request: Request, prompt: str, repeat: str = "") -> Answer:
        """The answer to `request`.

        prompt: the prompt's hash.   repeat: the name of the repeat, for one that is asked again.
        """
        ...


@dataclass(frozen=True)
class Limits:
    """How an endpoint is asked.

    timeout, pause: seconds. The pause before a retry doubles, unless the endpoint names one.
    rate: requests per second.   requests, tokens: the budget of a process; kept answers are free.
    A request is not sent if its estimated tokens (see `estimated`) would exceed the budget. Once it
    is answered, the endpoint's own count replaces the estimate, if it gives one.
    """

    timeout: float = 120.0
    attempts: int = 5
    pause: float = 1.0
    rate: float | None = None
    requests: int | None = None
    tokens: int | None = None


@dataclass
class Spent:
    """What a process has sent: requests, those that failed included, and tokens both ways."""

    requests: int = 0
    tokens: int = 0


@dataclass
class Endpoint:
    """Asks `url`/chat/completions, and keeps every answer under `cache`, if there is one.

    Safe to share between threads.
    """

    url: str
    limits: Limits = field(default_factory=Limits)
    cache: Path | None = None
    key: str = ""
    spent: Spent = field(default_factory=Spent)
    sleep: Callable[[float], None] = time.sleep
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _next: float = 0.0

    def ask(self, request: Request, prompt: str, repeat: str = "") -> Answer:
        """The answer to `request`, which holds `model`, `messages` and settings.

        Raises NotAvailable where the endpoint does not answer within the attempts, does not know
        the model or the key, or the budget is spent; BadData where it refuses the request, or a
        kept answer was altered.
        """
        return kept(self.cache, request, prompt, repeat, self._sent)

    @cached_property
    def _client(self) -> Any:
        with needing("an endpoint", "benchsuite[endpoint]"):
            import httpx
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        try:
            return httpx.Client(
                base_url=f"{self.url.rstrip('/')}/", headers=headers, timeout=self.limits.timeout
            )
        except (httpx.InvalidURL, UnicodeError) as error:
            raise WrongCall(f"{self.url}: expected an address, and a key in ASCII") from error

    def _sent(self, request: Request) -> Answer:
        why = ""
        for attempt in range(self.limits.attempts):
            reserved = estimated(request)
            self._take_turn(reserved)
            started = time.monotonic()
            answer, why, pause = self._once(request, started)
            if answer is not None:
                told = answer.tokens_in + answer.tokens_out
                self._spend(told - reserved if told else 0)
                return answer
            self._spend(-reserved)
            if attempt + 1 < self.limits.attempts:
                doubled = self.limits.pause * 2**attempt
                self.sleep(min(doubled if pause is None else pause, LONGEST_PAUSE))
        raise NotAvailable(f"{self.url}: no answer in {self.limits.attempts} attempts, last: {why}")

    def _spend(self, tokens: int) -> None:
        with self._lock:
            self.spent.tokens += tokens

    def _take_turn(self, reserved: int) -> None:
        with self._lock:
            for name, more in (("requests", 1), ("tokens", reserved)):
                most = getattr(self.limits, name)
                if most is not None and getattr(self.spent, name) + more > most:
                    raise NotAvailable(
                        f"{self.url}: the budget of {most} {name} is spent; answers are kept, and "
                        f"the same command with another budget goes on"
                    )
            self.spent.tokens += reserved
            self.spent.requests += 1
            now = time.monotonic()
            wait = max(self._next - now, 0.0)
            self._next = max(self._next, now) + (1 / self.limits.rate if self.limits.rate else 0.0)
        if wait:
            self.sleep(wait)

    def _once(self, request: Request, started: float) -> tuple[Answer | None, str, float | None]:
        """The answer, or why there is none and the pause that the endpoint asked for."""
        client = self._client
        import httpx

        try:
            reply = client.post("chat/completions", json=dict(request))
        except httpx.HTTPError as error:
            return None, type(error).__name__, None
        status = reply.status_code
        if status in RETRIED or status >= 500:
            return None, f"status {status}", _seconds(reply.headers.get("retry-after"))
        if status != 200:
            kind = NotAvailable if status in REFUSED else BadData
            raise kind(f"{self.url}: expected status 200, found {status}: {_short(reply.text)}")
        try:
            return read_reply(reply.json(), time.monotonic() - started), "", None
        except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
            return None, f"an answer without a completion ({type(error).__name__})", None


def estimated(request: Request) -> int:
    """The tokens that a request takes at most.

    A quarter of its characters, IMAGE_TOKENS for each image, and its `max_tokens`.
    """
    parts = [part for message in request.get("messages", ()) for part in _parts(message)]
    texts = sum(len(part["text"]) for part in parts if "text" in part)
    images = sum("image_url" in part for part in parts)
    return texts // 4 + IMAGE_TOKENS * images + int(request.get("max_tokens", 0))


def _parts(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    content = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def read_reply(reply: Any, seconds: float) -> Answer:
    """The answer in the body of a reply, which took `seconds`."""
    choice, usage = reply["choices"][0], reply.get("usage") or {}
    return Answer(
        _unicode(str(choice["message"]["content"] or "")),
        int(usage.get("prompt_tokens") or 0),
        int(usage.get("completion_tokens") or 0),
        round(seconds, 3),
        choice.get("finish_reason") != "length",
        _first(choice),
    )


def _first(choice: Mapping[str, Any]) -> dict[str, float] | None:
    content = (choice.get("logprobs") or {}).get("content")
    if not content:
        return None
    return {_unicode(str(t["token"])): float(t["logprob"]) for t in content[0]["top_logprobs"]}


def _unicode(text: str) -> str:
    # Half a surrogate pair, which JSON may hold, could not be written to a file.
    return text.encode("utf-8", "replace").decode()


def _seconds(text: str | None) -> float | None:
    try:
        return max(float(text), 0.0) if text else None
    except ValueError:
        return None  # a date: our own pause is as good


def _short(text: str) -> str:
    return " ".join(text.split())[:120]


@dataclass(frozen=True)
class _Parts:
    """All that an answer depends on."""

    request: Mapping[str, Any]
    prompt: str
    repeat: str


@dataclass(frozen=True)
class _Kept:
    """A file of a kept answer."""

    parts: _Parts
    answer: Answer


def kept(
    cache: Path | None, request: Request, prompt: str, repeat: str,
    ask: Callable[[Request], Answer],
) -> Answer:  # fmt: skip
    """The answer that is kept for a request, or that of `ask`, which is then kept.

    An answer depends on its request, the prompt's hash and the repeat: their hash is the file's
    name. Of an image the file holds a hash. Without a folder nothing is kept.
    Raises BadData where the file is damaged, or was altered.
    """
    if cache is None:
        return ask(request)
    parts = _Parts(json.loads(json.dumps(_without_images(request))), prompt, repeat)
    name = digest(asdict(parts))
    path = cache / name[:2] / f"{name}.json"
    if path.is_file():
        found = record_of(_Kept, str(path), json_object(path))
        if found.parts != parts:
            raise BadData(f"{path}: the answer is to another request; delete the file")
        return found.answer
    answer = ask(request)
    record = asdict(_Kept(parts, answer))
    write_bytes(path, json.dumps(record, sort_keys=True, ensure_ascii=False).encode())
    return answer


def _without_images(request: Request) -> Request:
    messages = [
        message if isinstance(message["content"], str)
        else {**message, "content": [_hashed(part) for part in message["content"]]}
        for message in request["messages"]
    ]  # fmt: skip
    return {**request, "messages": messages}


def _hashed(part: dict[str, Any]) -> dict[str, Any]:
    return {**part, "image_url": digest(part["image_url"])} if "image_url" in part else part


def seconds(cache: Path) -> Iterator[tuple[str, str, float]]:
    """The model, the prompt's hash and the seconds of each answer that is kept under `cache`."""
    for path in sorted(cache.rglob("*.json")):
        found = record_of(_Kept, str(path), json_object(path))
        yield str(found.parts.request.get("model")), found.parts.prompt, found.answer.seconds
