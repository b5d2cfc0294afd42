"""The rankings of a TREC run file, as a first stage or as a row of its own."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

import numpy as np

from benchsuite.dataset import Inputs, digest
from benchsuite.errors import BadData
from benchsuite.files.hashes import sha256
from benchsuite.model import Arrays, PreparesOn, State

from ..formats import in_trec_order, read_rankings
from .ranking import first_of
from .settings import at_least_one


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
        """How many of the inputs' queries the file ranks. Raises BadData where it ranks none."""
        known, asked = _rankings(self.path, self.fingerprint), [one.id for one in inputs]
        ranked = known.keys() & {*asked}
        if asked and not ranked:
            raise BadData(
                f"{self.path}: expected queries of the dataset, such as '{asked[0]}', "
                f"found '{next(iter(known))}'"
            )
        return {"ranked": np.array([len(ranked)])}

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[dict[str, float]]:
        """Its rankings by the inputs' ids, without their `excluded` documents."""
        known = _rankings(self.path, self.fingerprint)
        return [
            first_of(in_trec_order(known.get(one.id, {})), self.depth, one.fields["excluded"])
            for one in inputs
        ]


@lru_cache(maxsize=2)
def _rankings(path: str, fingerprint: str) -> dict[str, dict[str, float]]:
    return read_rankings(Path(path))
