"""What servers of rerankers and embedders answer: rows with an index, in any order."""

import base64
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchsuite.endpoint import tokens_of
from benchsuite.errors import BadData

from ..indexed import by_index


@dataclass(frozen=True)
class Scores:
    """The scores of the passages of a request, in their order, and what they cost."""

    values: tuple[float, ...]
    tokens_in: int
    tokens_out: int
    seconds: float


@dataclass(frozen=True)
class Vectors:
    """The embeddings of the texts of a request: float32 in base64, `number` rows in their order."""

    number: int
    data: str
    tokens_in: int
    tokens_out: int
    seconds: float

    @property
    def rows(self) -> NDArray[np.float32]:
        """(N, K)."""
        flat = np.frombuffer(base64.b64decode(self.data), dtype="<f4").astype(np.float32)
        return flat.reshape(self.number, -1)


def read_scores(reply: Any, seconds: float, number: int) -> Scores:
    """The scores of `number` passages, by the rows' `index` from 0; rows come in any order.

    Rows are `results` with `relevance_score` (Cohere, Jina, vLLM), `data` with `score` (vLLM), or
    the reply itself (TEI). Raises BadData unless each passage has one finite score.
    """
    rows = _ordered(reply if isinstance(reply, list) else _rows(reply), number)
    values = [
        _finite(row.get("relevance_score", row.get("score")), place)
        for place, row in enumerate(rows)
    ]
    return Scores(tuple(values), *tokens_of(reply), seconds)


def read_vectors(reply: Any, seconds: float, number: int) -> Vectors:
    """The embeddings of `number` texts, by the rows' `index` from 0; rows come in any order.

    Raises BadData unless each text has one vector, of finite numbers and the others' length.
    """
    rows = enumerate(_ordered(_rows(reply), number))
    vectors = [_vector(row["embedding"], place) for place, row in rows]
    if lengths := {len(vector) for vector in vectors} - {len(vectors[0])}:
        raise BadData(
            f"expected embeddings of one length, found {len(vectors[0])} and {lengths.pop()}"
        )
    data = base64.b64encode(np.stack(vectors).astype("<f4").tobytes()).decode()
    return Vectors(number, data, *tokens_of(reply), seconds)


def _rows(reply: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = reply["results"] if "results" in reply else reply["data"]
    return found


def _ordered(rows: Sequence[Mapping[str, Any]], number: int) -> list[Mapping[str, Any]]:
    return by_index(((row["index"], row) for row in rows), number)


def _finite(value: Any, place: int) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise BadData(f"index {place}: expected a finite score, found {value!r}")
    return float(value)


def _vector(value: Any, place: int) -> NDArray[np.float32]:
    """A vector (K,) from numbers, or from float32 in base64."""
    try:
        vector = (
            np.frombuffer(base64.b64decode(value, validate=True), dtype="<f4")
            if isinstance(value, str)
            else _narrowed([_finite(one, place) for one in value])
        )
    except ValueError as error:
        raise BadData(f"index {place}: expected float32 in base64, found {error}") from error
    if not vector.size or not np.isfinite(vector).all():
        raise BadData(f"index {place}: expected a vector of finite numbers, found another")
    return vector


def _narrowed(values: Sequence[float]) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):  # what is too large becomes infinite, and is refused
        return np.array(values, dtype=np.float32)


def parts(items: Sequence[str], size: int) -> list[list[str]]:
    """Items, `size` at a time."""
    return [list(items[start : start + size]) for start in range(0, len(items), size)]


def estimated_tokens(texts: Iterable[str]) -> int:
    """The tokens that texts take at most: a quarter of their characters."""
    return sum(len(text) for text in texts) // 4
