"""What a sample looks like: true outlines and predicted ones in its image under the condition."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from benchsuite.dataset import Inputs, Sample
from benchsuite.files.masks import decoded
from benchsuite.publish.outlines import (
    PREDICTION,
    TRUTH,
    Outline,
    draw_prediction,
    draw_truth,
    grown,
    grown_mask,
    outlines,
)
from benchsuite.task import Look

from ..formats import entries
from ..measure import IOU_THRESHOLDS, areas_of
from ..models.masks import rgb

LEAST: Final = 3
"""As many predictions are drawn as there are objects, but at least these."""
FONT: Final = 18


def look(sample: Sample, view: Inputs, row: Mapping[str, Any], shared: Mapping[str, Any]) -> Look:
    """The image with its objects, and with the predictions of highest score and what they met.

    A prediction's IoU is the highest threshold at which it found an object of its class, of masks
    if there are any.
    """
    classes = shared["classes"]
    true = [_object(a, classes) for a in sample.truth["annotations"] if a["category_id"] in classes]
    found = sorted(_predictions(row, classes), key=lambda one: -one["score"])
    best = found[: max(len(true), LEAST)]
    lines = [
        f"thick, blue: {len(true)} objects; dashed, orange: the {len(best)} of {len(found)} "
        "predictions with the highest scores",
        *(f"{one['name']}: {one['met']}" for one in best),
    ]
    return Look("\n".join(lines), _drawn(rgb(view.fields["image"], sample.id), true, best))


def _object(annotation: Mapping[str, Any], classes: Mapping[int, str]) -> dict[str, Any]:
    crowd = " (crowd)" if annotation["iscrowd"] else ""
    return {**annotation, "name": f"{classes[annotation['category_id']]}{crowd}"}


def _predictions(row: Mapping[str, Any], classes: Mapping[int, str]) -> Iterator[dict[str, Any]]:
    by = "box" if row["mask_matched"] is None else "mask"
    matched = areas_of([row[f"{by}_matched"]], "all")
    for one, bits in zip(entries({**row, "sample_id": ""}), matched.tolist(), strict=True):
        most = IOU_THRESHOLDS[bits.bit_length() - 1]
        name = f"{classes[one['category_id']]} {one['score']:.2f}"
        yield {**one, "name": name, "met": f"IoU {most:.2f}" if bits else "no object"}


def _drawn(
    image: NDArray[np.uint8], true: Sequence[Mapping[str, Any]], found: Sequence[Mapping[str, Any]]
) -> NDArray[np.uint8]:
    picture, scale = grown(image)
    for one in true:
        for line in _outlines(one, picture.shape, scale):
            draw_truth(picture, line)
    found = found[::-1]  # the best one on top
    for one in found:
        for line in _outlines(one, picture.shape, scale):
            draw_prediction(picture, line)
    return _named(picture, true, found, scale)


def _outlines(one: Mapping[str, Any], shape: tuple[int, ...], scale: float) -> list[Outline]:
    """The outlines of an object's mask; of its box, where it has no mask."""
    if one.get("segmentation"):
        return outlines(grown_mask(decoded(one["segmentation"]), shape))
    inside = np.zeros(shape[:2], dtype=np.uint8)
    left, top, width, height = (max(0, round(side * scale)) for side in one["bbox"])
    inside[top : top + height + 1, left : left + width + 1] = 1
    return outlines(inside)


def _named(
    picture: NDArray[np.uint8],
    true: Sequence[Mapping[str, Any]],
    found: Sequence[Mapping[str, Any]],
    scale: float,
) -> NDArray[np.uint8]:
    """The picture with names: of objects at their lower edge, of predictions at their upper one."""
    made = Image.fromarray(picture)
    draw, font = ImageDraw.Draw(made), ImageFont.load_default(FONT)
    for ones, colour, lower in ((true, TRUTH, 1.0), (found, PREDICTION, 0.0)):
        for one in ones:
            left, top, _, height = one["bbox"]
            y = min(max(top + lower * height, 0) * scale, made.height - FONT)
            at = (left * scale, y - (FONT if not lower and y > FONT else 0))
            draw.text(at, one["name"], colour, font, stroke_width=2, stroke_fill="black")
    return np.asarray(made)
