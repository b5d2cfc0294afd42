"""Scores of pairs of sentences: words in common, cosines of embeddings, and a user's own."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np

from benchsuite.dataset import Inputs, digest
from benchsuite.errors import WrongCall, one_of
from benchsuite.learning.inference import device_of, in_eval
from benchsuite.learning.sentences import SHA256, Embed, embedded, encode, encoder_of, vectors_in
from benchsuite.learning.vectors import array_of, of_unit_length
from benchsuite.learning.whitening import moments, whitened
from benchsuite.model import Arrays, Function, PreparesOn, State

PAIR = "sentences"


@dataclass(frozen=True, eq=False)
class Encoder:
    """Cosines of what `embed` makes of sentences; `weights` name it.

    whiten        none, or fitted to the `measured` sentences or to others of the dataset, `fit`
    keep, groups  those of `benchsuite.learning.whitening.whitened`
    """

    name: str
    weights: str
    embed: Embed
    whiten: str
    keep: int
    groups: int
    device: str = "cpu"
    prepares_on: ClassVar[PreparesOn] = "condition"

    def __post_init__(self) -> None:
        one_of("model.whiten", self.whiten, ("none", "measured", "fit"))

    @property
    def fingerprint(self) -> str:
        """Covers weights and options."""
        return digest([self.weights, self.whiten, self.keep, self.groups])

    @property
    def prepare_fingerprint(self) -> str:
        """Covers the weights: sentences are embedded once, however they are whitened."""
        return self.weights

    @property
    def factors(self) -> Mapping[str, str]:
        """Design factors; to fit to the measured sentences is a protocol of its own."""
        told = {"protocol": "whitened: transductive"} if self.whiten == "measured" else {}
        return {"whiten": self.whiten, **told}

    def prepare(self, state: State, inputs: Iterable[Inputs]) -> Arrays:
        """Embeddings of the different sentences, and the moments of these and of others."""
        arrays = embedded((text for one in inputs for text in one.fields[PAIR]), self.embed)
        if "fit" in state.shared:
            arrays["fit"] = moments(embedded(state.shared["fit"], self.embed)["vectors"])
        return {**arrays, "measured": moments(arrays["vectors"])}

    def predict(self, state: State, inputs: Sequence[Inputs]) -> Any:
        """A cosine per pair. Raises WrongCall where the dataset has no sentences to fit to."""
        vectors = vectors_in(state.arrays, (text for one in inputs for text in one.fields[PAIR]))
        if self.whiten != "none":
            if self.whiten not in state.arrays:
                raise WrongCall("model.whiten: fit: expected dataset.fit=SET, found none")
            vectors = whitened(vectors, state.arrays[self.whiten], self.keep, self.groups)
        pairs = of_unit_length(vectors).reshape(len(inputs), 2, -1)
        return np.einsum("nd,nd->n", pairs[:, 0], pairs[:, 1], dtype=np.float64)


def minilm(name: str = "minilm", whiten: str = "none", keep: int = 0, groups: int = 1) -> Encoder:
    """all-MiniLM-L6-v2, of the installed package or the Hub."""
    return Encoder(name, digest(SHA256), encode, whiten, keep, groups)


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
        return Encoder(name, weights, embed, whiten, keep, groups, device_of(object))
    if not callable(score) or whiten != "none":
        raise WrongCall("model: expected encode(texts), or without whitening a score(pairs)")
    return Function(name, weights, PAIR, partial(_scored, in_eval(object, score)))


def _scored(score: Callable[[Any], Any], pairs: list[Sequence[str]]) -> Any:
    return array_of(score([tuple(pair) for pair in pairs])).reshape(-1)
