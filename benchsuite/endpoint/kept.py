"""Answers that are kept on disk, and whose they are.

An answer depends on the address that was asked, the stated revision, the request, the prompt's
hash and the repeat. Their hash is the file's name, so that no answer of another server or model is
ever given. A file also holds what the server said of itself. If the server at that address now
says that it serves another model, the answer is asked for again.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from benchsuite.dataset import digest
from benchsuite.errors import BadData
from benchsuite.files.text import json_object, record_of
from benchsuite.files.write import write_bytes

SCHEMA: Final = 2
"""Of files of answers; those of another one are not read."""
LASTING = ("id", "root", "parent", "owned_by", "revision", "sha", "digest")
"""What a list of models says of the weights. `created` is the time of the request at many."""
LASTING_META = ("n_params", "n_vocab", "n_embd", "size")
"""What llama.cpp says of them under `meta`."""

T = TypeVar("T")


@dataclass(frozen=True)
class Parts:
    """All that an answer depends on; of images in the request, a hash."""

    url: str
    revision: str
    request: Mapping[str, Any]
    prompt: str = ""
    repeat: str = ""

    @property
    def name(self) -> str:
        """Names the file of the answer."""
        return digest([SCHEMA, asdict(self)])


@dataclass(frozen=True)
class Whose:
    """What the server said of itself.

    server       the lasting part of its entry in the list of models, as JSON; '' where it has no
                 such list, None where it could not be asked
    model        the model that the reply names;   fingerprint   the reply's `system_fingerprint`
    without      the settings that it did not take, and that were left out
    """

    server: str | None = None
    model: str = ""
    fingerprint: str = ""
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class Used:
    """An answer that a model used: the name of its parts, when it was asked for, and whose it is.

    asked: seconds since 1970.   revision: the stated one.
    """

    name: str
    asked: float
    whose: Whose
    revision: str = ""


@dataclass(frozen=True)
class Got(Generic[T]):
    """An answer, kept or new."""

    answer: T
    whose: Whose
    asked: float


@dataclass(frozen=True)
class _Kept:
    """A file of a kept answer."""

    parts: Parts
    whose: Whose
    asked: float
    answer: Any
    schema: int = SCHEMA


def parts_of(
    url: str, revision: str, request: Mapping[str, Any], prompt: str, repeat: str
) -> Parts:
    """The parts of a request, without half surrogate pairs, which no file can hold."""
    text = json.dumps(_without_images(request), ensure_ascii=False)
    return Parts(url, revision, json.loads(text.encode("utf-8", "replace")), prompt, repeat)


def kept(
    cache: Path | None,
    parts: Parts,
    cls: type[T],
    ask: Callable[[], Got[T]],
    server: Callable[[], str | None] = str,
) -> Got[T]:
    """The answer that is kept under `parts`, or that of `ask`, which is then kept.

    cls: the record of an answer.   server: what the server says of itself now, see `Whose`.
    Without a folder nothing is kept. Raises BadData where the file is damaged, or was altered.
    """
    if cache is None:
        return ask()
    path = cache / parts.name[:2] / f"{parts.name}.json"
    if path.is_file():
        found = record_of(_Kept, str(path), json_object(path))
        if found.parts != parts:
            raise BadData(f"{path}: the answer is to another request; delete the file")
        if agree(found.whose.server, server()):
            answer = record_of(cls, f"{path}: answer", found.answer)
            return Got(answer, found.whose, found.asked)
    got = ask()
    record = _Kept(parts, got.whose, got.asked, asdict(got.answer))  # type: ignore[call-overload]
    write_bytes(path, json.dumps(asdict(record), sort_keys=True, ensure_ascii=False).encode())
    return got


def new(answer: T, whose: Whose | None = None) -> Got[T]:
    """An answer of this moment."""
    return Got(answer, whose or Whose(""), time.time())


def agree(one: str | None, other: str | None) -> bool:
    """Whether what a server says of itself may be of the same model; None is not known."""
    return one is None or other is None or one == other


def lasting(models: Any, served: str) -> str:
    """What a list of models says of the one that is `served`, as JSON; '' where it says nothing.

    Left out is what changes with every request or start, such as vLLM's `created`.
    """
    rows = models.get("data") if isinstance(models, dict) else None
    entries = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    own = [row for row in entries if row.get("id") == served] or entries
    if len(own) != 1:
        return ""
    meta = own[0].get("meta")
    told = {key: own[0][key] for key in LASTING if own[0].get(key) is not None}
    told |= {key: meta[key] for key in LASTING_META if isinstance(meta, dict) and key in meta}
    return json.dumps(told, sort_keys=True) if told else ""


def _without_images(request: Mapping[str, Any]) -> Mapping[str, Any]:
    if "messages" not in request:
        return request
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
        found = json_object(path)
        if found.get("schema") == SCHEMA:
            one = record_of(_Kept, str(path), found)
            yield str(one.parts.request.get("model")), one.parts.prompt, one.answer["seconds"]
