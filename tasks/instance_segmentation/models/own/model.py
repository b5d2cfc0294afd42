"""`own`: a model of an object that a person has, whichever library it comes from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Protocol

from torch import nn

from benchsuite.dataset import Inputs, digest
from benchsuite.errors import WrongCall, one_of
from benchsuite.learning.finite import check_finite
from benchsuite.learning.held import networks
from benchsuite.learning.inference import device_of, in_use
from benchsuite.learning.own import fingerprint_of
from benchsuite.model import State

from ...formats import CAP, MAX_DETECTIONS, Detections
from ..rcnn import is_plain
from .called import CONVENTIONS, Called, is_of
from .heads import Anchors
from .labels import Classes, Given, checked
from .networks import Detectron, Hub, Regions, pair_of
from .yolo import Yolo

TRANSFORMERS, YOLO = "transformers", "yolo"
WANTED = (
    "a callable or network of torchvision's convention, a predictor or network of detectron2, an "
    "object that returns supervision's arrays, or a network of transformers with its processor"
)


class Detector(Protocol):
    """An object with all that is needed to ask it for the detections in an image."""

    @property
    def network(self) -> Any: ...
    def detect(self, row: Inputs, classes: Classes) -> Detections: ...


@dataclass(frozen=True)
class Own:
    """A person's own model.

    detector  the object, and how it is asked
    classes   what its labels are, see `labels.Given`; empty for what the object says
    factors   design factors, by name
    """

    name: str
    fingerprint: str
    detector: Detector
    classes: Given = ()
    factors: Mapping[str, str] = field(default_factory=dict)

    @property
    def device(self) -> str:
        """Where its weights are."""
        return device_of(self.detector.network)

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[Detections]:
        """Detections in each input's `image`, uint8 (H, W, 3), one image at a time."""
        most = state.shared.get(CAP, MAX_DETECTIONS)
        classes = Classes(self.name, self.classes, state.shared["classes"], most)
        with in_use(self.detector.network):
            return [self.detector.detect(row, classes) for row in inputs]


def own(
    object: Any,  # noqa: A002
    name: str = "own", fingerprint: str = "", convention: str = "", classes: Given | None = None,
    processor: Any = None, score: float | None = None, limit: int | None = None,
    min_size: int | None = None, max_size: int | None = None,
    size: int | Sequence[int] | None = None, rect: bool | None = None, iou: float | None = None,
    anchors: Anchors | None = None, objectness: bool | None = None,
    factors_of: Mapping[str, str] | None = None,
) -> Own:  # fmt: skip
    """The model of an object: a callable, a network, or a pair of network and image processor.

    convention  torchvision, supervision, detectron2, transformers or yolo; by default what the
                object, or its first answer, shows: never yolo
    classes     what its labels are, see `labels.Given`; by default what the object says
    processor   the image processor of a network of transformers
    score, limit         of a network of transformers, see `networks.Hub`
    min_size, max_size   of a network of detectron2, see `networks.Detectron`
    score, size, rect, iou, anchors, objectness   of a head of YOLO, see `yolo.Yolo`
    factors_of  design factors, by the factor's name
    Raises WrongCall for an object or option that fits nothing, BadModel for weights with NaN.
    """
    if convention:
        one_of("convention", convention, [*CONVENTIONS, TRANSFORMERS, YOLO])
    options = {
        "score": score, "limit": limit, "min_size": min_size, "max_size": max_size, "size": size,
        "rect": rect, "iou": iou, "anchors": anchors, "objectness": objectness,
    }  # fmt: skip
    given = {key: value for key, value in options.items() if value is not None}
    detector = _detector(object, convention, processor, given)
    for network in networks(detector.network):
        check_finite(f"model {name}", network)
    names = checked(classes)
    told = "" if processor is None else fingerprint_of(processor)
    return Own(
        name,
        digest([fingerprint, convention, _listed(names), told, given]),
        detector,
        names,
        dict(factors_of or {}),
    )


def _detector(given: Any, convention: str, processor: Any, options: Mapping[str, Any]) -> Detector:
    kind, parts = _kind(given, convention or _recognised(given, processor), processor)
    known = [one.name for one in fields(kind)]
    if odd := [key for key in options if key not in known]:
        raise WrongCall(
            f"{odd[0]}: expected for another kind of model, found {type(given).__name__}"
        )
    made: Detector = kind(*parts, **options)
    return made


def _kind(given: Any, convention: str, processor: Any) -> tuple[type[Any], tuple[Any, ...]]:
    """The detector of that convention, and what it is made of."""
    if convention == TRANSFORMERS:
        return Hub, pair_of(given, processor)
    if convention == YOLO:
        return Yolo, (given,)
    if convention == "detectron2" and isinstance(given, nn.Module):
        return Detectron, (given,)
    if convention == "torchvision" and is_plain(given):
        return Regions, (given,)
    return Called, (given, (convention,)) if convention else (given,)


def _recognised(given: Any, processor: Any) -> str:
    """The convention that an object shows; empty where its answer will. Raises WrongCall."""
    pair = processor is not None or isinstance(given, tuple | list)
    if pair or hasattr(given, "image_processor") or is_of(given, "transformers"):
        return TRANSFORMERS
    if isinstance(given, nn.Module) and (
        is_of(given, "detectron2") or hasattr(given, "input_format")
    ):
        return "detectron2"
    if is_plain(given):
        return "torchvision"
    if callable(given) or hasattr(given, "predict"):
        return ""
    raise WrongCall(f"model: expected {WANTED}; found {type(given).__name__}")


def _listed(names: Given) -> list[Any]:
    pairs = names.items() if isinstance(names, Mapping) else enumerate(names)
    return [type(names).__name__, *([str(label), name] for label, name in pairs)]
