"""What a reply of a server means: an answer, try again, a refusal, or no server for us.

One pure function, `meaning`, decides; a table of replies tests it. Servers word errors in many
ways. Their status decides first, then the code of the error, then its words.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from html import unescape
from typing import Any


class Kind(StrEnum):
    """What a reply means."""

    ANSWER = "answer"
    AGAIN = "again"  # the same request may succeed later
    REFUSED = "refused"  # this request never will; another may
    UNAVAILABLE = "unavailable"  # no request will: the address, the key, the model or the quota


@dataclass(frozen=True)
class Reply:
    """A reply as it came; names of headers are in lower case."""

    status: int
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Meaning:
    """What a reply means.

    value      the JSON of an answer
    words      the server's own, of anything else
    pause      seconds to wait, if the server names them
    parameter  the one that the server does not take, if it can be said in another way
    """

    kind: Kind
    value: Any = None
    words: str = ""
    pause: float | None = None
    parameter: str = ""


AGAIN = frozenset({408, 409, 425, 429, 498})
"""Statuses below 500 after which the same request may succeed; from 500 on most may."""
UNAVAILABLE = frozenset({401, 402, 403, 404, 405, 407, 410, 501, 505, 510, 511})
"""Statuses that hold for every request: no such model or path, or not for this key."""
LONGEST_WORDS = 240
LONGEST_PAGE = 2**14
"""Characters of a page of HTML that are looked at for its words."""

_CODES: Mapping[Kind, frozenset[str]] = {
    Kind.UNAVAILABLE: frozenset({
        "insufficient_quota", "insufficient_balance", "billing_hard_limit_reached",
        "billing_not_active", "billing_error", "account_deactivated", "invalid_api_key",
        "authentication_error", "permission_error", "permission_denied", "model_not_found",
        "not_found_error", "notfounderror",
    }),
    Kind.REFUSED: frozenset({
        "context_length_exceeded", "content_filter", "content_policy_violation", "invalid_prompt",
        "invalid_request_error", "badrequesterror", "string_above_max_length",
    }),
    Kind.AGAIN: frozenset({
        "rate_limit_exceeded", "rate_limit_error", "overloaded_error", "engine_overloaded",
        "server_error", "api_error", "internal_server_error", "internalservererror", "timeout",
        "timeout_error", "service_unavailable", "unavailable",
    }),
}  # fmt: skip
"""Codes and types of errors, as OpenAI, Anthropic, vLLM and their like write them."""
_WORDS: Mapping[Kind, re.Pattern[str]] = {
    Kind.REFUSED: re.compile(
        r"requires moderation|\b(?:input|prompt|content|request)\b.{0,30}\b(?:flagged|violates)"
        r"|\b(?:input|prompt|request)(?: \([^()]*\))?(?: is)? too (?:large|long)",
        re.IGNORECASE,
    ),
    Kind.UNAVAILABLE: re.compile(
        r"\b(?:invalid|unknown|valid) model(?: id| name|:)"
        r"|\bmodel(?: \S{1,80})? (?:is |has been |does )?"
        r"(?:not (?:found|exist|supported)|decommissioned)"
        r"|\bapi key\b.{0,20} (?:invalid|not valid|missing|expired)"
        r"|(?:invalid|incorrect|missing) api key"
        r"|credit balance|insufficient (?:credits?|balance|funds)"
        r"|account (?:is |has been )?suspended|location is not supported",
        re.IGNORECASE,
    ),
}
"""What tells more than a status: a 403 for a prompt that was moderated, a 429 or a 500 for one that
is too large, a 400 for a model that is not there, a wrong key or no credit."""
_PASSES = re.compile(
    r"loading|overload|try again|retry|temporar|unavailable|timed?[ -]?out|too many requests"
    r"|rate limit|capacity|busy|starting|warming|not ready",
    re.IGNORECASE,
)
_NOT_TAKEN = re.compile(
    r"unsupported|not support|unrecogni[sz]ed|unknown|not permitted|extra inputs|only the default"
    r"|use '?max_completion_tokens",
    re.IGNORECASE,
)
INSTEAD: Mapping[str, str | None] = {
    "max_tokens": "max_completion_tokens", "temperature": None, "top_n": "top_k",
    "encoding_format": None,
}  # fmt: skip
"""How a setting that a server does not take is sent; None: it is left out, and that is said."""
_RESULTS = ("choices", "data", "results", "embeddings")


def meaning(reply: Reply, now: datetime | None = None) -> Meaning:
    """What a reply means; `now` is the time that a date in `Retry-After` is compared with.

    An error inside a 200 has the meaning of its code, or of its words.
    """
    value, is_json = _parsed(reply.body)
    if 300 <= reply.status < 400:
        place = _plain(reply.headers.get("location", "nowhere"))
        return Meaning(Kind.UNAVAILABLE, words=f"status {reply.status}: moved to {place}")
    fine = reply.status < 300
    error = _error(value) if fine else value
    if fine and is_json and error is None:
        return Meaning(Kind.ANSWER, value)
    words = _worded(error) if is_json else _plain(reply.body) or "an empty body"
    pause = _pause(reply.headers.get("retry-after", ""), now or datetime.now(UTC))
    if fine and not is_json:
        return Meaning(Kind.AGAIN, words=f"no JSON: {words}", pause=pause)
    kind = _kind(reply.status, _codes(error), words)
    parameter = _parameter(error, words) if kind == Kind.REFUSED else ""
    said = f"{'an error' if fine else f'status {reply.status}'}: {words}"
    return Meaning(kind, None, said, pause, parameter)


def _parsed(body: str) -> tuple[Any, bool]:
    """The JSON of a body, and whether it is JSON."""
    try:
        return json.loads(body), True
    except (ValueError, RecursionError):
        return None, False


def _kind(status: int, codes: frozenset[str], words: str) -> Kind:
    """The meaning of an error; `codes` are its code and type, in lower case."""
    if codes & _CODES[Kind.UNAVAILABLE]:
        return Kind.UNAVAILABLE
    for kind, pattern in _WORDS.items():
        if pattern.search(words):
            return kind
    inner = [int(code) for code in codes if re.fullmatch(r"[45]\d\d", code)]
    if status < 300 and not inner:
        known = [kind for kind, names in _CODES.items() if codes & names]
        return known[0] if known else Kind.AGAIN if _PASSES.search(words) else Kind.REFUSED
    status = inner[0] if status < 300 else status
    if status in UNAVAILABLE:
        return Kind.UNAVAILABLE
    return Kind.AGAIN if status in AGAIN or status >= 500 else Kind.REFUSED


def _error(value: Any) -> Any:
    """The error inside the body of a 200; None where there is none. Some put it into a list."""
    if isinstance(value, list) and len(value) == 1:
        return _error(value[0])
    if not isinstance(value, dict):
        return None
    for key in ("error", "errors"):
        if value.get(key):
            return value[key]
    if choices := value.get("choices"):
        first = choices[0] if isinstance(choices, list) else None
        return (first.get("error") or None) if isinstance(first, dict) else None
    said = any(isinstance(value.get(key), str | list) for key in ("message", "detail"))
    return value if said and not any(key in value for key in _RESULTS) else None


def _codes(error: Any) -> frozenset[str]:
    """The codes and types of an error, in lower case."""
    if not isinstance(error, dict):
        return frozenset()
    own = [error.get(key) for key in ("code", "type", "status")]
    found = frozenset(str(code).lower() for code in own if isinstance(code, str | int))
    return found | _codes(error.get("error"))


def _worded(error: Any) -> str:
    """The words of an error, as one short line."""
    return _plain(_said(error) or json.dumps(error, ensure_ascii=False))


def _said(error: Any) -> str:
    if isinstance(error, str):
        return error
    if isinstance(error, list):
        return "; ".join(filter(None, map(_said, error)))
    if not isinstance(error, dict):
        return ""
    words = (_said(error.get(key)) for key in ("error", "message", "msg", "detail", "errors"))
    said = next(filter(None, words), "")
    code, place = error.get("code"), error.get("loc")
    if said and isinstance(place, list):
        return f"{'.'.join(map(str, place))}: {said}"
    return f"{said} ({code})" if said and isinstance(code, str) and code not in said else said


def _plain(text: str) -> str:
    """A text as one short line; of a page of HTML its title, or what it shows."""
    if text.lstrip().startswith("<"):
        page = text[:LONGEST_PAGE]
        title = re.search(r"(?i)<title[^<>]*>([^<]*)</title>", page)
        shown = re.sub(r"(?is)<(script|style)\b(?:(?!<\1).)*?</\1>", " ", page)
        text = unescape(title[1] if title else re.sub(r"<[^<>]*>", " ", shown))
    line = "".join(c if c.isprintable() else " " for c in " ".join(text.split()))
    return line if len(line) <= LONGEST_WORDS else f"{line[:LONGEST_WORDS]}…"


def _parameter(error: Any, words: str) -> str:
    """The parameter that an error is about, if the server does not take it."""
    inner = error.get("error", error) if isinstance(error, dict) else {}
    said = f"{words} {inner.get('param', '') if isinstance(inner, dict) else ''}"
    if not _NOT_TAKEN.search(said):
        return ""
    return next((name for name in INSTEAD if re.search(rf"\b{name}\b", said)), "")


def _pause(text: str, now: datetime) -> float | None:
    """The seconds that `Retry-After` names: a number, or a date."""
    try:
        seconds = float(text)
    except ValueError:
        try:
            date = parsedate_to_datetime(text)
        except ValueError:
            return None
        seconds = (date.replace(tzinfo=date.tzinfo or UTC) - now).total_seconds()
    return max(seconds, 0.0) if math.isfinite(seconds) else None
