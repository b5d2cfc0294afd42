"""A scorer of the user's own: a function of the images and captions of a group."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from benchsuite.dataset import Inputs
from benchsuite.errors import BadData
from benchsuite.learning.inference import device_of, in_use
from benchsuite.model import State

from ..dual_encoder import images_and_captions, numbers


@dataclass(frozen=True, eq=False)
class OwnScorer:
    """An object whose `score(images, captions)` gives the (m, k) scores of a group.

    fingerprint  covers the object, and the options of its adapter
    show         uint8 RGB (H, W, 3) -> an image as the function takes it
    """

    name: str
    fingerprint: str
    model: Any
    score: Callable[[list[Any], list[str]], Any]
    show: Callable[[Any], Any]

    @property
    def factors(self) -> Mapping[str, str]:
        """Design factors."""
        return {"backbone": type(self.model).__name__, "adaptation": "none"}

    @property
    def device(self) -> str:
        """Where the object's networks are."""
        return device_of(self.model)

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[NDArray[Any]]:
        """The scores of each group, as the object gives them. Raises BadData for anything else."""
        shown, said = images_and_captions(inputs)
        with in_use(self.model):
            return [self._scored(*group) for group in zip(shown, said, strict=True)]

    def _scored(self, images: Sequence[Any], captions: Sequence[str]) -> NDArray[Any]:
        found = self.score([self.show(image) for image in images], list(captions))
        made = numbers("score", found)
        expected = len(images), len(captions)
        one_row = made[None] if expected[0] == 1 and made.ndim == 1 else made
        # Three dimensions would be repeats of an adaptation to the metrics.
        if one_row.shape != expected:
            raise BadData(f"score: expected scores {expected} of images and captions, "
                          f"found {made.shape}")  # fmt: skip
        return one_row
