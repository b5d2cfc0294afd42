"""What a recipe learns from: the features of every query's candidates, and which are relevant."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from benchsuite.condition import CLEAN
from benchsuite.dataset import Dataset, Sample, digest
from benchsuite.files.write import write_bytes
from benchsuite.learning.weights import read_tensors
from benchsuite.model import State
from benchsuite.task import Progress

from ..datasets.collection import grades_of
from ..formats import in_trec_order
from ..models.candidates import candidates
from ..models.features import features
from ..models.minilm import MiniLM
from ..models.ranking import corpus_of
from ..models.stages import first_stage

BATCH = 32


@dataclass(frozen=True, eq=False)
class Material:
    """Q queries with L candidates each, in the first stage's order.

    x (Q, L, F) float32.   there (Q, L) bool: the places that hold a candidate.   gain (Q, L)
    float32: the grade, 0 where it is not relevant.   ids, splits: of the queries.
    """

    ids: tuple[str, ...]
    splits: tuple[str, ...]
    x: NDArray[np.float32]
    there: NDArray[np.bool_]
    gain: NDArray[np.float32]

    def only(self, keep: NDArray[np.bool_]) -> "Material":
        """The queries that are kept."""
        rows = np.flatnonzero(keep)
        return Material(
            tuple(self.ids[i] for i in rows),
            tuple(self.splits[i] for i in rows),
            self.x[rows],
            self.there[rows],
            self.gain[rows],
        )


def material(dataset: Dataset, stage: str, depth: int, kept: Path, progress: Progress) -> Material:
    """The material of a dataset's clean queries, made once and kept under `kept`.

    Relevant documents that the first stage missed stand in for its last ones: a recipe that never
    sees them could not learn from those queries.
    """
    samples = sorted(dataset.samples(), key=lambda sample: sample.id)
    parts = [dataset.fingerprint, first_stage(stage, depth).fingerprint, MiniLM().fingerprint]
    path = kept / f"{digest(parts)}.safetensors"
    if not path.is_file():
        write_bytes(path, save(_arrays(dataset, samples, stage, depth, progress)))
    arrays = {name: tensor.numpy() for name, tensor in read_tensors(path).items()}
    return Material(
        tuple(sample.id for sample in samples),
        tuple(sample.attributes["split"] for sample in samples),
        arrays["x"],
        arrays["there"],
        arrays["gain"],
    )


def _arrays(
    dataset: Dataset, samples: Sequence[Sample], stage: str, depth: int, progress: Progress
) -> dict[str, NDArray[Any]]:
    progress("corpus", 0, 1)
    state = State(dataset.shared, MiniLM().prepare(State(dataset.shared), []))
    rows = []
    for start in range(0, len(samples), BATCH):
        progress("features", start, len(samples))
        rows += _rows(state, dataset, samples[start : start + BATCH], stage, depth)
    length = max(len(grades) for _, grades in rows)
    x = np.zeros((len(rows), length, rows[0][0].shape[1]), dtype=np.float32)
    gain = np.zeros((len(rows), length), dtype=np.float32)
    there = np.zeros((len(rows), length), dtype=np.bool_)
    for i, (found, grades) in enumerate(rows):
        x[i, : len(grades)], gain[i, : len(grades)], there[i, : len(grades)] = found, grades, True
    return {"x": x, "there": there, "gain": gain}


def _rows(
    state: State, dataset: Dataset, samples: Sequence[Sample], stage: str, depth: int
) -> list[tuple[NDArray[np.float32], list[int]]]:
    inputs = [CLEAN.view(0, dataset.name, sample) for sample in samples]
    queries = MiniLM().embedded(state, inputs)
    found = candidates(first_stage(stage, depth), state, inputs)
    return [
        _row(state, query, sample, one.scores)
        for query, sample, one in zip(queries, samples, found, strict=True)
    ]


def _row(
    state: State, query: NDArray[np.float32], sample: Sample, ranking: Any
) -> tuple[NDArray[np.float32], list[int]]:
    order = [document for document, _ in in_trec_order(ranking)]
    missed = [d for d, grade in grades_of(sample).items() if grade > 0 and d not in ranking]
    order = [*order[: max(len(order) - len(missed), 0)], *missed]
    corpus = corpus_of(state.shared, sample.attributes["split"])
    rows = [corpus.start + corpus.place(document) for document in order]
    lowest = min(ranking.values(), default=0.0)
    scores = [ranking.get(document, lowest) for document in order]
    x = features(query, np.asarray(state.arrays["corpus"])[rows], scores)
    return x, [max(grades_of(sample).get(document, 0), 0) for document in order]
