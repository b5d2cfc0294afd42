"""Models that learn while they are tested.

Such a model has no `predict` of its own. It begins a `Learner`, and benchsuite leads that along
the stream: it predicts each sample, and then gets its truth ("prequential": Dawid 1984,
https://doi.org/10.2307/2981683).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from benchsuite.dataset import Inputs, Sample, id_key
from benchsuite.errors import BadData, of_others
from benchsuite.model import Arrays, Arrives, Change, Model, PreparesOn, State, altered


class Learner(Protocol):
    """A model on its way along one stream. It gets a sample's truth after it has predicted it."""

    def predict(self, inputs: Inputs) -> Any:
        """The prediction: a number, or an array of the same shape for every sample."""
        ...

    def learn(self, inputs: Inputs, truth: Any) -> None:
        """Learn from the sample that was predicted last."""
        ...


class Online(Protocol):
    """A model that learns while it is tested. Every stream begins with a learner of its own."""

    @property
    def name(self) -> str: ...
    @property
    def fingerprint(self) -> str: ...
    def begin(self, state: State) -> Learner: ...


@dataclass(frozen=True)
class Arrival(Inputs):
    """A sample of a stream, and the truth that its learner gets afterwards."""

    truth: Any


@dataclass(frozen=True)
class Answer:
    """What a learner predicted, and when: at the `place` of its sample, from 0, among `of`."""

    value: Any
    place: int
    of: int


@dataclass(frozen=True)
class Prequential:
    """An online model along the stream of a condition: `prepare` leads it, `predict` looks up.

    arrival  (view of a sample) -> its key in the order of arrival; see `Task.arrival`

    All that is not said here is the online model's own.
    """

    online: Online
    arrival: Arrives | None = None

    def __getattr__(self, name: str) -> Any:
        if name in Prequential.__dataclass_fields__ or name.startswith("__"):
            raise AttributeError(name)  # a copy under construction has no model yet
        return getattr(self.online, name)

    @property
    def name(self) -> str:
        """The online model's own name."""
        return self.online.name

    def altered(self, name: str, change: Change) -> "Prequential":
        """The same of the online model with one of its fields changed."""
        return replace(self, online=cast(Online, altered(cast(Model, self.online), name, change)))

    @property
    def fingerprint(self) -> str:
        """The online model's own fingerprint."""
        return self.online.fingerprint

    @property
    def prepares_on(self) -> PreparesOn:
        """The condition: a stream has the order and the inputs that the condition shows."""
        return "condition"

    def arrivals(self, views: Iterable[tuple[Inputs, Sample]]) -> list[Arrival]:
        """The samples as a condition shows them, in the order in which they arrive."""
        stream = [Arrival(one.id, one.fields, sample.truth) for one, sample in views]
        return sorted(stream, key=self.arrival) if self.arrival else stream

    def prepare(self, state: State, inputs: Iterable[Inputs]) -> Arrays:
        """What was predicted of N samples when they arrived, sorted by key.

        keys uint64 (N,) hashes of the ids;   places int64 (N,) in the stream;   said (N, ...)
        Raises BadData, with the sample, for a prediction of another shape than the first one.
        """
        learner, ids, said = self.online.begin(state), list[str](), list[NDArray[Any]]()
        for one in cast(Iterable[Arrival], inputs):
            seen = Inputs(one.id, one.fields)
            with of_others(f"sample '{one.id}'"):
                said.append(np.array(learner.predict(seen)))  # a copy: it stays what it was
                if (found := said[-1].shape) != said[0].shape:
                    expected = f"expected a prediction of shape {said[0].shape}"
                    raise BadData(f"sample '{one.id}': {expected}, found {found}")
                learner.learn(seen, one.truth)
            ids.append(one.id)
        keys = np.array([id_key(name) for name in ids], dtype=np.uint64)
        places = np.argsort(keys)
        return {"keys": keys[places], "places": places, "said": np.stack(said)[places]}

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[Answer]:
        """What was predicted of the samples when they arrived."""
        keys, places, said = (state.arrays[name] for name in ("keys", "places", "said"))
        rows = np.searchsorted(keys, [id_key(one.id) for one in inputs])
        return [Answer(said[row], int(places[row]), len(keys)) for row in rows]


def along(model: Model | Online, arrival: Arrives | None) -> Model:
    """The model; one that learns while it is tested is led along the stream."""
    learns = callable(getattr(model, "begin", None))
    return Prequential(cast(Online, model), arrival) if learns else cast(Model, model)
