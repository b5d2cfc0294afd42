"""A reranker behind a server: `/v1/rerank`, `/v1/score`, or `/rerank` of TEI."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from benchsuite.dataset import Inputs, digest
from benchsuite.endpoint import Call, Served
from benchsuite.model import State, fingerprint

from ..candidates import Candidates, candidates
from ..partition import by_rank, order_of
from ..settings import at_least_one, one_of
from ..stages import Settings, Staged
from .rows import Scores, estimated_tokens, parts, read_scores

APIS = {"rerank": "rerank", "score": "score", "tei": "rerank"}
"""The path of each way to ask for scores."""


@dataclass(frozen=True)
class ServedReranker(Staged, Served):
    """A server's scores of query and passages, for the candidates of a first stage.

    served: the model's name there.   url: up to `/v1`, or to the end of its path.
    api: `rerank` (Cohere, Jina, vLLM), `score` (vLLM), or `tei` (text-embeddings-inference, whose
    address ends in `/rerank`).
    first_stage, depth, run, dense: what is ranked, see `stages`.
    batch_size: passages a request.   max_length: tokens of a pair, where the server cuts longer
    ones (vLLM's `truncate_prompt_tokens`); TEI always cuts at the model's own.
    concurrency: queries that are asked about at a time.
    The other settings are those of `benchsuite.endpoint.Served`.
    """

    name: str = "rerank-endpoint"
    api: str = "rerank"
    served: str = "default"
    url: str = "http://127.0.0.1:8000/v1"
    first_stage: str = "bm25"
    depth: int = 100
    run: str | None = None
    dense: Settings | None = None
    batch_size: int = 32
    max_length: int | None = None

    def __post_init__(self) -> None:
        one_of(self, "api", tuple(APIS))
        at_least_one(self, "depth", "batch_size")
        if self.max_length is not None:
            at_least_one(self, "max_length")
        self.check()

    @property
    def path(self) -> str:
        """What is asked of the server."""
        return APIS[self.api]

    @property
    def fingerprint(self) -> str:
        """Covers what is asked of whom, the first stage and the configuration."""
        parts = [self.who, self.api, self.served, self.batch_size, self.max_length]
        return digest(["served-reranker", *parts, fingerprint(self.stage)])

    @property
    def factors(self) -> Mapping[str, str]:
        """Design factors."""
        return {
            "first_stage": self.first_stage,
            "depth": str(self.depth),
            "backbone": self.served,
            **self.stated,
            "paradigm": "pointwise",
        }

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[dict[str, float]]:
        """Rankings of the first stage's candidates, all of them; ties go by the first stage."""
        found = candidates(self.stage, state, inputs)
        ask = partial(self._ranked, self.endpoint.call, state.shared["corpus"])
        with ThreadPoolExecutor(self.concurrency) as pool:
            return list(pool.map(ask, inputs, found))

    def _ranked(
        self, call: Callable[[Call[Scores]], Scores], texts: Mapping[str, str], one: Inputs,
        found: Candidates,
    ) -> dict[str, float]:  # fmt: skip
        # By id, so that what is in a request together does not follow the order that is shown.
        documents = sorted(found.shown)
        scores: list[float] = []
        for part in parts(documents, self.batch_size):
            passages = [texts[document] for document in part]
            body = self._body(one.fields["query"], passages)
            read = partial(read_scores, number=len(part))
            tokens = estimated_tokens([one.fields["query"]] * len(part) + passages)
            asked = Call(self.path, body, Scores, read, tokens, repeat=found.repeat)
            scores += call(asked).values
        found_scores = dict(zip(documents, scores, strict=True))
        return by_rank(order_of(found_scores, found.scores, one.id))

    def _body(self, query: str, passages: list[str]) -> dict[str, Any]:
        if self.api == "tei":
            return {"query": query, "texts": passages, "truncate": True, **self.more}
        asked = (
            {"query": query, "documents": passages, "top_n": len(passages)}
            if self.api == "rerank"
            else {"text_1": query, "text_2": passages}
        )
        cut = {"truncate_prompt_tokens": self.max_length} if self.max_length else {}
        return {"model": self.served, **asked, **cut, **self.more}
