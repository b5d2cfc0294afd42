"""The task's metrics by name: a dataset says which it has, since its structures are its own.

    dice  iou  hd95  dice_cup …      the mean over samples: of the reported structures, or of one
    cdr_error                        |cup-to-disc ratio of areas - its truth|
    dice_equal_size                  the mean over quarters of the dataset by the structures' size
    patient_dice  patient_dice_tumour …   each cluster weighs the same; only samples that have the
                                     structure count
    patient_false_alarm_tumour       the share of samples without the structure in which any is
                                     found, each cluster weighing the same

Dice falls with the size of a structure at an equal error of its outline. `dice_equal_size` gives
each quarter of the sizes the same weight in every group (direct standardisation), so that its gap
is the gap between groups of equal sizes.
"""

import math
from typing import Any

from benchsuite.errors import BadData
from benchsuite.estimation import ClusterMean, MacroMean, Mean, Metric

from .structures import Structures

UNIT: dict[str, Any] = {"bounds": (0.0, 1.0), "equity": True}
PIXELS: dict[str, Any] = {
    "bounds": (0.0, math.inf), "equity": True, "unit": "px", "higher_is_better": False,
}  # fmt: skip
ERROR: dict[str, Any] = {**UNIT, "higher_is_better": False}

KINDS = ("dice", "iou", "hd95")
PATIENT = "patient_"
FALSE_ALARM = "patient_false_alarm_"


def metric(name: str) -> Metric:
    """The metric of that name. Raises BadData where there is none."""
    if name == "dice_equal_size":
        return MacroMean(name=name, column="dice", stratum="size", **UNIT)
    if name.startswith(FALSE_ALARM):
        structure = name.removeprefix(FALSE_ALARM)
        return ClusterMean(name, f"found_{structure}", where=f"absent_{structure}", **ERROR)
    if name.startswith(PATIENT):
        column = name.removeprefix(PATIENT)
        kind, _, structure = column.partition("_")
        return ClusterMean(name, column, where=f"present_{structure}", **_declared(kind, name))
    return Mean(name, name, **_declared(name.partition("_")[0], name))


def _declared(kind: str, name: str) -> dict[str, Any]:
    known = {"dice": UNIT, "iou": UNIT, "hd95": PIXELS, "cdr": ERROR}
    if kind not in known:
        raise BadData(f"metrics: expected dice, iou, hd95 or cdr_error, found '{name}'")
    return known[kind]


def sample_metrics(structures: Structures) -> tuple[str, ...]:
    """The metrics of a dataset in which every sample weighs the same, the headline first."""
    several = [f"{kind}_{s}" for kind in KINDS for s in structures.labels]
    alone = len(structures.labels) == 1
    ratio = ["cdr_error"] if structures.ratio else []
    return (*KINDS, *([] if alone else several), *ratio, "dice_equal_size")


def cluster_metrics(structures: Structures) -> tuple[str, ...]:
    """The metrics of a dataset in which every cluster weighs the same, the headline first."""
    named = [f"{PATIENT}{kind}_{s}" for kind in KINDS for s in structures.reported]
    return (*named, *(f"{FALSE_ALARM}{s}" for s in structures.reported))
