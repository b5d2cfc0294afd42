"""What a person's own model gives back, as floats: scores and rankings."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchsuite.errors import BadData, BadModel
from benchsuite.learning.vectors import NUMBERS, array_of, is_row

from ..indexed import by_index
from ..partition import check_finite

INDEX, SCORE = ("index", "corpus_id"), ("relevance_score", "score")
"""What rerankers call the place of a document and its score: Cohere, sentence-transformers."""


def scores_of(found: Any, number: int) -> list[float]:
    """The scores of `number` documents, in their order.

    They are one number for each document, or rows with the place of a document and its score:
    pairs, dicts, or records, alone or as `results`. Raises BadData for anything else.
    """
    expected = f"expected {number} scores, one for each document"
    rows = getattr(found, "results", found)
    if number == 1 and array_of(rows).shape == () and array_of(rows).dtype.kind in NUMBERS:
        rows = [rows]  # some give the score of a single document by itself
    if not is_row(rows):
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
