"""What must be shown (STATISTICS.md, What was shown): coverage, false alarms and power, as a table.

    python -m tests.estimation.simulations --write benchsuite/estimation/STATISTICS.md

Deterministic under its seed. The slow tests call the same functions with fewer runs.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from pathlib import Path
from typing import NamedTuple

from tests.estimation import alarms, coverage, designs, luck, worst
from tests.estimation.shown import Row, Rows, table, with_table
from tests.gates import against, assured, harmed, planned, stopped, uneven


class Part(NamedTuple):
    """What is simulated.

    times  with which multiple of the runs: what is cheap is shown more precisely
    few    with how many runs the slow test repeats it
    """

    rows: Callable[[int, int], Rows]
    times: float
    few: int


PARTS = {
    # Hard data first: skewed, binary, few, clustered.
    "hard cells": Part(coverage.hard, 2, 150),
    "harm to groups": Part(harmed.harmed, 1, 60),
    "planned power": Part(planned.planned, 2, 100),
    "new models": Part(against.against, 2, 100),
    "assure": Part(assured.all_parts, 1, 100),
    "small groups": Part(luck.luck, 1, 100),
    "gate --equity": Part(uneven.uneven, 0.5, 60),
    "recipes": Part(coverage.recipes, 4, 200),
    # What is symmetric and of one size.
    "cells": Part(coverage.cells, 2, 150),
    "groups": Part(coverage.groups, 1, 80),
    "equity": Part(coverage.equity, 1, 80),
    "alpha": Part(coverage.alpha, 1, 80),
    "growth": Part(coverage.growth, 1, 80),
    "designs": Part(designs.planned, 1, 150),
    "worst tenths": Part(worst.tails, 2, 150),
    "ranks": Part(coverage.ranks, 2, 200),
    "bounds": Part(coverage.bounds, 5, 400),
    "families": Part(alarms.families, 2, 200),
    "gates": Part(alarms.gates, 5, 200),
    "derived": Part(alarms.derived, 1, 100),
    "early stop": Part(stopped.stopped, 0.7, 10),
}
"""The parts by name, one a line."""


def simulate(names: list[str], runs: int, seed: int, processes: int = 1) -> list[Row]:
    """The rows of the named parts, in order; says how long each takes."""
    with ProcessPoolExecutor(processes) as pool:
        parts = pool.map(_part, names, repeat(runs), repeat(seed))
        return [row for rows in parts for row in rows]


def _part(name: str, runs: int, seed: int) -> list[Row]:
    part, began = PARTS[name], time.perf_counter()
    rows = list(part.rows(max(int(runs * part.times), 1), seed))
    print(f"{name}: {time.perf_counter() - began:.0f} s", flush=True)
    return rows


def _factors() -> str:
    """Which parts have more runs, or fewer, a sentence for each number."""
    several = sorted({part.times for part in PARTS.values()} - {1})
    named = [(n, [name for name, part in PARTS.items() if part.times == n]) for n in several]
    return "".join(f" {n:g} times as many: {', '.join(names)}." for n, names in named)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", type=Path, help="the page that holds the table")
    parser.add_argument("--only", default=",".join(PARTS), help="parts, comma separated")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    rows = simulate(options.only.split(","), options.runs, options.seed, options.processes)
    text = f"Seed {options.seed}, {options.runs} runs.{_factors()}\n\n{table(rows)}"
    print(text)
    if options.write:
        page = options.write.read_text(encoding="utf-8")
        options.write.write_text(with_table(page, text), encoding="utf-8")


if __name__ == "__main__":
    main()
