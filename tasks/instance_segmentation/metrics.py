"""The task's metrics: means over classes of a figure of the pooled detections."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchsuite.estimation import Estimate, Weights
from benchsuite.estimation.estimate import join_notes
from benchsuite.estimation.metrics import Declared, masked, what_is_missing
from benchsuite.estimation.sums import check_groups, cluster_order, one_thread

from .precision import ByClass, Precision, Recall
from .records import By, Records, columns, records

Figure = Callable[[Records], ByClass]
Drawn = Literal["groups", "overall", "nothing"]
"""Who gets replicates, and so an interval: every group, everybody alone, or nobody."""

BLOCK: Final = 50
"""Replicates a call: weights are made anew for each block, never (1+R, N)."""
TRUSTED_IMAGES: Final = 300
TRUSTED_OBJECTS: Final = 25
"""Below, average precision is biased upward (the suite's own simulations)."""


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows of statistics that a metric needs, and which groups (N, K) they are in."""

    table: pd.DataFrame
    groups: NDArray[np.bool_]


@dataclass(frozen=True)
class OverClasses(Declared):
    """The mean, over the classes that have an object, of a figure of a class. Smooth.

    figure  a class's average precision or recall, from records
    by      mask or box: what overlaps were measured on
    area    a range of AREAS: objects outside it count neither way
    drawn   who gets replicates; the others are values without an interval

    Without any detection it is 0; a group without any object has no value. A class whose objects
    are all in images of weight 0 leaves that replicate's mean.
    """

    name: str
    figure: Figure
    by: By = "mask"
    area: str = "all"
    drawn: Drawn = "nothing"

    @property
    def columns(self) -> tuple[str, ...]:
        return columns(self.by)

    def accumulate(self, table: pd.DataFrame, weights: Weights, groups: NDArray[np.bool_]) -> Rows:
        check_groups(table, groups)
        return Rows(table[["sample_id", "cluster", *self.columns]], groups)

    def merge(self, a: Rows, b: Rows) -> Rows:
        joined = pd.concat([a.table, b.table], ignore_index=True)
        return Rows(joined, np.concatenate([a.groups, b.groups]))

    def finish(self, state: Rows, weights: Weights) -> list[Estimate]:
        order, _ = cluster_order(state.table)
        table, groups = state.table.iloc[order].reset_index(drop=True), state.groups[order]
        asked = {"groups": groups.shape[1], "overall": 1, "nothing": 0}[self.drawn]
        return [
            self._estimate(table[mine].reset_index(drop=True), weights, k < asked)
            for k, mine in enumerate(groups.T)
        ]

    def _estimate(self, table: pd.DataFrame, weights: Weights, drawn: bool) -> Estimate:
        replicates = weights.replicates if drawn else 0
        values, note = np.full(1 + replicates, np.nan), self._unusable(table)
        if not note:
            found = records(table, self.by, self.area)
            values, note = self._values(found, table, weights, replicates), _careful(found)
        return Estimate(
            float(values[0]), masked(values[1:], float(values[0])), len(table),
            table["cluster"].nunique(), "smooth", note=note,
        )  # fmt: skip

    def _unusable(self, table: pd.DataFrame) -> str:
        failed = int(table["scores"].isna().sum())
        if failed or not len(table):
            return what_is_missing(len(table), failed)
        bare = int(table[f"{self.by}_matched"].isna().sum())
        return f"no {self.by} was predicted in {bare} of {len(table)} samples" if bare else ""

    def _values(
        self, found: Records, table: pd.DataFrame, weights: Weights, replicates: int
    ) -> NDArray[np.float64]:
        by_class = self.figure(found)
        clusters = table["cluster"].to_numpy(dtype=object)
        spans = [
            (0, 1),
            *((i, min(i + BLOCK, 1 + replicates)) for i in range(1, 1 + replicates, BLOCK)),
        ]
        with one_thread():
            blocks = [_over_classes(by_class(weights.rows(clusters, *span))) for span in spans]
        return np.concatenate(blocks)


def ordered(table: pd.DataFrame) -> pd.DataFrame:
    """Rows by cluster and sample id: the order that breaks ties between images."""
    order, _ = cluster_order(table)
    return table.iloc[order].reset_index(drop=True)


def by_class(
    table: pd.DataFrame, figure: Figure, by: By = "mask", area: str = "all"
) -> dict[int, float]:
    """The figure of each class that has an object, by category id, from rows of statistics."""
    found = records(table, by, area)
    (values,) = figure(found)(np.ones((1, len(table)), dtype=np.uint8))
    return dict(zip(found.classes.tolist(), values.tolist(), strict=True))


def _over_classes(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(B, C) -> (B,): the mean over the classes that have a value, NaN where none has."""
    known = ~np.isnan(values)
    count = known.sum(axis=1)
    total = np.where(known, values, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _careful(found: Records) -> str:
    if not len(found.classes):
        return "no object of any class"
    rare = int((found.positives.sum(axis=0) < TRUSTED_OBJECTS).sum())
    few = len(found.positives) < TRUSTED_IMAGES
    return join_notes(
        [
            f"under {TRUSTED_IMAGES} images" if few else "",
            f"biased upward: {rare} rare {'class' if rare == 1 else 'classes'}" if rare else "",
        ]
    )


def _metrics(by: By) -> list[OverClasses]:
    """COCO's twelve figures; those of boxes have `box-` before their names."""
    prefix = "" if by == "mask" else "box-"

    def metric(
        name: str, figure: Figure, area: str = "all", drawn: Drawn = "nothing"
    ) -> OverClasses:
        return OverClasses(
            name=prefix + name, figure=figure, by=by, area=area, drawn=drawn, bounds=(0.0, 1.0)
        )

    everywhere: Drawn = "groups" if by == "mask" else "overall"
    sizes = ("small", "medium", "large")
    return [
        metric("AP", Precision(), drawn=everywhere),
        metric("AP50", Precision((0,)), drawn="overall"),
        metric("AP75", Precision((5,)), drawn="overall"),
        *(metric(f"AP-{size}", Precision(), size) for size in sizes),
        *(metric(f"AR{limit}", Recall(limit)) for limit in (1, 10, 100)),
        *(metric(f"AR-{size}", Recall(100), size) for size in sizes),
    ]


METRICS: Final = (*_metrics("mask"), *_metrics("box"))

ALIASES: Final = {
    f"{kind}_{theirs}": prefix + ours
    for kind, prefix in (("segm", ""), ("bbox", "box-"))
    for theirs, ours in {
        "AP": "AP", "AP50": "AP50", "AP75": "AP75", "APs": "AP-small", "APm": "AP-medium",
        "APl": "AP-large", "AR1": "AR1", "AR10": "AR10", "AR100": "AR100", "ARs": "AR-small",
        "ARm": "AR-medium", "ARl": "AR-large",
    }.items()
}  # fmt: skip
"""The names that MMDetection and its kin give to these figures."""
