"""Runs made of per-sample numbers in memory, and the whole gate on pairs of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchsuite.estimation import Mean, Metric, record_of_metric
from benchsuite.gates.pairs import Compared
from benchsuite.gates.policy import Policy
from benchsuite.gates.regression import gate
from benchsuite.gates.verdict import Outcome
from benchsuite.runs.manifest import Identity, Manifest
from benchsuite.runs.statistics import Statistics

Array = NDArray[np.float64]
SCORE = Mean("score", "x")
TASK = "made-up"


def statistics(
    numbers: Array,
    clusters: Sequence[int] | NDArray[np.int64] | None = None,
    groups: Mapping[str, Sequence[str]] | None = None,
    population: str = "p",
    metrics: Sequence[Metric] = (SCORE,),
) -> Statistics:
    """A finished run of `numbers` (N, C), a column a condition; the first one is clean."""
    count, conditions = numbers.shape
    names = ("clean", *(f"noise/grain/{k}" for k in range(1, conditions)))
    ids = [f"s{i:06d}" for i in range(count)]
    owner = ids if clusters is None else [f"c{c:06d}" for c in clusters]
    held = {"sample_id": ids, "cluster": owner, **(groups or {})}
    order = np.lexsort((ids, owner))
    tables = {
        name: pd.DataFrame({**held, "x": numbers[:, k]}).iloc[order].reset_index(drop=True)
        for k, name in enumerate(names)
    }
    versions = {metric.name: metric.version for metric in metrics}
    identity = Identity(TASK, 1, "d", "f", "p", "m", "w", "", 0, 1, 1, 1, versions)
    manifest = Manifest(
        identity.run_id, identity, names, (), tuple(record_of_metric(m) for m in metrics),
        dict.fromkeys(names, population),
    )  # fmt: skip
    return Statistics(Path("m"), manifest, tables, tuple(groups or {}))


def judged(
    before: Array, after: Array, population: str = "p", *, metric: Metric = SCORE, **rest: Any
) -> Outcome[Compared]:
    """The gate's outcome on a candidate; `rest` are clusters, groups and fields of the policy."""
    held = {name: rest.pop(name) for name in ("clusters", "groups") if name in rest}
    pair = tuple(
        statistics(x, population=population, metrics=[metric], **held) for x in (before, after)
    )
    return gate([(pair[0], pair[1])], {TASK: (metric,)}, Policy(**{"replicates": 500, **rest}))
