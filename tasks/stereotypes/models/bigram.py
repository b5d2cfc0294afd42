"""`bigram`: the bigrams of the generated language, as a matrix of log-frequencies."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchsuite.dataset import Inputs, digest
from benchsuite.learning.rounding import Rounding, rounded
from benchsuite.model import State

from ..datasets.mini import language
from .causal import by_sample


@dataclass(frozen=True)
class Bigram:
    """The next word by the last one. Each pair of words was heard `smoothing` times more often."""

    name: str = "bigram"
    bits: int = 0
    smoothing: float = 0.01

    @property
    def fingerprint(self) -> str:
        """Covers the options and the language."""
        return digest(["bigram", list(language()), self.bits, self.smoothing])

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[NDArray[np.float64]]:
        """The log-probabilities of each sample's texts (k,), in nats."""
        words = {w: n for n, w in enumerate(sorted({w for t, _ in language() for w in t.split()}))}
        counts = np.full((len(words), len(words)), float(self.smoothing))
        for text, weight in language():
            counts[_places(text, words)] += weight
        logits = rounded(np.log(counts), Rounding(self.bits))
        said = logits - np.log(np.exp(logits).sum(axis=0))
        return by_sample(inputs, lambda texts: [said[_places(t, words)].sum() for t in texts])


def _places(text: str, words: dict[str, int]) -> tuple[list[int], list[int]]:
    """Each word but the first by number, and the word before it."""
    places = [words[word] for word in text.split()]
    return places[1:], places[:-1]
