"""Measure every ratio, or those of the modules named on the command line.

Ends with 1 where one falls short of its promise, or of what it was in earlier calls.
"""

import math
import sys
from importlib import import_module
from pathlib import Path

import pandas as pd

from benchsuite.publishing.terminal import print_table
from tests.perf import Ratio
from tests.perf.history import is_slower, remember, usual


def main(names: list[str]) -> int:
    found: list[Ratio] = []
    for path in sorted(Path(__file__).parent.glob("perf_*.py")):
        if not names or path.stem.removeprefix("perf_") in names:
            try:
                found += import_module(f"tests.perf.{path.stem}").measure()
            except ModuleNotFoundError as error:
                print(f"{path.stem}: skipped, {error.name} is not installed", file=sys.stderr)
    before = usual()
    rows = [
        {"what": r.name, "peer": r.peer, "ours": 1000 * r.ours_s, "theirs": 1000 * r.peer_s,
         "unit": r.unit, "peer / ours": r.factor, "promised": r.promised, "usual": before.get((r.name, r.peer), math.nan),
         "kept": r.factor >= r.promised and not is_slower(r, before.get((r.name, r.peer)))}
        for r in found
    ]  # fmt: skip
    print_table(pd.DataFrame(rows), "CPU time against the peers")
    remember(found)
    return int(not all(row["kept"] for row in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
