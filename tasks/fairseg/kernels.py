"""The distance of two masks: the 95th percentile of the Hausdorff distance, exact.

The work follows the surfaces, not the image. A surface is a pair of arrays: the columns (P,) of its
pixels, row by row, and where each row begins among them (H + 1,).
"""

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from benchsuite.compiled import compiled

Bytes: TypeAlias = NDArray[np.uint8]
Whole: TypeAlias = NDArray[np.int64]
Surface: TypeAlias = tuple[Whole, Whole]

WORD = 8
"""Pixels, a byte each, that are looked at together for a pixel of the surface."""
CHUNK = 16
"""Columns that are compared together. Any number gives the same distances."""


def hd95(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    """The 95th percentile of the Hausdorff distance of two masks, bool (H, W), in pixels, exact.

    A mask's surface is its pixels with a neighbour (of four) outside the mask or the image. The
    distances from each surface's pixels to the nearest of the other are put together, and the
    percentile is numpy's linear one: the convention of medpy's `hd95`.
    Raises ValueError if either is empty (its worth is a matter of protocol) or their shapes differ.
    """
    if a.shape != b.shape:
        raise ValueError(f"masks of one shape expected, found {a.shape} and {b.shape}")
    first, second = [_surface(np.ascontiguousarray(m, np.bool_).view(np.uint8)) for m in (a, b)]
    if not len(first[0]) or not len(second[0]):
        raise ValueError("the distance to an empty mask is not defined")
    return _percentile(np.concatenate([_nearest(*first, *second), _nearest(*second, *first)]))


def _percentile(squared: Whole) -> float:
    """The 95th percentile of two or more distances by their squares: numpy's, to the last bit."""
    squared.sort()
    place = (len(squared) - 1) * 0.95
    low = math.floor(place)
    below, above = math.sqrt(squared[low]), math.sqrt(squared[low + 1])
    part = place - low
    if part < 0.5:
        return below + (above - below) * part
    return above - (above - below) * (1 - part)


@compiled
def _surface(mask: Bytes) -> Surface:
    """The surface of a mask (H, W) of 0 and 1."""
    height, width = mask.shape
    words = -(-width // WORD)
    edge = np.zeros(words * WORD, np.uint8)
    packed = edge.view(np.uint64)
    outside = np.zeros(width, np.uint8)
    starts = np.empty(height + 1, np.int64)
    columns = np.empty(len(edge) + 1, np.int64)
    count = 0
    for y in range(height):
        starts[y] = count
        row = mask[y]
        some = np.uint8(0)
        for x in range(width):
            some |= row[x]
        if not some:
            continue
        above = mask[y - 1] if y > 0 else outside
        below = mask[y + 1] if y < height - 1 else outside
        edge[0], edge[width - 1] = row[0], row[width - 1]
        for x in range(1, width - 1):
            edge[x] = row[x] & ~(row[x - 1] & row[x + 1] & above[x] & below[x])
        if count + len(edge) >= len(columns):
            grown = np.empty(2 * len(columns) + len(edge), np.int64)
            grown[:count] = columns[:count]
            columns = grown
        for word in range(words):
            if packed[word]:
                for x in range(word * WORD, (word + 1) * WORD):
                    columns[count] = x
                    count += edge[x]
    starts[height] = count
    return columns[:count], starts


@compiled
def _nearest(columns: Whole, starts: Whole, others: Whole, begins: Whole) -> Whole:
    """The squared distance (P,) from each pixel of a surface to the nearest of another, exact.

    It goes down the rows and knows, for each column, the other's next row above and below. So each
    row is a matter of one dimension: the least of (x - place)² + square[x]. The best x of a place
    is never left of that of a place further left. So the place in the middle goes first, and the
    others look on their own side of its best.
    """
    height, first = len(starts) - 1, others.min()
    size = (others.max() - first) // CHUNK * CHUNK + CHUNK
    far = height + max(columns.max(), others.max()) + 1  # further than any two pixels are
    above, below = np.full(size, -far), np.full(size, height + far)
    following = _next_rows(others - first, begins, below)
    found, square, chunks = np.empty_like(columns), np.empty(size, np.int64), np.empty_like(columns)
    for y in range(height):
        for j in range(begins[y], begins[y + 1]):
            above[others[j] - first] = y
        start, stop = starts[y], starts[y + 1]
        if start < stop:
            for x in range(size):
                square[x] = min(y - above[x], below[x] - y) ** 2
            step = 1
            while step <= stop - start:
                step *= 2
            while step:
                for i in range(start + step - 1, stop, 2 * step):
                    low = chunks[i - step] if i - step >= start else 0
                    high = chunks[i + step] if i + step < stop else size // CHUNK - 1
                    chunks[i], found[i] = _best(square, columns[i] - first, low, high)
                step //= 2
        for j in range(begins[y], begins[y + 1]):
            below[others[j] - first] = following[j]
    return found


@compiled
def _next_rows(columns: Whole, starts: Whole, below: Whole) -> Whole:
    """The row of the next pixel below each one (P,) in its column; `below` gets the first rows."""
    following = np.empty_like(columns)
    for y in range(len(starts) - 2, -1, -1):
        for j in range(starts[y], starts[y + 1]):
            following[j], below[columns[j]] = below[columns[j]], y
    return following


@compiled
def _best(square: Whole, place: int, low: int, high: int) -> tuple[int, np.int64]:
    """The chunk, `low` to `high`, with the least of (x - place)² + square[x], and this least."""
    start = min(max(place // CHUNK, low), high)
    best, least = start, np.int64(2**62)
    if 0 <= place < len(square) and square[place] <= 1:  # every other column has 1 or more
        return best, square[place]
    for chunk, step in ((start, 1), (start - 1, -1)):
        while low <= chunk <= high:
            left = chunk * CHUNK
            gap = max(0, left - place, place - left - CHUNK + 1)
            if gap * gap >= least:
                break
            one = least
            for x in range(left, left + CHUNK):
                one = min(one, square[x] + (x - place) ** 2)
            if one < least:
                best, least = chunk, one
            chunk += step
    return best, least
