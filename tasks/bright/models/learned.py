"""The learned rerankers: small networks over the frozen embeddings of all-MiniLM-L6-v2."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchsuite.dataset import Inputs, digest
from benchsuite.errors import BadData, NotAvailable, WrongCall
from benchsuite.files.hashes import sha256
from benchsuite.model import Arrays, Model, PreparesOn, State

from ..partition import by_rank, merged, order_of, rounds
from .candidates import Candidates, candidates
from .dense import Dense
from .encoder import BACKBONE
from .minilm import MiniLM
from .ranking import corpus_of
from .stages import Settings, first_stage

WEIGHTS = Path(__file__).parents[1] / "weights"
METHODS = ("pointwise", "listwise", "groupwise", "groupwise-rl")
EVERYTHING = "all"
"""The fold of weights that were trained on queries of no test split."""


@dataclass(frozen=True)
class Learned:
    """A reranker of the first stage's candidates, of one paradigm.

    method: `pointwise`, `listwise`, `groupwise`, or `groupwise-rl` (that, trained on by
    group-relative policy optimisation).
    weights: the data that they were trained on, `stdlib-mini` or `bright-answers`, or a folder
    made by `benchsuite train`. Those of `bright-answers` have a fold a split, trained on the other
    six: a query gets the fold that left its split out.
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
        if self.method not in METHODS:
            raise WrongCall(
                f"model.method: expected one of {', '.join(METHODS)}, found '{self.method}'"
            )
        if self.group_size < 1 or self.rounds < 1:
            raise WrongCall("model.group_size and model.rounds: expected at least 1")

    @property
    def paradigm(self) -> str:
        """`pointwise`, `listwise` or `groupwise`."""
        return self.method.partition("-")[0]

    @property
    def fingerprint(self) -> str:
        """Covers the weights, the first stage and the configuration."""
        grouped = [self.group_size, self.rounds] if self.paradigm == "groupwise" else []
        stages = [self._stage.fingerprint, MiniLM().fingerprint]
        return digest([sha256(self._path), self.method, *stages, *grouped])

    @property
    def prepare_fingerprint(self) -> str:
        """The embedded corpus is MiniLM's, and beside it that of a dense first stage."""
        own = MiniLM().prepare_fingerprint
        stage = self._stage
        return digest([own, stage.prepare_fingerprint]) if isinstance(stage, Dense) else own

    @property
    def prepares_on(self) -> PreparesOn:
        """The dataset: its corpus is embedded once, whatever the conditions."""
        return "dataset"

    @property
    def factors(self) -> Mapping[str, str]:
        """Design factors."""
        grouped = {"group_size": str(self.group_size), "rounds": str(self.rounds)}
        return {
            "first_stage": f"{self.first_stage}@{self.depth}",
            "backbone": BACKBONE,
            "paradigm": self.paradigm,
            "trained_on": Path(self.weights).name,
            **(grouped if self.paradigm == "groupwise" else {}),
        }

    @property
    def _stage(self) -> Model:
        return first_stage(self.first_stage, self.depth, self.run, self.dense)

    @property
    def _path(self) -> Path:
        own = Path(self.weights) / "model.safetensors"
        path = WEIGHTS / self.weights / self.method / "model.safetensors"
        if not path.is_file() and not own.is_file():
            raise NotAvailable(
                f"{own}: expected the weights of a reranker, found none; "
                f"benchsuite train task=bright model={self.method} makes them"
            )
        return path if path.is_file() else own

    def prepare(self, state: State, inputs: Iterable[Inputs]) -> Arrays:
        """MiniLM's embedded corpus, and beside it that of a dense first stage."""
        stage = self._stage
        more = stage.prepare(state, inputs) if isinstance(stage, Dense) else {}
        return {**MiniLM().prepare(state, inputs), **more}

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[dict[str, float]]:
        """Rankings of the first stage's candidates, all of them."""
        queries = MiniLM().embedded(state, inputs)
        found = candidates(self._stage, state, inputs)
        return [self._ranked(state, *row) for row in zip(queries, inputs, found, strict=True)]

    def _ranked(
        self, state: State, query: NDArray[np.float32], one: Inputs, found: Candidates
    ) -> dict[str, float]:
        from ..learned.features import features

        if not found.shown:
            return {}
        split = one.fields.get("split", "")
        corpus = corpus_of(state.shared, split)
        rows = [corpus.start + corpus.place(document) for document in found.shown]
        scores = [found.scores[document] for document in found.shown]
        x = features(query, np.asarray(state.arrays["corpus"])[rows], scores)
        place = {document: i for i, document in enumerate(found.shown)}
        groups = [[place[d] for d in group] for group in self._groups(found)]
        logits = _logits(self._path, self.paradigm, split, x, groups)
        scored = [
            dict(zip([found.shown[i] for i in group], row, strict=True))
            for group, row in zip(groups, logits, strict=True)
        ]
        return by_rank(order_of(merged(scored), found.scores))

    def _groups(self, found: Candidates) -> list[list[str]]:
        if self.paradigm != "groupwise":
            return [list(found.shown)]
        return list(rounds(found.shown, self.group_size, self.rounds, found.key))


def _logits(
    path: Path, paradigm: str, split: str, x: NDArray[np.float32], groups: list[list[int]]
) -> list[list[float]]:
    import torch

    network = _network(path, paradigm, split)
    longest = max(len(group) for group in groups)
    there = torch.tensor([[i < len(group) for i in range(longest)] for group in groups])
    padded = [group + [0] * (longest - len(group)) for group in groups]
    with torch.inference_mode():
        logits = network(torch.from_numpy(x)[torch.tensor(padded)], there)
        # The scale that groups have in common: 0 to 10, as a judge would grade.
        scores = 10 * torch.sigmoid(logits) if paradigm == "groupwise" else logits
    return [row[: len(group)] for row, group in zip(scores.tolist(), groups, strict=True)]


@lru_cache(maxsize=16)
def _network(path: Path, paradigm: str, split: str) -> Any:
    from safetensors.torch import load_file

    from ..learned.network import loaded

    tensors = load_file(path)
    folds = {key.split("|")[0] for key in tensors}
    fold = split if split in folds else EVERYTHING
    if fold not in folds:
        raise BadData(
            f"{path}: expected weights that leave out the split '{split}', "
            f"found those that leave out {', '.join(sorted(folds))}"
        )
    chosen = {k.split("|")[1]: v for k, v in tensors.items() if k.startswith(f"{fold}|")}
    return loaded(paradigm, chosen)  # type: ignore[arg-type]
