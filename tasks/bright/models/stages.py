"""First stages of a reranker, by name."""

from benchsuite.errors import WrongCall
from benchsuite.model import Model

from .bm25 import BM25
from .fusion import Fusion
from .minilm import MiniLM
from .runfile import RunFile

STAGES = ("bm25", "minilm", "fusion", "run")


def first_stage(name: str, depth: int, run: str | None = None) -> Model:
    """The first stage of that name, cut at `depth` documents; `run` is the path of a run file."""
    if name not in STAGES:
        raise WrongCall(f"model.first_stage: expected one of {', '.join(STAGES)}, found '{name}'")
    if depth < 1:
        raise WrongCall(f"model.depth: expected at least 1, found {depth}")
    if name == "run":
        if not run:
            raise WrongCall("model.run: expected the path of a run file, for model.first_stage=run")
        return RunFile(run, depth=depth)
    stages: dict[str, Model] = {
        "bm25": BM25(depth=depth),
        "minilm": MiniLM(retrieved=depth),
        "fusion": Fusion(depth=depth),
    }
    return stages[name]
