"""From an object to a model of the task: which convention it has, and its adapter."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from benchsuite.errors import WrongCall, near, one_of
from benchsuite.learning.leaves import is_of

from ..stages import Settings
from .calls import Extra, takes_two
from .encoder import Encoder
from .mteb import is_of_two
from .reranker import Reranker
from .searcher import Searcher

Adapter = Encoder | Searcher | Reranker
ADAPTERS: Mapping[str, tuple[type[Adapter], Mapping[str, Any]]] = {
    "encode": (Encoder, {}),
    "search": (Searcher, {}),
    "rerank": (Reranker, {}),
    "predict": (Reranker, {"pairs": True}),
    "mteb-encode": (Encoder, {"mteb": True}),
    "mteb-predict": (Reranker, {"pairs": True, "mteb": True}),
}
"""The adapter of each convention, and what it fixes. Those without mteb are named by the method."""
OF_MTEB = {"encode": "mteb-encode", "predict": "mteb-predict"}
FIXED = ("object", "name", "own", "pairs", "mteb")
"""Fields of adapters that are no options."""
AUTO = "auto"
METHODS = ("encode", "search", "rerank", "predict")
LESSER = {
    "rank": "rerank", "compute_score": "predict",
    "encode_document": "encode", "encode_corpus": "encode",
}  # fmt: skip
"""Methods that tell the convention of an object without any of METHODS."""
KNOWN = (
    "encode(texts), search(queries, corpus), rerank(query, documents), predict(pairs), "
    "or a callable (query, documents)"
)


def own(
    object: Any,  # noqa: A002
    name: str,
    fingerprint: str,
    convention: str = AUTO,
    first_stage: str | None = None,
    depth: int | None = None,
    run: str | None = None,
    dense: Settings | None = None,
    query_prefix: str | None = None,
    document_prefix: str | None = None,
    query_extra: Extra | None = None,
    document_extra: Extra | None = None,
    normalised: bool | None = None,
    documents: str | None = None,
    batch_size: int | None = None,
    extra: Extra | None = None,
) -> Adapter:
    """A model of the object: an encoder, a search, or a reranker of a first stage.

    convention: the method that is called (`encode`, `search`, `rerank`, `predict`), by default the
    one that the object has; an object without it is called itself. With `mteb-encode` and
    `mteb-predict` it is called as mteb 2 does, as where it takes `task_metadata`.
    The other options are those of `Encoder`, `Searcher` and `Reranker`.
    Raises WrongCall for an object of no convention or several, and an option that it does not have.
    """
    asked: dict[str, Any] = {
        "first_stage": first_stage, "depth": depth, "run": run, "dense": dense,
        "query_prefix": query_prefix, "document_prefix": document_prefix,
        "query_extra": query_extra, "document_extra": document_extra, "normalised": normalised,
        "documents": documents, "batch_size": batch_size, "extra": extra,
    }  # fmt: skip
    given = {key: value for key, value in asked.items() if value is not None}
    adapter, fixed = ADAPTERS[found := _convention(object, convention)]
    known = [field.name for field in fields(adapter) if field.name not in FIXED]
    for key in given:
        if key not in known:
            raise WrongCall(f"model.{key}: no option of a model with {found}{near(key, known)}")
    return adapter(object, name, fingerprint, **fixed, **given)


def _convention(model: object, asked: str) -> str:
    one_of("model.convention", asked, (AUTO, *ADAPTERS))
    found = convention_of(model) if asked == AUTO else asked
    if not is_of_two(getattr(model, found, None)):
        return found
    if found not in OF_MTEB:
        raise WrongCall(
            f"model: {found} of a {type(model).__name__} is that of mteb's own index: expected its "
            "encoder or cross-encoder, or search(queries, corpus)"
        )
    return OF_MTEB[found]


def convention_of(model: object) -> str:
    """The convention that an object has. Raises WrongCall for none, and for several."""
    kind = type(model).__name__
    found = [name for name in METHODS if callable(getattr(model, name, None))]
    found = found or [name for method, name in LESSER.items() if hasattr(model, method)]
    if len(found) > 1:
        raise WrongCall(
            f"model: a {kind} has {' and '.join(found)}: say which of them is meant, "
            f"convention={found[0]} or another"
        )
    if found:
        return found[0]
    if is_of(model, "transformers", "PreTrainedModel"):
        raise WrongCall(
            f"model: a {kind} of transformers has no tokenizer: make a SentenceTransformer or "
            "CrossEncoder of sentence-transformers from it, or write rerank(query, documents)"
        )
    if not callable(model) or not takes_two(getattr(model, "forward", model)):
        raise WrongCall(f"model: expected {KNOWN}; found a {kind}")
    return "rerank"
