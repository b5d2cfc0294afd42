"""How a run's detections fail, condition by condition: TIDE's split of the errors.

TIDE (Bolya et al. 2020, arXiv 2008.08115) says how much mask AP50 would rise if all errors of a
kind were mended; hotcoco computes it.
"""

import contextlib
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from benchsuite.dataset import CLEAN_DOMAIN, Dataset, Sample
from benchsuite.errors import WrongCall
from benchsuite.estimation.order import cluster_order
from benchsuite.runs.statistics import Statistics
from benchsuite.task import Progress, Report

from ..formats import CAP, MAX_DETECTIONS, entries
from ..metrics import By, Figure, Precision, records

KINDS: Final = {
    "Cls": "class", "Loc": "location", "Both": "both", "Dupe": "duplicate", "Bkg": "background",
    "Miss": "missed",
}  # fmt: skip
"""TIDE's kinds of errors: hotcoco's names, and ours."""
IOU_TYPE: Final = {"mask": "segm", "box": "bbox"}


def anatomy(runs: Sequence[Statistics], progress: Progress, dataset: Dataset) -> Report:
    """Tables on runs: their errors by condition, and their AP by class and condition.

    errors   AP50, its gain if a kind of error were mended, and their counts; the objects `beyond
             the cap` on detections, which no model could find
    classes  the AP of each class, one column per condition
    differences  of several runs, what each has more than the first under the same condition

    What is measured `by` masks is measured by boxes where predictions or truth lack masks. Nothing
    has a value where no object counts.
    """
    if not runs:
        raise WrongCall("report anatomy: expected a run or several, found none")
    parts = [(run, condition) for run in runs for condition in run.tables]
    errors: list[dict[str, Any]] = []
    classes: dict[tuple[str, int], dict[str, Any]] = {}
    for done, (run, condition) in enumerate(parts):
        progress("anatomy", done, len(parts))
        table, most = run.tables[condition], dataset.shared.get(CAP, MAX_DETECTIONS)
        # A sampled suite measures a part of the images under each condition.
        measured, every = {*table["sample_id"]}, dataset.samples(_domain(run, condition))
        truth = _truth(dataset, [sample for sample in every if sample.id in measured])
        by = _by(table)
        found = _found(table, truth["images"])
        named = {"model": run.identity.model, "condition": condition, "by": by}
        beyond = {"beyond the cap": _beyond(truth, most)}
        errors.append(named | tide(truth, found, by, most) | beyond)
        for key, value in by_class(table, Precision(), by).items():
            name = dataset.shared["classes"][key]
            row = {"model": run.identity.model, "class": name}
            classes.setdefault((run.identity.run_id, key), row)[condition] = value
    progress("anatomy", len(parts), len(parts))
    made = pd.DataFrame(errors)
    tables = {"errors": made, "classes": pd.DataFrame([*classes.values()])}
    owners = [run.identity.run_id for run, _ in parts]
    return Report(tables | ({"differences": _differences(made, owners)} if runs[1:] else {}))


def _differences(errors: pd.DataFrame, owners: Sequence[str]) -> pd.DataFrame:
    """The errors of each run minus those of the first, where both have the condition."""
    keys, named = ["condition", "by"], ["condition", "by", "model", "minus"]
    first = np.array(owners) == owners[0]
    before = errors[first].set_index(keys)
    after = errors[~first].assign(minus=errors["model"].iloc[0])
    known = pd.MultiIndex.from_frame(after[keys]).isin(before.index)
    after = after[known].set_index(named)
    there = before.drop(columns="model").loc[after.index.droplevel(["model", "minus"])]
    changes: pd.DataFrame = (after - there.to_numpy()).reset_index()
    return changes


def _domain(run: Statistics, condition: str) -> str:
    known = {one.condition: one for one in run.manifest.known_conditions}
    return known[condition].name if known[condition].kind == "domain" else CLEAN_DOMAIN


def _by(table: pd.DataFrame) -> By:
    """Masks, unless a prediction or a truth lacks them."""
    measured = table.loc[table["error"] == "", "mask_matched"]
    return "box" if measured.isna().any() else "mask"


def _beyond(truth: Mapping[str, Any], most: int) -> int:
    """The objects that the cap on detections of a class and image leaves out of reach."""
    counts = Counter(
        (one["image_id"], one["category_id"]) for one in truth["annotations"] if not one["iscrowd"]
    )
    return sum(max(0, count - most) for count in counts.values())


def _truth(dataset: Dataset, samples: Sequence[Sample]) -> dict[str, Any]:
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
                drawn = {k: v for k, v in one.items() if v is not None}
                annotations.append({**drawn, "id": key, "image_id": number, "iscrowd": crowd})
    categories = [{"id": key, "name": name} for key, name in classes.items()]
    return {"images": images, "annotations": annotations, "categories": categories}


def _found(table: pd.DataFrame, images: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    numbers = {image["file_name"]: image["id"] for image in images}
    return [
        {**one, "image_id": numbers[str(row["sample_id"])]}
        for row in table[table["error"] == ""].sort_values("sample_id").to_dict("records")
        for one in entries(row)
    ]


def by_class(table: pd.DataFrame, figure: Figure, by: By = "mask") -> dict[int, float]:
    """The figure of each class that has an object, by category id, from rows of statistics."""
    order = cluster_order(table).positions  # it breaks ties between images
    found = records(table.iloc[order].reset_index(drop=True), by, "all")
    (values,) = figure(found, np.ones((1, len(table))))
    return dict(zip(found.classes.tolist(), values.tolist(), strict=True))


def tide(
    truth: Mapping[str, Any],
    found: Sequence[Mapping[str, Any]],
    by: By = "mask",
    most: int = MAX_DETECTIONS,
) -> dict[str, float]:
    """AP50, `+<kind>` its gain if that kind were mended, `n <kind>` how many there are.

    NaN throughout if no object counts.
    """
    from hotcoco import COCO, COCOeval

    objects = _counting(truth)
    if not objects or not found:
        nothing = np.nan if not objects else 0
        gains = {f"+{name}": nothing or float(name == "missed") for name in KINDS.values()}
        counts = {f"n {name}": nothing for name in KINDS.values()}
        return {"AP50": nothing, **gains, **counts, "n missed": objects or nothing}
    coco = COCO(dict(truth))
    evaluation = COCOeval(coco, coco.loadRes([dict(row) for row in found]), IOU_TYPE[by])
    evaluation.params.max_dets = [1, 10, most]
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation.evaluate()
    made = evaluation.tide_errors()
    return {
        "AP50": float(made["ap_base"]),
        **{f"+{ours}": float(made["delta_ap"][theirs]) for theirs, ours in KINDS.items()},
        **{f"n {ours}": int(made["counts"][theirs]) for theirs, ours in KINDS.items()},
    }


def _counting(truth: Mapping[str, Any]) -> int:
    return sum(not one["iscrowd"] for one in truth["annotations"])
