"""Chat completions: what a request takes, and what is read from the reply.

A request is the body of a chat completion: `model`, `messages` and settings. The content of a
message is a text, or a list of parts with texts and images.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

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
    """The answer in the body of a reply, which took `seconds`.

    An answer that the length or a filter ended is not complete. Without content its text is empty.
    """
    choice = reply["choices"][0]
    return Answer(
        _unicode(_text(choice["message"].get("content"))),
        *tokens_of(reply),
        seconds,
        choice.get("finish_reason") not in ("length", "content_filter"),
        _first(choice),
    )


def tokens_of(reply: Any) -> tuple[int, int]:
    """The tokens in and out that a reply says it took; 0 where it says nothing."""
    usage = (reply.get("usage") if isinstance(reply, dict) else None) or {}
    sent = usage.get("prompt_tokens") or usage.get("total_tokens") or 0
    return int(sent), int(usage.get("completion_tokens") or 0)


def _text(content: Any) -> str:
    """The text of a message's content: itself, or that of its parts."""
    if isinstance(content, list):
        return "".join(str(part.get("text") or "") for part in content)
    return str(content or "")


def _first(choice: Mapping[str, Any]) -> dict[str, float] | None:
    told = choice.get("logprobs") or {}
    if content := told.get("content"):
        listed = [(token["token"], token["logprob"]) for token in content[0]["top_logprobs"]]
    elif completions := told.get("top_logprobs"):
        # Some servers write them as those of text completions: by token.
        listed = [*completions[0].items()]
    else:
        return None
    found: dict[str, float] = {}
    for token, logprob in listed:
        # Two tokens may have one text, such as halves of a character: their probabilities add up.
        text, value = _unicode(str(token)), float(logprob)
        found[text] = float(np.logaddexp(found[text], value)) if text in found else value
    return found


def _unicode(text: str) -> str:
    # Half a surrogate pair, which JSON may hold, could not be written to a file.
    return text.encode("utf-8", "replace").decode()
