"""First stages of a reranker, by name, and what rerankers that prepare nothing else share."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from benchsuite.dataset import Inputs
from benchsuite.errors import WrongCall, near
from benchsuite.model import Arrays, Model, PreparesOn, State, prepare_fingerprint, prepared

from .bm25 import BM25
from .candidates import Candidates, candidates
from .dense import Dense
from .fusion import Fusion
from .minilm import MiniLM
from .partition import by_rank, order_of
from .runfile import RunFile

Settings = str | Mapping[str, Any]
"""Of a model: its path, or its settings by name."""
Scores = Callable[[str, Candidates], Mapping[str, float]]
"""(query, its candidates) -> their scores by document."""


class Staged:
    """A reranker that prepares what its first stage prepares, and nothing else."""

    first_stage: str
    depth: int
    run: str | None
    dense: Settings | None

    @property
    def stage(self) -> Model:
        """The first stage."""
        return first_stage(self.first_stage, self.depth, self.run, self.dense)

    @property
    def prepares_on(self) -> PreparesOn:
        """As the first stage."""
        stage = prepared(self.stage)
        return stage.prepares_on if stage else "nothing"

    @property
    def prepare_fingerprint(self) -> str:
        """That of the first stage."""
        return prepare_fingerprint(self.stage)

    def prepare(self, state: State, inputs: Iterable[Inputs]) -> Arrays:
        """What the first stage prepares."""
        stage = prepared(self.stage)
        return stage.prepare(state, inputs) if stage else {}

    def reranked(
        self, state: State, inputs: Sequence[Inputs], scores: Scores
    ) -> list[dict[str, float]]:
        """Rankings of the first stage's candidates, all of them; ties go by the first stage."""
        found = candidates(self.stage, state, inputs)
        return [
            by_rank(order_of(scores(one.fields["query"], row), row.scores, one.id))
            for one, row in zip(inputs, found, strict=True)
        ]


def first_stage(
    name: str, depth: int, run: str | None = None, dense: Settings | None = None
) -> Model:
    """The first stage of that name, cut at `depth` documents.

    `fusion` goes by z-scores, `rrf` by reciprocal ranks.
    run: the path of a run file, for `run`.   dense: for `dense`, a directory or a name on the Hub,
    or the settings of the model `dense`.
    """
    stages: dict[str, Callable[[], Model]] = {
        "bm25": lambda: BM25(depth=depth),
        "minilm": lambda: MiniLM(retrieved=depth),
        "fusion": lambda: Fusion(depth=depth),
        "rrf": lambda: Fusion(method="rrf", depth=depth),
        "dense": lambda: _dense(dense, depth),
        "run": lambda: _run(run, depth),
    }
    if name not in stages:
        raise WrongCall(f"model.first_stage: expected one of {', '.join(stages)}, found '{name}'")
    if depth < 1:
        raise WrongCall(f"model.depth: expected at least 1, found {depth}")
    return stages[name]()


def _run(path: str | None, depth: int) -> RunFile:
    if not path:
        raise WrongCall("model.run: expected the path of a run file, for model.first_stage=run")
    return RunFile(path, depth=depth)


def _dense(asked: Settings | None, depth: int) -> Dense:
    chosen = {"path": asked} if isinstance(asked, str) else dict(asked or {})
    if not chosen.get("path"):
        raise WrongCall("model.dense: expected the path of a model, for model.first_stage=dense")
    known = [field.name for field in fields(Dense) if field.name not in ("name", "depth")]
    for key in chosen:
        if key not in known:
            raise WrongCall(f"model.dense: no setting is called '{key}'{near(key, known)}")
    return Dense(**chosen, depth=depth)
