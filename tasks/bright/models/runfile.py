"""The rankings of a TREC run file, as a first stage or as a row of its own."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

import numpy as np

from benchsuite.dataset import Inputs, digest
from benchsuite.files.hashes import sha256
from benchsuite.files.text import parsed
from benchsuite.model import Arrays, PreparesOn, State

from ..formats import in_trec_order, ranked_queries, read_rankings
from .ranking import first_of
from .settings import at_least_one

CALLED = "called"
"""The array that `prepare` returns."""


@dataclass(frozen=True)
class RunFile:
    """What a run file ranks for each query, the same under every condition of the query.

    path: the file.   depth: documents ranked, at most. A query that it lacks has no ranking.
    """

    path: str
    name: str = "run"
    depth: int = 1000

    prepares_on: ClassVar[PreparesOn] = "dataset"

    def __post_init__(self) -> None:
        at_least_one(self, "depth")

    @property
    def fingerprint(self) -> str:
        """Covers the file's bytes."""
        return digest([sha256(Path(self.path)), self.depth])

    @property
    def factors(self) -> Mapping[str, str]:
        """Design factors."""
        return {"first_stage": "none", "backbone": "run file"}

    def prepare(self, state: State, inputs: Iterable[Inputs]) -> Arrays:
        """What the file calls the queries whose ids it writes otherwise, as bytes of JSON.

        Raises BadData where it ranks none of the inputs' queries.
        """
        known = _rankings(self.path, self.fingerprint)
        found = ranked_queries(Path(self.path), known, [one.id for one in inputs])
        others = {key: called for key, called in found.items() if called != key}
        return {CALLED: np.frombuffer(json.dumps(others).encode(), np.uint8)}

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[dict[str, float]]:
        """Its rankings by the inputs' ids, without their `excluded` documents."""
        known, called = _rankings(self.path, self.fingerprint), self._called(state)
        rankings = [known.get(called.get(one.id, one.id), {}) for one in inputs]
        return [
            first_of(in_trec_order(ranking), self.depth, one.fields["excluded"])
            for one, ranking in zip(inputs, rankings, strict=True)
        ]

    def _called(self, state: State) -> dict[str, str]:
        found: dict[str, str] = parsed(self.path, bytes(state.arrays.get(CALLED, b"{}")).decode())
        return found


@lru_cache(maxsize=2)
def _rankings(path: str, fingerprint: str) -> dict[str, dict[str, float]]:
    return read_rankings(Path(path))
