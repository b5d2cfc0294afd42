"""A dense retriever of sentence-transformers, by directory or by name on the Hub."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from benchsuite.dataset import Inputs, digest
from benchsuite.errors import BadModel
from benchsuite.learning.device import check_device
from benchsuite.learning.hub import (
    check_loaded,
    check_safetensors,
    content,
    loads,
    located,
    one_line,
)
from benchsuite.model import Arrays, PreparesOn, State

from .embedding import embedded_corpus, nearest_documents
from .settings import at_least_one

ARRAY = "dense"
"""The name of the embedded corpus: a reranker's own may lie beside it."""
_TOKENS = ("last_hidden_state", "token_embeddings")


@dataclass(frozen=True)
class Dense:
    """The inner product of the embeddings of query and document, as float32.

    path: a directory, or a repository of the Hub; safetensors, and no remote code.
    revision: of the repository: a commit, to be safe; the newest by default.
    query_prefix, document_prefix: instructions that stand before every text.
    normalised: whether embeddings are brought to unit length, so that it is the cosine.
    depth: documents ranked, at most.   device: torch's name of it.
    batch_size, max_length: texts a forward pass, and tokens of a text; none is the model's own.
    """

    path: str
    name: str = "dense"
    query_prefix: str = ""
    document_prefix: str = ""
    normalised: bool = True
    depth: int = 1000
    batch_size: int = 32
    max_length: int | None = None
    device: str = "cpu"
    revision: str | None = None

    prepares_on: ClassVar[PreparesOn] = "dataset"

    def __post_init__(self) -> None:
        at_least_one(self, "depth", "batch_size")

    @property
    def fingerprint(self) -> str:
        """Covers the model's files and the configuration; not the place they come from."""
        return digest([self.prepare_fingerprint, self.query_prefix, self.depth])

    @property
    def prepare_fingerprint(self) -> str:
        """Covers what the embedded corpus depends on."""
        parts = [self.document_prefix, self.normalised, self.batch_size, self.max_length]
        return digest(["dense", content(located(self.path, self.revision)), *parts])

    @property
    def factors(self) -> Mapping[str, str]:
        """Design factors."""
        return {"first_stage": "none", "backbone": Path(self.path).name}

    def prepare(self, state: State, inputs: Iterable[Inputs]) -> Arrays:
        """`dense`: embeddings (D, K) float32, in the order of the sorted ids.

        Raises BadData, which names the document, for one that is not finite.
        """
        return {ARRAY: embedded_corpus(state, partial(self._encoded, prefix=self.document_prefix))}

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[dict[str, float]]:
        """Rankings for each input's `query`, without its `excluded` documents."""
        encode = partial(self._encoded, prefix=self.query_prefix)
        return nearest_documents(state, state.arrays[ARRAY], inputs, encode, self.depth)

    def _encoded(self, texts: Sequence[str], prefix: str) -> NDArray[np.float32]:
        import torch

        model = _encoder(located(self.path, self.revision), self.max_length, self.device)
        with torch.inference_mode():
            found: NDArray[np.float32] = model.encode(
                list(texts),
                # Given even where it is empty: else the model's own prompt would stand there.
                prompt=prefix,
                batch_size=self.batch_size,
                show_progress_bar=False,
                convert_to_numpy=True,
                normalize_embeddings=self.normalised,
            )
        return found


@lru_cache(maxsize=2)
def _encoder(folder: Path, max_length: int | None, device: str) -> Any:
    from sentence_transformers import SentenceTransformer

    check_device(device)
    model = loaded(SentenceTransformer, folder, device)
    if max_length is not None:
        model.max_seq_length = max_length
    return model


def loaded(kind: Any, folder: Path, device: str) -> Any:
    """A model of sentence-transformers, of the class `kind`, for inference.

    Raises BadData for another folder, and where weights are missing, odd or not finite.
    """
    from transformers.utils import logging

    from benchsuite.learning.finite import check_finite

    check_safetensors(folder)
    logging.disable_progress_bar()
    try:
        with loads() as seen:
            model = kind(
                str(folder), device=device, trust_remote_code=False, local_files_only=True,
                model_kwargs={"use_safetensors": True},
            )  # fmt: skip
    except Exception as error:  # the libraries below each raise their own
        raise BadModel(
            f"{folder}: expected a model of sentence-transformers, found: {one_line(error)}"
        ) from error
    check_loaded(folder, seen, unused=() if _pooled(model) else ("pooler",))
    check_finite(str(folder), model)
    return model.eval()


def _pooled(model: Any) -> bool:
    """Whether a backbone's own pooler is used: by a classifier, or where a module asks for it.

    Embeddings are made of the tokens' vectors otherwise, and many weights lack the pooler.
    """
    asked = [ways for module in model for ways in getattr(module, "modality_config", {}).values()]
    return any(one["method_output_name"] not in _TOKENS for one in asked)
