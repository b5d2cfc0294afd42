"""A cross-encoder as a pointwise reranker of a first stage, by sentence-transformers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from benchsuite.dataset import Inputs, digest
from benchsuite.errors import BadModel
from benchsuite.learning.device import check_device
from benchsuite.learning.hub import content, located
from benchsuite.model import State, fingerprint

from .candidates import Candidates, candidates
from .dense import loaded
from .partition import by_rank, order_of
from .settings import at_least_one
from .stages import Settings, Staged


@dataclass(frozen=True)
class CrossEncoder(Staged):
    """One score of query and document together, for each candidate by itself.

    path: a directory, or a repository of the Hub; safetensors, and no remote code.
    first_stage, depth, run, dense: what is ranked, see `stages`.
    batch_size, max_length: pairs a forward pass, and tokens of a pair; none is the model's own.
    """

    path: str
    name: str = "cross-encoder"
    first_stage: str = "bm25"
    depth: int = 100
    run: str | None = None
    dense: Settings | None = None
    batch_size: int = 32
    max_length: int | None = None
    device: str = "cpu"

    def __post_init__(self) -> None:
        at_least_one(self, "batch_size", "depth")

    @property
    def fingerprint(self) -> str:
        """Covers the model's files, the first stage and the configuration."""
        parts = [content(located(self.path)), self.batch_size, self.max_length]
        return digest(["cross-encoder", *parts, fingerprint(self.stage)])

    @property
    def factors(self) -> Mapping[str, str]:
        """Design factors."""
        return {
            "first_stage": self.first_stage,
            "depth": str(self.depth),
            "backbone": Path(self.path).name,
            "paradigm": "pointwise",
        }

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[dict[str, float]]:
        """Rankings of the first stage's candidates, all of them; ties go by the first stage."""
        found = candidates(self.stage, state, inputs)
        texts: Mapping[str, str] = state.shared["corpus"]
        return [
            by_rank(order_of(self._scores(one.fields["query"], row, texts), row.scores, one.id))
            for one, row in zip(inputs, found, strict=True)
        ]

    def _scores(self, query: str, found: Candidates, texts: Mapping[str, str]) -> dict[str, float]:
        import torch

        # By id, so that what is in a batch together does not follow the order that is shown.
        documents = sorted(found.shown)
        if not documents:
            return {}
        model = _model(located(self.path), self.max_length, self.device)
        with torch.inference_mode():
            # As they are: the sigmoid makes ties of what is far from 0.
            scores = model.predict(
                [(query, texts[document]) for document in documents],
                batch_size=self.batch_size,
                show_progress_bar=False,
                activation_fn=torch.nn.Identity(),
                convert_to_numpy=True,
            )
        return dict(zip(documents, (float(score) for score in scores), strict=True))


@lru_cache(maxsize=2)
def _model(folder: Path, max_length: int | None, device: str) -> Any:
    from sentence_transformers import CrossEncoder as Pairs

    check_device(device)
    model = loaded(Pairs, folder, device)
    if model.num_labels != 1:
        raise BadModel(f"{folder}: expected a model with one score, found {model.num_labels}")
    if max_length is not None:
        model.max_length = max_length
    return model
