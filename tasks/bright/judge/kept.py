"""Answers that are kept on disk, so that nothing is asked twice."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from benchsuite.dataset import digest
from benchsuite.errors import BadData
from benchsuite.files.write import write_bytes

T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    """A completion, and what it cost; `seconds` is what the request took when it was sent.

    first: log-probabilities of alternatives of the first token, by its text; none if not told.
    """

    text: str
    tokens_in: int
    tokens_out: int
    seconds: float
    complete: bool = True
    first: Mapping[str, float] | None = None


class Backend(Protocol):
    """What answers: an endpoint, or a model of this process. Safe to share between threads."""

    def ask(self, request: Mapping[str, Any], prompt: str, repeat: str = "") -> Answer:
        """The answer to `request`, in the form of OpenAI's chat completions.

        prompt: the prompt's hash.   repeat: the name of the repeat, for one that is asked again.
        """
        ...


def kept(
    cache: Path | None, request: Mapping[str, Any], prompt: str, repeat: str,
    ask: Callable[[Mapping[str, Any]], Answer],
) -> Answer:  # fmt: skip
    """The answer that is kept for a request, or that of `ask`, which is then kept.

    Request, prompt and repeat are all that an answer depends on; their hash is the file's name.
    Without a folder nothing is kept. Raises BadData where the file is damaged, or was altered.
    """
    if cache is None:
        return ask(request)
    parts = {"request": dict(request), "prompt": prompt, "repeat": repeat}
    name = digest(parts)
    path = cache / name[:2] / f"{name}.json"
    if path.is_file():
        found, answer = _read(path, lambda record: (record["parts"], Answer(**record["answer"])))
        if found != json.loads(json.dumps(parts)):
            raise BadData(f"{path}: the answer is to another request; delete the file")
        return answer
    answer = ask(request)
    record = {"parts": parts, "answer": asdict(answer)}
    write_bytes(path, json.dumps(record, sort_keys=True, ensure_ascii=False).encode())
    return answer


def seconds(cache: Path) -> Iterator[tuple[str, str, float]]:
    """The model, the prompt's hash and the seconds of each answer that is kept under `cache`."""
    for path in sorted(cache.rglob("*.json")):
        yield _read(path, _seconds)


def _seconds(record: Any) -> tuple[str, str, float]:
    parts = record["parts"]
    return str(parts["request"]["model"]), str(parts["prompt"]), float(record["answer"]["seconds"])


def _read(path: Path, taken: Callable[[Any], T]) -> T:
    try:
        return taken(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError) as error:
        raise BadData(f"{path}: expected a kept answer, found {type(error).__name__}") from error
