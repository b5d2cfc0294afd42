"""The gate beside others, on simulated pairs of runs: false alarms and power, as tables.

    OMP_NUM_THREADS=1 python -m tests.gates.contest --processes 16 --out contest.csv
    python -m tests.gates.contest --pairs 0 --out contest.csv --write benchsuite/estimation/STATISTICS.md

What is said of a pair is a function of the seed. A call adds the pairs that the file lacks. So it
goes on where another was stopped, and the bytes are those of a call in one go.
"""

from __future__ import annotations

import argparse
import csv
import io
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

import numpy as np
import pandas as pd

from benchsuite.gates.pairs import Compared
from benchsuite.gates.policy import Policy
from benchsuite.gates.regression import gate
from benchsuite.gates.verdict import Verdict
from tests.estimation.shown import with_table
from tests.gates.made import TASK
from tests.gates.populations import SCENARIOS
from tests.gates.rivals import OURS, RIVALS
from tests.gates.standings import standings

MARKS = ("<!-- contest -->\n", "<!-- end of the contest -->\n")


class Key(NamedTuple):
    """Which pair."""

    scenario: str
    case: str
    pair: int


class Told(NamedTuple):
    """What a gate says of a pair: whether it fails, and the share of the fallen cells it names."""

    gate: str
    fails: bool
    finds: float


def keys(names: Iterable[str], pairs: int) -> list[Key]:
    """All pairs, number by number: whoever stops early has as many of each scenario."""
    wanted = [(name, case) for name in names for case in SCENARIOS[name].cases]
    return [Key(*one, pair) for pair in range(pairs) for one in wanted]


def told(key: Key, seed: int = 0, replicates: int = 1000) -> list[Told]:
    """What each gate says of a pair of runs. Raises ValueError if ours cannot judge it."""
    scenario = SCENARIOS[key.scenario]
    rng = np.random.default_rng([seed, key.pair, crc32("/".join(key[:2]).encode())])
    pair = scenario.pair(key.case, rng, f"{key}, seed {seed}")
    metrics = {TASK: (scenario.metric,)}
    outcome = gate([pair], metrics, Policy(seed=seed, replicates=replicates))
    if outcome.verdict == Verdict.INVALID:
        raise ValueError(f"{key}: {outcome.line}")
    cells = [c for c in outcome.judged if isinstance(c, Compared)]
    fell = np.array([scenario.fell(key.case, c) for c in cells])
    called = {name: rival(cells) for name, rival in RIVALS.items()}
    ours = np.array([c.cell.worse for c in cells])
    found = [Told(OURS, outcome.verdict == Verdict.FAIL, _share(ours[fell]))]
    return found + [Told(name, bool(c.any()), _share(c[fell])) for name, c in called.items()]


def _share(called: np.ndarray) -> float:
    return float(called.mean()) if len(called) else np.nan


def _timed(key: Key, seed: int, replicates: int) -> tuple[list[Told], float]:
    began = time.process_time()
    return told(key, seed, replicates), time.process_time() - began


def lines(key: Key, found: Iterable[Told]) -> str:
    """What the file holds of a pair: a line a gate."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(
        [*key, one.gate, int(one.fails), f"{one.finds:.4g}"] for one in found
    )
    return text.getvalue()


HEAD = ",".join([*Key._fields, *Told._fields]) + "\n"


def finished(path: Path) -> set[Key]:
    """The pairs that the file holds whole; what was cut at its end is cut away."""
    held = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else []
    whole = [line for line in held if line.endswith("\n")] or [HEAD]
    each = 1 + len(RIVALS)
    whole = whole[: 1 + (len(whole) - 1) // each * each]
    path.write_text("".join(whole), encoding="utf-8")
    return {Key(scenario, case, int(pair)) for scenario, case, pair, *_ in csv.reader(whole[1:])}


def simulate(path: Path, wanted: list[Key], options: argparse.Namespace) -> None:
    """Add the pairs that the file lacks, for as long as it may take; say how long each takes."""
    held = finished(path)
    lacking = [key for key in wanted if key not in held]
    work = partial(_timed, seed=options.seed, replicates=options.replicates)
    began, spent, count = time.monotonic(), Counter[str](), Counter[str]()
    pool = ProcessPoolExecutor(options.processes)
    with path.open("a", encoding="utf-8") as file:
        for done, (key, (found, seconds)) in enumerate(
            zip(lacking, pool.map(work, lacking), strict=True), 1
        ):
            file.write(lines(key, found))
            file.flush()
            spent[key.scenario] += seconds
            count[key.scenario] += 1
            passed = time.monotonic() - began
            left = passed / done * (len(lacking) - done)
            print(
                f"\r{done}/{len(lacking)} pairs, {left:.0f} s left ",
                end="",
                file=sys.stderr,
                flush=True,
            )
            if passed > 60 * options.minutes:
                break
    pool.shutdown(cancel_futures=True)
    for name, seconds in spent.items():
        print(
            f"\n{seconds / count[name]:.2f} s a pair: {name}", end="", file=sys.stderr, flush=True
        )
    print(file=sys.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pairs", type=int, default=400, help="of each scenario and case")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--replicates", type=int, default=1000)
    parser.add_argument("--only", default="", help="scenarios whose name fits this pattern")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="at most, about")
    parser.add_argument("--out", type=Path, required=True, help="the file of all pairs (CSV)")
    parser.add_argument("--write", type=Path, help="the page that holds the tables")
    options = parser.parse_args()
    names = [name for name in SCENARIOS if re.search(options.only, name)]
    simulate(options.out, keys(names, options.pairs), options)
    text = standings(pd.read_csv(options.out))
    print(text)
    if options.write:
        page = options.write.read_text(encoding="utf-8")
        options.write.write_text(with_table(page, text, MARKS), encoding="utf-8")


if __name__ == "__main__":
    main()
