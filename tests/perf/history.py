"""Ratios of earlier commits, so that a slower one is seen.

A line of JSON per call: the commit, and each ratio as it was measured. The peer runs beside ours in every
call, so ratios of two commits compare even where the machine was busier.
"""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from tests.perf import Ratio

FILE = Path("results/perf.jsonl")
KEPT = 5
"""Calls that the usual ratio is the median of."""
SLOWER = 0.75
"""A ratio below this share of the usual is slower. Two calls of one commit differ by a tenth."""


def usual(path: Path = FILE) -> dict[tuple[str, str], float]:
    """The median of the last calls, by what was measured and against which peer."""
    found: dict[tuple[str, str], list[float]] = {}
    for call in _calls(path):
        for what, peer, factor, *_ in call["ratios"]:
            found.setdefault((what, peer), []).append(factor)
    return {key: median(values[-KEPT:]) for key, values in found.items()}


def remember(ratios: Sequence[Ratio], path: Path = FILE) -> None:
    """Append a call."""
    path.parent.mkdir(parents=True, exist_ok=True)
    told = [
        [one.name, one.peer, round(one.factor, 4), one.ours_s, one.peer_s, one.promised, one.unit]
        for one in ratios
    ]
    with path.open("a") as file:
        file.write(json.dumps({"commit": _commit(), "ratios": told}, ensure_ascii=False) + "\n")


def last(path: Path = FILE) -> list[Ratio]:
    """What the last call measured of everything, in the order in which it was measured first."""
    found: dict[tuple[str, str], Ratio] = {}
    for call in _calls(path):
        for what, peer, _, *rest in call["ratios"]:
            if rest:  # an older line has the factor alone
                found[what, peer] = Ratio(what, peer, *rest)
    return list(found.values())


def _calls(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def is_slower(one: Ratio, before: float | None) -> bool:
    """Whether a ratio fell below what it usually is."""
    return before is not None and one.factor < SLOWER * before


def _commit() -> str:
    words = ["git", "describe", "--always", "--dirty"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.stdout.strip()
