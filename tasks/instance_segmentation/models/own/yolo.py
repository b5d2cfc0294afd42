"""Objects that give a YOLO segmentation head's raw outputs: all around the network is done here.

The image is letterboxed, the candidates of each class are reduced by non-maximum suppression, and
masks are made of prototypes: the validation of Ultralytics' YOLOv5 and YOLOv8, but that masks are
sampled at the image's own pixels, with no step of rounding in between.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torchvision.ops import nms

from benchsuite.dataset import Inputs
from benchsuite.errors import WrongCall
from benchsuite.files.masks import encoded
from benchsuite.learning.inference import moved, weight_of

from ...formats import Detections
from ..categories import UNMAPPED
from ..masks import THRESHOLD, rgb
from ..torchvision import coco_names
from .heads import ANCHORS, Anchors, Candidates, Floats, Head, Size, candidates, sigmoid
from .labels import Classes, Told

GREY = 114
"""What the letterbox is filled with, in each channel."""
STEP = 32
"""The largest stride of most heads: sides of inputs are multiples of it."""


@dataclass(frozen=True)
class Frame:
    """Where an image of `image` (H, W) lies in an input of `size`, `resized` from `corner` on."""

    image: Size
    size: Size
    resized: Size
    corner: Size

    def out(self, boxes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Corners (D, 4) of the input as corners in the image, clipped to it."""
        height, width = self.image
        shift = np.array([self.corner[1], self.corner[0]] * 2)
        scale = np.array([width / self.resized[1], height / self.resized[0]] * 2)
        return np.asarray(np.clip((boxes - shift) * scale, 0, [width, height, width, height]))

    def inside(self, axis: int, low: float, high: float) -> NDArray[np.float64]:
        """Where the centres of the image's pixels from `low` to `high` are, as parts of the input.

        axis  0 for rows, 1 for columns
        """
        pixels = np.arange(np.ceil(low - 0.5), np.ceil(high - 0.5)) + 0.5
        at = pixels * self.resized[axis] / self.image[axis] + self.corner[axis]
        return np.asarray(at / self.size[axis])


def framed(image: Size, size: Size, rect: bool) -> Frame:
    """The frame of an image in the middle of an input of `size`, its proportions kept.

    rect  whether the input is only as large as the image needs, in multiples of 32 pixels
    """
    scale = min(size[0] / image[0], size[1] / image[1])
    high, wide = (max(1, round(side * scale)) for side in image)
    if rect:
        size = (-(-high // STEP) * STEP, -(-wide // STEP) * STEP)
    return Frame(image, size, (high, wide), ((size[0] - high) // 2, (size[1] - wide) // 2))


def letterboxed(image: NDArray[np.uint8], frame: Frame) -> Floats:
    """The input (1, 3, H, W) of an RGB image (H, W, 3), in 0..1, with grey around it."""
    smaller = frame.resized[0] < frame.image[0] or frame.resized[1] < frame.image[1]
    how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    (high, wide), (top, left) = frame.resized, frame.corner
    made = np.full((*frame.size, 3), GREY, dtype=np.uint8)
    made[top : top + high, left : left + wide] = cv2.resize(image, (wide, high), interpolation=how)
    scaled = made.transpose(2, 0, 1)[None] / np.float32(255)
    return np.ascontiguousarray(scaled, dtype=np.float32)


@dataclass(frozen=True)
class Yolo:
    """A network or function that gives a head's raw outputs, see `heads`, for a letterboxed image.

    It is called with float32 (1, 3, H, W) in 0..1, RGB: a tensor for a network of torch, else an
    array. Its attributes `size` and `names` count, where it has them.

    size        height and width of its input, or one number for both; by default 640
    rect        whether an input is only as large as its image needs: networks of any size
    score       the least score of a detection
    iou         the IoU of boxes from which the lower score of a class is dropped
    anchors, objectness  see `heads.Head`
    """

    network: Any
    size: int | Sequence[int] | None = None
    rect: bool = False
    score: float = 0.001
    iou: float = 0.6
    anchors: Anchors = ANCHORS
    objectness: bool | None = None

    def __post_init__(self) -> None:
        self._size()
        for key, value in {"score": self.score, "iou": self.iou}.items():
            if not isinstance(value, int | float) or not 0 <= value <= 1:
                raise WrongCall(f"{key}: expected a number in 0..1, found {value!r}")
        try:
            shape = np.asarray(self.anchors, dtype=np.float64).shape
        except (TypeError, ValueError):
            shape = ()
        if len(shape) != 3 or shape[1:] != (3, 2):
            raise WrongCall(
                "anchors: expected for each stride the width and height of 3 anchors, "
                f"found {self.anchors!r}"
            )

    def detect(self, row: Inputs, classes: Classes) -> Detections:
        """What it finds in an input's `image`."""
        image = rgb(row.fields["image"], row.id)
        frame = framed(image.shape[:2], self._size(), self.rect)
        outputs = self._outputs(letterboxed(image, frame))
        head = Head(self.anchors, self.objectness)
        found = candidates(outputs, frame.size, head)
        ids = classes.table(_told(self.network, found.scores.shape[1]))
        return self._detections(found, ids, frame, classes.most)

    def _size(self) -> Size:
        given = self.size if self.size is not None else getattr(self.network, "size", 640)
        sides = np.atleast_1d(np.asarray(given)).ravel()
        if len(sides) not in (1, 2) or sides.dtype.kind not in "iu" or (sides < STEP).any():
            raise WrongCall(f"size: expected pixels, or [height, width], found {given!r}")
        return int(sides[0]), int(sides[-1])

    def _outputs(self, image: Floats) -> Any:
        if not isinstance(self.network, torch.nn.Module):
            return self.network(image)
        weight = weight_of(self.network)
        tensor = torch.from_numpy(image)
        return self.network(tensor if weight is None else moved(tensor, weight))

    def _detections(
        self, found: Candidates, ids: NDArray[np.int64], frame: Frame, most: int
    ) -> Detections:
        scored = np.where(ids != UNMAPPED, found.scores, 0)
        at, label = np.nonzero(scored > self.score)
        centres, halves = found.boxes[at, :2], found.boxes[at, 2:] / 2
        boxes = np.concatenate([centres - halves, centres + halves], axis=1)
        kept = _suppressed(boxes, scored[at, label], label, self.iou, most)
        at, label = at[kept], label[kept]
        corners = frame.out(boxes[kept].astype(np.float64))
        cells = np.ascontiguousarray(found.prototypes.transpose(1, 2, 0))
        masks = tuple(
            encoded(_mask(coefficients, cells, box, frame))
            for coefficients, box in zip(found.coefficients[at], corners, strict=True)
        )
        sides = corners[:, 2:] - corners[:, :2]
        placed = np.concatenate([corners[:, :2], sides], axis=1)
        return Detections(ids[label], scored[at, label].astype(np.float64), placed, masks)


def _told(network: Any, count: int) -> Told:
    """What an object says of its classes; 80 of them are COCO's."""
    names = getattr(network, "names", None) or ()
    if isinstance(names, Mapping):
        names = [names[key] for key in sorted(names)]
    coco = tuple(filter(None, coco_names()))
    return Told(0, count, tuple(names) or (coco if count == len(coco) else ()))


def _suppressed(
    boxes: Floats, scores: Floats, labels: NDArray[np.intp], iou: float, most: int
) -> NDArray[np.intp]:
    """The places of the boxes that stay: of each class the `most` with the highest scores.

    A box goes where one of its class with a higher score has an IoU above `iou` with it. Of equal
    scores the larger box comes first, as in the measure.
    """
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    order = np.lexsort((-areas, -scores))
    kept = []
    for label in np.unique(labels):
        of_class = order[labels[order] == label]
        # The ranks stand for scores, so that the order above holds.
        ranks = torch.arange(len(of_class), 0, -1, dtype=torch.float32)
        kept.append(of_class[nms(torch.from_numpy(boxes[of_class]), ranks, iou).numpy()[:most]])
    return np.concatenate(kept) if kept else order


def _mask(
    coefficients: Floats, cells: Floats, box: NDArray[np.float64], frame: Frame
) -> NDArray[np.bool_]:
    """The mask (H, W) of a detection: above one half, at the pixels with their centres in its box.

    cells  (h, w, M): the prototypes; probabilities of cells are interpolated linearly
    """
    mask = np.zeros(frame.image, dtype=np.bool_, order="F")
    (top, left), (bottom, right) = (np.ceil(box[i : i + 2][::-1] - 0.5).astype(int) for i in (0, 2))
    if top >= bottom or left >= right:
        return mask
    rows = _between(frame.inside(0, box[1], box[3]), cells.shape[0])
    columns = _between(frame.inside(1, box[0], box[2]), cells.shape[1])
    down = rows.mixed(sigmoid(cells[rows.cells, columns.cells] @ coefficients))
    mask[top:bottom, left:right] = columns.mixed(down.T).T > THRESHOLD
    return mask


@dataclass(frozen=True)
class Between:
    """Linear interpolation along an axis: the cells that it needs, and how they are mixed.

    low    (P,): the lower cell of each point, counted from the first of `cells`
    share  (P, 1): the share of the next cell
    """

    cells: slice
    low: NDArray[np.intp]
    share: Floats

    def mixed(self, values: Floats) -> Floats:
        """Values (cells, ...) at the points (P, ...)."""
        return values[self.low] * (1 - self.share) + values[self.low + 1] * self.share


def _between(at: NDArray[np.float64], count: int) -> Between:
    """The interpolation at parts of an axis of `count` cells; beyond the outer centres as there."""
    place = np.clip(at * count - 0.5, 0, count - 1)
    low = np.minimum(place.astype(np.intp), max(count - 2, 0))
    first, last = int(low[0]), int(low[-1]) + 2
    return Between(slice(first, last), low - first, (place - low).astype(np.float32)[:, None])
