"""The learned rerankers: small networks over the frozen embeddings of all-MiniLM-L6-v2."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchsuite.dataset import Inputs, digest
from benchsuite.errors import BadModel
from benchsuite.files.hashes import sha256
from benchsuite.learning.sentences import BACKBONE
from benchsuite.model import Arrays, PreparesOn, State, fingerprint, prepare_fingerprint

from .candidates import Candidates, candidates
from .dense import Dense
from .features import Paradigm, features
from .minilm import MiniLM
from .partition import by_rank, merged, order_of, rounds
from .ranking import corpus_of
from .settings import at_least_one, one_of
from .stages import Settings, Staged

WEIGHTS = Path(__file__).parents[1] / "weights"
PARADIGMS: dict[str, Paradigm] = {
    "pointwise": "pointwise",
    "listwise": "listwise",
    "groupwise": "groupwise",
    "groupwise-rl": "groupwise",
}
"""The paradigm of each method."""
EVERYTHING = "all"
"""The fold of weights that were trained on queries of no test split."""


@dataclass(frozen=True)
class Learned(Staged):
    """A reranker of the first stage's candidates, of one paradigm.

    method: `pointwise`, `listwise`, `groupwise`, or `groupwise-rl` (that, trained on by
    group-relative policy optimisation).
    weights: the data that they were trained on, `stdlib-mini` or `bright-answers`, or a folder
    made by `benchsuite train`. Those of `bright-answers` have one fold per split, trained on the
    other six: a query gets the fold that left its split out.
    first_stage, depth, run, dense: what is ranked, see `stages`.
    group_size, rounds: of the groupwise ones. Each round is another partition into groups; the
    scores of a document are averaged, and ties go by the first stage.
    """

    name: str = "learned"
    method: str = "pointwise"
    weights: str = "stdlib-mini"
    first_stage: str = "fusion"
    depth: int = 100
    run: str | None = None
    dense: Settings | None = None
    group_size: int = 20
    rounds: int = 3

    def __post_init__(self) -> None:
        one_of(self, "method", tuple(PARADIGMS))
        at_least_one(self, "depth", "group_size", "rounds")

    @property
    def paradigm(self) -> Paradigm:
        """`pointwise`, `listwise` or `groupwise`."""
        return PARADIGMS[self.method]

    @property
    def fingerprint(self) -> str:
        """Covers the weights, the first stage and the configuration."""
        grouped = [self.group_size, self.rounds] if self.paradigm == "groupwise" else []
        stages = [fingerprint(self.stage), MiniLM().fingerprint]
        return digest([sha256(self._path), self.method, *stages, *grouped])

    @property
    def prepare_fingerprint(self) -> str:
        """Covers MiniLM's embedded corpus, and the one of a dense first stage."""
        own, stage = MiniLM().prepare_fingerprint, self.stage
        return digest([own, prepare_fingerprint(stage)]) if isinstance(stage, Dense) else own

    @property
    def prepares_on(self) -> PreparesOn:
        """The dataset: its corpus is embedded once, whatever the conditions."""
        return "dataset"

    @property
    def factors(self) -> Mapping[str, str]:
        """Design factors."""
        grouped = {"group_size": str(self.group_size), "rounds": str(self.rounds)}
        return {
            "first_stage": self.first_stage,
            "depth": str(self.depth),
            "backbone": BACKBONE,
            "paradigm": self.paradigm,
            "trained_on": Path(self.weights).name,
            **(grouped if self.paradigm == "groupwise" else {}),
        }

    @property
    def _path(self) -> Path:
        from benchsuite.learning.weights import MODEL, weights_folder

        return weights_folder(WEIGHTS, self.weights, self.method) / MODEL

    def prepare(self, state: State, inputs: Iterable[Inputs]) -> Arrays:
        """MiniLM's embedded corpus, and the one of a dense first stage."""
        stage = self.stage
        more = stage.prepare(state, inputs) if isinstance(stage, Dense) else {}
        return {**MiniLM().prepare(state, inputs), **more}

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[dict[str, float]]:
        """Rankings of the first stage's candidates, all of them."""
        queries = MiniLM().embedded(state, inputs)
        found = candidates(self.stage, state, inputs)
        return [self._ranked(state, *row) for row in zip(queries, inputs, found, strict=True)]

    def _ranked(
        self, state: State, query: NDArray[np.float32], one: Inputs, found: Candidates
    ) -> dict[str, float]:
        if not found.shown:
            return {}
        split = one.fields.get("split", "")
        corpus = corpus_of(state.shared, split)
        rows = [corpus.start + corpus.place(document) for document in found.shown]
        scores = [found.scores[document] for document in found.shown]
        x = features(query, np.asarray(state.arrays["corpus"])[rows], scores)
        place = {document: i for i, document in enumerate(found.shown)}
        groups = [[place[d] for d in group] for group in self._groups(found)]
        network = _network(self._path, sha256(self._path), self.paradigm, split)
        logits = _logits(network, x, groups, scaled=self.paradigm == "groupwise")
        scored = [
            dict(zip([found.shown[i] for i in group], row, strict=True))
            for group, row in zip(groups, logits, strict=True)
        ]
        return by_rank(order_of(merged(scored), found.scores, one.id))

    def _groups(self, found: Candidates) -> list[list[str]]:
        if self.paradigm != "groupwise":
            return [list(found.shown)]
        return list(rounds(found.shown, self.group_size, self.rounds, found.key))


def _logits(
    network: Any, x: NDArray[np.float32], groups: list[list[int]], scaled: bool
) -> list[list[float]]:
    import torch

    longest = max(len(group) for group in groups)
    there = torch.tensor([[i < len(group) for i in range(longest)] for group in groups])
    padded = [group + [0] * (longest - len(group)) for group in groups]
    with torch.inference_mode():
        logits = network(torch.from_numpy(x)[torch.tensor(padded)], there)
        # The scale that groups have in common: 0 to 10, as a judge would grade.
        scores = 10 * torch.sigmoid(logits) if scaled else logits
    return [row[: len(group)] for row, group in zip(scores.tolist(), groups, strict=True)]


@lru_cache(maxsize=16)
def _network(path: Path, content: str, paradigm: Paradigm, split: str) -> Any:
    """The network of the weights with that content, of the fold that leaves `split` out."""
    from benchsuite.learning.weights import read_tensors

    from .network import loaded

    tensors = read_tensors(path)
    for fold in (split, EVERYTHING):
        prefix = f"{fold}|"
        if chosen := {k.removeprefix(prefix): tensors[k] for k in tensors if k.startswith(prefix)}:
            return loaded(str(path), paradigm, chosen)
    raise BadModel(
        f"{path}: expected weights that leave out the split '{split}', found those of other splits"
    )
