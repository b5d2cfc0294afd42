"""How a gate works on the user's own data: its false-alarm rate, and whether it sees a regression.

False alarms: baseline and candidate exchange the statistics of a random half of the clusters. Then
neither is worse in expectation, and every FAIL is a false alarm. Detection: of two such runs, the
second falls by the stated drop, so the candidate is as noisy as the real one. A drop has two kinds.
Some samples get the statistics of the worst one, as many as it needs; or all samples lose alike,
where the metric is a mean of scores. The first kind is harder to see: it adds noise of its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchsuite.condition import generator
from benchsuite.estimation import Metric
from benchsuite.estimation.contributions import WeightedSum
from benchsuite.gates.chosen import Asked, Metrics, asked
from benchsuite.gates.evidence import values_of
from benchsuite.gates.pairs import Pair
from benchsuite.gates.policy import Policy
from benchsuite.gates.regression import blindest, compare_pairs, gate, judge
from benchsuite.gates.verdict import Verdict
from benchsuite.runs.statistics import Statistics
from benchsuite.task import Progress, silent

EXCHANGED = "unchanged: statistics exchanged at random"
BLOCK = 512
"""Samples that are looked at together; a table of all by all would not fit."""


def selftest(
    pairs: Sequence[Pair],
    metrics: Metrics,
    policy: Policy,
    runs: int = 100,
    progress: Progress = silent,
) -> pd.DataFrame:
    """Rates of FAIL over `runs` simulated calls: unchanged, and with injected drops."""
    judged = asked(pairs, metrics, policy)
    blind = blindest(c for c in gate(pairs, metrics, policy).judged if c.headline)
    drop = (blind.unseen if blind else 0.0) or 0.05
    kinds = [("some samples fail", _failing)]
    if all(_scored(one.pair[0], one.metrics[0]) for one in judged):
        kinds.append(("all samples lose", _losing))
    injected = [
        (f"drop of {k * drop:.3f}: {kind}", k * drop, spoil)
        for k in (1, 2)
        for kind, spoil in kinds
    ]
    rows = []
    for name, size, spoil in [(EXCHANGED, 0.0, None), *injected]:
        fails = 0
        for number in range(runs):
            progress(name, number, runs)
            call = [replace(one, pair=_exchange(*one.pair, number)) for one in judged]
            if spoil:
                call = [_spoilt(one, size, number, spoil) for one in call]
            # Remarks are not needed, and the pairs stay as comparable as they were.
            found = judge(compare_pairs(call, policy), policy)
            fails += found.verdict == Verdict.FAIL
        progress(name, runs, runs)
        rows.append({"call": name, "drop": size, "FAIL": fails, "of": runs})
    return pd.DataFrame(rows)


def _exchange(baseline: Statistics, candidate: Statistics, number: int) -> Pair:
    clusters = sorted({c for table in baseline.tables.values() for c in table["cluster"]})
    drawn = generator("selftest", number).random(len(clusters)) < 0.5
    chosen = {c for c, take in zip(clusters, drawn, strict=True) if take}
    left, right = {}, {}
    for condition, before in baseline.tables.items():
        here = before["cluster"].isin(chosen).to_numpy()
        left[condition], right[condition] = _swapped(before, candidate.tables[condition], here)
    return replace(baseline, tables=left), replace(candidate, tables=right)


def _swapped(
    before: pd.DataFrame, after: pd.DataFrame, here: NDArray[np.bool_]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two tables of the same samples, in the same order, with the rows `here` of each other."""
    both = pd.concat([before, after], ignore_index=True)
    rows = np.arange(len(here)) + np.where(here, len(here), 0)
    other = (rows + len(here)) % len(both)
    left, right = (both.take(taken).reset_index(drop=True) for taken in (rows, other))
    return left[list(before.columns)], right[list(after.columns)]


Spoil = Callable[[pd.DataFrame, Metric, float, tuple[object, ...]], pd.DataFrame]
"""(table, metric, drop, key) -> the table after a drop."""


def _spoilt(one: Asked, drop: float, number: int, spoil: Spoil) -> Asked:
    baseline, candidate = one.pair
    damaged = _damaged(candidate, one.metrics[0], drop, number, spoil)
    return replace(one, pair=(baseline, damaged))


def _damaged(run: Statistics, metric: Metric, drop: float, number: int, spoil: Spoil) -> Statistics:
    """The run after a drop of the metric under each condition."""
    tables = {c: spoil(t, metric, drop, (c, number)) for c, t in run.tables.items()}
    return replace(run, tables=tables)


def _scored(run: Statistics, metric: Metric) -> bool:
    """Whether the metric is a mean of more values than right and wrong."""
    tables = run.tables.values()
    return isinstance(metric, WeightedSum) and any(t[metric.column].nunique() > 2 for t in tables)


def _losing(
    table: pd.DataFrame, metric: Metric, drop: float, key: tuple[object, ...]
) -> pd.DataFrame:
    """Every sample loses the drop."""
    assert isinstance(metric, WeightedSum)  # noqa: S101
    change = -drop if metric.higher_is_better else drop
    return table.assign(**{metric.column: table[metric.column] + change})


def _failing(
    table: pd.DataFrame, metric: Metric, drop: float, key: tuple[object, ...]
) -> pd.DataFrame:
    """So many samples are like the worst one that the metric falls by `drop`."""
    alone = _alone(table, metric) * (1.0 if metric.higher_is_better else -1.0)
    worst = int(np.nanargmin(alone))
    room = max(float(np.nanmean(alone) - alone[worst]), 1e-12)
    drawn = generator("selftest", *key).random(len(table)) < min(1.0, drop / room)
    made = table.copy()
    for column in _measured(table, metric):
        values = table[column].to_numpy(dtype=object)
        values[drawn] = values[worst]
        made[column] = pd.Series(values, index=table.index).infer_objects()
    return made


def _measured(table: pd.DataFrame, metric: Metric) -> list[str]:
    # A stratum or another attribute that the metric reads is the sample's, not the model's.
    return [c for c in metric.columns if not pd.api.types.is_string_dtype(table[c])]


def _alone(table: pd.DataFrame, metric: Metric) -> NDArray[np.float64]:
    """The metric of each sample alone, (N,)."""
    parts = [table.iloc[start : start + BLOCK] for start in range(0, len(table), BLOCK)]
    return np.concatenate(
        [values_of(part, metric, np.eye(len(part), dtype=bool)) for part in parts]
    )
