"""COCO's mask AP: matching and 1000 bootstrap replicates, against one evaluation by pycocotools.

Then every cell of a condition: all figures of masks and boxes, for everybody and each group.
"""

import contextlib
import io
import json
import tempfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pycocotools import mask as rle
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from benchsuite.dataset import Sample
from benchsuite.estimation import Estimate, Weights
from benchsuite.estimation.cells import condition_cells, groups_of
from benchsuite_tasks.instance_segmentation.formats import Detections
from benchsuite_tasks.instance_segmentation.measure import measure as measured
from benchsuite_tasks.instance_segmentation.metrics import METRICS
from tests.perf import Ratio, cpu_seconds

IMAGES, CLASSES, FOUND, REPLICATES = 1000, 80, 30, 1000
SIZE = (480, 640)
STOCK = 300


def measure() -> Iterator[Ratio]:
    annotations, detections = _scenes()
    truths = {i: _truth(annotations, i) for i in range(1, IMAGES + 1)}
    groups = groups_of([_attributes(image) for image in truths])
    metric = METRICS[0]

    def ours() -> list[Estimate]:
        table, everybody, weights = (
            _matched(truths, detections),
            np.ones((IMAGES, 1), bool),
            _drawn(),
        )
        return metric.finish(metric.accumulate(table, weights, everybody), weights)

    truth, found = _coco(annotations, detections)

    def peer() -> float:
        made = COCOeval(truth, found, "segm")
        with contextlib.redirect_stdout(io.StringIO()):
            made.evaluate()
            made.accumulate()
        precision = made.eval["precision"][:, :, :, 0, -1]
        return float(precision[precision > -1].mean())

    (estimate,), expected = ours(), peer()
    if abs(estimate.value - expected) > 1e-9:
        raise AssertionError(f"AP: expected {expected} as pycocotools, found {estimate.value}")
    name = (
        f"masks and boxes matched, and {REPLICATES} replicates of mask AP: {IMAGES:,} images, "
        f"{CLASSES} classes, {FOUND} detections each"
    )
    once, rows = cpu_seconds(peer, 1), _matched(truths, detections)
    yield Ratio(name, "pycocotools, masks, once", cpu_seconds(ours), once, 5.0)
    for peer_of in (_faster_coco_eval, _hotcoco):
        if find_spec(peer_of.__name__.lstrip("_")):
            title = f"{peer_of.__name__.lstrip('_')}, masks, once, no replicates"
            yield Ratio(name, title, cpu_seconds(ours), cpu_seconds(peer_of(truth, found), 1), 0)
    cells = cpu_seconds(lambda: condition_cells([rows], METRICS, groups, _drawn()))
    name = (
        f"the cells of {len(METRICS)} figures in {len(groups)} groups, AP with replicates in each"
    )
    yield Ratio(name, "pycocotools, masks, once", cells, once, 2.5)


def _faster_coco_eval(truth: COCO, found: COCO) -> Callable[[], object]:
    import faster_coco_eval

    told, rows = faster_coco_eval.COCO(truth.dataset), _results(found)

    def once() -> None:
        made = faster_coco_eval.COCOeval_faster(
            told, told.loadRes(rows), "segm", print_function=lambda *_: None
        )
        made.evaluate()
        made.accumulate()

    return once


def _hotcoco(truth: COCO, found: COCO) -> Callable[[], object]:
    import hotcoco

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "truth.json"
        path.write_text(json.dumps(truth.dataset))
        told = hotcoco.COCO(str(path))
    rows = _results(found)

    def once() -> None:
        made = hotcoco.COCOeval(told, told.load_res(rows), "segm")
        made.evaluate()
        made.accumulate()

    return once


def _results(found: COCO) -> list[dict[str, Any]]:
    kept = ("image_id", "category_id", "score", "segmentation")
    return [{key: row[key] for key in kept} for row in found.dataset["annotations"]]


def _matched(truths: dict[int, Any], detections: dict[int, Detections]) -> pd.DataFrame:
    """The statistics of every image, with its attributes."""
    shared = {"classes": {c: str(c) for c in range(1, CLASSES + 1)}}
    rows = []
    for image, truth in truths.items():
        row = measured(Sample(str(image), {}, truth), detections[image], shared)
        key = f"{image:012d}"
        rows.append({"sample_id": key, "cluster": key, **row, **_attributes(image)})
    return pd.DataFrame(rows)


def _attributes(image: int) -> dict[str, str]:
    return {"day": f"{image % 4}", "place": f"{image % 3}"}


def _drawn() -> Weights:
    """Weights that nothing has drawn before."""
    return Weights(int(np.random.default_rng().integers(2**31)), "scenes", REPLICATES)


def _scenes() -> tuple[list[dict[str, Any]], dict[int, Detections]]:
    """Ellipses, and detections that hit, miss, repeat and mistake them, of a stock of masks."""
    rng = np.random.default_rng(0)
    places = [_place(rng) for _ in range(STOCK)]
    stock = [[_ellipse(p), *(_ellipse(_beside(rng, p)) for _ in range(8))] for p in places]
    annotations: list[dict[str, Any]] = []
    detections = {}
    for image in range(1, IMAGES + 1):
        objects = rng.choice(STOCK, size=rng.integers(1, 15), replace=False)
        labels = _labels(rng, len(objects))
        for number, label in zip(objects, labels, strict=True):
            annotations.append(_annotation(len(annotations) + 1, image, label, stock[number][0]))
        picks = rng.integers(len(objects), size=FOUND)
        hits = rng.random(FOUND) < 0.6
        numbers = np.where(hits, objects[picks], rng.integers(STOCK, size=FOUND))
        masks = tuple(stock[n][rng.integers(1, 9)] for n in numbers)
        right = hits & (rng.random(FOUND) < 0.8)
        mine = np.where(right, labels[picks], _labels(rng, FOUND))
        boxes = np.array([rle.toBbox(mask) for mask in masks])
        detections[image] = Detections(mine, rng.random(FOUND), boxes, masks)
    return annotations, detections


def _labels(rng: np.random.Generator, count: int) -> NDArray[np.int64]:
    # some classes are common, most are rare
    return np.minimum(CLASSES, 1 + rng.exponential(18, size=count)).astype(np.int64)


def _place(rng: np.random.Generator) -> NDArray[np.float64]:
    """Centre and half axes: y, x, b, a."""
    centre = rng.uniform([20, 20], [SIZE[0] - 20, SIZE[1] - 20])
    return np.array([*centre, *rng.uniform(6, 90, 2)])


def _beside(rng: np.random.Generator, place: NDArray[np.float64]) -> NDArray[np.float64]:
    return place + rng.normal(scale=np.maximum(place[[2, 3, 2, 3]] / 9, 1))


def _ellipse(place: NDArray[np.float64]) -> dict[str, Any]:
    y, x, b, a = place
    rows, columns = np.ogrid[: SIZE[0], : SIZE[1]]
    mask = ((rows - y) / max(b, 3)) ** 2 + ((columns - x) / max(a, 3)) ** 2 <= 1
    made: dict[str, Any] = rle.encode(np.asfortranarray(mask.astype(np.uint8)))
    return made


def _annotation(key: int, image: int, label: int, mask: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": key, "image_id": image, "category_id": int(label), "iscrowd": 0,
        "area": float(rle.area(mask)), "bbox": rle.toBbox(mask).tolist(), "segmentation": mask,
    }  # fmt: skip


def _truth(annotations: list[dict[str, Any]], image: int) -> dict[str, Any]:
    mine = [a for a in annotations if a["image_id"] == image]
    return {"height": SIZE[0], "width": SIZE[1], "annotations": mine}


def _coco(
    annotations: list[dict[str, Any]], detections: dict[int, Detections]
) -> tuple[COCO, COCO]:
    rows = [
        {"image_id": image, "category_id": int(label), "score": float(score), "segmentation": mask}
        for image, one in detections.items()
        for label, score, mask in zip(one.labels, one.scores, one.masks or (), strict=True)
    ]
    truth = COCO()
    truth.dataset = {
        "images": [{"id": i, "height": SIZE[0], "width": SIZE[1]} for i in detections],
        "annotations": annotations,
        "categories": [{"id": c, "name": str(c)} for c in range(1, CLASSES + 1)],
    }
    with contextlib.redirect_stdout(io.StringIO()):
        truth.createIndex()
        return truth, truth.loadRes(rows)
