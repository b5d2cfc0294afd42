"""Edges of true and predicted labels, drawn into their image."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from benchsuite.publishing.outlines import (
    SIDE,
    Outline,
    draw_prediction,
    draw_truth,
    grown,
    grown_mask,
    outlines,
)

from ..measure import Labels, Mask


def drawn(
    image: NDArray[np.uint8], truth: Labels, found: Labels, ignored: Mask, side: int = SIDE
) -> NDArray[np.uint8]:
    """The image, at another size, with the edges of two label maps; what is ignored is dark."""
    picture, _ = grown(image, side)
    picture[grown_mask(ignored, picture.shape) > 0] //= 3
    for line in _edges(truth, picture.shape):
        draw_truth(picture, line)
    for line in _edges(found, picture.shape):
        draw_prediction(picture, line)
    return picture


def _edges(labels: Labels, shape: tuple[int, ...]) -> Iterator[Outline]:
    """The outlines of what is label k or larger, for each k: an edge of two labels is drawn once.

    So nested structures, such as the cup in the disc, have one edge each.
    """
    for label in np.unique(labels[labels > 0]).tolist():
        yield from outlines(grown_mask(labels >= label, shape), holes=True)
