"""How a run's detections fail, condition by condition: TIDE's split of the errors, and boundary AP.

TIDE (Bolya et al. 2020, arXiv 2008.08115) says how much mask AP50 would rise if all errors of a
kind were mended; hotcoco computes it. Boundary AP (Cheng et al. 2021, arXiv 2103.16562) takes the
IoU of a band along the contours, 2 % of the image's diagonal wide, if it is below the masks' IoU;
faster-coco-eval computes it.
"""

import contextlib
import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd

from benchsuite.dataset import CLEAN_DOMAIN, Dataset, Sample
from benchsuite.errors import BadData, WrongCall
from benchsuite.runs.statistics import Statistics
from benchsuite.task import Progress, Report

from ..formats import entries
from ..metrics import Precision, by_class

KINDS: Final = {
    "Cls": "class", "Loc": "location", "Both": "both", "Dupe": "duplicate", "Bkg": "background",
    "Miss": "missed",
}  # fmt: skip
"""TIDE's kinds of errors: hotcoco's names, and ours."""


def anatomy(runs: Sequence[Statistics], progress: Progress, dataset: Dataset) -> Report:
    """Two tables on runs: their errors by condition, and their AP by class and condition.

    errors   AP50, its gain if a kind of error were mended, their counts, and boundary AP
    classes  the AP of each class, one column per condition

    Raises BadData if a run has no masks, or its dataset has no object.
    """
    if not runs:
        raise WrongCall("report anatomy: expected a run or several, found none")
    parts = [(run, condition) for run in runs for condition in run.tables]
    errors: list[dict[str, Any]] = []
    classes: dict[tuple[str, int], dict[str, Any]] = {}
    for done, (run, condition) in enumerate(parts):
        progress("anatomy", done, len(parts))
        truth = _truth(dataset, dataset.samples(_domain(run, condition)), condition)
        found = _found(run.tables[condition], truth["images"], f"{run.path}: {condition}")
        named = {"model": run.identity.model, "condition": condition}
        errors.append({**named, **tide(truth, found), **boundary(truth, found)})
        for key, value in by_class(run.tables[condition], Precision()).items():
            name = dataset.shared["classes"][key]
            row = {"model": run.identity.model, "class": name}
            classes.setdefault((run.identity.run_id, key), row)[condition] = value
    progress("anatomy", len(parts), len(parts))
    return Report({"errors": pd.DataFrame(errors), "classes": pd.DataFrame([*classes.values()])})


def _domain(run: Statistics, condition: str) -> str:
    known = {one.condition: one for one in run.manifest.known_conditions}
    return known[condition].name if known[condition].kind == "domain" else CLEAN_DOMAIN


def _truth(dataset: Dataset, samples: Sequence[Sample], condition: str) -> dict[str, Any]:
    """The samples as one COCO file, numbered from 1: an id of 0 is a trap of the reference."""
    classes = dataset.shared["classes"]
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number, sample in enumerate(sorted(samples, key=lambda s: s.id), start=1):
        size = {"height": sample.truth["height"], "width": sample.truth["width"]}
        images.append({"id": number, "file_name": sample.id, **size})
        for one in sample.truth["annotations"]:
            if one["category_id"] in classes:
                crowd = int(one["iscrowd"])
                key = len(annotations) + 1
                annotations.append({**one, "id": key, "image_id": number, "iscrowd": crowd})
    if not annotations:
        raise BadData(f"dataset {dataset.name}, {condition}: expected objects, found none")
    categories = [{"id": key, "name": name} for key, name in classes.items()]
    return {"images": images, "annotations": annotations, "categories": categories}


def _found(
    table: pd.DataFrame, images: Sequence[Mapping[str, Any]], where: str
) -> list[dict[str, Any]]:
    numbers = {image["file_name"]: image["id"] for image in images}
    if table["masks"].isna().any():
        raise BadData(f"{where}: expected masks for every image, found boxes alone")
    return [
        {**one, "image_id": numbers[str(row["sample_id"])]}
        for row in table.sort_values("sample_id").to_dict("records")
        for one in entries(row)
    ]


def tide(truth: Mapping[str, Any], found: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """AP50 of masks, `+<kind>` its gain if that kind were mended, `n <kind>` how many there are."""
    from hotcoco import COCO, COCOeval

    if not found:
        nothing = {f"+{name}": float(name == "missed") for name in KINDS.values()}
        counts = {f"n {name}": 0 for name in KINDS.values()}
        objects = sum(not one["iscrowd"] for one in truth["annotations"])
        return {"AP50": 0.0, **nothing, **counts, "n missed": objects}
    coco = COCO(dict(truth))
    evaluation = COCOeval(coco, coco.loadRes([dict(row) for row in found]), "segm")
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation.evaluate()
    made = evaluation.tide_errors()
    return {
        "AP50": float(made["ap_base"]),
        **{f"+{ours}": float(made["delta_ap"][theirs]) for theirs, ours in KINDS.items()},
        **{f"n {ours}": int(made["counts"][theirs]) for theirs, ours in KINDS.items()},
    }


def boundary(truth: Mapping[str, Any], found: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """`boundary-AP`: average precision by the smaller of the masks' and their boundaries' IoU."""
    from faster_coco_eval import COCO, COCOeval_faster

    if not found:
        return {"boundary-AP": 0.0}
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(dict(truth))
        evaluation = COCOeval_faster(
            coco, coco.loadRes([dict(row) for row in found]), "boundary", boundary_cpu_count=1
        )
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return {"boundary-AP": float(evaluation.stats[0])}
