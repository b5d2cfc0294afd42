"""What rankers share: the corpus in one order, and its first documents by score."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchsuite.dataset import digest


@dataclass(frozen=True)
class Corpus:
    """Documents by sorted id: `ids` and `texts`, each D long. Equal and hashed by content."""

    digest: str
    ids: tuple[str, ...] = field(compare=False, repr=False)
    texts: tuple[str, ...] = field(compare=False, repr=False)


def corpus_of(shared: Mapping[str, Any]) -> Corpus:
    """The corpus of a dataset's shared part."""
    documents: Mapping[str, str] = shared["corpus"]
    ids = tuple(sorted(documents))
    return Corpus(digest(documents), ids, tuple(documents[key] for key in ids))


def first(
    ids: Sequence[str],
    scores: NDArray[np.float32],
    depth: int,
    excluded: Collection[str] = (),
) -> dict[str, float]:
    """The `depth` best documents that are not excluded; `ids` are sorted, and scores (D,) theirs.

    Ties go to the greater id, as in trec_eval, so that a cut falls where its order would.
    """
    order = len(ids) - 1 - np.argsort(-scores[::-1], kind="stable")[: depth + len(excluded)]
    left = [i for i in order.tolist() if ids[i] not in excluded]
    return {ids[i]: float(scores[i]) for i in left[:depth]}
