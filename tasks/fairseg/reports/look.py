"""What a sample looks like: the truth's outlines and the prediction's in its image."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchsuite.dataset import Inputs, Sample
from benchsuite.publish.outlines import (
    Outline,
    draw_prediction,
    draw_truth,
    grown,
    grown_mask,
    outlines,
)
from benchsuite.task import Look

from ..formats import stored_map
from ..measure import IGNORED, Structures

LEGEND = "thick, blue: truth; dashed, orange: prediction"


def look(sample: Sample, view: Inputs, row: Mapping[str, Any], shared: Mapping[str, Any]) -> Look:
    """The image with the edges of its labels, and a line of scores for each structure.

    Pixels that are ignored are dark.
    """
    structures = Structures(**shared["structures"])
    stored, found = sample.truth["labels"], stored_map(row["label_map"])
    ignored = (stored == IGNORED) & ("ignore" in shared)
    truth = np.where(ignored, 0, stored)
    picture, _ = grown(view.fields["image"])
    picture[grown_mask(ignored, picture.shape) > 0] //= 3
    for line in _edges(truth, picture.shape):
        draw_truth(picture, line)
    for line in _edges(found, picture.shape):
        draw_prediction(picture, line)
    named = [name for name in structures.labels if name not in shared.get("absent", ())]
    areas = structures.areas(found)
    scores = (
        f"{name}: Dice {row[f'dice_{name}']:.2f}, IoU {row[f'iou_{name}']:.2f}, HD95 "
        f"{row[f'hd95_{name}']:.1f} px; {areas[name]} pixels found, {row[f'area_{name}']} true"
        for name in named
    )
    return Look("\n".join([LEGEND, *scores]), picture)


def _edges(labels: NDArray[np.uint8], shape: tuple[int, ...]) -> Iterator[Outline]:
    """The outlines of what is label k or larger, for each k: an edge of two labels is drawn once.

    So nested structures, such as the cup in the disc, have one edge each.
    """
    for label in np.unique(labels[labels > 0]).tolist():
        yield from outlines(grown_mask(labels >= label, shape), holes=True)
