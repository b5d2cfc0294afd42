"""A model in mixed precision, or with its networks compiled: a model of its own, and it says so.

Both change the numbers a little. So they are part of the fingerprint, and factors that rows show.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any, Final

from benchsuite.dataset import Inputs, digest
from benchsuite.errors import WrongCall, near
from benchsuite.learning.held import networks
from benchsuite.learning.prequential import Prequential
from benchsuite.model import (
    Arrays,
    Change,
    Model,
    State,
    altered,
    factors,
    prepared,
)

SINGLE: Final = "float32"
PRECISIONS: Final = (SINGLE, "bfloat16", "float16")
"""What a setting may name. torch's autocast computes what is safe in the shorter kinds."""


def accelerated(model: Model, precision: str, compiled: bool) -> Model:
    """The model with what was asked for; itself where that is nothing.

    Raises WrongCall for a precision that does not exist, and for a model without networks to
    compile: one that loads them late names them as `networks()`.
    """
    if precision not in PRECISIONS:
        known = ", ".join(PRECISIONS)
        raise WrongCall(
            f"precision: expected one of {known}, found '{precision}'{near(precision, PRECISIONS)}"
        )
    if compiled and not hasattr(model, "networks") and not networks(model):
        raise WrongCall(f"compile: model {model.name} names no networks that torch could compile")
    if precision == SINGLE and not compiled:
        return model
    if isinstance(model, Prequential):
        raise WrongCall(f"precision, compile: expected neither, since model {model.name} learns")
    return Accelerated(model, precision, compiled)


@dataclass(frozen=True)
class Accelerated:
    """A model whose calls run under autocast in `precision`, with its networks compiled if asked.

    All that is not said here is the model's own.
    """

    model: Model
    precision: str
    compiled: bool

    def __getattr__(self, name: str) -> Any:
        if name in Accelerated.__dataclass_fields__ or name.startswith("__"):
            raise AttributeError(name)  # a copy under construction has no model yet
        return getattr(self.model, name)

    @property
    def name(self) -> str:
        """The model's own name."""
        return self.model.name

    @property
    def fingerprint(self) -> str:
        """Covers the model, its precision, and whether it is compiled."""
        return self._mark(self.model.fingerprint)

    @property
    def prepare_fingerprint(self) -> str:
        """What it prepares is of this precision, too."""
        return self._mark(getattr(self.model, "prepare_fingerprint", self.model.fingerprint))

    @property
    def factors(self) -> Mapping[str, str]:
        """The model's own, and these two where they are not the usual."""
        own = {"precision": self.precision if self.precision != SINGLE else ""}
        own["compiled"] = "yes" if self.compiled else ""
        return {**factors(self.model), **{key: value for key, value in own.items() if value}}

    def altered(self, name: str, change: Change) -> "Accelerated":
        """The same of the model with one of its fields changed."""
        return replace(self, model=altered(self.model, name, change))

    def predict(self, state: State, inputs: Sequence[Inputs]) -> Sequence[Any]:
        """The model's own predictions."""
        with self._ready():
            return self.model.predict(state, inputs)

    def prepare(self, state: State, inputs: Iterable[Inputs]) -> Arrays:
        """What the model prepares."""
        model = prepared(self.model)
        if model is None:
            raise WrongCall(f"model {self.name}: it prepares nothing")
        with self._ready():
            return model.prepare(state, inputs)

    def _mark(self, own: str) -> str:
        return digest([own, self.precision, self.compiled])

    def _ready(self) -> AbstractContextManager[Any]:
        if self.compiled:
            for network in self._networks():
                if network._compiled_call_impl is None:
                    network.compile()
        if self.precision == SINGLE:
            return nullcontext()
        import torch

        kind = str(getattr(self.model, "device", "cpu") or "cpu").partition(":")[0]
        mixed: AbstractContextManager[Any] = torch.autocast(kind, getattr(torch, self.precision))
        return mixed

    def _networks(self) -> Sequence[Any]:
        named = getattr(self.model, "networks", None)
        return named() if named else networks(self.model)
