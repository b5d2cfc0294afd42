"""What benchsuite asks of a model: it maps inputs to predictions, and identifies its weights."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Literal, Protocol, cast

from numpy.typing import NDArray

from benchsuite.dataset import Inputs, digest
from benchsuite.errors import WrongCall, near

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
