"""Similarity of pairs of sentences: cosines of their embeddings, whitened or not."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from benchsuite.dataset import Inputs, digest
from benchsuite.errors import WrongCall, one_of
from benchsuite.model import Arrays, PreparesOn, State

from .sentences import Embed, embedded, vectors_in
from .vectors import of_unit_length
from .whitening import moments, whitened


@dataclass(frozen=True, eq=False)
class Encoder:
    """Cosines of what `embed` makes of the pairs of a field; `weights` name it.

    whiten        none, or fitted to the `measured` sentences or to others of the dataset, `fit`
    keep, groups  those of `benchsuite.learning.whitening.whitened`
    """

    name: str
    weights: str
    field: str
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
        arrays = embedded(self._texts(inputs), self.embed)
        if "fit" in state.shared:
            arrays["fit"] = moments(embedded(state.shared["fit"], self.embed)["vectors"])
        return {**arrays, "measured": moments(arrays["vectors"])}

    def predict(self, state: State, inputs: Sequence[Inputs]) -> Any:
        """A cosine per pair. Raises WrongCall where the dataset has no sentences to fit to."""
        vectors = vectors_in(
            state.arrays, (text for one in inputs for text in one.fields[self.field])
        )
        if self.whiten != "none":
            if self.whiten not in state.arrays:
                raise WrongCall("model.whiten: fit: expected dataset.fit=SET, found none")
            vectors = whitened(vectors, state.arrays[self.whiten], self.keep, self.groups)
        pairs = of_unit_length(vectors).reshape(len(inputs), 2, -1)
        return np.einsum("nd,nd->n", pairs[:, 0], pairs[:, 1], dtype=np.float64)

    def _texts(self, inputs: Iterable[Inputs]) -> Iterator[str]:
        return (text for one in inputs for text in one.fields[self.field])
