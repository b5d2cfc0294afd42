"""Fusion of two rankings: by reciprocal ranks, or by the weighted mean of their z-scores."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from benchsuite.dataset import Inputs, digest
from benchsuite.learning.sentences import BACKBONE
from benchsuite.model import Arrays, PreparesOn, State

from ..formats import in_trec_order
from .bm25 import BM25
from .minilm import MiniLM
from .partition import check_finite
from .settings import at_least_one, one_of, within

METHODS = ("zscore", "rrf")
RRF_K = 60
"""Cormack, Clarke and Büttcher, SIGIR 2009, section 3."""


@dataclass(frozen=True)
class Fusion:
    """BM25's ranking and MiniLM's, fused.

    method: `zscore`, the weighted mean of the z-scores of a query's scores within each ranking
    (a document that one of them lacks has that one's lowest), or `rrf`, the weighted sum of
    1 / (60 + rank).
    weight: MiniLM's, from 0 to 1; BM25 has the rest.   depth: documents ranked, at most.
    source: where MiniLM's weights come from, as for the model `minilm`.
    """

    name: str = "fusion"
    method: str = "zscore"
    weight: float = 0.5
    depth: int = 1000
    source: str = "auto"

    prepares_on: ClassVar[PreparesOn] = "dataset"

    def __post_init__(self) -> None:
        one_of(self, "method", METHODS)
        within(self, "weight", 0, 1)
        at_least_one(self, "depth")

    @property
    def fingerprint(self) -> str:
        """Covers both rankers and the configuration."""
        parts = [BM25().fingerprint, MiniLM().fingerprint]
        return digest([*parts, self.method, self.weight, self.depth])

    @property
    def prepare_fingerprint(self) -> str:
        """The embedded corpus is MiniLM's."""
        return MiniLM().prepare_fingerprint

    @property
    def factors(self) -> Mapping[str, str]:
        """Design factors."""
        return {"first_stage": "none", "backbone": f"bm25 + {BACKBONE}", "fusion": self.method}

    def prepare(self, state: State, inputs: Iterable[Inputs]) -> Arrays:
        """MiniLM's embedded corpus."""
        return MiniLM(source=self.source).prepare(state, inputs)

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[dict[str, float]]:
        """Fused rankings, without the `excluded` documents."""
        lexical = BM25().predict(state, inputs)
        dense = MiniLM(source=self.source).predict(state, inputs)
        for one, *pair in zip(inputs, lexical, dense, strict=True):
            for ranking in pair:
                check_finite(one.id, ranking)
        return [self._fused(*pair) for pair in zip(lexical, dense, strict=True)]

    def _fused(self, lexical: Mapping[str, float], dense: Mapping[str, float]) -> dict[str, float]:
        weights = (1 - self.weight, self.weight)
        found = weighted((lexical, dense), weights, standardised=self.method == "zscore")
        return dict(in_trec_order(found)[: self.depth])


def weighted(
    rankings: Sequence[Mapping[str, float]], weights: Sequence[float], standardised: bool
) -> dict[str, float]:
    """The weighted sum over rankings of each document's z-score, or of its reciprocal rank.

    A document that a ranking lacks has the lowest z-score in it, and no reciprocal rank. The sums
    are rounded to float32, which is what rankings are ordered by.
    """
    total = dict.fromkeys(sorted({d for ranking in rankings for d in ranking}), 0.0)
    for ranking, weight in zip(rankings, weights, strict=True):
        scores = zscores(ranking) if standardised else reciprocal_ranks(ranking)
        lowest = min(scores.values(), default=0.0) if standardised else 0.0
        for document in total:
            total[document] += weight * scores.get(document, lowest)
    return {document: float(np.float32(score)) for document, score in total.items()}


def zscores(ranking: Mapping[str, float]) -> dict[str, float]:
    """(score - mean) / SD over the ranking; 0 where all scores are equal."""
    values = np.array(list(ranking.values()), dtype=np.float64)
    if not len(values):
        return {}
    spread = float(values.std()) or 1.0
    return dict(zip(ranking, ((values - values.mean()) / spread).tolist(), strict=True))


def reciprocal_ranks(ranking: Mapping[str, float]) -> dict[str, float]:
    """1 / (60 + rank), ranks from 1 in trec_eval's order."""
    order = in_trec_order(ranking)
    return {document: 1 / (RRF_K + rank) for rank, (document, _) in enumerate(order, start=1)}
