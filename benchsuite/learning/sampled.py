"""Answers that a function samples: it is called once for each, with a generator of its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchsuite.condition import generator
from benchsuite.dataset import Inputs
from benchsuite.model import State


@dataclass(frozen=True, eq=False)
class Solver:
    """Calls `solve(fields, generator)` for each sampled answer."""

    name: str
    fingerprint: str
    samples: int
    solve: Callable[[Mapping[str, Any], np.random.Generator], Any]

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[list[str]]:
        """The sampled answers of each question."""
        return [[self._answer(state, one, n) for n in range(self.samples)] for one in inputs]

    def _answer(self, state: State, one: Inputs, sample: int) -> str:
        key = self.fingerprint, state.seed, one.id, one.fields.get("temperature"), sample
        return str(self.solve(one.fields, generator(*key)))
