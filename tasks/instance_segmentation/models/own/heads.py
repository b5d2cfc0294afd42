"""The raw outputs of YOLO's segmentation heads, recognised by their shapes and read as candidates.

YOLOv5-seg: (N, 5 + C + M) with objectness, N = 3 anchors x places; or one grid before the sigmoid
for each stride, (3, places, 5 + C + M). YOLOv8-seg and YOLO11-seg: (4 + C + M, N), N = places.
Prototypes are (M, h, w), (h, w, M) or (M, h w). A batch axis of 1 may stand before each.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchsuite.errors import BadData

from .arrays import array_of

Floats = NDArray[np.float32]
Size = tuple[int, int]
ANCHORS = (
    ((10, 13), (16, 30), (33, 23)),
    ((30, 61), (62, 45), (59, 119)),
    ((116, 90), (156, 198), (373, 326)),
)
"""YOLOv5's width and height of each anchor in pixels, by stride from 8 on (`yolov5n-seg.yaml`)."""
Anchors = Sequence[Sequence[Sequence[float]]]
STRIDES = ((8, 16, 32), (8, 16, 32, 64))
"""The strides of the families' heads; those of four are the networks for 1280 pixels."""
PROTOTYPES = 4
"""The stride of prototypes."""
PARTS = 2
"""Centres up to here are parts of the input; in pixels, those of the last places are far above."""
ROUNDING = 0.1
"""How far quantisation may carry a score out of 0..1."""


@dataclass(frozen=True)
class Head:
    """What shapes cannot say of a head.

    anchors     width and height of each anchor, by stride, of grids before the sigmoid
    objectness  whether a candidate has an objectness; None takes the number of candidates for it
    """

    anchors: Anchors = ANCHORS
    objectness: bool | None = None


@dataclass(frozen=True, eq=False)
class Candidates:
    """What a head says of an input, before any of it is dropped.

    boxes         (N, 4): centre x, centre y, width, height in pixels of the input
    scores        (N, C)
    coefficients  (N, M)
    prototypes    (M, h, w)
    """

    boxes: Floats
    scores: Floats
    coefficients: Floats
    prototypes: Floats


def candidates(outputs: Any, size: Size, head: Head) -> Candidates:
    """The candidates in the outputs for an input of `size` (H, W), in whatever order they are.

    Raises BadData for outputs of no known layout, or of two.
    """
    arrays = list(_arrays(outputs))
    place, prototypes = _prototypes(arrays, size)
    others = [array for i, array in enumerate(arrays) if i != place]
    masks = len(prototypes)
    rows = [_rows(a, size) for a in others if a.ndim == 2]
    if rows := [one for one in rows if one.shape[1] > masks + 4]:
        if len(rows) > 1:
            raise _unknown("one array of candidates", arrays)
        objectness = _objectness(rows[0], size, head)
        found = rows[0]
    else:
        grids = [a for a in others if a.ndim in (3, 4) and len(a) == 3]
        if not grids:
            raise _unknown("(1, 4 + C + M, N), (1, N, 5 + C + M) or grids of 3 anchors", arrays)
        objectness, found = True, np.concatenate([*_decoded(grids, size, head.anchors, masks)])
    return _parted(found, prototypes, objectness, size)


def _arrays(outputs: Any) -> Iterator[Floats]:
    """The arrays of outputs, however they are nested, without the axis of a batch of one."""
    if isinstance(outputs, Mapping):
        outputs = list(outputs.values())
    if isinstance(outputs, list | tuple):
        for one in outputs:
            yield from _arrays(one)
        return
    array = array_of("outputs", outputs)
    if array.dtype.kind != "f":
        raise BadData(
            "outputs: expected numbers with fractions, (value - zero point) x scale of quantised "
            f"ones, found {array.dtype} {array.shape}"
        )
    if not array.size:
        raise BadData(
            f"outputs: expected values, found none in {array.shape}; "
            "model_options={'size': ...} is the size that the network takes"
        )
    array = array.astype(np.float32, copy=False)
    if not np.isfinite(array).all():
        raise BadData(f"outputs: expected finite numbers, found others in {array.shape}")
    yield array[0] if array.ndim > 2 and len(array) == 1 else array


def _prototypes(arrays: Sequence[Floats], size: Size) -> tuple[int, Floats]:
    """The place of the prototypes, and they as (M, h, w): of all maps, the finest."""
    found = [(i, one) for i, a in enumerate(arrays) for one in _maps(a, size)]
    finest = max((one.shape[1] for _, one in found), default=0)
    best = [(i, one) for i, one in found if one.shape[1] == finest]
    if len(best) != 1:
        hint = "" if not best else " (channels first or last? (M, h w) is clear)"
        raise _unknown(f"prototypes (1, M, h, w) or (1, h, w, M){hint}", arrays)
    return best[0]


def _maps(array: Floats, size: Size) -> Iterator[Floats]:
    """An array as maps (M, h, w) that cover the input, in each way that its shape allows."""
    height, width = size[0] // PROTOTYPES, size[1] // PROTOTYPES
    if array.ndim == 2 and height * width in array.shape:
        flat = array if array.shape[1] == height * width else array.T
        yield flat.reshape(-1, height, width)
    if array.ndim == 3:
        first, second, third = array.shape
        if _covers((second, third), size):
            yield array
        if _covers((first, second), size):
            yield np.moveaxis(array, 2, 0)


def _covers(maps: Size, size: Size) -> bool:
    """Whether maps of that height and width are the input at half its size, or less."""
    stride = size[0] // maps[0]
    return stride > 1 and (maps[0] * stride, maps[1] * stride) == size


def _places(size: Size, stride: int) -> int:
    return (size[0] // stride) * (size[1] // stride)


def _counts(size: Size) -> dict[int, bool]:
    """Whether candidates have an objectness, by their number: three anchors a place, or none."""
    places = [sum(_places(size, stride) for stride in strides) for strides in STRIDES]
    return {count * n: n == 3 for count in places for n in (1, 3)}


def _rows(array: Floats, size: Size) -> Floats:
    """An array (N, K) or (K, N) as (N, K): N is a known number, or else the larger one."""
    known = [count in _counts(size) for count in array.shape]
    turned = known[1] if any(known) else array.shape[1] > array.shape[0]
    return array.T if turned else array


def _objectness(rows: Floats, size: Size, head: Head) -> bool:
    if head.objectness is not None:
        return head.objectness
    counts = _counts(size)
    if len(rows) not in counts:
        raise BadData(
            f"outputs: expected {' or '.join(map(str, counts))} candidates for {size[1]} x "
            f"{size[0]} pixels, found {len(rows)}; model_options={{'size': ...}} is the input's "
            "size, and 'objectness' says whether each has one"
        )
    return counts[len(rows)]


def _decoded(grids: Sequence[Floats], size: Size, anchors: Anchors, masks: int) -> Iterator[Floats]:
    """YOLOv5's candidates (N, 5 + C + M) of each grid: boxes in pixels, scores in 0..1."""
    finest = sorted(grids, key=lambda grid: -grid[0, ..., 0].size)
    if len(finest) != len(anchors):
        raise _unknown(f"{len(anchors)} grids, one for each stride of the anchors", grids)
    for grid, sides in zip(finest, anchors, strict=True):
        values = grid.reshape(3, -1, grid.shape[-1])
        stride = isqrt(size[0] * size[1] // values.shape[1])
        if _places(size, stride) != values.shape[1]:
            raise _unknown(f"grids of {size[1]} x {size[0]} pixels", grids)
        across, down = np.meshgrid(np.arange(size[1] // stride), np.arange(size[0] // stride))
        corners = np.stack([across.ravel(), down.ravel()], axis=1).astype(np.float32)
        soft = sigmoid(values[..., :-masks])
        centres = (2 * soft[..., :2] - 0.5 + corners) * stride
        spans = (2 * soft[..., 2:4]) ** 2 * np.asarray(sides, dtype=np.float32)[:, None]
        made = np.concatenate([centres, spans, soft[..., 4:], values[..., -masks:]], axis=-1)
        yield made.reshape(-1, made.shape[-1])


def _parted(rows: Floats, prototypes: Floats, objectness: bool, size: Size) -> Candidates:
    masks = len(prototypes)
    first = 4 + objectness
    if rows.shape[1] - masks <= first:
        raise BadData(
            f"outputs: expected {first} values, a score for each class and {masks} coefficients a "
            f"candidate, found {rows.shape[1]} values"
        )
    scores = rows[:, 4:-masks]
    if scores.min() < -ROUNDING or scores.max() > 1 + ROUNDING:
        raise BadData(
            "outputs: expected scores in 0..1, after the sigmoid, found "
            f"{scores.min():.3g} to {scores.max():.3g}"
        )
    if objectness:
        scores = scores[:, 1:] * scores[:, :1]
    boxes = rows[:, :4]
    if boxes[:, :2].max() <= PARTS:
        boxes = boxes * np.array([size[1], size[0], size[1], size[0]], dtype=np.float32)
    return Candidates(boxes, scores, rows[:, -masks:], prototypes)


def sigmoid(values: Floats) -> Floats:
    """The logistic function, without overflow."""
    return np.asarray(0.5 * (1 + np.tanh(0.5 * values)), dtype=np.float32)


def _unknown(wanted: str, arrays: Sequence[Floats]) -> BadData:
    shapes = ", ".join(str(array.shape) for array in arrays)
    return BadData(f"outputs: expected {wanted}, found {shapes}")
