"""Scores of pairs of sentences: words in common, cosines of embeddings, and a user's own."""

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from benchsuite.dataset import digest
from benchsuite.errors import WrongCall
from benchsuite.learning.inference import device_of, in_eval
from benchsuite.learning.sentences import SHA256, encode, encoder_of
from benchsuite.learning.similar import Encoder
from benchsuite.learning.vectors import array_of
from benchsuite.model import Function

PAIR = "sentences"


def minilm(name: str = "minilm", whiten: str = "none", keep: int = 0, groups: int = 1) -> Encoder:
    """all-MiniLM-L6-v2, of the installed package or the Hub."""
    return Encoder(name, digest(SHA256), PAIR, encode, whiten, keep, groups)


def jaccard(name: str = "jaccard") -> Function:
    """The share of the words, in lower case, that both sentences have (the Jaccard index)."""
    return Function(name, digest("jaccard"), PAIR, _in_common)


def _in_common(pairs: list[Sequence[str]]) -> list[float]:
    words = [[{*re.findall(r"\w+", text.lower())} for text in pair] for pair in pairs]
    return [len(a & b) / (len(a | b) or 1) for a, b in words]


def own(object: Any, name: str, fingerprint: str,  # noqa: A002
        whiten: str = "none", keep: int = 0, groups: int = 1) -> Encoder | Function:  # fmt: skip
    """The model of an object that encodes sentences, or predicts or is called on pairs of them."""
    weights, score = digest(["own", fingerprint]), getattr(object, "predict", object)
    if embed := encoder_of(object):
        return Encoder(name, weights, PAIR, embed, whiten, keep, groups, device_of(object))
    if not callable(score) or whiten != "none":
        raise WrongCall("model: expected encode(texts), or without whitening a score(pairs)")
    return Function(name, weights, PAIR, partial(_scored, in_eval(object, score)))


def _scored(score: Callable[[Any], Any], pairs: list[Sequence[str]]) -> Any:
    return array_of(score([tuple(pair) for pair in pairs])).reshape(-1)
