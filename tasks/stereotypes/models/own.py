"""A language model of the user's own: a function of texts, or a network and its tokenizer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchsuite.dataset import Inputs
from benchsuite.learning.speaking import Speaker
from benchsuite.model import State

from .causal import by_sample


@dataclass(frozen=True, eq=False)
class Own:
    """`object(texts)` gives log-probabilities in nats; (network, tokenizer) is of transformers."""

    object: Any
    name: str
    fingerprint: str

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[NDArray[np.float64]]:
        """The log-probabilities of each sample's texts (k,)."""
        pair = isinstance(self.object, tuple)
        return by_sample(inputs, Speaker(*self.object) if pair else self.object)
