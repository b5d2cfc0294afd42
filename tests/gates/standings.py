"""The tables of a contest of gates: how often each fails unchanged runs, and what it finds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from tests.estimation.shown import Row
from tests.gates.populations import SCENARIOS, UNCHANGED
from tests.gates.rivals import ALPHA, HOLM, OURS, RIVALS

GATES = (OURS, *RIVALS)


def standings(told: pd.DataFrame) -> str:
    """Both tables, of what each gate told of each pair."""
    still = told["case"] == UNCHANGED
    alarms = {name: _by_gate(part, "fails") for name, part in _by(told[still], "scenario")}
    power = _by(told[~still], ["scenario", "case"])
    both = [f"{gate} {what}" for gate in (OURS, HOLM) for what in ("fails", "finds")]
    return _table(
        ["unchanged", "pairs", "was", *GATES, "±", "5 % are"],
        (_alarms(name, fails) for name, fails in alarms.items()),
    ) + _table(
        ["what falls", "pairs", *both, "more than Holm", "±", "Holm's power is"],
        (_power(name, case, part, _row(alarms[name], HOLM)) for (name, case), part in power),
    )


def _row(fails: pd.DataFrame, gate: str) -> Row:
    """How often a gate fails pairs of which none is worse."""
    return Row("", "", fails[gate].mean(), len(fails), (0.0, ALPHA))


def _alarms(name: str, fails: pd.DataFrame) -> list[str]:
    """How often each gate fails pairs of which none is worse."""
    row, shares = _row(fails, OURS), (f"{fails[gate].mean():.3f}" for gate in GATES)
    was = SCENARIOS[name].was
    return [name, str(len(fails)), was, *shares, f"{row.error:.3f}", row.word]


def _power(name: str, case: str, told: pd.DataFrame, rival: Row) -> list[str]:
    """How often damage fails, and the share of the damaged cells that are named, beside Holm's.

    `rival` says how often Holm's test fails unchanged pairs: power means nothing without its error.
    """
    fails, finds = (_by_gate(told, what) for what in ("fails", "finds"))
    shares = (f"{by[gate].mean():.3f}" for gate in (OURS, HOLM) for by in (fails, finds))
    more = finds[OURS] - finds[HOLM]
    error = more.std(ddof=1) / np.sqrt(len(more))
    word = _word(float(more.mean()), error) if rival.consistent else "no measure: Holm's alarms"
    return [f"{case}: {name}", str(len(more)), *shares, f"{more.mean():+.3f}", f"{error:.3f}", word]


def _word(more: float, error: float) -> str:
    if more >= 0:
        return "kept"
    return "within error" if more >= -3 * error else "**not kept**"


def _by(told: pd.DataFrame, names: str | list[str]) -> Iterable[tuple[Any, pd.DataFrame]]:
    return told.groupby(names, sort=False)


def _by_gate(told: pd.DataFrame, what: str) -> pd.DataFrame:
    """A row a pair, a column a gate."""
    return told.pivot(index="pair", columns="gate", values=what)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of Markdown: text to the left, numbers to the right."""
    under = ["---", *("---:" for _ in head[1:-1]), "---"]
    return "".join(f"| {' | '.join(line)} |\n" for line in (head, under, *rows)) + "\n"
