"""Objects that are called with an image: torchvision's, supervision's and detectron2's conventions.

Nothing about a function tells its convention. It is called with the first image in one after the
other, until what it returns has that convention's form.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchsuite.dataset import Inputs
from benchsuite.errors import BadData, BadModel, placed
from benchsuite.learning.inference import moved, weight_of

from ...formats import Detections
from ..masks import rgb
from ..rcnn import as_tensor
from ..torchvision import coco_names
from .arrays import Raw, detections
from .labels import Classes, Told

Image = NDArray[np.uint8]
CLASSES = (
    ("roi_heads", "box_predictor", "cls_score", "out_features"),
    ("head", "classification_head", "num_classes"),
    ("head", "classification_head", "num_columns"),
)
"""Where torchvision's networks keep the number of their classes, the background among them."""


@dataclass(frozen=True)
class Convention:
    """How an object is asked for the detections in an image, and how its answer is read.

    shown  what the object returns, and for what
    ask    (object, image as RGB) -> its answer
    fits   whether an answer has the convention's form
    read   from an answer to the detections
    told   what the object says of its labels
    """

    shown: str
    ask: Callable[[Any, Image], Any]
    fits: Callable[[Any], bool]
    read: Callable[[Any], Raw]
    told: Callable[[Any], Told]


def _ask_torchvision(called: Any, image: Image) -> Any:
    weight = weight_of(called)
    tensor = as_tensor(image)
    found = called([tensor if weight is None else moved(tensor, weight)])
    return list(islice(found, 2)) if isinstance(found, Iterator) else found


def _read_torchvision(found: Any) -> Raw:
    if len(found) != 1:
        raise BadData(f"expected a list of 1 prediction for a list of 1 image, found {len(found)}")
    one = found[0]
    if missing := [key for key in ("labels", "scores", "boxes") if key not in one]:
        raise BadData(f"expected boxes, labels and scores, found no {missing[0]}")
    return Raw(one["labels"], one["scores"], one["boxes"], one.get("masks"))


def told_torchvision(called: Any) -> Told:
    """What a network of torchvision says of its labels; 90 of them are COCO's."""
    if not is_of(called, "torchvision"):
        return Told(1)
    count = next((n for n in map(partial(_number, called), CLASSES) if n), 1) - 1
    coco = tuple(coco_names())
    return Told(1, count, coco if count == len(coco) else ())


def is_of(called: object, library: str) -> bool:
    """Whether an object's class, or one that it is derived from, is that library's."""
    return any(kind.__module__.partition(".")[0] == library for kind in type(called).__mro__)


def _number(held: Any, path: Sequence[str]) -> int:
    for name in path:
        held = getattr(held, name, None)
    return held if isinstance(held, int) else 0


def _ask_supervision(called: Any, image: Image) -> Any:
    return (called if callable(called) else called.predict)(image.copy())


def _fits_supervision(found: Any) -> bool:
    return _get(found, "xyxy") is not None


def _read_supervision(found: Any) -> Raw:
    boxes = _get(found, "xyxy")
    names = (_get(found, "data") or {}).get("class_name")
    told = {
        "class_id": _get(found, "class_id") if names is None else names,
        "confidence": _get(found, "confidence"),
    }
    for key, value in told.items():
        if value is None and len(boxes):
            raise BadData(f"{key}: expected a value for each detection, found none")
    labels, scores = (() if value is None else value for value in told.values())
    return Raw(labels, scores, boxes, _get(found, "mask"))


def _get(found: Any, key: str) -> Any:
    return found.get(key) if isinstance(found, Mapping) else getattr(found, key, None)


def _ask_detectron2(called: Any, image: Image) -> Any:
    return called(np.ascontiguousarray(image[:, :, ::-1]))


def read_instances(held: Any) -> Raw:
    """The detections of detectron2's `Instances`."""
    boxes, masks = (getattr(held, key, None) for key in ("pred_boxes", "pred_masks"))
    for key in ("pred_classes", "scores"):
        if not hasattr(held, key):
            raise BadData(
                f"instances: expected pred_boxes, pred_classes and scores, found no {key}"
            )
    # Boxes and BitMasks hold their tensors.
    return Raw(
        held.pred_classes,
        held.scores,
        getattr(boxes, "tensor", boxes),
        getattr(masks, "tensor", masks),
    )


def _told_detectron2(called: Any) -> Told:
    names = tuple(getattr(getattr(called, "metadata", None), "thing_classes", ()))
    count = _number(called, ("cfg", "MODEL", "ROI_HEADS", "NUM_CLASSES"))
    # A config keeps the names of COCO until its test dataset is another one.
    return Told(0, len(names), names) if count in (0, len(names)) else Told(0)


CONVENTIONS = {
    "torchvision": Convention(
        "a list of one dict of boxes, labels, scores and masks for a list of one tensor (3, H, W)",
        _ask_torchvision,
        lambda found: (
            _is_list(found) and len(found) > 0 and all(isinstance(one, Mapping) for one in found)
        ),
        _read_torchvision,
        told_torchvision,
    ),
    "supervision": Convention(
        "xyxy, mask, confidence and class_id for an RGB array (H, W, 3)",
        _ask_supervision,
        _fits_supervision,
        _read_supervision,
        lambda called: Told(0),
    ),
    "detectron2": Convention(
        "{'instances': ...} for a BGR array (H, W, 3)",
        _ask_detectron2,
        lambda found: isinstance(found, Mapping) and "instances" in found,
        lambda found: read_instances(found["instances"]),
        _told_detectron2,
    ),
}
"""The conventions of objects that are called, in the order in which they are tried."""


@dataclass(frozen=True)
class Called:
    """An object that is called with one image at a time, in one of `conventions`."""

    network: Any
    conventions: tuple[str, ...] = tuple(CONVENTIONS)
    _settled: list[str] = field(default_factory=list, repr=False, compare=False)

    def detect(self, row: Inputs, classes: Classes) -> Detections:
        """What it finds in an input's `image`."""
        image = rgb(row.fields["image"], row.id)
        convention, found = self._answer(image)
        if not convention.fits(found):
            raise BadData(f"expected {convention.shown}, found {_kind(found)}")
        told = convention.told(self.network)
        raw = convention.read(found)
        return detections(raw, image.shape[:2], lambda labels: classes.ids(labels, told))

    def _answer(self, image: Image) -> tuple[Convention, Any]:
        if len(tried := [*self._settled] or self.conventions) == 1:
            convention = CONVENTIONS[tried[0]]
            return convention, convention.ask(self.network, image)
        said: dict[str, str] = {}
        refused = False
        for name in tried:
            convention = CONVENTIONS[name]
            try:
                found = convention.ask(self.network, image)
            except Exception as error:  # another convention's input may be refused in any way
                said[name], refused = placed(error), True
                continue
            if convention.fits(found):
                self._settled.append(name)
                return convention, found
            said[name] = f"returned {_kind(found)}"
        # Where it raised, the image may be to blame, and the next one may show what it takes.
        raise (BadData if refused else BadModel)(
            f"{_expected(tried)}, found {_said(said)}; "
            "say which one it has: model_options={'convention': 'torchvision'}"
        )


def _expected(tried: Sequence[str]) -> str:
    return "expected " + ", or ".join(f"{CONVENTIONS[name].shown} ({name})" for name in tried)


def _said(said: Mapping[str, str]) -> str:
    """What came of each convention; once where it is the same for all."""
    if len({*said.values()}) == 1:
        return next(iter(said.values())).removeprefix("returned ")
    return "; ".join(f"{name}: {what}" for name, what in said.items())


def _kind(found: Any) -> str:
    inner = f" of {len(found)} {type(found[0]).__name__}" if _is_list(found) and found else ""
    keys = f" with the keys {', '.join(map(str, found))}" if isinstance(found, Mapping) else ""
    return f"{type(found).__name__}{inner}{keys}"


def _is_list(found: Any) -> bool:
    return isinstance(found, list | tuple)
