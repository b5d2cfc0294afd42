"""Pseudo-labels: the matchings that scores induce, and which of them are trusted."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...metrics import best_matching, global_assignment
from .recipe import Recipe

Rows: TypeAlias = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Layout:
    """Where the images, captions and scores of N groups lie in three flat arrays.

    shapes (N, 2): m and k of each group. Images are I in all, captions C, scores Σ m·k.
    """

    shapes: NDArray[np.int64]

    @cached_property
    def images(self) -> Rows:
        """(N + 1,): where the images of each group begin."""
        return _starts(self.shapes[:, 0])

    @cached_property
    def captions(self) -> Rows:
        """(N + 1,): where the captions of each group begin."""
        return _starts(self.shapes[:, 1])

    @cached_property
    def scores(self) -> Rows:
        """(N + 1,): where the scores of each group begin."""
        return _starts(self.shapes.prod(axis=1))

    @cached_property
    def group_of_image(self) -> Rows:
        """(I,): the group of each image."""
        return np.repeat(np.arange(len(self.shapes)), self.shapes[:, 0])

    def by_shape(self) -> Iterator["Bucket"]:
        """The groups of each shape together."""
        for m, k in np.unique(self.shapes, axis=0).tolist():
            groups = np.flatnonzero((self.shapes == (m, k)).all(axis=1))
            yield Bucket(
                groups=groups,
                images=self.images[groups][:, None] + np.arange(m),
                captions=self.captions[groups][:, None] + np.arange(k),
                scores=self.scores[groups][:, None, None] + np.arange(m * k).reshape(m, k),
            )


@dataclass(frozen=True, eq=False)
class Bucket:
    """n groups of one shape: their numbers (n,), and the places of their images (n, m), captions
    (n, k) and scores (n, m, k)."""

    groups: Rows
    images: Rows
    captions: Rows
    scores: Rows


def _starts(counts: NDArray[np.int64]) -> Rows:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.intp)


@dataclass(frozen=True, eq=False)
class PseudoLabels:
    """The caption (I,) given to each image, as a place; and whether it is trained on, (I,)."""

    labels: Rows
    selected: NDArray[np.bool_]


def by_group(
    scores: NDArray[np.float32],
    layout: Layout,
    level: float,
    recipe: Recipe,
    pool: NDArray[np.bool_],
) -> PseudoLabels:
    """Each group's best matching, selected where its margin reaches the threshold, inclusively.

    `pool` (N,): the groups that may be selected; a quantile is taken over them. Margins and levels
    are compared as float64, as in the reference.
    """
    labels = np.empty(layout.images[-1], dtype=np.intp)
    margins = np.empty(len(layout.shapes), dtype=np.float64)
    for bucket in layout.by_shape():
        best, margins[bucket.groups] = best_matching(scores[bucket.scores])
        labels[bucket.images] = np.take_along_axis(bucket.captions, best, axis=1)
    by_share = recipe.schedule == "quantile" and pool.any()
    threshold = quantile(margins[pool], level) if by_share else level
    selected = (margins >= threshold) & pool
    return PseudoLabels(labels, selected[layout.group_of_image])


def quantile(margins: NDArray[np.float64], share: float) -> float:
    """The least margin that the linear quantile of `share` does not exceed.

    It is one of the margins, so that none is lost to the rounding of an interpolated number; places
    are whole to 1e-10, as in `best_share`.
    """
    place = ceil(share * (len(margins) - 1) - 1e-10)
    return float(np.sort(margins)[max(place, 0)])


def globally(
    scores: NDArray[np.float32], layout: Layout, ratio: float, pool: NDArray[np.bool_]
) -> PseudoLabels:
    """One assignment of the pool's images to its captions, scores (I, C); the best pairs selected.

    Outside of the pool, images are assigned to the captions outside of it, and never selected.
    """
    labels = np.empty(layout.images[-1], dtype=np.intp)
    selected = np.zeros(layout.images[-1], dtype=np.bool_)
    group_of_caption = np.repeat(np.arange(len(layout.shapes)), layout.shapes[:, 1])
    for inside in (pool, ~pool):
        images = np.flatnonzero(inside[layout.group_of_image])
        captions = np.flatnonzero(inside[group_of_caption])
        if len(images):
            labels[images] = captions[global_assignment(scores[np.ix_(images, captions)])]
    mine = np.flatnonzero(pool[layout.group_of_image])
    selected[mine] = best_share(scores[mine, labels[mine]], ratio)
    return PseudoLabels(labels, selected)


def best_share(scores: NDArray[np.float32], ratio: float) -> NDArray[np.bool_]:
    """Which of n scores are kept when the share `ratio` is left out: int(n(1 - ratio + 1e-10)).

    Scores that equal the last one kept are kept, too, as in the reference.
    """
    kept = int(len(scores) * (1 - ratio + 1e-10))
    if kept <= 0:
        return np.zeros(len(scores), dtype=np.bool_)
    return np.asarray(scores >= np.sort(scores)[::-1][kept - 1])
