"""What a model is to the suite: inputs in, predictions out, and a name for its weights."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from benchsuite.dataset import Inputs

PreparesOn = Literal["nothing", "dataset", "condition"]
Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class State:
    """What `predict` receives beside its inputs: the dataset's shared part, and the artefact.

    `scratch` is for `prepare` alone: a folder that it may keep checkpoints in. A killed run that
    continues hands the same one over; it is removed once the artefact is published.
    """

    shared: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    seed: int = 0
    condition: str = "clean"
    scratch: Path | None = None


class Model(Protocol):
    """A model under evaluation.

    `fingerprint` covers weights and configuration, never the name. `prepares_on` says when
    `prepare` runs: never, once a dataset (an index of its corpus), or once a condition (weights
    adapted to that condition's inputs). What it returns is stored, and handed to `predict`.
    A model may also have `prepare_fingerprint`, which covers what `prepare` alone depends on: then
    models that prepare the same thing (an embedded corpus) do it once between them.
    """

    @property
    def name(self) -> str: ...
    @property
    def fingerprint(self) -> str: ...
    @property
    def prepares_on(self) -> PreparesOn: ...
    @property
    def factors(self) -> Mapping[str, str]:
        """Design factors for the table of runs: backbone, norm, first stage, prompt's hash.

        One named `protocol` (an adaptation to the test set) is shown by every row of the model.
        """
        ...

    def prepare(self, state: State, inputs: Iterable[Inputs]) -> Arrays: ...
    def predict(self, state: State, inputs: Sequence[Inputs]) -> Sequence[Any]: ...


def no_arrays() -> Arrays:
    """What a model returns from `prepare` that prepares nothing."""
    return {"nothing": np.zeros(0, dtype=np.uint8)}
