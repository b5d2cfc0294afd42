"""What a sample looks like: true outlines and predicted ones in its image under the condition."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from benchsuite.dataset import Inputs, Sample
from benchsuite.task import SMALL, Look

from ..formats import entries
from ..kernels import IOU_THRESHOLDS
from ..measure import areas_of

KEY: Final = "thick, blue: objects; dashed, orange: predictions"
LEAST: Final = 3
"""As many predictions are drawn as there are objects, but at least these."""


def look(sample: Sample, view: Inputs, row: Mapping[str, Any], shared: Mapping[str, Any]) -> Look:
    """The image with its objects, and with the predictions of highest score and what they met.

    A prediction's IoU is the highest threshold at which it found an object of its class, of masks
    if there are any.
    """
    from ..models.masks import rgb  # OpenCV takes time to import, and few calls draw
    from .outlines import drawn, outlined

    classes = shared["classes"]
    true = [_object(a, classes) for a in sample.truth["annotations"] if a["category_id"] in classes]
    found = sorted(_predictions(row, classes), key=lambda one: -one["score"])
    best = found[: max(len(true), LEAST)]
    lines = [
        f"{len(true)} objects; the {len(best)} of {len(found)} predictions with the highest scores",
        *(f"{one['name']}: {one['met']}" for one in best),
    ]
    shown = (rgb(view.fields["image"], sample.id), true, best)
    return Look("\n".join(lines), drawn(*shown), KEY, outlined(*shown, side=SMALL))


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
