"""`own`: a model of an object that a person has, whichever library it comes from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from benchsuite.dataset import Inputs, digest
from benchsuite.learning.finite import check_finite
from benchsuite.learning.held import networks
from benchsuite.learning.inference import device_of, in_use
from benchsuite.learning.own import fingerprint_of
from benchsuite.model import State

from ...measure import Structures, checked_labels
from .answers import Answers, labels_given
from .given import FUNCTION, Asked, Given, asked_as, convention_of, taken_apart
from .networks import Pixels


@dataclass(frozen=True)
class Own:
    """A person's own model.

    asked    the object, and how it is asked
    answers  how its answers are read
    factors  design factors, by name
    """

    name: str
    fingerprint: str
    asked: Asked
    answers: Answers
    factors: Mapping[str, str] = field(default_factory=dict)

    @property
    def device(self) -> str:
        """Where its weights are."""
        return device_of(self.asked.network)

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[NDArray[Any]]:
        """Label maps (H, W) of `image` uint8 (H, W) or (H, W, 3), one image at a time."""
        with in_use(self.asked.network):
            return [self._labels(one.fields["image"], state.shared) for one in inputs]

    def _labels(self, image: Pixels, shared: Mapping[str, Any]) -> NDArray[Any]:
        (height, width), classes = image.shape[:2], Structures(**shared["structures"]).classes
        found = self.answers.label_map(self.asked.answer(image), (height, width), classes)
        if "ignore" in shared:  # only `measure` knows where any label may stand
            return found
        hint = " (model.labels says which label each of the model's is)"
        return checked_labels(found, classes, "prediction", hint)


def own(
    object: Any,  # noqa: A002
    name: str = "own",
    fingerprint: str = "",
    convention: str = "",
    pixels: str = "",
    channels: int = 0,
    multiple: int = 1,
    transforms: Any = None,
    inferer: Any = None,
    processor: Any = None,
    threshold: float | None = None,
    labels: Any = None,
    resize: bool = False,
) -> Own:
    """The model of an object: a callable, a network, or a pair of network and transforms.

    convention  function, network or transformers; by default what the object shows
    pixels      how a network sees an image, see `Preprocessing`; torchvision's segmentation models
                see it as imagenet, and others must say it
    channels    1 grey or 3 RGB; by default what a network's first convolution takes, and for a
                function what the dataset has
    multiple    a network's images are extended at the right and below to a multiple of it
    transforms  from an image to a network's input, see `Transformed`, in place of `pixels`
    inferer     (batch, network) -> logits: one of MONAI's, for sliding windows
    processor   the image processor of a network of transformers
    threshold, labels, resize   how answers are read, see `Answers`

    Raises WrongCall for an object or option that fits nothing, BadModel for weights with NaN.
    """
    given = taken_apart(Given(object, pixels, channels, multiple, transforms, inferer, processor))
    kind = convention_of(given, convention)
    asked, answers = asked_as(kind, given), Answers(threshold, labels_given(labels), resize)
    for network in networks(asked.network):
        check_finite(f"model {name}", network)
    parts = {"transforms": transforms, "inferer": inferer, "processor": processor}
    told = {key: fingerprint_of(part, key) for key, part in parts.items() if part is not None}
    how = [kind, given.pixels, given.channels, multiple, threshold, sorted(answers.labels), resize]
    backbone = {} if kind == FUNCTION else {"architecture": type(asked.network).__name__}
    return Own(name, digest([fingerprint, *how, told]), asked, answers, backbone)
