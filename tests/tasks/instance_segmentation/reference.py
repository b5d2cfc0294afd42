"""Random cases, and pycocotools' figures of them: the reference that the task is held against."""

import contextlib
import io
from dataclasses import dataclass, replace
from typing import Any

import faster_coco_eval
import numpy as np
import pandas as pd
from pycocotools import mask as rle
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from benchsuite.dataset import Sample
from benchsuite.files.masks import encoded
from benchsuite_tasks.instance_segmentation.formats import Detections
from benchsuite_tasks.instance_segmentation.measure import measure
from tests.house.source import SHARED as HERE

SHARED = HERE / "data"
COCO_FILE = SHARED / "coco" / "instances_val2014_100.json"
RESULTS = {
    kind: SHARED / "coco" / f"instances_val2014_fake{kind}100_results.json"
    for kind in ("segm", "bbox")
}

FIGURES = (
    "AP",
    "AP50",
    "AP75",
    "AP-small",
    "AP-medium",
    "AP-large",
    "AR1",
    "AR10",
    "AR100",
    "AR-small",
    "AR-medium",
    "AR-large",
)
"""The order of pycocotools' `stats`."""


@dataclass(frozen=True)
class Case:
    """Images by id: annotations as a truth holds them, and detections."""

    size: tuple[int, int]
    classes: tuple[int, ...]
    annotations: dict[int, list[dict[str, Any]]]
    detections: dict[int, Detections]

    def table(self) -> pd.DataFrame:
        """The statistics of every image."""
        shared = {"classes": {key: str(key) for key in self.classes}}
        rows = []
        for image, annotations in self.annotations.items():
            truth = {"height": self.size[0], "width": self.size[1], "annotations": annotations}
            key = f"{image:012d}"
            row = measure(Sample(key, {}, truth), self.detections[image], shared)
            rows.append({"sample_id": key, "cluster": key, **row})
        return pd.DataFrame(rows)

    def copies(self, weights: dict[int, int]) -> "Case":
        """Every image as many times as its weight says, copies side by side."""
        pairs = [(image, 100 * image + k) for image, w in weights.items() for k in range(w)]
        return replace(
            self,
            annotations={new: self.annotations[old] for old, new in pairs},
            detections={new: self.detections[old] for old, new in pairs},
        )


def random_case(
    seed: int, images: int = 6, objects: int = 5, found: int = 9, digits: int = 6, classes: int = 3
) -> Case:
    """Boxes and ellipses of every size, found inaccurately, doubly or not, crowds among them.

    digits  of a score: few make ties
    """
    rng = np.random.default_rng(seed)
    size = (130, 150)
    annotations: dict[int, list[dict[str, Any]]] = {}
    detections: dict[int, Detections] = {}
    for image in range(images):
        shapes = [_shape(rng, size) for _ in range(rng.integers(objects + 1))]
        annotations[image] = [
            {
                "id": 1000 * image + i, "category_id": int(rng.integers(1, classes + 1)),
                "iscrowd": int(rng.random() < 0.1), **_annotated(shape, size),
            }
            for i, shape in enumerate(shapes)
        ]  # fmt: skip
        detections[image] = _found(rng, size, shapes, annotations[image], found, digits, classes)
    return Case(size, tuple(range(1, classes + 1)), annotations, detections)


def _shape(rng: np.random.Generator, size: tuple[int, int]) -> tuple[Any, ...]:
    h, w = (int(n) for n in rng.integers(4, [120, 140]) ** rng.choice([0.6, 1.0]))
    top, left = int(rng.integers(size[0] - h + 1)), int(rng.integers(size[1] - w + 1))
    return (bool(rng.integers(2)), top, left, h, w)


def _mask(shape: tuple[Any, ...], size: tuple[int, int]) -> Any:
    ellipse, top, left, h, w = shape
    y, x = np.mgrid[: size[0], : size[1]]
    if not ellipse:
        return (y >= top) & (y < top + h) & (x >= left) & (x < left + w)
    return ((y - top - h / 2) / (h / 2)) ** 2 + ((x - left - w / 2) / (w / 2)) ** 2 <= 1


def _annotated(shape: tuple[Any, ...], size: tuple[int, int]) -> dict[str, Any]:
    mask = encoded(_mask(shape, size))
    return {"segmentation": mask, "area": float(rle.area(mask)), "bbox": rle.toBbox(mask).tolist()}


def _found(rng, size, shapes, annotations, count, digits, classes) -> Detections:
    labels, masks = [], []
    for _ in range(int(rng.integers(count + 1))):
        if shapes and rng.random() < 0.8:
            pick = int(rng.integers(len(shapes)))
            ellipse, top, left, h, w = shapes[pick]
            spread = max(1, min(h, w) // int(rng.choice([4, 12])))
            moved = [
                int(v) for v in np.array([top, left, h, w]) + rng.integers(-spread, spread + 1, 4)
            ]
            shape = (ellipse, moved[0], moved[1], max(2, moved[2]), max(2, moved[3]))
            label = (
                annotations[pick]["category_id"]
                if rng.random() < 0.85
                else int(rng.integers(1, classes + 1))
            )
        else:
            shape, label = _shape(rng, size), int(rng.integers(1, classes + 1))
        labels.append(label)
        masks.append(encoded(_mask(shape, size)))
    return Detections(
        np.array(labels, dtype=np.int64),
        np.round(rng.random(len(labels)), digits),
        np.array([rle.toBbox(mask) for mask in masks], dtype=np.float64).reshape(-1, 4),
        tuple(masks),
    )


def reference(case: Case, kind: str) -> COCOeval:
    """pycocotools' evaluation (segm or bbox), summarised: ids from 1, ties in our order."""
    truth, found = _files(case, kind)
    with quiet():
        coco = COCO()
        coco.dataset = truth
        coco.createIndex()
        made = COCOeval(coco, coco.loadRes(found), kind)
        made.evaluate()
        made.accumulate()
        made.summarize()
    return made


def boundary_reference(case: Case) -> float:
    """faster-coco-eval's boundary AP; NaN without an object, 0 without a detection."""
    truth, found = _files(case, "segm")
    if all(one["iscrowd"] for one in truth["annotations"]) or not found:
        return 0.0 if any(not one["iscrowd"] for one in truth["annotations"]) else np.nan
    with quiet():
        coco = faster_coco_eval.COCO(truth)
        theirs = coco.loadRes(found)
        made = faster_coco_eval.COCOeval_faster(coco, theirs, "boundary", boundary_cpu_count=1)
        made.evaluate()
        made.accumulate()
        made.summarize()
    return float(made.stats[0])


def _files(case: Case, kind: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    numbered = (dict(a, image_id=image) for image, rows in case.annotations.items() for a in rows)
    truth = [dict(a, id=number) for number, a in enumerate(numbered, start=1)]
    images = [{"id": i, "height": case.size[0], "width": case.size[1]} for i in case.annotations]
    found = [
        row for image in case.annotations for row in _rows(image, case.detections[image], kind)
    ]
    classes = [{"id": key, "name": str(key)} for key in case.classes]
    return {"images": images, "annotations": truth, "categories": classes}, found


def _rows(image: int, found: Detections, kind: str) -> list[dict[str, Any]]:
    ranked = found.ranked()
    return [
        {
            "image_id": image, "category_id": int(ranked.labels[i]), "score": float(ranked.scores[i]),
            **({"segmentation": ranked.masks[i]} if kind == "segm" and ranked.masks else {"bbox": ranked.boxes[i].tolist()}),
        }
        for i in range(len(ranked))
    ]  # fmt: skip


@contextlib.contextmanager
def quiet():
    with contextlib.redirect_stdout(io.StringIO()):
        yield
