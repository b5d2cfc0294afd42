"""The report `order`: what a ranking depends on beside its query, and what it cost.

Order sensitivity is the mean over queries of the SD of nDCG@10 over shuffles of the candidates,
minus the same SD over repeats of one order.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchsuite.condition import Condition
from benchsuite.errors import BadData
from benchsuite.estimation import Mean, interval
from benchsuite.estimation.cells import EVERYBODY, condition_cells
from benchsuite.runs.statistics import Statistics
from benchsuite.task import Progress, Report

from ..conditions import REPEATED, SHUFFLED
from ..metrics import HEADLINE
from .points import clean_table, some, weights

TOP = 10
COST = ("requests", "tokens_in", "tokens_out", "repaired", "unusable")


def report(runs: Sequence[Statistics], progress: Progress) -> Report:
    """The table `order`, one row per run: order sensitivity, nDCG@10 under shuffling, τ, and cost.

    The runs need the conditions `order` and `repeat`. Raises BadData where one lacks some.
    """
    rows = []
    for number, run in enumerate(some(runs), start=1):
        rows.append(row(run))
        progress("order", number, len(runs))
    return Report({"order": pd.DataFrame(rows)})


def row(statistics: Statistics) -> dict[str, Any]:
    """Order sensitivity with its interval, quality under shuffling, Kendall's τ, cost per query.

    Raises BadData where the run lacks a shuffle or a repeat.
    """
    table = per_query(statistics)
    identity, clean = statistics.identity, clean_table(statistics)
    found: dict[str, Any] = {"dataset": identity.dataset, "model": identity.model}
    means = [Mean(name, column=name) for name in ("shuffled", "sensitivity", "tau")]
    cells = condition_cells([table], means, [EVERYBODY], weights(statistics))
    for (_, name), estimate in cells.items():
        bounds = interval(estimate)
        found |= {name: estimate.value, f"{name}_low": bounds.low, f"{name}_high": bounds.high}
    return found | {key: float(clean[key].mean()) for key in COST if key in clean}


def per_query(statistics: Statistics) -> pd.DataFrame:
    """A row a query: `shuffled` (its mean nDCG@10), `sensitivity` and `tau`, with its cluster."""
    shuffled, repeated = (_tables(statistics, drawn) for drawn in (SHUFFLED, REPEATED))
    scores, again = _headlines(shuffled), _headlines(repeated)
    clean = clean_table(statistics)
    if "docs" not in clean:
        raise BadData(f"{statistics.path}: expected a run with its rankings, found a baseline")
    return pd.DataFrame(
        {
            "sample_id": clean["sample_id"],
            "cluster": clean["cluster"],
            "shuffled": scores.mean(axis=1),
            "sensitivity": scores.std(axis=1, ddof=1) - again.std(axis=1, ddof=1),
            "tau": _taus(clean["docs"], [table["docs"] for table in shuffled]),
        }
    )


def _headlines(tables: Sequence[pd.DataFrame]) -> NDArray[np.float64]:
    return np.column_stack([table[HEADLINE].to_numpy(np.float64) for table in tables])


def _tables(statistics: Statistics, drawn: Sequence[Condition]) -> list[pd.DataFrame]:
    names = [condition.full_name for condition in drawn]
    missing = [name for name in names if name not in statistics.tables]
    if missing:
        raise BadData(
            f"{statistics.path}: expected the condition {missing[0]}, found none; "
            f"run it with conditions=clean,order,repeat"
        )
    return [statistics.tables[name] for name in names]


def _taus(clean: "pd.Series[Any]", shuffled: Sequence["pd.Series[Any]"]) -> list[float]:
    return [
        float(np.mean([kendall(list(row[:TOP]), list(other.iloc[i][:TOP])) for other in shuffled]))
        for i, row in enumerate(clean)
    ]


def kendall(first: Sequence[str], second: Sequence[str]) -> float:
    """Kendall's τ-a of two top lists over the documents of either, 1 where both are the same.

    A document that a list lacks is behind all of it; pairs that tie in either count 0.
    """
    documents = sorted({*first, *second})
    if len(documents) < 2:
        return 1.0
    places = [np.array([_place(one, d) for d in documents]) for one in (first, second)]
    signs = [np.sign(place[:, None] - place[None, :]) for place in places]
    pairs = len(documents) * (len(documents) - 1)
    return float((signs[0] * signs[1]).sum() / pairs)


def _place(one: Sequence[str], document: str) -> int:
    return one.index(document) if document in one else len(one)
