"""The task's metrics, and the rules that a group's score matrix is measured by.

The rules take N groups of one shape at once. `scores` is (N, m, k): the score of each of m images
(rows) with each of k >= m captions (columns), where image i belongs to caption i, and captions
m..k-1 to none. Ties are counted as in the code of arXiv 2510.07632: what is not strictly better is
wrong.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, reduce
from itertools import permutations, product
from math import factorial, perm

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from benchsuite.dataset import Dataset
from benchsuite.estimation import Mean, Metric, Ratio, Weights
from benchsuite.estimation.sums import Sums

Scores = NDArray[np.float32]
Bools = NDArray[np.bool_]

ENUMERATED = 5040
"""The most matchings of a group that are listed; larger groups are matched by assignment."""
ITERATIONS = 10
"""Iterations of an adaptation that have a metric of their own; the paper runs as many."""
AFTER: Mapping[str, int] = {f"group_score after {i}": i for i in range(ITERATIONS + 1)}
"""The iteration of each metric of the curve, by the metric's name."""
ASKED = ("text", "image")
"""Questions with options: which caption fits an image, and which image fits a caption."""
PLACES = ("first", "second")
"""Where the right one of two options stands."""


@dataclass(frozen=True)
class MeanAfter(Mean):
    """The mean of a list column's entry `index` over the samples whose list has it. Linear."""

    index: int = 0

    def accumulate(self, table: pd.DataFrame, weights: Weights, groups: NDArray[np.bool_]) -> Sums:
        lists = [
            value if isinstance(value, np.ndarray | list) else [] for value in table[self.column]
        ]
        rows = np.array([len(value) > self.index for value in lists], dtype=np.bool_)
        entries = [value[self.index] for value in lists if len(value) > self.index]
        part = table[rows].assign(**{self.column: entries})
        return super().accumulate(part, weights, groups[rows])


def _share(name: str, where: str = "") -> Metric:
    return Mean(name=name, column=name, where=where, bounds=(0.0, 1.0))


def _gain(name: str, where: str) -> Metric:
    return Mean(name=name, column=name, where=where, bounds=(-1.0, 1.0))


METRICS: tuple[Metric, ...] = (
    _share("group_score"),
    _share("group_match"),
    _share("text_score"),
    _share("image_score", where="several_images"),
    _share("individual_match"),
    _share("global_match", where="matched_globally"),
    _gain("gain", where="adapted"),
    _gain("paper_gain", where="adapted"),
    _gain("match_gain", where="adapted"),
    _gain("control_gain", where="controlled"),
    _gain("control_paper_gain", where="controlled"),
    _share("group_score_seen", where="held_out"),
    Ratio(
        name="pseudo_label_accuracy",
        numerator="selected_right",
        denominator="selected",
        where="adapted",
        bounds=(0.0, 1.0),
    ),
    _share("consistency", where="repeated"),
    *(
        Ratio(
            name=f"{asked}_if_{place}",
            numerator=f"{asked}_{place}_right",
            denominator=f"{asked}_{place}",
            where=f"{asked}_{place}",
            bounds=(0.0, 1.0),
        )
        for asked, place in product(ASKED, PLACES)
    ),
    *(
        MeanAfter(name=name, column="curve", index=step, bounds=(0.0, 1.0), detail=True)
        for name, step in AFTER.items()
    ),
)
"""gain = GroupScore after the adaptation - GroupMatch before it; the paper's gain is against
GroupScore before it, and match_gain is that of GroupMatch; the control's are those of the same
adaptation with images permuted across groups.
consistency: whether every repeat (order of the options, seed, split) chooses the same matching.
text_if_first: of the questions which caption fits an image whose right option is the first one, the
share that is answered right; and so on."""


def right_captions(scores: Scores) -> Bools:
    """(N, m): whether an image's own caption scores above every other caption."""
    own = _own(scores)
    reached = np.zeros(own.shape, dtype=np.int32)
    # Nothing but the own score itself reaches it. numpy reduces a short last axis slowly.
    for column in np.moveaxis(scores, 2, 0):
        reached += column >= own
    return np.asarray(reached == 1)


def right_images(scores: Scores) -> Bools:
    """(N, m): whether a caption's own image scores above every other image; true where m = 1."""
    return right_captions(np.swapaxes(scores[:, :, : scores.shape[1]], 1, 2))


def text_score(scores: Scores) -> Bools:
    """(N,): whether every image finds its caption (Winoground's text score)."""
    return _all(right_captions(scores))


def image_score(scores: Scores) -> Bools:
    """(N,): whether every caption finds its image (Winoground's image score)."""
    return _all(right_images(scores))


def group_score(scores: Scores) -> Bools:
    """(N,): text score and image score both (Winoground's group score)."""
    return text_score(scores) & image_score(scores)


def individual_match(scores: Scores) -> NDArray[np.float64]:
    """(N,): the share of a group's images that find their caption, in [0, 1]."""
    right = right_captions(scores)
    return np.asarray(sum(column.astype(np.float64) for column in right.T) / right.shape[1])


def group_match(scores: Scores) -> Bools:
    """(N,): whether the right matching scores strictly above every other one."""
    labels, margins = best_matching(scores)
    return _all(labels == np.arange(scores.shape[1])) & (margins > 0)


def best_matching(scores: Scores) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """The best matching (N, m), a caption an image, and its margin (N,) over the second best.

    2×2 groups: |((s00 + s11) - s01) - s10|, in this order in float32, as in the reference; where it
    is 0, (0, 1). 1×k: the first largest score, less the second, in float32. Otherwise totals in
    float64. All margins come as float64: numpy would round a level that they are compared with to
    float32. A group with a single matching (1×1) has an infinite margin.
    """
    _, images, captions = scores.shape
    if (images, captions) == (2, 2):
        signed = signed_margin(scores)
        crossed = (signed < 0).astype(np.intp)
        return np.stack([crossed, 1 - crossed], axis=1), np.abs(signed).astype(np.float64)
    if images == 1:
        return _best_caption(scores[:, 0])
    if perm(captions, images) <= ENUMERATED:
        return _best_listed(scores)
    each = [_best_assigned(group) for group in scores]
    labels = np.array([label for label, _ in each], dtype=np.intp).reshape(-1, images)
    return labels, np.array([margin for _, margin in each], dtype=np.float64)


def signed_margin(scores: Scores) -> NDArray[np.float32]:
    """(N,) for 2×2 groups: ((s00 + s11) - s01) - s10, positive for the matching (0, 1)."""
    s = np.asarray(scores, dtype=np.float32)
    return np.asarray(((s[:, 0, 0] + s[:, 1, 1]) - s[:, 0, 1]) - s[:, 1, 0])


def _all(rows: Bools) -> Bools:
    return np.asarray(reduce(np.logical_and, rows.T))


def _own(scores: Scores) -> Scores:
    return np.asarray(np.diagonal(scores, axis1=1, axis2=2))


def _best_caption(scores: Scores) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    labels = scores.argmax(axis=1)[:, None]
    if scores.shape[1] == 1:
        return labels, np.full(len(scores), np.inf)
    top = np.partition(scores, -2, axis=1)
    return labels, (top[:, -1] - top[:, -2]).astype(np.float64)


def _best_listed(scores: Scores) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    listed = matchings(*scores.shape[1:])
    rows = np.arange(scores.shape[1])
    totals = scores.astype(np.float64)[:, rows, listed].sum(axis=2)
    top = np.partition(totals, -2, axis=1)
    return listed[totals.argmax(axis=1)], top[:, -1] - top[:, -2]


@lru_cache(maxsize=16)
def matchings(images: int, captions: int) -> NDArray[np.intp]:
    """Every matching of `images` to different ones of `captions`: (captions P images, images)."""
    return np.array(list(permutations(range(captions), images)), dtype=np.intp)


def _best_assigned(scores: Scores) -> tuple[NDArray[np.intp], float]:
    exact = scores.astype(np.float64)
    rows, labels = linear_sum_assignment(exact, maximize=True)
    second = max(_without_each(exact, labels))
    return labels, float(exact[rows, labels].sum() - second)


def _without_each(scores: NDArray[np.float64], labels: NDArray[np.intp]) -> Iterator[float]:
    # Another matching lacks at least one pair of the best one: forbid each in turn.
    forbidden = scores.min() - np.ptp(scores) * scores.size - 1.0
    for image, caption in enumerate(labels):
        barred = scores.copy()
        barred[image, caption] = forbidden
        rows, other = linear_sum_assignment(barred, maximize=True)
        yield float(scores[rows, other].sum())


def global_assignment(scores: Scores) -> NDArray[np.intp]:
    """(I,): the caption of each image in the best assignment of I images to C >= I captions."""
    _, labels = linear_sum_assignment(scores.astype(np.float64), maximize=True)
    return np.asarray(labels)


def chance(images: int, captions: int) -> dict[str, float]:
    """What independent, identically distributed scores get in a group of m images, k captions.

    group_score: the m right scores in increasing order, each the largest of its row and column and
    of those before it: of 1·(k+m-1), 2·(k+m-2), ... entries; so (k-1)! / (k+m-1)!, which is
    (k-1)! / (2k-1)! where m = k.   group_match: 1 / (k P m).
    """
    return {
        "text_score": captions**-images,
        "image_score": images**-images,
        "group_score": factorial(captions - 1) / factorial(captions + images - 1),
        "individual_match": 1 / captions,
        "group_match": 1 / perm(captions, images),
    }


def chance_on(dataset: Dataset) -> dict[str, float]:
    """What independent random scores get on the dataset, by metric: the mean over its groups.

    Without images, answers can be measured, too, in which both questions of a group are asked
    apart. They have another chance of being right together, so nothing is said of that.
    """
    samples = dataset.samples()
    shapes = [sample.truth.shape for sample in samples]
    each = [chance(*shape) for shape in shapes]
    several = [shape[0] > 1 for shape in shapes]
    unsaid = set() if all(several) else {"image_score"}
    if any(several) and any("image_names" in sample.inputs for sample in samples):
        unsaid |= {"group_score", "group_match"}
    return {
        name: float(np.mean([row[name] for row in each])) for name in each[0] if name not in unsaid
    }
