"""What a person's own model gives back, as arrays and floats: vectors, scores and rankings."""

import sys
from collections.abc import Mapping, Sequence, Set
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchsuite.errors import BadData, BadModel
from benchsuite.learning.leaves import is_of

from ..indexed import by_index
from ..partition import check_finite

INDEX, SCORE = ("index", "corpus_id"), ("relevance_score", "score")
"""What rerankers call the place of a document and its score: Cohere, sentence-transformers."""
NUMBERS = "fiub"
"""The kinds of arrays that hold real numbers."""


def vectors_of(where: str, found: Any, number: int) -> NDArray[np.float32]:
    """Vectors (N, K) float32 of `number` texts, from an array, a tensor, or a list of them.

    where: whose texts they are, for messages.
    Raises BadModel for another number of them, several vectors of one text, and what has no
    numbers: no text is to blame.
    """
    expected = f"{where}: expected {number} embeddings (a row of numbers for each text)"
    if is_of(found, "torch", "Tensor") and found.layout is not sys.modules["torch"].strided:
        raise BadModel(f"{expected}, found a sparse tensor")
    if not _is_row(found):
        raise BadModel(f"{expected}, found {type(found).__name__}")
    rows = found if hasattr(found, "shape") else [array_of(row) for row in found]
    if not hasattr(rows, "shape") and len(shapes := {row.shape for row in rows}) > 1:
        raise BadModel(f"{expected}, found rows of the shapes {str(sorted(shapes)[:3])[1:-1]}")
    vectors = array_of(rows)
    if vectors.ndim == 1 and number == 1:
        vectors = vectors[None]
    if vectors.ndim != 2 or len(vectors) != number or not vectors.shape[1]:
        raise BadModel(f"{expected}, found the shape {vectors.shape}")
    if vectors.dtype.kind not in NUMBERS:
        raise BadModel(f"{expected}, found numbers of type {vectors.dtype}")
    with np.errstate(over="ignore"):  # what is too large becomes infinite, and is refused
        return np.ascontiguousarray(vectors, dtype=np.float32)


def scores_of(found: Any, number: int) -> list[float]:
    """The scores of `number` documents, in their order.

    They are one number for each document, or rows with the place of a document and its score:
    pairs, dicts, or records, alone or as `results`. Raises BadData for anything else.
    """
    expected = f"expected {number} scores, one for each document"
    rows = getattr(found, "results", found)
    if number == 1 and array_of(rows).shape == () and array_of(rows).dtype.kind in NUMBERS:
        rows = [rows]  # some give the score of a single document by itself
    if not _is_row(rows):
        raise BadData(f"{expected}, found {type(rows).__name__}")
    listed = _column(array_of(rows), expected) if hasattr(rows, "shape") else list(rows)
    placed = [pair for pair in map(_placed, listed) if pair]
    if placed and len(placed) == len(listed):
        listed = by_index(placed, number)
    if len(listed) != number:
        raise BadData(f"{expected}, found {len(listed)}")
    return [_score(value, expected) for value in listed]


def rankings_of(where: str, found: Any, queries: Sequence[str]) -> list[dict[str, float]]:
    """The ranking of each query: {document id: score}, from {query id: {document id: score}}.

    Raises BadModel for another kind of result, BadData for a query without a ranking and for a
    score that is no finite number.
    """
    if not isinstance(found, Mapping):
        raise BadModel(
            f"{where}: expected {{query id: {{document id: score}}}}, found {type(found).__name__}"
        )
    rankings = []
    for query in queries:
        ranking = found.get(query)
        if not isinstance(ranking, Mapping):
            kind = "none" if query not in found else type(ranking).__name__
            raise BadData(f"query '{query}': expected {{document id: score}}, found {kind}")
        rankings.append({
            document: _score(score, f"query '{query}': document '{document}': expected a score")
            for document, score in ranking.items()
        })  # fmt: skip
        check_finite(query, rankings[-1])
    return rankings


def array_of(value: Any) -> NDArray[Any]:
    """An array of numbers, or of a tensor on whatever device and of whatever type."""
    if is_of(value, "torch", "Tensor"):
        value = value.detach()
        value = value.float() if value.is_floating_point() else value
        value = value.cpu().numpy()
    return np.asarray(value)


def _is_row(value: Any) -> bool:
    """Whether a value has items in an order: a list, an array, a tensor, a generator."""
    refused = value is None or isinstance(value, str | bytes | Mapping | Set)
    return not refused and hasattr(value, "__iter__") and getattr(value, "ndim", 1) > 0


def _column(array: NDArray[Any], expected: str) -> list[Any]:
    """The items of (N,), or of (N, 1), as classifiers of one label have them."""
    if array.ndim != 1 and array.shape[1:] != (1,):
        raise BadData(f"{expected}, found the shape {array.shape}")
    return list(array.reshape(-1))


def _placed(row: Any) -> tuple[Any, Any] | None:
    """The place and the score of a row that has both; None for a number."""
    if isinstance(row, tuple | list) and len(row) == 2:
        return _whole(row[0]), row[1]
    index, score = _first_of(row, INDEX), _first_of(row, SCORE)
    return None if index is None or score is None else (_whole(index), score)


def _first_of(row: Any, keys: Sequence[str]) -> Any:
    if isinstance(row, Mapping):
        return next((row[key] for key in keys if key in row), None)
    found = (getattr(row, key, None) for key in keys)
    return next((one for one in found if one is not None and not callable(one)), None)


def _whole(place: Any) -> Any:
    return int(place) if isinstance(place, np.integer) else place


def _score(value: Any, expected: str) -> float:
    array = array_of(value)
    if array.size != 1 or array.dtype.kind not in NUMBERS:
        raise BadData(f"{expected}, found {str(value)[:60]!r}")
    return float(array.reshape(()))
