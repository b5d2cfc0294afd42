"""The task's metrics, made from a dataset's structures.

    dice  iou  hd95  dice_cup …      the mean over samples: of the reported structures, or of one
    cdr_error                        |cup-to-disc ratio of areas - its truth|
    dice_equal_size                  the mean over quarters of the dataset by the structures' size
    tail_dice  tail_hd95             the mean over the worst tenth of the samples
    patient_dice_tumour …            each cluster weighs the same; only samples that have the
                                     structure count
    patient_tail_dice_tumour …       the mean over the worst tenth of the clusters
    patient_false_alarm_tumour       the share of samples without the structure in which any is
                                     found; each cluster weighs the same

At an equal error of the outline, Dice falls with the size of a structure. `dice_equal_size` gives
each quarter of the sizes the same weight in every group (direct standardisation). Its gap is the
gap between groups of equal sizes.

Tails are no part of `gate --equity` unless they are named: they would cost the others power.
"""

import math
from collections.abc import Sequence
from typing import Any

from benchsuite.estimation import ClusterMean, ClusterTailMean, MacroMean, Mean, TailMean

from .measure import Structures

UNIT: dict[str, Any] = {"bounds": (0.0, 1.0), "equity": True}
PIXELS: dict[str, Any] = {
    "bounds": (0.0, math.inf), "equity": True, "unit": "px", "higher_is_better": False,
}  # fmt: skip
ERROR: dict[str, Any] = {**UNIT, "higher_is_better": False}

Made = Mean | MacroMean | TailMean

KINDS = {"dice": UNIT, "iou": UNIT, "hd95": PIXELS}
"""What is measured of a structure, and how its metrics are declared."""

TAILS = {kind: {**KINDS[kind], "equity": False} for kind in ("dice", "hd95")}
"""What the worst tenth is told of."""


def sample_metrics(structures: Structures, absent: Sequence[str] = ()) -> tuple[Made, ...]:
    """The metrics of a dataset in which every sample weighs the same, the headline first.

    Those of an `absent` structure, which no sample has, have no value.
    """
    first = structures.reported[0]
    whole = f"present_{first}" if first in absent else ""  # then nothing of the headline is there
    means = [Mean(kind, kind, where=whole, **KINDS[kind]) for kind in KINDS]
    if len(structures.labels) > 1:
        means += [
            Mean(f"{kind}_{s}", f"{kind}_{s}", f"present_{s}" if s in absent else "", **KINDS[kind])
            for kind in KINDS
            for s in structures.labels
        ]
    ratio = [Mean("cdr_error", "cdr_error", **ERROR)] if structures.ratio else []
    equal = MacroMean(name="dice_equal_size", column="dice", stratum="size", where=whole, **UNIT)
    tails = [TailMean(f"tail_{kind}", kind, where=whole, **TAILS[kind]) for kind in TAILS]
    return (*means, *ratio, equal, *tails)


def cluster_metrics(structures: Structures, absent: Sequence[str] = ()) -> tuple[Made, ...]:
    """The metrics of a dataset in which every cluster weighs the same, the headline first.

    Those of an `absent` structure have no value, as no sample has it; false alarms do.
    """
    return (
        *(
            ClusterMean(f"patient_{kind}_{s}", f"{kind}_{s}", where=f"present_{s}", **declared)
            for kind, declared in KINDS.items()
            for s in structures.reported
        ),
        *(
            ClusterTailMean(f"patient_tail_{kind}_{s}", f"{kind}_{s}", f"present_{s}", **declared)
            for kind, declared in TAILS.items()
            for s in structures.reported
        ),
        *(
            ClusterMean(f"patient_false_alarm_{s}", f"found_{s}", where=f"absent_{s}", **ERROR)
            for s in (
                *structures.reported,
                *(name for name in absent if name not in structures.reported),
            )
        ),
    )
