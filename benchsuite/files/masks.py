"""Masks as COCO's compressed run-length encoding (RLE).

Nothing reaches pycocotools before its runs are checked: a mask that does not fit its image would
let pycocotools read or write beyond its memory.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from benchsuite.errors import BadData, needing
from benchsuite.files.limits import LONGEST_OUTLINE

Rle = dict[str, Any]
"""{"size": [H, W], "counts": text or bytes}"""
FAR = 10
"""A polygon may lie this many image sides away. Drawing one further off takes all memory."""
MALFORMED, BEYOND, EMPTY = -1, -2, -3
"""Codes of `_covered`: the text is no runs; they go on beyond the image; a later run has no pixel.
pycocotools stops at an empty run when it compares two masks."""
_FOUND = {
    MALFORMED: "runs that are malformed",
    BEYOND: "runs that go on beyond them",
    EMPTY: "a run of none",
}


@lru_cache(maxsize=1)
def pycocotools() -> Any:
    """The module `pycocotools.mask`. Raises NotAvailable where it is not installed."""
    with needing("a mask of COCO", "benchsuite[image]"):
        from pycocotools import mask
    return mask


def encoded(mask: NDArray[Any]) -> Rle:
    """The RLE of a mask (H, W) that is non-zero inside; its counts are text."""
    inside = mask if mask.dtype == np.bool_ else mask != 0
    made = pycocotools().encode(np.asfortranarray(inside).view(np.uint8))
    return {"size": [int(n) for n in made["size"]], "counts": made["counts"].decode()}


def decoded(mask: Mapping[str, Any]) -> NDArray[np.bool_]:
    """The mask (H, W) of a compressed RLE, whose counts are text or bytes."""
    found: NDArray[np.uint8] = pycocotools().decode(dict(mask))
    return found.astype(bool)


def compressed(where: str, segmentation: object, height: int, width: int) -> Rle:
    """A segmentation of a COCO file as a compressed RLE of that size; its counts are text.

    A segmentation is a list of polygons, or an RLE whose counts are a list or text.
    Raises BadData, which begins with `where`, for anything else: another size, runs that do not
    cover the image exactly, a polygon of under 3 points, one that is not finite or beyond `FAR`,
    and outlines that are longer than `LONGEST_OUTLINE`.
    """
    if isinstance(segmentation, list) and segmentation:
        _check_polygons(where, segmentation, height, width)
        parts = [_part(where, part, height, width) for part in segmentation]
        return _as_text(pycocotools().merge(parts), height, width)
    if isinstance(segmentation, Mapping):
        return _from_runs(where, segmentation, height, width)
    raise BadData(
        f"{where}: segmentation: expected polygons or an RLE, found {str(segmentation)[:40]}"
    )


def _as_text(made: Mapping[str, Any], height: int, width: int) -> Rle:
    counts = made["counts"]
    text = counts if isinstance(counts, str) else counts.decode()
    return {"size": [height, width], "counts": text}


def _part(where: str, part: object, height: int, width: int) -> Rle:
    if isinstance(part, Mapping):
        return _from_runs(where, part, height, width)
    return dict(pycocotools().frPyObjects([part], height, width)[0])


def _check_polygons(where: str, parts: Sequence[object], height: int, width: int) -> None:
    """Raise BadData for parts that are neither runs nor polygons that can be drawn."""
    limit, length = FAR * max(height, width), 0.0
    for part in parts:
        if isinstance(part, Mapping):
            continue
        if not isinstance(part, list) or len(part) < 6 or len(part) % 2 or not _within(part, limit):
            raise BadData(
                f"{where}: segmentation: expected polygons of at least 3 points, x and y each, "
                f"within ±{limit} pixels, found {str(part)[:40]}"
            )
        length += _drawn(part)
    if length > LONGEST_OUTLINE:  # pycocotools keeps 5 points a pixel, and does not count them
        raise BadData(f"{where}: segmentation: expected outlines of at most {LONGEST_OUTLINE:,} "
                      f"pixels, found {length:,.0f}")  # fmt: skip


def _drawn(polygon: Sequence[float]) -> float:
    """The pixels that the outline of a polygon (x, y, x, y, …) runs through."""
    corners = np.array(polygon, dtype=np.float64).reshape(-1, 2)
    steps = np.abs(corners - np.roll(corners, 1, axis=0)).max(axis=1)
    return float(np.ceil(steps).sum()) + len(corners)


def _within(values: Sequence[object], limit: int) -> bool:
    return all(is_number(v) and abs(v) <= limit for v in values)


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether a value of JSON is a number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _from_runs(where: str, runs: Mapping[str, Any], height: int, width: int) -> Rle:
    size, counts = runs.get("size"), runs.get("counts")
    if not isinstance(size, list | tuple) or list(size) != [height, width]:
        raise BadData(f"{where}: mask: expected the size {[height, width]}, found {size}")
    if isinstance(counts, list):
        whole = _whole_runs(where, counts, height * width)
        made = pycocotools().frPyObjects({"size": [height, width], "counts": whole}, height, width)
        return _from_runs(where, made, height, width)
    if not isinstance(counts, str | bytes):
        raise BadData(f"{where}: mask: expected counts as text, found {type(counts).__name__}")
    if _pixels_of(counts, height * width) == EMPTY:
        return encoded(decoded({"size": [height, width], "counts": counts}))
    check_runs(where, counts, height * width)
    return _as_text({"counts": counts}, height, width)


def _whole_runs(where: str, counts: list[Any], pixels: int) -> list[int]:
    whole = all(is_number(n) and 0 <= n <= pixels and n % 1 == 0 for n in counts)
    if not whole or sum(counts) != pixels:
        found = f"runs of {sum(counts)} pixels" if whole else str(counts)[:40]
        raise BadData(
            f"{where}: mask: expected whole runs of {pixels} pixels in all, found {found}"
        )
    return [int(n) for n in counts]


def check_runs(where: str, counts: str | bytes, pixels: int) -> None:
    """Raise BadData unless compressed runs are well formed and cover exactly `pixels` pixels."""
    covered = _pixels_of(counts, pixels)
    if covered != pixels:
        raise BadData(
            f"{where}: mask: expected runs of {pixels} pixels in all, "
            f"found {_FOUND.get(covered, f'runs of {covered} pixels')}"
        )


def _pixels_of(counts: str | bytes, pixels: int) -> int:
    text = counts.encode("utf-8", "surrogatepass") if isinstance(counts, str) else counts
    return int(_kernel()(np.frombuffer(text, dtype=np.uint8), pixels))


@lru_cache(maxsize=1)
def _kernel() -> Any:
    """`_covered`, compiled when it is first needed."""
    with needing("a mask of COCO", "benchsuite[image]"):
        from benchsuite.compiled import compiled
    return compiled(_covered)


def _covered(text: NDArray[np.uint8], pixels: int) -> int:
    """The sum of the runs of a compressed RLE, as pycocotools reads it; or one of the codes."""
    total, number, empty = 0, 0, False
    before, last = 0, 0  # a run is coded as its difference to the one before the last
    place = 0
    while place < len(text):
        value, shift, more = 0, 0, True
        while more:
            if place == len(text) or not 48 <= text[place] < 112 or shift > 30:
                return MALFORMED
            digit = int(text[place]) - 48
            value |= (digit & 31) << shift
            more = (digit & 32) != 0
            shift += 5
            place += 1
            if not more and digit & 16:
                value |= -1 << shift
        if number > 2:
            value += before
        if value < 0:
            return MALFORMED
        before, last = last, value
        empty |= number > 0 and value == 0
        total += value
        if total > pixels:
            return BEYOND
        number += 1
    return EMPTY if empty and total == pixels else total


def resized(mask: Rle, height: int, width: int) -> Rle:
    """The mask at another size: each new pixel takes the old one under its centre."""
    pixels = decoded(mask)
    rows = ((np.arange(height) + 0.5) * pixels.shape[0] / height).astype(np.intp)
    columns = ((np.arange(width) + 0.5) * pixels.shape[1] / width).astype(np.intp)
    return encoded(pixels[rows[:, None], columns])


def box_of(mask: Rle) -> list[float]:
    """x, y, width, height of the mask; zeros where it is empty."""
    return [float(n) for n in pycocotools().toBbox(mask)]


def area_of(mask: Rle) -> float:
    """The mask's pixels."""
    return float(pycocotools().area(mask))
