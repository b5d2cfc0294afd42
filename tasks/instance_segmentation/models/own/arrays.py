"""What a person's own model returns for an image, checked and made `Detections`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchsuite.errors import BadData, flat
from benchsuite.files.masks import box_of, encoded

from ...formats import Detections
from ..categories import UNMAPPED
from ..masks import THRESHOLD

Ids = Callable[[NDArray[Any]], NDArray[np.int64]]
Size = tuple[int, int]
ROUNDING = 0.01
"""How far resizing may carry a probability out of 0..1."""


@dataclass(frozen=True, eq=False)
class Raw:
    """The D detections of an image as a model gives them: arrays, lists, tensors on any device.

    labels  (D,): whole numbers, or names
    scores  (D,): finite
    boxes   (D, 4): x0, y0, x1, y1 in pixels; None takes those of the masks
    masks   (D, H, W) or (D, 1, H, W): truth values, or probabilities; None if there are only boxes
    """

    labels: Any
    scores: Any
    boxes: Any
    masks: Any


def detections(raw: Raw, size: Size, ids: Ids) -> Detections:
    """The detections in an image of `size` (H, W); those of labels that are no class are left out.

    Boxes are clipped to the image, as torchvision and detectron2 do.
    Raises BadData for lengths that differ, numbers that are not finite, boxes that are not corners
    in pixels of the image, masks of another size, and unknown labels.
    """
    scores = _numbers("scores", raw.scores, (None,))
    count = (len(scores),)
    labels = _labels(raw.labels, count)
    masks = _masks(raw.masks, (*count, *size))
    if raw.boxes is None and masks is None:
        raise BadData("expected boxes or masks, found neither")
    boxes = None if raw.boxes is None else _boxes(raw.boxes, count, size)
    found = ids(labels)
    kept = np.flatnonzero(found != UNMAPPED)
    runs = None if masks is None else tuple(encoded(masks[i]) for i in kept)
    if boxes is not None:
        boxes = boxes[kept]
    else:
        boxes = np.array([box_of(mask) for mask in runs or ()], dtype=np.float64).reshape(-1, 4)
    return Detections(found[kept], scores[kept], boxes, runs)


def array_of(what: str, value: Any) -> NDArray[Any]:
    """A tensor on any device, an array or a list as an array. Raises BadData for anything else."""
    if torch.is_tensor(value):
        value = value.detach().cpu()
        value = value.float() if value.dtype in (torch.float16, torch.bfloat16) else value
    try:
        array = np.asarray(value)
    except Exception as error:  # lists of several lengths; arrays of others raise their own
        raise BadData(f"{what}: expected an array, found {flat(error)}") from error
    if array.dtype == object and all(isinstance(one, str) for one in array.flat):
        return array.astype(str)
    if array.dtype == object:
        raise BadData(f"{what}: expected an array, found {type(value).__name__}")
    return array


def _numbers(what: str, value: Any, shape: tuple[int | None, ...]) -> NDArray[np.float64]:
    array = array_of(what, value)
    if array.size == 0 and shape[0] in (None, 0):
        return np.zeros(tuple(n or 0 for n in shape), dtype=np.float64)
    fits = array.ndim == len(shape) and all(
        n in (None, m) for n, m in zip(shape, array.shape, strict=True)
    )
    if not fits or array.dtype.kind not in "buif":
        wanted = ", ".join("D" if n is None else str(n) for n in shape)
        raise BadData(f"{what}: expected numbers ({wanted}), found {array.dtype} {array.shape}")
    made = array.astype(np.float64)
    for odd in made[~np.isfinite(made)][:1]:
        raise BadData(f"{what}: expected finite numbers, found {odd}")
    return made


def _labels(value: Any, shape: tuple[int]) -> NDArray[Any]:
    array = array_of("labels", value)
    if array.dtype.kind == "U" and array.shape == shape:
        return array
    labels = _numbers("labels", value, shape)
    for odd in labels[np.rint(labels) != labels][:1]:
        raise BadData(f"labels: expected whole numbers or names, found {odd}")
    return labels.astype(np.int64)


def _boxes(value: Any, count: tuple[int], size: Size) -> NDArray[np.float64]:
    boxes = _numbers("boxes", value, (*count, 4))
    low, high = boxes[:, :2], boxes[:, 2:]
    sides = np.array([size[1], size[0]], dtype=np.float64)
    for box in boxes[(high < low).any(axis=1)][:1]:
        raise BadData(f"boxes: expected x0, y0, x1, y1 with x0 ≤ x1, y0 ≤ y1, found {box.tolist()}")
    centres = (low + high) / 2
    for box in boxes[((centres < -1) | (centres > sides + 1)).any(axis=1)][:1]:
        raise BadData(
            f"boxes: expected pixels of an image of {size[1]} × {size[0]}, found {box.tolist()}"
        )
    if len(boxes) > 1 and 0 < boxes.max() <= 1 < min(size):
        raise BadData("boxes: expected pixels, found parts of the image (all are within 0..1)")
    corners = np.clip(boxes, 0, np.tile(sides, 2))
    return np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)


def _masks(value: Any, shape: tuple[int, int, int]) -> NDArray[np.bool_] | None:
    """Masks (D, H, W); without a detection there is none to lack."""
    if value is None or shape[0] == 0:
        return None if shape[0] else np.zeros(shape, dtype=np.bool_)
    array = array_of("masks", value)
    if array.ndim == 4 and array.shape[1] == 1:
        array = array[:, 0]
    if array.shape != shape or array.dtype.kind not in "buif":
        raise BadData(
            f"masks: expected (D, H, W) = {shape} or (D, 1, H, W), "
            f"found {array.dtype} {np.shape(value)}"
        )
    return _inside(array)


def _inside(masks: NDArray[Any]) -> NDArray[np.bool_]:
    """Where masks are true, or above the threshold; whole numbers are 0 and one other."""
    low, high = float(masks.min(initial=0)), float(masks.max(initial=0))
    if masks.dtype.kind != "f":
        if low < 0 or ((masks != 0) & (masks != high)).any():
            raise BadData(
                f"masks: expected 0 and 1, or truth values, found {low:.0f} to {high:.0f}"
            )
        return np.asarray(masks != 0)
    if not (low >= -ROUNDING and high <= 1 + ROUNDING):  # NaN, too
        raise BadData(
            f"masks: expected truth values, or probabilities in 0..1, found {low:.3g} to {high:.3g}"
        )
    return np.asarray(masks > THRESHOLD)
