"""What must be shown (STATISTICS.md, What was shown): coverage, false alarms and power, as a table.

    python -m tests.estimation.simulations --write benchsuite/estimation/STATISTICS.md

Deterministic under its seed. The slow tests call the same functions with fewer runs.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

from tests.estimation import alarms, coverage, designs
from tests.estimation.shown import Row, Rows, table

BEGIN, END = "<!-- simulations -->\n", "<!-- end -->\n"
"""Between them, a page holds the table."""

PARTS: dict[str, tuple[Callable[[int, int], Rows], float]] = {
    "cells": (coverage.cells, 2),
    "recipes": (coverage.recipes, 4),
    "groups": (coverage.groups, 1),
    "equity": (coverage.equity, 1),
    "growth": (coverage.growth, 1),
    "designs": (designs.planned, 1),
    "ranks": (coverage.ranks, 2),
    "bounds": (coverage.bounds, 5),
    "families": (alarms.families, 2),
    "gates": (alarms.gates, 5),
    "derived": (alarms.derived, 1),
}
"""What is simulated, and with which multiple of the runs: what is cheap is shown more precisely."""


def simulate(names: list[str], runs: int, seed: int) -> list[Row]:
    """The rows of the named parts, in order; says how long each takes."""
    rows: list[Row] = []
    for name in names:
        part, factor = PARTS[name]
        began = time.perf_counter()
        rows += part(max(int(runs * factor), 1), seed)
        print(f"{name}: {time.perf_counter() - began:.0f} s", flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", type=Path, help="the page that holds the table")
    parser.add_argument("--only", default=",".join(PARTS), help="parts, comma separated")
    options = parser.parse_args()
    rows = simulate(options.only.split(","), options.runs, options.seed)
    factors = ", ".join(f"{name} × {factor:g}" for name, (_, factor) in PARTS.items())
    text = f"Seed {options.seed}, {options.runs} runs; {factors}.\n\n{table(rows)}"
    print(text)
    if options.write:
        page = options.write.read_text(encoding="utf-8")
        options.write.write_text(with_table(page, text), encoding="utf-8")


def with_table(page: str, text: str) -> str:
    """The page with the text between its marks. Raises ValueError where it has none."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"expected the marks {BEGIN.strip()} and {END.strip()}")
    return f"{before}{begin}{text}{end}{after}"


if __name__ == "__main__":
    main()
