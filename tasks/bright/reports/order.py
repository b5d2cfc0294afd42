"""What a ranking depends on beside its query, and what it cost: one row a run.

    python -m benchsuite_tasks.bright.report RUN... [--out FILE.csv]

Order sensitivity is the mean over queries of the SD of nDCG@10 over shuffles of the candidates,
less the same over repeats of one order; the runs must have the conditions `order` and `repeat`.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchsuite.cli.commands import exit_code
from benchsuite.errors import BadData
from benchsuite.estimation import Estimate, Mean, interval
from benchsuite.estimation.cells import EVERYBODY, condition_cells
from benchsuite.runs.statistics import Statistics, read_statistics

from .models.candidates import SHUFFLES
from .points import weights

HEADLINE = "ndcg@10"
TOP = 10
COST = ("requests", "tokens_in", "tokens_out", "repaired", "unusable")


def row(statistics: Statistics) -> dict[str, Any]:
    """Order sensitivity with its interval, quality under shuffling, Kendall's τ, and cost a query.

    Raises BadData where the run lacks a shuffle or a repeat.
    """
    table = per_query(statistics)
    identity = statistics.identity
    found: dict[str, Any] = {"dataset": identity["dataset"], "model": identity["model"]}
    means = [Mean(name, column=name) for name in ("shuffled", "sensitivity", "tau")]
    cells = condition_cells([table], means, [EVERYBODY], weights(statistics))
    for (_, name), estimate in cells.items():
        found |= _told(name, estimate)
    clean = statistics.tables["clean"]
    return found | {key: float(clean[key].mean()) for key in COST if key in clean}


def _told(name: str, estimate: Estimate) -> dict[str, float]:
    found = interval(estimate)
    return {name: estimate.value, f"{name} low": found.low, f"{name} high": found.high}


def per_query(statistics: Statistics) -> pd.DataFrame:
    """A row a query: `shuffled` (its mean nDCG@10), `sensitivity` and `tau`, with its cluster."""
    shuffled = _columns(statistics, "order/shuffled")
    repeated = _columns(statistics, "repeat/order")
    clean = statistics.tables["clean"]
    return pd.DataFrame(
        {
            "sample_id": clean["sample_id"],
            "cluster": clean["cluster"],
            "shuffled": shuffled.mean(axis=1),
            "sensitivity": shuffled.std(axis=1, ddof=1) - repeated.std(axis=1, ddof=1),
            "tau": _taus(statistics),
        }
    )


def _columns(statistics: Statistics, kind: str) -> NDArray[np.float64]:
    return np.column_stack(
        [table[HEADLINE].to_numpy(np.float64) for table in _tables(statistics, kind)]
    )


def _tables(statistics: Statistics, kind: str) -> list[pd.DataFrame]:
    names = [f"{kind}/{number}" for number in range(1, SHUFFLES + 1)]
    missing = [name for name in names if name not in statistics.tables]
    if missing:
        raise BadData(
            f"{statistics.path}: expected the condition {missing[0]}, found none; "
            f"run it with conditions=clean,order,repeat"
        )
    return [statistics.tables[name] for name in names]


def _taus(statistics: Statistics) -> list[float]:
    clean = statistics.tables["clean"]["docs"]
    shuffled = [table["docs"] for table in _tables(statistics, "order/shuffled")]
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


def main(words: Sequence[str] | None = None) -> int:
    """Print the rows, and write them as CSV where a file is named."""
    from benchsuite.publish.terminal import print_table

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args(words)
    rows: list[Mapping[str, Any]] = [row(read_statistics(path)) for path in asked.runs]
    table = pd.DataFrame(rows)
    if asked.out:
        table.to_csv(asked.out, index=False, float_format="%.4f")
    print_table(table, "Order and cost")
    return 0


if __name__ == "__main__":
    raise SystemExit(exit_code(main))
