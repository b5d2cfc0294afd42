"""What rankers share: the corpus in one order, and its first documents by score."""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchsuite.dataset import digest
from benchsuite.errors import WrongCall

from ..metrics import POOL

POOLED = "pooled"
"""The key of a dataset's shared part that says that every split has documents of its own.

Their ids begin with the split's name and a slash, and a query is asked of its split's alone.
"""
_REMEMBERED = 4


@dataclass(frozen=True)
class Corpus:
    """Documents by sorted id: `ids` and `texts`, each D long. Equal and hashed by content.

    `start` is the place of its first document among all those of the dataset, by sorted id.
    """

    digest: str
    ids: tuple[str, ...] = field(compare=False, repr=False)
    texts: tuple[str, ...] = field(compare=False, repr=False)
    start: int = field(default=0, compare=False)

    def place(self, document: str) -> int:
        """The place of one of its documents, from 0."""
        return bisect_left(self.ids, document)

    @property
    def rows(self) -> slice:
        """Its rows of an array over all documents of the dataset."""
        return slice(self.start, self.start + len(self.ids))


_sorted: dict[int, tuple[Mapping[str, str], dict[str, Corpus]]] = {}


def texts_of(shared: Mapping[str, Any]) -> Mapping[str, str]:
    """The texts of the dataset's documents by id. Raises WrongCall where it has none."""
    if "corpus" not in shared:
        raise WrongCall(
            "dataset.corpus=none: expected a model that reads no documents (model=run, or "
            "benchsuite score), found one that does"
        )
    documents: Mapping[str, str] = shared["corpus"]
    return documents


def corpus_of(shared: Mapping[str, Any], split: str = "") -> Corpus:
    """The documents that a query of `split` is asked of; without a split, those of the dataset."""
    documents = texts_of(shared)
    # Kept with the documents themselves, so that the id cannot become another mapping's.
    if id(documents) not in _sorted:
        while len(_sorted) >= _REMEMBERED:
            del _sorted[next(iter(_sorted))]
        _sorted[id(documents)] = (documents, {"": _corpus(documents, tuple(sorted(documents)), 0)})
    corpora = _sorted[id(documents)][1]
    pool = split if shared.get(POOLED) else ""
    if pool not in corpora:
        ids = corpora[""].ids
        start, end = (bisect_left(ids, f"{pool}{after}") for after in ("/", "0"))
        corpora[pool] = _corpus(documents, ids[start:end], start)
    return corpora[pool]


def _corpus(documents: Mapping[str, str], ids: tuple[str, ...], start: int) -> Corpus:
    texts = tuple(documents[key] for key in ids)
    return Corpus(digest([ids, texts]), ids, texts, start)


def left_out(fields: Mapping[str, Any], documents: Iterable[str]) -> frozenset[str]:
    """The documents that a query does not rank: excluded ones, and those beyond its pool."""
    pool = fields.get(POOL)
    beyond = () if pool is None else frozenset(documents).difference(pool)
    return frozenset(fields["excluded"]).union(beyond)


def first(
    ids: Sequence[str], scores: NDArray[np.float32], depth: int, excluded: Collection[str] = ()
) -> dict[str, float]:
    """The `depth` best documents that are not excluded; `ids` are sorted, and scores (D,) theirs.

    Ties go to the greater id, as in trec_eval, so that a cut falls where its order would.
    """
    order = len(ids) - 1 - np.argsort(-scores[::-1], kind="stable")
    return first_of(((ids[i], float(scores[i])) for i in order.tolist()), depth, excluded)


def first_of(
    ordered: Iterable[tuple[str, float]], depth: int, excluded: Collection[str] = ()
) -> dict[str, float]:
    """The first `depth` of documents in their order that are not excluded."""
    out = frozenset(excluded)
    return dict(islice((pair for pair in ordered if pair[0] not in out), depth))
