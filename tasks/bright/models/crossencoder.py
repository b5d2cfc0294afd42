"""A cross-encoder as a pointwise reranker of a first stage, by sentence-transformers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from benchsuite.dataset import Inputs, digest
from benchsuite.errors import BadModel
from benchsuite.learning.device import check_device
from benchsuite.learning.hub import content, located
from benchsuite.model import State, fingerprint

from .candidates import Candidates
from .dense import loaded
from .settings import at_least_one
from .stages import Settings, Staged

Pair = tuple[str, str]
"""A query and the text of a document."""


@dataclass(frozen=True)
class CrossEncoder(Staged):
    """One score of query and document together, for each candidate by itself.

    path: a directory, or a repository of the Hub; safetensors, and no remote code.
    revision: of the repository: a commit, to be safe; the newest by default.
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
    revision: str | None = None

    def __post_init__(self) -> None:
        at_least_one(self, "batch_size", "depth")

    @property
    def fingerprint(self) -> str:
        """Covers the model's files, the first stage and the configuration."""
        parts = [content(located(self.path, self.revision)), self.batch_size, self.max_length]
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
        scores = partial(by_pair, self._scores, state.shared["corpus"])
        return self.reranked(state, inputs, scores)

    def _scores(self, pairs: Sequence[Pair]) -> Sequence[float]:
        model = _model(located(self.path, self.revision), self.max_length, self.device)
        return logits(model, pairs, batch_size=self.batch_size)


def by_pair(
    scores: Callable[[Sequence[Pair]], Sequence[float]], texts: Mapping[str, str], query: str,
    found: Candidates,
) -> dict[str, float]:  # fmt: skip
    """The score of each candidate, by (query, text) alone, whatever the order that is shown."""
    # By id, so that what is in a batch together does not follow that order.
    documents = sorted(found.shown)
    if not documents:
        return {}
    pairs = [(query, texts[document]) for document in documents]
    return dict(zip(documents, scores(pairs), strict=True))


def check_one_score(where: str, model: Any) -> None:
    """Raises BadModel for a cross-encoder that has several scores of a pair."""
    if model.num_labels != 1:
        raise BadModel(f"{where}: expected a model with one score, found {model.num_labels}")


def logits(model: Any, pairs: Sequence[Pair], **more: Any) -> list[float]:
    """What a cross-encoder of sentence-transformers says of pairs.

    more: keyword arguments of its `predict`, such as the batch size.
    """
    import torch

    # As they are: the sigmoid makes ties of what is far from 0.
    known = {"activation_fn": torch.nn.Identity(), "show_progress_bar": False}
    with torch.inference_mode():
        scores = model.predict(list(pairs), **{**known, "convert_to_numpy": True, **more})
    return [float(score) for score in scores]


@lru_cache(maxsize=2)
def _model(folder: Path, max_length: int | None, device: str) -> Any:
    from sentence_transformers import CrossEncoder as Pairs

    check_device(device)
    model = loaded(Pairs, folder, device)
    check_one_score(str(folder), model)
    if max_length is not None:
        model.max_length = max_length
    return model
