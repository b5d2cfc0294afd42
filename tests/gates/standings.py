"""The tables of a contest of gates: how often each fails unchanged runs, and what it finds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from tests.estimation.shown import Row
from tests.gates.populations import SCENARIOS, UNCHANGED
from tests.gates.rivals import ALPHA, HOLM, OURS, RIVALS

GATES = (OURS, *RIVALS)


def standings(told: pd.DataFrame) -> str:
    """Both tables, of what each gate told of each pair."""
    still = told["case"] == UNCHANGED
    alarms = told[still].groupby("scenario", sort=False)
    power = told[~still].groupby(["scenario", "case"], sort=False)
    return _table(
        ["unchanged", "pairs", "was", *GATES, "±", "5 % are"],
        (_alarms(name, part) for name, part in alarms),
    ) + _table(
        ["what falls", "pairs", *(f"{gate} {what}" for gate in (OURS, HOLM) for what in ("fails", "finds")),
         "more than Holm", "±", "Holm's power is"],
        (_power(*names, part) for names, part in power),
    )  # fmt: skip


def _alarms(name: str, told: pd.DataFrame) -> list[str]:
    """How often each gate fails pairs of which none is worse."""
    fails = _by_gate(told, "fails")
    row = Row("", name, fails[OURS].mean(), len(fails), (0.0, ALPHA), was=SCENARIOS[name].was)
    shares = (f"{fails[gate].mean():.3f}" for gate in GATES)
    return [name, str(len(fails)), row.was, *shares, f"{row.error:.3f}", row.word]


def _power(name: str, case: str, told: pd.DataFrame) -> list[str]:
    """How often damage fails, and the share of the damaged cells that are named, beside Holm's."""
    fails, finds = (_by_gate(told, what) for what in ("fails", "finds"))
    shares = (f"{by[gate].mean():.3f}" for gate in (OURS, HOLM) for by in (fails, finds))
    more = finds[OURS] - finds[HOLM]
    error = more.std(ddof=1) / np.sqrt(len(more))
    word = (
        "kept"
        if more.mean() >= 0
        else "within error"
        if more.mean() >= -3 * error
        else "**not kept**"
    )
    return [f"{case}: {name}", str(len(more)), *shares, f"{more.mean():+.3f}", f"{error:.3f}", word]


def _by_gate(told: pd.DataFrame, what: str) -> pd.DataFrame:
    """A row a pair, a column a gate."""
    return told.pivot(index="pair", columns="gate", values=what)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of Markdown: text to the left, numbers to the right."""
    under = ["---", *("---:" for _ in head[1:-1]), "---"]
    return "".join(f"| {' | '.join(line)} |\n" for line in (head, under, *rows)) + "\n"
