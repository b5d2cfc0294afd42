"""A language model that needs no file and no network: the bigrams of weighted sentences."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchsuite.dataset import Inputs, digest
from benchsuite.learning.rounding import Rounding, rounded
from benchsuite.learning.speaking import by_sample
from benchsuite.model import State


@dataclass(frozen=True)
class Bigrams:
    """The next word by the last one, as a matrix of log-frequencies, rounded to `bits` if asked.

    heard  sentences with their weights; each pair of words was heard `smoothing` times more often
    """

    heard: tuple[tuple[str, float], ...]
    name: str = "bigram"
    bits: int = 0
    smoothing: float = 0.01

    @property
    def fingerprint(self) -> str:
        """Covers the options and the sentences."""
        return digest(["bigrams", self.heard, self.bits, self.smoothing])

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[Any]:
        """The log-probabilities of each sample's texts (k,), in nats. Each word must be known."""
        every = sorted({word for text, _ in self.heard for word in text.split()})
        words = {word: n for n, word in enumerate(every)}
        counts = np.full((len(words), len(words)), float(self.smoothing))
        for text, weight in self.heard:
            np.add.at(counts, _places(text, words), weight)
        logits = rounded(np.log(counts), Rounding(self.bits))
        said = logits - np.log(np.exp(logits).sum(axis=0))
        return by_sample(inputs, lambda texts: [said[_places(t, words)].sum() for t in texts])


def _places(text: str, words: dict[str, int]) -> tuple[list[int], list[int]]:
    """Each word but the first by number, and the word before it."""
    places = [words[word] for word in text.split()]
    return places[1:], places[:-1]
