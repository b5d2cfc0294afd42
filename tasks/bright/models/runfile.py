"""The rankings of a run file or of BRIGHT's JSON, as a first stage or as a row of its own."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

import numpy as np

from benchsuite.dataset import Inputs, digest
from benchsuite.files.hashes import sha256
from benchsuite.files.sources import files_of
from benchsuite.files.text import parsed
from benchsuite.model import Arrays, PreparesOn, State

from ..datasets.rankings import Part, parts_of
from ..formats import Place, in_order, located
from .ranking import POOLED, first_of, left_out
from .settings import at_least_one

PLACES = "places"
"""The array that `prepare` returns."""


@dataclass(frozen=True)
class RunFile:
    """What a run file ranks for each query, the same under every condition of the query.

    path: the file, or a folder with one for each split.   depth: documents ranked, at most. A query
    that it lacks has no ranking.
    """

    path: str
    name: str = "run"
    depth: int = 1000

    prepares_on: ClassVar[PreparesOn] = "dataset"

    def __post_init__(self) -> None:
        at_least_one(self, "depth")

    @property
    def fingerprint(self) -> str:
        """Covers the bytes of the file, or of each file of the folder and its name."""
        path = Path(self.path)
        files = [[one.parent.name, one.name, sha256(one)] for one in files_of(path)]
        return digest([files or sha256(path), self.depth])

    @property
    def factors(self) -> Mapping[str, str]:
        """Design factors."""
        return {"first_stage": "none", "backbone": "run file"}

    def prepare(self, state: State, inputs: Iterable[Inputs]) -> Arrays:
        """Where each query is ranked, as bytes of JSON. Raises BadData as `located` does."""
        pooled, parts = state.shared.get(POOLED), _parts(self.path, self.fingerprint)
        asked = {one.id: one.fields["split"] if pooled else "" for one in inputs}
        found = located(Path(self.path), parts, asked, state.shared)
        return {PLACES: np.frombuffer(json.dumps(found).encode(), np.uint8)}

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[dict[str, float]]:
        """Its rankings by the inputs' ids, without their `excluded` documents."""
        parts = _parts(self.path, self.fingerprint)
        places = parsed(self.path, bytes(state.arrays[PLACES]).decode())
        rankings = [
            Place(*places[one.id]).ranking(parts) if one.id in places else {} for one in inputs
        ]
        return [
            first_of(in_order(ranking, state.shared), self.depth, left_out(one.fields, ranking))
            for one, ranking in zip(inputs, rankings, strict=True)
        ]


@lru_cache(maxsize=2)
def _parts(path: str, fingerprint: str) -> list[Part]:
    return parts_of(Path(path))
