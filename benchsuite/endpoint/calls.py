"""What is asked of a server, and within which limits."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from benchsuite.endpoint.chat import Request


class Costed(Protocol):
    """What a reply is read as: a frozen dataclass, which is kept as JSON."""

    @property
    def tokens_in(self) -> int: ...
    @property
    def tokens_out(self) -> int: ...


T = TypeVar("T", bound=Costed)


@dataclass(frozen=True)
class Call(Generic[T]):
    """A request to a server.

    path: below the address, `chat/completions`.   cls: the record of an answer.
    read: the answer in a reply's JSON, and the seconds that it took. It raises BadData for a reply
    that is wrong, and LookupError, TypeError, ValueError or AttributeError for one without answer.
    tokens: what the budget reserves.   prompt, repeat: see `Backend.ask`.
    """

    path: str
    body: Request
    cls: type[T]
    read: Callable[[Any, float], T]
    tokens: int = 0
    prompt: str = ""
    repeat: str = ""


@dataclass(frozen=True)
class Limits:
    """How a server is asked.

    timeout: seconds without a byte.   deadline: seconds for an answer, all attempts and pauses.
    pause: seconds before the second attempt. It doubles, unless the server names a pause.
    rate: requests per second.   requests, tokens: the budget of a process; kept answers are free.
    A request is not sent if its estimated tokens (see `estimated`) would exceed the budget. Once it
    is answered, the server's own count replaces the estimate, if it gives one.
    """

    timeout: float = 120.0
    attempts: int = 5
    pause: float = 1.0
    rate: float | None = None
    requests: int | None = None
    tokens: int | None = None
    deadline: float = 900.0


@dataclass
class Spent:
    """What a process has sent: requests, those that failed included, and tokens both ways."""

    requests: int = 0
    tokens: int = 0
