"""What a model gives back, checked where it leaves the model."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from typing import Any

import numpy as np

from benchsuite.errors import BadData


def in_order(where: str, predictions: Any, expected: int) -> Sequence[Any]:
    """The predictions, if they are a sequence with one for each input: a list, array or tensor.

    Raises BadData for a container without an order of its own (a dict, a set, a table), a text, a
    generator, and another number of predictions.
    """
    refused = isinstance(predictions, Mapping | Set | str | bytes | bytearray)
    table = hasattr(predictions, "keys") and getattr(predictions, "ndim", 2) != 1
    try:
        found = -1 if refused or table else len(predictions)
    except TypeError:  # a generator, an array of no dimension, an object of another kind
        found = -1
    if found < 0:
        kind = type(predictions).__name__
        raise BadData(f"{where}: expected a sequence of {expected} predictions, found {kind}")
    if found != expected:
        raise BadData(f"{where}: expected {expected} predictions, found {found}")
    made: Sequence[Any] = predictions
    return made


def check_finite(prediction: Any, where: str = "prediction") -> None:
    """Raise BadData, with its place, for a number that is not finite in a prediction.

    Looks at numbers, arrays and tensors, alone or in lists, tuples and dicts. A record of the
    task's own is left to its `measure`.
    """
    if isinstance(prediction, float):
        if not math.isfinite(prediction):
            raise BadData(f"{where}: expected a finite number, found {prediction}")
    elif isinstance(prediction, Mapping):
        _check_each(where, prediction.items(), prediction.values())
    elif isinstance(prediction, list | tuple):
        _check_each(where, enumerate(prediction), prediction)
    elif hasattr(prediction, "isfinite"):  # a tensor: numpy has no bfloat16
        _check_array(where, prediction, prediction.isfinite().cpu().numpy())
    elif isinstance(prediction, np.ndarray | np.generic) and prediction.dtype.kind in "fc":
        _check_array(where, prediction, np.isfinite(prediction))


def _check_each(where: str, placed: Iterable[tuple[Any, Any]], values: Collection[Any]) -> None:
    # A ranking has a thousand plain floats; where all are finite, none needs the text of its place.
    if {*map(type, values)} <= {float} and all(map(math.isfinite, values)):
        return
    for place, value in placed:
        check_finite(value, f"{where}[{place!r}]")


def _check_array(where: str, given: Any, finite: Any) -> None:
    if not finite.all():
        place = [int(n) for n in np.argwhere(~finite)[0]]
        found = given[tuple(place)].item()
        raise BadData(f"{where}{place or ''}: expected a finite number, found {found}")


def check_arrays(where: str, arrays: Any) -> None:
    """Raise BadData unless what `prepare` returned is arrays by name, none of them of objects."""
    if not isinstance(arrays, Mapping):
        raise BadData(f"{where}: expected arrays by name, found {type(arrays).__name__}")
    for name, array in arrays.items():
        if not isinstance(name, str) or not isinstance(array, np.ndarray) or array.dtype.hasobject:
            found = getattr(array, "dtype", type(array).__name__)
            raise BadData(f"{where}: expected arrays by name, found {name!r}: {found}")
