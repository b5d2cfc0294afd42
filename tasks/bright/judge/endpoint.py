"""An OpenAI-compatible endpoint: retries, limits and a budget; its answers are kept."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from benchsuite.errors import BadData, NotAvailable

from .kept import Answer, kept

RETRIED = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
"""Status codes after which the same request may succeed."""
LONGEST_PAUSE = 60.0


@dataclass(frozen=True)
class Limits:
    """How an endpoint is asked.

    timeout, pause: seconds. The pause before a retry doubles, unless the endpoint names one.
    rate: requests a second.   requests, tokens: the budget of a process, cached answers excepted.
    A request is not sent whose estimated tokens (see `estimated`) would go beyond it; once it is
    answered they are those that the endpoint told, and stay the estimate where it told none.
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

    The name of a kept answer is a hash of all that it depends on: the model, the prompt's hash, the
    request's text and settings, and the number of the repeat. Safe to share between threads.
    """

    url: str
    limits: Limits = field(default_factory=Limits)
    cache: Path | None = None
    key: str = ""
    spent: Spent = field(default_factory=Spent)
    sleep: Callable[[float], None] = time.sleep
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _next: float = 0.0

    def ask(self, request: Mapping[str, Any], prompt: str, repeat: str = "") -> Answer:
        """The answer to `request`, which holds `model`, `messages` and settings.

        Raises NotAvailable where the endpoint does not answer within the attempts, or the budget is
        spent; BadData where it refuses the request, or a kept answer was altered.
        """
        return kept(self.cache, request, prompt, repeat, self._sent)

    @cached_property
    def _client(self) -> Any:
        import httpx

        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        return httpx.Client(
            base_url=f"{self.url.rstrip('/')}/", headers=headers, timeout=self.limits.timeout
        )

    def _sent(self, request: Mapping[str, Any]) -> Answer:
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

    def _once(
        self, request: Mapping[str, Any], started: float
    ) -> tuple[Answer | None, str, float | None]:
        """The answer, or why there is none and the pause that the endpoint asked for."""
        import httpx

        try:
            reply = self._client.post("chat/completions", json=dict(request))
        except httpx.HTTPError as error:
            return None, type(error).__name__, None
        if reply.status_code in RETRIED:
            return None, f"status {reply.status_code}", _seconds(reply.headers.get("retry-after"))
        if reply.status_code != 200:
            raise BadData(
                f"{self.url}: expected status 200, found {reply.status_code}: {_short(reply.text)}"
            )
        try:
            return _read(reply.json(), time.monotonic() - started), "", None
        except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
            return None, f"an answer without a completion ({type(error).__name__})", None


def estimated(request: Mapping[str, Any]) -> int:
    """The tokens of a request at most: a quarter of its characters, and its `max_tokens`."""
    characters = sum(len(message["content"]) for message in request.get("messages", ()))
    return characters // 4 + int(request.get("max_tokens", 0))


def _read(reply: Any, seconds: float) -> Answer:
    choice, usage = reply["choices"][0], reply.get("usage") or {}
    return Answer(
        str(choice["message"]["content"] or ""),
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
    return {str(one["token"]): float(one["logprob"]) for one in content[0]["top_logprobs"]}


def _seconds(text: str | None) -> float | None:
    try:
        return max(float(text), 0.0) if text else None
    except ValueError:
        return None  # a date: our own pause is as good


def _short(text: str) -> str:
    return " ".join(text.split())[:120]
