"""Objects of a user's own that learn sample by sample, as those of river and scikit-learn do."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from benchsuite.dataset import Dataset, Inputs
from benchsuite.errors import WrongCall
from benchsuite.files.numbers import read_numbers
from benchsuite.learning.prequential import Answer
from benchsuite.model import State


@dataclass(frozen=True)
class Reading:
    """What such an object is told, and how its answer is read.

    target   (truth) -> the number or class that it learns
    classes  those of a classifier, whose answer is the probability of the last one; () of a number
    """

    target: Callable[[Any], Any] = float
    classes: tuple[Any, ...] = ()


BINARY: Final = Reading(bool, (False, True))


@dataclass(frozen=True)
class Incremental:
    """A model of an object of the user's own. Each stream has a copy, so the object stays as it is.

    A sample has the input `x`, float64 (d,), and the dataset shares the names of its `features`.
    """

    object: Any
    name: str
    fingerprint: str
    reading: Reading = Reading()

    def begin(self, state: State) -> "Named | Rows":
        """A copy that knows what the object knows."""
        mine = deepcopy(self.object)
        if hasattr(mine, "learn_one"):
            return Named(mine, state.shared["features"], self.reading)
        return Rows(mine, self.reading, fitted=not hasattr(mine, "partial_fit"))


@dataclass(frozen=True)
class Named:
    """river's convention: `predict_one` and `learn_one` of a dict of features by name."""

    object: Any
    features: Sequence[str]
    reading: Reading

    def predict(self, inputs: Inputs) -> float:
        """The prediction; 0 where the object has none yet."""
        x = self._named(inputs)
        if self.reading.classes and hasattr(self.object, "predict_proba_one"):
            return float(self.object.predict_proba_one(x).get(self.reading.classes[-1], 0.0))
        return float(self.object.predict_one(x) or 0.0)

    def learn(self, inputs: Inputs, truth: Any) -> None:
        """Hand over the truth."""
        self.object.learn_one(self._named(inputs), self.reading.target(truth))

    def _named(self, inputs: Inputs) -> dict[str, float]:
        return dict(zip(self.features, inputs.fields["x"].tolist(), strict=True))


@dataclass
class Rows:
    """scikit-learn's convention, `predict` and `partial_fit` of a matrix; or a function of `x`.

    fitted  whether it can predict. Until then, its prediction is 0
    """

    object: Any
    reading: Reading
    fitted: bool

    def predict(self, inputs: Inputs) -> float:
        """The prediction."""
        x = inputs.fields["x"]
        if not self.fitted:
            return 0.0
        if self.reading.classes and hasattr(self.object, "predict_proba"):
            return float(self.object.predict_proba(x[None])[0, -1])
        if hasattr(self.object, "predict"):
            return float(self.object.predict(x[None])[0])
        return float(self.object(x))

    def learn(self, inputs: Inputs, truth: Any) -> None:
        """Hand over the truth, if the object learns at all."""
        if hasattr(self.object, "partial_fit"):
            known = {"classes": self.reading.classes} if self.reading.classes else {}
            self.object.partial_fit(inputs.fields["x"][None], [self.reading.target(truth)], **known)
            self.fitted = True


def own(object: Any, name: str, fingerprint: str) -> Incremental:  # noqa: A002
    """The model of an object: of river, of scikit-learn, or a function of `x` that never learns.

    Raises WrongCall for an object of no such kind.
    """
    named = all(callable(getattr(object, one, None)) for one in ("predict_one", "learn_one"))
    if not (named or callable(object) or callable(getattr(object, "predict", None))):
        raise WrongCall(
            "model: expected predict_one and learn_one, predict and partial_fit, or a function "
            f"of x; found {type(object).__name__}"
        )
    return Incremental(object, name, fingerprint)


def classifier(object: Any, name: str, fingerprint: str) -> Incremental:  # noqa: A002
    """As `own`, of an object that tells True from False; its answer is the probability of True."""
    return replace(own(object, name, fingerprint), reading=BINARY)


class Doubling:
    """A batch learner as one of river's: fitted to the `first` samples, and again as they double.

    `fit` gets a table of features by name, and the targets; `predict` an array (1, d). Until the
    first fit, and while all targets are the same, the prediction is 0.
    """

    def __init__(self, object: Any, first: int) -> None:  # noqa: A002
        self.object, self.next, self.fitted = object, first, False
        self.past: list[tuple[dict[str, float], Any]] = []

    def predict_one(self, x: dict[str, float]) -> Any:
        """What the last fit predicts."""
        return self.object.predict(np.array([[*x.values()]]))[0] if self.fitted else 0

    def learn_one(self, x: dict[str, float], y: Any) -> None:
        """Keep the sample; fit anew if it is time."""
        self.past.append((x, y))
        if len(self.past) == self.next:
            self.next *= 2
            rows, targets = zip(*self.past, strict=True)
            if len({*targets}) > 1:
                self.object.fit(pd.DataFrame(rows), np.array(targets))
                self.fitted = True


def read_answers(path: Path, dataset: Dataset) -> dict[str, Answer]:
    """Predictions made elsewhere along a stream: a CSV of numbers in the order of arrival."""
    found = read_numbers(path, dataset)
    return {key: Answer(said, n, len(found)) for n, (key, said) in enumerate(found.items())}
