"""The inner loops: matching by IoU, the IoU of boundaries, precision and F1 under weights."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as rle

from benchsuite.compiled import compiled

IOU_THRESHOLDS: Final = np.linspace(0.5, 0.95, 10)
"""pycocotools' own: .50:.05:.95."""
THRESHOLDS: Final = len(IOU_THRESHOLDS)
AREAS: Final = {
    "all": (0.0, 1e10),
    "small": (0.0, 32.0**2),
    "medium": (32.0**2, 96.0**2),
    "large": (96.0**2, 1e10),
}
"""Area ranges in pixels, both ends inclusive: an object of 1024 is small and medium."""
RANGES: Final = np.array(list(AREAS.values()))
LEAST: Final = np.minimum(IOU_THRESHOLDS, 1 - 1e-10)
_TINY: Final = float(np.spacing(1))
"""What pycocotools adds to a count that may be 0."""
BAND: Final = 0.02
"""The width of a boundary, as a share of the image's diagonal (Cheng et al. 2021, section 5)."""


class Band(NamedTuple):
    """The pixels of a mask that are near its contour: bool (h, w), at `top` and `left`."""

    pixels: NDArray[np.bool_]
    top: int
    left: int


@compiled
def match(
    ious: NDArray[np.float64],
    areas: NDArray[np.float64],
    true_areas: NDArray[np.float64],
    crowds: NDArray[np.bool_],
) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
    """`matched` and `ignored` from IoUs (D, G), which are 0 between classes."""
    matched = np.zeros((len(RANGES), len(areas)), np.uint16)
    ignored = np.zeros((len(RANGES), len(areas)), np.uint16)
    near = np.array([(row >= LEAST[0]).any() for row in ious])
    for a in range(len(RANGES)):
        low, high = RANGES[a]
        out = crowds | (true_areas < low) | (true_areas > high)
        for t in range(len(LEAST)):
            bit, taken = np.uint16(1 << t), np.zeros(len(crowds), np.bool_)
            for d in range(len(areas)):
                best = _choice(ious[d], taken, out, LEAST[t]) if near[d] else -1
                if best >= 0:
                    taken[best] = not crowds[best]
                    matched[a, d] |= bit
                    if out[best]:
                        ignored[a, d] |= bit
                elif areas[d] < low or areas[d] > high:
                    ignored[a, d] |= bit
    return matched, ignored


@compiled
def _choice(
    ious: NDArray[np.float64], taken: NDArray[np.bool_], out: NDArray[np.bool_], least: float
) -> int:
    """The object of greatest IoU, one that counts before one that does not; -1 if none fits."""
    best = -1
    for outside in (False, True):
        if best < 0:
            for g in range(len(ious)):
                if not taken[g] and out[g] == outside and ious[g] >= least:
                    best, least = g, ious[g]
    return best


def boundary_ious(
    found: Sequence[Mapping[str, Any]],
    truth: Sequence[Mapping[str, Any]],
    size: tuple[int, int],
    ious: NDArray[np.float64],
    crowds: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """The smaller of the masks' IoUs (D, G) and of their boundaries' (arXiv 2103.16562).

    found, truth   compressed RLEs of D and G masks of that size (H, W)
    A pair whose masks' IoU matches at no threshold keeps it, and so does one with a crowd region.
    """
    width = max(1, round(BAND * float(np.hypot(*size))))
    near = ious.copy()
    pairs = np.argwhere((ious >= LEAST[0]) & ~crowds)
    mine = {d: _band(found[d], width) for d in {*pairs[:, 0].tolist()}}
    theirs = {g: _band(truth[g], width) for g in {*pairs[:, 1].tolist()}}
    for d, g in pairs.tolist():
        near[d, g] = min(near[d, g], _overlap(mine[d], theirs[g]))
    return near


def _band(mask: Mapping[str, Any], width: int) -> Band:
    """What an erosion by `width` pixels takes away; beyond the image there is nothing."""
    left, top, w, h = (int(side) for side in rle.toBbox(dict(mask)))
    whole = rle.decode(dict(mask))[top : top + h, left : left + w]
    ring = cv2.copyMakeBorder(np.ascontiguousarray(whole), 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    inner = cv2.erode(ring, np.ones((2 * width + 1, 2 * width + 1), np.uint8))[1:-1, 1:-1]
    return Band(whole.astype(bool) & (inner == 0), top, left)


def _overlap(a: Band, b: Band) -> float:
    """The IoU of two bands, each of which has a pixel."""
    top, left = max(a.top, b.top), max(a.left, b.left)
    bottom = min(one.top + one.pixels.shape[0] for one in (a, b))
    right = min(one.left + one.pixels.shape[1] for one in (a, b))
    here, there = (
        one.pixels[top - one.top : bottom - one.top, left - one.left : right - one.left]
        for one in (a, b)
    )
    both = np.count_nonzero(here & there)
    return both / (np.count_nonzero(a.pixels) + np.count_nonzero(b.pixels) - both)


@compiled
def interpolated_precision(
    weights: NDArray[np.float64],
    positives: NDArray[np.float64],
    image: NDArray[np.int64],
    starts: NDArray[np.int64],
    outcomes: NDArray[np.uint32],
) -> NDArray[np.float64]:
    """Sums over recall points and IoU thresholds, float64 (C, B).

    Replicates lie side by side, in weights (N, B) and positives (C, B): an instruction serves
    several. A detection is counted where `outcomes` has a bit: t for a true positive at threshold
    t, T + t for one that counts neither way, 2T for any. They are visited from the last to the
    first: the interpolated precision is the greatest at a recall or beyond.
    """
    total = np.zeros(positives.shape)
    counts = np.empty((2 * THRESHOLDS + 1, weights.shape[1]))
    greatest = np.empty((THRESHOLDS, weights.shape[1]))
    for c in range(len(positives)):
        counts[:], greatest[:] = 0.0, 0.0
        for d in range(starts[c], starts[c + 1]):
            _count(counts, outcomes[d], weights[image[d]], 1.0)
        for d in range(starts[c + 1] - 1, starts[c] - 1, -1):
            for t in range(THRESHOLDS):
                if outcomes[d] >> t & 1:
                    _interpolate(total[c], greatest[t], counts, t, positives[c])
            _count(counts, outcomes[d], weights[image[d]], -1.0)
    return total


@compiled
def _count(
    counts: NDArray[np.float64], outcomes: np.uint32, weight: NDArray[np.float64], sign: float
) -> None:
    for outcome in range(len(counts)):
        if outcomes >> outcome & 1:
            for r in range(len(weight)):
                counts[outcome, r] += sign * weight[r]


@compiled
def _interpolate(
    total: NDArray[np.float64],
    greatest: NDArray[np.float64],
    counts: NDArray[np.float64],
    t: int,
    positives: NDArray[np.float64],
) -> None:
    """Add the precision of a true positive, if it is the greatest, at recalls up to its own."""
    # One of weight 0 needs no test: the one before it has its recall, and at least its precision.
    for r in range(len(total)):
        precision = counts[t, r] / (counts[2 * THRESHOLDS, r] - counts[THRESHOLDS + t, r] + _TINY)
        recall = counts[t, r] / positives[r]
        # the recall points are multiples of .01 in floating point, as in RECALLS
        point = np.floor(100 * recall + 0.5)
        reached = point + (0.01 * point <= recall)
        if precision > greatest[r]:
            total[r] += reached * (precision - greatest[r])
            greatest[r] = precision


@compiled
def greatest_f1(
    weights: NDArray[np.float64],
    positives: NDArray[np.float64],
    image: NDArray[np.int64],
    starts: NDArray[np.int64],
    outcomes: NDArray[np.uint8],
) -> NDArray[np.float64]:
    """The greatest F1 over all score thresholds, float64 (C, B).

    weights (N, B) and positives (C, B) as in `interpolated_precision`. Bits of `outcomes`: 1 for a
    true positive, 2 for a detection that counts, 4 for the last one of its score. Detections of one
    score stand or fall together.
    """
    greatest = np.zeros(positives.shape)
    found, taken = np.empty(weights.shape[1]), np.empty(weights.shape[1])
    for c in range(len(positives)):
        found[:], taken[:] = 0.0, 0.0
        for d in range(starts[c], starts[c + 1]):
            hit, counted, last = outcomes[d] & 1, outcomes[d] >> 1 & 1, outcomes[d] >> 2 & 1
            for r in range(len(found)):
                found[r] += weights[image[d], r] * hit
                taken[r] += weights[image[d], r] * counted
                if last:
                    f1 = 2 * found[r] / (taken[r] + positives[c, r])
                    greatest[c, r] = max(greatest[c, r], f1)
    return greatest
