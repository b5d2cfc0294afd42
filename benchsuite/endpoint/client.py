"""The one client of servers: retries, limits, a budget and a deadline. Answers are kept on disk."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from benchsuite.endpoint.address import Address
from benchsuite.endpoint.calls import Call, Limits, Spent, T
from benchsuite.endpoint.chat import Answer, Request, estimated, read_reply
from benchsuite.endpoint.kept import Got, Used, Whose, kept, lasting, new, parts_of
from benchsuite.endpoint.replies import INSTEAD, Kind, Meaning, Reply, meaning
from benchsuite.errors import BadData, NotAvailable, WrongCall, needing

LONGEST_PAUSE = 60.0
"""Seconds between two attempts, unless the server asks for more."""
LONGEST_TELLING = 10.0
"""Seconds that the list of models may take."""
MOST_BYTES = 2**28
"""Of a reply; a longer one is not read."""


@dataclass
class Endpoint:
    """Asks the server at `url`, and keeps every answer under `cache`, if there is one.

    key: sent to the server alone; no message and no file has it.   revision: the stated one.
    Safe to share between threads.
    """

    url: str
    limits: Limits = field(default_factory=Limits)
    cache: Path | None = None
    key: str = ""
    revision: str = ""
    spent: Spent = field(default_factory=Spent)
    sleep: Callable[[float], None] = time.sleep
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _next: float = 0.0
    _used: list[Used] = field(default_factory=list)
    _without: set[str] = field(default_factory=set)
    _asking: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _server: dict[str, str | None] = field(default_factory=dict)

    def ask(self, request: Request, prompt: str, repeat: str = "") -> Answer:
        """The completion of `request`, which holds `model`, `messages` and settings; see `call`."""
        tokens = estimated(request)
        return self.call(
            Call("chat/completions", request, Answer, read_reply, tokens, prompt, repeat)
        )

    def call(self, call: Call[T]) -> T:
        """The answer to a request, kept or new.

        Raises NotAvailable where the server does not answer within the attempts or the deadline,
        does not know the model or the key, or a budget is spent; BadData where it refuses the
        request, or a kept answer was altered.
        """
        named = self._address.named(call.path)
        parts = parts_of(named, self.revision, call.body, call.prompt, call.repeat)
        served = str(call.body.get("model", ""))
        got = kept(
            self.cache, parts, call.cls, lambda: self._sent(call), lambda: self._told(served)
        )
        with self._lock:
            self._used.append(Used(parts.name, got.asked, got.whose, self.revision))
        return got.answer

    def drained(self) -> list[Used]:
        """The answers that were given since the last call of this."""
        with self._lock:
            used, self._used = self._used, []
        return used

    @cached_property
    def _address(self) -> Address:
        return Address(self.url)

    @cached_property
    def _client(self) -> Any:
        with needing("an endpoint"):
            import httpx
        key = self.key.strip()
        try:
            return httpx.Client(
                headers={"Authorization": f"Bearer {key}"} if key else {},
                timeout=self.limits.timeout,
            )
        except UnicodeError as error:
            raise WrongCall("model.key: expected a key in ASCII") from error

    def _sent(self, call: Call[T]) -> Got[T]:
        """The answer to a request that is sent until it is answered or refused."""
        attempt, why, ends = 0, "", float("inf")
        while attempt < self.limits.attempts:
            self._take_turn(call.tokens)
            started = time.monotonic()
            ends = min(ends, started + self.limits.deadline)
            sent = self._adapted(call.body)
            found = self._meant(call.path, sent, ends)
            got = self._read(call, found, started) if found.kind == Kind.ANSWER else found.words
            if isinstance(got, Got):
                told = got.answer.tokens_in + got.answer.tokens_out
                self._spend(told - call.tokens if told else 0)
                return got
            self._spend(-call.tokens)
            why = got
            if found.parameter in sent:
                self._without.add(found.parameter)
                continue
            self._refuse(found)
            attempt += 1
            if attempt < self.limits.attempts:
                self._wait(found.pause, why, attempt, ends - time.monotonic())
        raise NotAvailable(
            f"{self._address.shown}: no answer in {self.limits.attempts} attempts, "
            f"last: {self._safe(why)}"
        )

    def _read(self, call: Call[T], found: Meaning, started: float) -> Got[T] | str:
        """The answer in a reply, or why there is none."""
        try:
            answer = call.read(found.value, round(time.monotonic() - started, 3))
        except BadData as error:
            raise BadData(f"{self._address.shown}: {self._safe(str(error))}") from error
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            return f"a reply without an answer ({type(error).__name__})"
        value: Any = found.value if isinstance(found.value, dict) else {}
        model, build = (str(value.get(key) or "") for key in ("model", "system_fingerprint"))
        left_out = sorted(name for name in self._without if not INSTEAD[name] and name in call.body)
        server = self._told(str(call.body.get("model", "")), up=True) if self.cache else None
        return new(answer, Whose(server, model, build, tuple(left_out)))

    def _adapted(self, body: Request) -> dict[str, Any]:
        """The request as the server takes it."""
        sent = {**body}
        for name in self._without & sent.keys():
            value, instead = sent.pop(name), INSTEAD[name]
            sent |= {instead: value} if instead else {}
        return sent

    def _refuse(self, found: Meaning) -> None:
        """Raise where a reply says that asking again is of no use."""
        line = f"{self._address.shown}: expected an answer, found {self._safe(found.words)}"
        if found.kind == Kind.UNAVAILABLE:
            raise NotAvailable(line)
        if found.kind == Kind.REFUSED:
            raise BadData(line)

    def _wait(self, named: float | None, why: str, attempt: int, left: float) -> None:
        """Wait for the pause that the server named, or for our own, if the deadline is later."""
        doubled = self.limits.pause * 2.0 ** min(attempt - 1, 30)
        pause = min(doubled, LONGEST_PAUSE) if named is None else named
        if pause >= left:
            raise NotAvailable(
                f"{self._address.shown}: no answer within model.deadline={self.limits.deadline:g} "
                f"seconds (a pause of {pause:g} is due), last: {self._safe(why)}"
            )
        self.sleep(pause)

    def _safe(self, words: str) -> str:
        """Words of the server without the key, which some repeat."""
        return words.replace(key, "***") if (key := self.key.strip()) else words

    def _spend(self, tokens: int) -> None:
        with self._lock:
            self.spent.tokens += tokens

    def _take_turn(self, reserved: int) -> None:
        with self._lock:
            for name, more in (("requests", 1), ("tokens", reserved)):
                most = getattr(self.limits, name)
                if most is not None and getattr(self.spent, name) + more > most:
                    raise NotAvailable(
                        f"{self._address.shown}: the budget of {most} {name} is spent; answers are "
                        f"kept, and the same command with another budget goes on"
                    )
            self.spent.tokens += reserved
            self.spent.requests += 1
            now = time.monotonic()
            wait = max(self._next - now, 0.0)
            self._next = max(self._next, now) + (1 / self.limits.rate if self.limits.rate else 0.0)
        if wait:
            self.sleep(wait)

    def _told(self, served: str, up: bool = False) -> str | None:
        """What the server says of a model, see `Whose`; asked for once, and again once it is up."""
        with self._asking:
            known = self._server.get(served)
            if known is None and (up or served not in self._server):
                ends = time.monotonic() + min(LONGEST_TELLING, self.limits.timeout)
                found = self._meant("models", None, ends)
                again = found.kind == Kind.AGAIN
                self._server[served] = None if again else lasting(found.value, served)
            return self._server[served]

    def _meant(self, path: str, body: Request | None, ends: float) -> Meaning:
        """What a reply means; a connection that fails may succeed later."""
        client = self._client
        import httpx

        try:
            return meaning(self._exchanged(client, self._address.of(path), body, ends))
        except httpx.InvalidURL as error:
            raise WrongCall(f"{self._address.shown}: expected an address, found {error}") from error
        except (httpx.HTTPError, TimeoutError) as error:
            said = str(error)
            return Meaning(Kind.AGAIN, words=type(error).__name__ + (f": {said}" if said else ""))

    def _exchanged(self, client: Any, url: str, body: Request | None, ends: float) -> Reply:
        patience = max(min(self.limits.timeout, ends - time.monotonic()), 0.001)
        data = None if body is None else json.dumps(body, ensure_ascii=False)
        sent = data and data.encode("utf-8", "replace")
        headers = {"Content-Type": "application/json"}
        method = "GET" if sent is None else "POST"
        with client.stream(
            method, url, content=sent, headers=headers, timeout=patience
        ) as reply:  # fmt: skip
            text = b"".join(_until(ends, reply.iter_bytes())).decode("utf-8-sig", "replace")
            names = {name.lower(): value for name, value in reply.headers.items()}
            return Reply(reply.status_code, text, names)


def _until(ends: float, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The chunks of a reply. Raises TimeoutError where it drips on beyond the deadline."""
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if time.monotonic() > ends:
            raise TimeoutError("the reply did not end within model.deadline")
        if size > MOST_BYTES:
            raise TimeoutError(f"a reply of more than {MOST_BYTES} bytes")
        yield chunk
