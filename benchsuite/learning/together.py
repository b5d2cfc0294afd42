"""Models whose prediction of a sample depends on other samples: they look at a party at once.

A batch may be cut anywhere, and a sample that failed is tried again by itself. So such a model
makes all its predictions when it prepares itself on a condition's inputs, a party at a time.
"""

import io
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchsuite.dataset import Inputs
from benchsuite.errors import BadData
from benchsuite.files.maps import grey
from benchsuite.learning.inference import in_use
from benchsuite.model import Arrays, PreparesOn, State


@dataclass(frozen=True)
class Together:
    """A model of a function that looks at several inputs at once.

    look   the values of `field` in the inputs of a party, in their order -> a prediction for each
    kept   a prediction -> the array of it that is kept
    seat   the field of the inputs whose `party` names those that are seen together
    """

    name: str
    fingerprint: str
    look: Callable[[list[Any]], Sequence[Any]]
    field: str
    kept: Callable[[Any], NDArray[Any]] = np.asarray
    seat: str = "seat"
    prepares_on: PreparesOn = "condition"

    def prepare(self, state: State, inputs: Iterable[Inputs]) -> Arrays:
        """The prediction of each input by its id, compressed. Raises BadData for another number."""
        parties = defaultdict[str, list[Inputs]](list)
        for one in inputs:
            parties[one.fields[self.seat].party].append(one)
        made: Arrays = {}
        for name, party in parties.items():
            with in_use(self.look):
                found = list(self.look([one.fields[self.field] for one in party]))
            if len(found) != len(party):
                raise BadData(
                    f"'{name}': expected {len(party)} predictions together, found {len(found)}"
                )
            pairs = zip(party, found, strict=True)
            made |= {one.id: _packed(self.kept(value)) for one, value in pairs}
        return made

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[NDArray[Any]]:
        """The predictions that were made."""
        return [_unpacked(state.arrays[one.id]) for one in inputs]


def own_maps(object: Any, name: str = "own", fingerprint: str = "") -> Together:  # noqa: A002
    """The model of a function, or of an object's `predict`: RGB images -> a map of each."""
    look = object if callable(object) else object.predict
    return Together(name, fingerprint, look, "image", grey)


def _packed(array: NDArray[Any]) -> NDArray[np.uint8]:
    """The bytes of an array in compressed form."""
    sink = io.BytesIO()
    np.save(sink, array, allow_pickle=False)
    return np.frombuffer(zlib.compress(sink.getvalue()), np.uint8)


def _unpacked(packed: NDArray[np.uint8]) -> NDArray[Any]:
    found: NDArray[Any] = np.load(io.BytesIO(zlib.decompress(packed.tobytes())), allow_pickle=False)
    return found
