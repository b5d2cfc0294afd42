"""The settings of a model behind a server, and the client that they make."""

import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from benchsuite.endpoint.address import Address
from benchsuite.endpoint.calls import Limits
from benchsuite.endpoint.client import Endpoint
from benchsuite.endpoint.kept import Used
from benchsuite.errors import WrongCall

OFF = "off"
"""`cache=off` keeps no answer."""
OURS = (
    "model", "messages", "max_tokens", "temperature", "logprobs", "top_logprobs", "stream", "n",
    "input", "encoding_format", "query", "documents", "texts", "text_1", "text_2", "top_n",
)  # fmt: skip
"""What `extra` may not name: a setting has it, or the answer could not be read."""


@dataclass(frozen=True, kw_only=True)
class Served:
    """Settings that all models behind a server share.

    url: up to `/v1`, or to the end of its path.
    revision: which model stands behind the name, as you state it. Kept answers, the fingerprint
    and the table of runs tell revisions apart.
    extra: more of a request's body, as settings or JSON: `{reasoning_effort: low}`.
    key: the environment variable that holds the key, which goes to the server alone.
    cache: the folder of answers, or `off`.   concurrency: what is asked side by side.
    timeout, deadline, attempts, rate, max_requests, budget_tokens: see `calls.Limits`.
    """

    url: str
    revision: str = ""
    extra: Mapping[str, Any] | str | None = None
    key: str = "OPENAI_API_KEY"
    cache: str = ".cache/answers"
    concurrency: int = 8
    timeout: float = 120.0
    deadline: float = 900.0
    attempts: int = 5
    rate: float | None = None
    max_requests: int | None = None
    budget_tokens: int | None = None

    def check(self) -> None:
        """Raise WrongCall where a setting cannot be."""
        for key in ("concurrency", "attempts"):
            value = getattr(self, key)
            if not isinstance(value, int) or value < 1:
                raise WrongCall(f"model.{key}: expected a whole number, at least 1, found {value}")
        for key in ("timeout", "deadline", "rate"):
            value = getattr(self, key)
            if (key, value) != ("rate", None) and not _positive(value):
                raise WrongCall(f"model.{key}: expected a number above 0, found {value}")
        Address(self.url)
        more_of("extra", self.extra)

    @property
    def path(self) -> str:
        """What is asked of the server."""
        return "chat/completions"

    @property
    def more(self) -> dict[str, Any]:
        """What `extra` adds to a request."""
        return more_of("extra", self.extra)

    @property
    def who(self) -> dict[str, Any]:
        """Who is asked, for a fingerprint.

        The address belongs to it: units and answers of two servers never mix in one run. Runs of
        one model at two addresses can still be compared, ranked and gated.
        """
        named = Address(self.url).named(self.path)
        return {"url": named, "revision": str(self.revision), "extra": self.more}

    @property
    def stated(self) -> dict[str, str]:
        """Revision and extra settings as design factors, where there are any."""
        extra = json.dumps(self.more, sort_keys=True) if self.more else ""
        told = {"revision": str(self.revision or ""), "extra": extra}
        return {key: value for key, value in told.items() if value}

    @property
    def folder(self) -> Path | None:
        """The folder of answers; None where none are kept."""
        return None if self.cache in (OFF, "", None, False) else Path(self.cache)

    @cached_property
    def endpoint(self) -> Endpoint:
        """The client. It is made before there are threads, which share it."""
        limits = Limits(
            self.timeout, self.attempts, 1.0, self.rate, self.max_requests, self.budget_tokens,
            self.deadline,
        )  # fmt: skip
        key = os.environ.get(self.key, "")
        return Endpoint(self.url, limits, self.folder, key, str(self.revision or ""))

    def answered(self) -> list[Used]:
        """The answers that were used since the last call of this."""
        return self.endpoint.drained()

    def __getstate__(self) -> dict[str, Any]:
        # A client holds a lock, and each process has a budget of its own.
        return {key: value for key, value in self.__dict__.items() if key != "endpoint"}


def more_of(key: str, value: Mapping[str, Any] | str | None) -> dict[str, Any]:
    """What the setting `key` adds to a request.

    Raises WrongCall where it is no object of JSON, or names what another setting decides.
    """
    try:
        found = json.loads(value) if isinstance(value, str) else value or {}
        made = dict(json.loads(json.dumps(dict(found), allow_nan=False)))
    except (TypeError, ValueError) as error:
        raise WrongCall(f"model.{key}: expected an object of JSON, found {value}") from error
    for name in made:
        if name in OURS:
            raise WrongCall(f"model.{key}: expected no key '{name}', which a setting decides")
    return made


def _positive(value: Any) -> bool:
    return isinstance(value, int | float) and 0 < value < math.inf
