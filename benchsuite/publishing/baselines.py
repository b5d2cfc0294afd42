"""Tables of baselines: what a folder holds, and how runs differ from it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd

from benchsuite.gates.verdict import Finding
from benchsuite.publishing.words import number
from benchsuite.runs.baselines import baseline_path, baselines_of, is_accepted
from benchsuite.runs.log import Accepted, Number, read_log

COLUMNS: Final = (
    "baseline", "state", "value", "metric", "accepted", "by", "reason", "commit", "kB",
)  # fmt: skip
SHORT: Final = 12
"""Digits of a commit that are shown."""


def shown_baselines(folder: Path) -> pd.DataFrame:
    """One row per baseline: its value, who accepted it, when, why, its state and its size.

    state  `accepted`; `moved`: the file is not the one that was accepted; `lost`: there is no
           file; `not in the log`: it was written before the first acceptance
    """
    latest = {baseline_path(folder, one.key): one for one in read_log(folder)}
    paths = sorted({*baselines_of(folder), *latest})
    rows = [_row(str(path.relative_to(folder)), path, latest.get(path)) for path in paths]
    return pd.DataFrame(rows, columns=COLUMNS)


def _row(name: str, path: Path, last: Accepted | None) -> dict[str, Any]:
    size = path.stat().st_size / 1000 if path.exists() else 0.0
    if last is None:
        return {"baseline": name, "state": "not in the log", "kB": size}
    told, first = last.told, last.new[0]
    return {
        "baseline": name,
        "value": with_interval(first),
        "metric": first.metric,
        "accepted": told.at,
        "by": told.by,
        "commit": short(told.commit, told.changed),
        "reason": told.reason,
        "state": _state(path, last),
        "kB": size,
    }


def _state(path: Path, last: Accepted) -> str:
    if not path.exists():
        return "lost"
    return "accepted" if is_accepted(path, last) else "moved"


def with_interval(one: Number) -> str:
    """`0.140 [0.104, 0.183]`; nothing for a number without a value."""
    if one.value is None:
        return ""
    if one.low is None or one.high is None:
        return number(one.value)
    return f"{number(one.value)} [{number(one.low)}, {number(one.high)}]"


def short(commit: str, changed: bool) -> str:
    """A commit as it is shown, with a + if files of it were changed."""
    return commit[:SHORT] + ("+" if changed else "")


def moved(accepted: Accepted) -> str:
    """`bright/stdlib-mini/bm25: ndcg@10 0.140 -> 0.152`: what an acceptance did, as a line."""
    first = accepted.new[0]
    before = [
        one
        for one in accepted.old
        if (one.metric, one.condition) == (first.metric, first.condition)
    ]
    values = [with_interval(one) for one in (*before, first)]
    return f"{'/'.join(accepted.key)}: {first.metric} {' -> '.join(values)}"


def diff_table(findings: Sequence[Finding]) -> pd.DataFrame:
    """One row per cell: both values, the difference and its own 95 % interval."""
    return pd.DataFrame(
        [
            {
                "cell": one.name,
                "difference": one.difference,
                "low": one.low,
                "high": one.high,
                "baseline": one.baseline,
                "candidate": one.candidate,
                "clusters": one.clusters,
                "differing": one.differing,
            }
            for one in findings
        ]
    )
