"""Models that a person hands over as an object: what names them, and whether they stay the same.

The fingerprint covers weights, options and the text of all code of the person's own. benchsuite
never guesses that two models are equal: where it cannot tell, the person names the version.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from benchsuite.errors import ModelChanged, WrongCall
from benchsuite.learning.code import Untellable
from benchsuite.learning.leaves import sealed
from benchsuite.learning.walk import Walk


@dataclass(frozen=True, eq=False)
class Own:
    """A model of the person's own.

    fingerprint  32 hex digits, or the text that the person gave
    given        whether the person gave it: then it is believed, and never computed again
    weights      the numbers that the model held at first, by their paths
    """

    object: Any
    fingerprint: str
    given: bool
    weights: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    def check_unchanged(self) -> None:
        """Raises ModelChanged where the weights are no longer those of the fingerprint.

        Weights are tensors, arrays and floats. What the object counts, logs and remembers beside
        them may change.
        """
        if self.given:
            return
        walk = Walk(strict=False)
        walk.of(self.object, "model")
        there = set(walk.weights.values())
        for path, before in self.weights.items():
            now = walk.weights.get(path)
            if now != before and (now or before not in there):
                raise ModelChanged(
                    f"{path} changed while the model ran: its fingerprint names other weights; "
                    "give fingerprint=... if this is no weight"
                )


def own_of(object: Any, fingerprint: str = "") -> Own:  # noqa: A002
    """The object with its fingerprint: the given one, or else the computed one.

    Raises WrongCall where none is given and none can be computed.
    """
    if not isinstance(fingerprint, str):
        raise WrongCall(f"fingerprint: expected a text, found {fingerprint!r}")
    if fingerprint:
        return Own(object, fingerprint, given=True)
    walk = Walk(strict=True)
    return Own(object, _told(walk, object), given=False, weights=walk.weights)


def fingerprint_of(value: object) -> str:
    """32 hex digits that name a model: its weights, its options and its code.

    Neither the device nor the mode (`train`, `eval`) counts, nor the place of files.
    Raises WrongCall that says which part cannot be told, and why.
    """
    return _told(Walk(strict=True), value)


def _told(walk: Walk, value: object) -> str:
    try:
        return sealed("model", walk.of(value, "model")).hex()
    except RecursionError as error:
        raise _cannot("model: too deep to be read") from error
    except Untellable as error:
        raise _cannot(str(error)) from error


def _cannot(why: str) -> WrongCall:
    return WrongCall(
        f"{why}, so benchsuite cannot tell two versions of the model apart: "
        "give fingerprint=..., a text of yours that names this version"
    )
