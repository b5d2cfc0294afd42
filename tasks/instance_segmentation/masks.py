"""Masks as COCO's compressed run-length encoding; runs that do not fit the image are refused."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as rle

from benchsuite.compiled import compiled
from benchsuite.errors import BadData

Rle = dict[str, Any]
"""{"size": [H, W], "counts": text or bytes}"""
FAR = 10
"""Longer sides of the image that a polygon may lie away: beyond, drawing it takes all memory."""


def encoded(mask: NDArray[Any]) -> Rle:
    """A mask (H, W), non-zero inside, with its counts as text."""
    made = rle.encode(np.asfortranarray(mask != 0, dtype=np.uint8))
    return {"size": [int(n) for n in made["size"]], "counts": made["counts"].decode()}


def decoded(mask: Mapping[str, Any]) -> NDArray[np.bool_]:
    """The mask (H, W) of a compressed RLE, whose counts are text or bytes."""
    found: NDArray[np.uint8] = rle.decode(dict(mask))
    return found.astype(bool)


def compressed(where: str, segmentation: object, height: int, width: int) -> Rle:
    """Polygons, or an RLE as list or text, as a compressed RLE of that size, counts as text.

    Raises BadData, beginning with `where`, for anything else, another size, runs whose sum is not
    height · width, and polygons of under 3 points, or beyond `FAR`.
    """
    if isinstance(segmentation, list) and segmentation:
        made = rle.merge([_part(where, part, height, width) for part in segmentation])
    elif isinstance(segmentation, Mapping):
        made = _from_runs(where, segmentation, height, width)
    else:
        raise BadData(
            f"{where}: segmentation: expected polygons or an RLE, found {str(segmentation)[:40]}"
        )
    counts = made["counts"]
    return {
        "size": [height, width],
        "counts": counts if isinstance(counts, str) else counts.decode(),
    }


def _part(where: str, part: object, height: int, width: int) -> Rle:
    if isinstance(part, Mapping):
        return _from_runs(where, part, height, width)
    limit = FAR * max(height, width)
    if not isinstance(part, list) or len(part) < 6 or len(part) % 2 or not _within(part, limit):
        raise BadData(
            f"{where}: segmentation: expected polygons of at least 3 points, x and y each, within "
            f"±{limit} pixels, found {str(part)[:40]}"
        )
    return dict(rle.frPyObjects([part], height, width)[0])


def _within(values: Iterable[object], limit: int) -> bool:
    return all(isinstance(v, int | float) and abs(v) <= limit for v in values)


def _from_runs(where: str, runs: Mapping[str, Any], height: int, width: int) -> Rle:
    size, counts = runs.get("size"), runs.get("counts")
    if not isinstance(size, list | tuple) or list(size) != [height, width]:
        raise BadData(f"{where}: mask: expected the size {[height, width]}, found {size}")
    if isinstance(counts, list):
        whole = _whole_runs(where, counts, height * width)
        return dict(rle.frPyObjects({"size": [height, width], "counts": whole}, height, width))
    if not isinstance(counts, str | bytes):
        raise BadData(f"{where}: mask: expected counts as text, found {type(counts).__name__}")
    check_runs(where, counts, height * width)
    return {"size": [height, width], "counts": counts}


def _whole_runs(where: str, counts: list[Any], pixels: int) -> list[int]:
    whole = all(isinstance(n, int | float) and n >= 0 and n % 1 == 0 for n in counts)
    if not whole or sum(counts) != pixels:
        found = f"runs of {sum(counts)} pixels" if whole else str(counts)[:40]
        raise BadData(
            f"{where}: mask: expected whole runs of {pixels} pixels in all, found {found}"
        )
    return [int(n) for n in counts]


def check_runs(where: str, counts: str | bytes, pixels: int) -> None:
    """Raise BadData unless compressed runs are well formed and cover exactly `pixels` pixels."""
    text = counts.encode() if isinstance(counts, str) else counts
    covered = int(_covered(np.frombuffer(text, dtype=np.uint8)))
    if covered != pixels:
        found = f"runs of {covered} pixels" if covered >= 0 else "runs that are malformed"
        raise BadData(f"{where}: mask: expected runs of {pixels} pixels in all, found {found}")


@compiled
def _covered(text: NDArray[np.uint8]) -> int:
    """The sum of the runs of a compressed RLE (pycocotools' rleFrString); -1 where malformed."""
    total, number = 0, 0
    before, last = 0, 0  # a run is coded as its difference to the one before the last
    place = 0
    while place < len(text):
        value, shift, more = 0, 0, True
        while more:
            if place == len(text) or not 48 <= text[place] < 112 or shift > 30:
                return -1
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
            return -1
        before, last = last, value
        total += value
        number += 1
    return total


def resized(mask: Rle, height: int, width: int) -> Rle:
    """The mask at another size, nearest neighbour at pixel centres."""
    return encoded(nearest(decoded(mask), height, width))


def nearest(image: NDArray[Any], height: int, width: int) -> NDArray[Any]:
    """An image (H, W, ...) at another size: each new pixel takes the old one under its centre."""
    rows = ((np.arange(height) + 0.5) * image.shape[0] / height).astype(np.intp)
    columns = ((np.arange(width) + 0.5) * image.shape[1] / width).astype(np.intp)
    taken: NDArray[Any] = image[rows[:, None], columns]
    return taken


def box_of(mask: Rle) -> list[float]:
    """x, y, width, height of the mask; zeros where it is empty."""
    return [float(n) for n in rle.toBbox(mask)]


def area_of(mask: Rle) -> float:
    """The mask's pixels."""
    return float(rle.area(mask))
