"""What a sample looks like: true outlines and predicted ones in its image under the condition."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from benchsuite.dataset import Inputs, Sample
from benchsuite.files.masks import decoded
from benchsuite.task import Look

from ..formats import entries
from ..measure import IOU_THRESHOLDS, areas_of
from ..models.masks import rgb

TRUTH: Final = (86, 180, 233)
PREDICTION: Final = (230, 159, 0)
"""Sky blue and orange of Okabe & Ito's set, which people with any colour vision tell apart. Truth
is a thick line and a prediction a dashed one, so that nothing rests on colour alone."""
SIDE: Final = 640
"""Longest side of a picture in pixels: a sheet shows half of it, so that small images are grown."""
LEAST: Final = 3
"""As many predictions are drawn as there are objects, but at least these."""
DASH: Final = 12
"""Length of a dash in pixels; the gap after it is as long."""
FONT: Final = 18

Outline = NDArray[np.int32]
"""The points (P, 2) of a closed line, x and y, a pixel apart."""


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
    scale = SIDE / max(image.shape)
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    picture = np.asarray(cv2.resize(image, size, interpolation=how), dtype=np.uint8)
    for one in true:
        for line in _outlines(one, size, scale):
            cv2.polylines(picture, [line], True, (0, 0, 0), 7, cv2.LINE_AA)
            cv2.polylines(picture, [line], True, TRUTH, 4, cv2.LINE_AA)
    found = found[::-1]  # the best one on top
    for one in found:
        for line in _outlines(one, size, scale):
            dashes = [line[i : i + DASH] for i in range(0, len(line), 2 * DASH)]
            cv2.polylines(picture, dashes, False, (0, 0, 0), 5, cv2.LINE_AA)
            cv2.polylines(picture, dashes, False, PREDICTION, 2, cv2.LINE_AA)
    return _named(picture, true, found, scale)


def _outlines(one: Mapping[str, Any], size: tuple[int, int], scale: float) -> list[Outline]:
    """The outlines of an object's mask; of its box, where it has no mask."""
    inside = np.zeros((size[1], size[0]), dtype=np.uint8)
    if one.get("segmentation"):
        mask = decoded(one["segmentation"]).astype(np.uint8) * 255
        inside = (cv2.resize(mask, size, interpolation=cv2.INTER_LINEAR) > 127).astype(np.uint8)
    else:
        left, top, width, height = (max(0, round(side * scale)) for side in one["bbox"])
        inside[top : top + height + 1, left : left + width + 1] = 1
    lines, _ = cv2.findContours(inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return [np.asarray(line[:, 0], dtype=np.int32) for line in lines]


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
