"""BM25, by bm25s."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from benchsuite.dataset import Inputs, digest
from benchsuite.model import State

from .ranking import Corpus, corpus_of, first, left_out
from .settings import at_least_one, within

METHOD = "lucene"
STOP_WORDS = "en"


@dataclass(frozen=True)
class BM25:
    """Lucene's BM25 with English stop words, in bm25s' defaults.

    k1, b: term saturation and length normalisation.   depth: documents ranked, at most.
    stemmer: whether Snowball's English stemmer is applied, to documents and queries alike.
    Documents that share no word with the query are not ranked, as in Lucene.
    """

    name: str = "bm25"
    k1: float = 1.5
    b: float = 0.75
    stemmer: bool = False
    depth: int = 1000

    def __post_init__(self) -> None:
        at_least_one(self, "depth")
        within(self, "k1", 0)
        within(self, "b", 0, 1)

    @property
    def fingerprint(self) -> str:
        """Covers the configuration: there are no weights."""
        return digest(["bm25s", METHOD, STOP_WORDS, self.k1, self.b, self.stemmer, self.depth])

    @property
    def factors(self) -> Mapping[str, str]:
        """Design factors."""
        return {"first_stage": "none", "backbone": "bm25"}

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[dict[str, float]]:
        """Rankings of the corpus for each input's `query`, without its `excluded` documents."""
        return [
            self._ranking(corpus_of(state.shared, row.fields.get("split", "")), row.fields)
            for row in inputs
        ]

    def _ranking(self, corpus: Corpus, fields: Mapping[str, Any]) -> dict[str, float]:
        (tokens,) = _tokens([fields["query"]], self.stemmer)
        if not tokens:
            return {}
        scores = _index(corpus, self.k1, self.b, self.stemmer).get_scores(tokens)
        ranking = first(corpus.ids, scores, self.depth, left_out(fields, corpus.ids))
        return {document: score for document, score in ranking.items() if score > 0}


@lru_cache(maxsize=12)
def _index(corpus: Corpus, k1: float, b: float, stemmer: bool) -> Any:
    import bm25s

    index = bm25s.BM25(k1=k1, b=b, method=METHOD)
    index.index(_tokens(corpus.texts, stemmer), show_progress=False)
    return index


def _tokens(texts: Sequence[str], stemmer: bool) -> list[list[str]]:
    import bm25s

    found: list[list[str]] = bm25s.tokenize(
        list(texts),
        stopwords=STOP_WORDS,
        stemmer=_snowball() if stemmer else None,
        return_ids=False,
        show_progress=False,
    )
    return found


@lru_cache(maxsize=1)
def _snowball() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")
