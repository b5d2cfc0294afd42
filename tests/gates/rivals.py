"""What other gates say of the same cells: any drop, a fixed tolerance, a t-test a cell, Holm's.

The t-tests have the standard errors and degrees of freedom of our own estimates, so they know
clusters. What is compared is how a gate decides over many cells.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from benchsuite.estimation.cells import EVERYBODY
from benchsuite.gates.pairs import Compared
from benchsuite.gates.policy import Policy
from tests.estimation.alarms import holm

ALPHA = 0.05

OURS, HOLM = "the gate", "Holm"
"""What our own is called beside the rivals, and the rival that keeps its error."""

TOLERANCE = 0.02
"""As a share of the baseline."""

Called = NDArray[np.bool_]
"""Which cells are called worse."""


def any_drop(cells: Sequence[Compared]) -> Called:
    return np.array([c.change.value < 0 for c in cells])


def tolerance(cells: Sequence[Compared]) -> Called:
    return np.array([c.change.value < -TOLERANCE * abs(c.baseline.value) for c in cells])


def each_cell(cells: Sequence[Compared]) -> Called:
    return p_values(cells) <= ALPHA


def by_holm(cells: Sequence[Compared]) -> Called:
    """Holm's step-down test (1979) in families of the gate's own, at its shares of the error."""
    policy, head = Policy(), np.array([c.headline for c in cells])
    grouped = any(c.group != EVERYBODY for c in cells)
    detail = policy.detail if grouped else policy.detail + policy.derived
    found, p = np.zeros(len(cells), bool), p_values(cells)
    for family, alpha in ((head, policy.headline), (~head, detail)):
        found[family] = np.array(holm(p[family].tolist())) <= alpha
    return found


def in_one_family(cells: Sequence[Compared]) -> Called:
    """Holm's test over all cells: no more for the headline than for any detail."""
    return np.array(holm(p_values(cells).tolist())) <= ALPHA


def p_values(cells: Sequence[Compared]) -> NDArray[np.float64]:
    """One-sided, of each cell by itself; 1 where nothing differs, or nothing can be told."""
    value, sd, df = np.array([(c.change.value, c.change.sd, c.change.df) for c in cells]).T
    known = sd > 0
    return np.where(known, stats.t.cdf(value / np.where(known, sd, 1.0), df), 1.0)


RIVALS: Mapping[str, Callable[[Sequence[Compared]], Called]] = {
    "any drop": any_drop,
    "2 % tolerance": tolerance,
    "t-test a cell": each_cell,
    HOLM: by_holm,
    "Holm, one family": in_one_family,
}
