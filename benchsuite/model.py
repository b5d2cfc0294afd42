"""What benchsuite asks of a model: it maps inputs to predictions, and identifies its weights.

A model that learns while it is tested has no `predict` of its own. It begins a `Learner`, and
benchsuite leads that along the stream: it predicts each sample, and then gets its truth
("prequential": Dawid 1984, https://doi.org/10.2307/2981683).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Literal, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from benchsuite.dataset import Inputs, Sample, digest, id_key
from benchsuite.errors import BadData, WrongCall, near, of_others

PreparesOn = Literal["nothing", "dataset", "condition"]
Arrays = dict[str, NDArray[Any]]
Change = Callable[[Any], Any]
"""What a condition makes of a value of the model's."""
Arrives = Callable[[Inputs], Any]


@dataclass(frozen=True)
class State:
    """What `predict` receives beside its inputs: the dataset's shared part, and the artefact.

    `scratch` is for `prepare` alone: a folder for its checkpoints. A killed run that continues
    hands the same one over. It is removed once the artefact is published.
    """

    shared: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    seed: int = 0
    condition: str = "clean"
    scratch: Path | None = None


class Model(Protocol):
    """A model under evaluation. The fingerprint covers weights and options, never the name.

    A model may also have these attributes:

    factors              design factors of the table of runs: backbone, norm, a prompt's hash. Every
                         row shows the factor `protocol` (an adaptation to the test set)
    prepares_on          when `prepare` runs: once per dataset (an index of its corpus), or once
                         per condition (weights adapted to its inputs)
    prepare              what it returns is stored and handed to `predict`
    begin                (state) -> a Learner, in place of `predict` and `prepare`: the model learns
                         while it is tested, afresh under each condition
    prepare_fingerprint  what `prepare` alone depends on: models that prepare the same thing (an
                         embedded corpus) do it once between them
    device               torch's name of the device that it runs on, `cpu` by default
    networks             () -> its torch networks, those that `compile=yes` compiles
    answered             () -> the answers of a server that it used since the last call, as
                         `benchsuite.endpoint.Used`: a run says how many were kept ones
    adopts               False where what another run prepared must not serve, since the same
                         fingerprint may stand for another model: one behind a server
    altered              (name, change) -> the model with one of its fields changed, for conditions
                         that alter the model. A dataclass needs none
    """

    @property
    def name(self) -> str: ...
    @property
    def fingerprint(self) -> str: ...
    def predict(self, state: State, inputs: Sequence[Inputs]) -> Sequence[Any]: ...


@dataclass(frozen=True, eq=False)
class Function:
    """A model that is a function of one field: from the values of a batch to its predictions."""

    name: str
    fingerprint: str
    field: str
    function: Callable[[list[Any]], Sequence[Any]]

    def predict(self, state: State, inputs: Sequence[Inputs]) -> Sequence[Any]:
        """What the function gives for the field of these inputs."""
        return self.function([one.fields[self.field] for one in inputs])


class Optioned:
    """What a model that is a dataclass of options need not say: its fingerprint and its factors."""

    @property
    def fingerprint(self) -> str:
        """Covers the class and all options but the name."""
        return digest([type(self).__qualname__, self._options])

    @property
    def factors(self) -> Mapping[str, str]:
        """The options by name."""
        return {key: str(value) for key, value in self._options.items()}

    @property
    def _options(self) -> dict[str, Any]:
        every = asdict(cast(Any, self))
        return {key: value for key, value in every.items() if key != "name"}


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


class Prepared(Model, Protocol):
    """A model that prepares itself."""

    @property
    def prepares_on(self) -> PreparesOn: ...
    def prepare(self, state: State, inputs: Iterable[Inputs]) -> Arrays: ...


def prepared(model: Model) -> Prepared | None:
    """The model if it prepares itself, else None."""
    prepares = getattr(model, "prepares_on", "nothing") != "nothing"
    return cast(Prepared, model) if prepares else None


def altered(model: Model, name: str, change: Change) -> Model:
    """The model with the value of one of its fields changed.

    Raises WrongCall, with the nearest name, where it has no such field.
    """
    if hasattr(model, "altered"):
        return cast(Model, model.altered(name, change))
    own: list[str] = [one.name for one in fields(model) if one.init] if is_dataclass(model) else []
    if name not in own:
        raise WrongCall(f"model {model.name}: no field '{name}'{near(name, own)}")
    return cast(Model, replace(cast(Any, model), **{name: change(getattr(model, name))}))


def factors(model: Model) -> dict[str, str]:
    """The model's design factors; none by default."""
    return dict(getattr(model, "factors", {}))


def fingerprint(model: Model) -> str:
    """The fingerprint of a model on its class of device: a GPU sums in another order."""
    return _on_device(model, model.fingerprint)


def prepare_fingerprint(model: Model) -> str:
    """What the model's `prepare` depends on, its class of device included."""
    return _on_device(model, getattr(model, "prepare_fingerprint", model.fingerprint))


def _on_device(model: Model, own: str) -> str:
    kind = str(getattr(model, "device", "cpu") or "cpu").partition(":")[0]
    return own if kind == "cpu" else digest([own, kind])


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
