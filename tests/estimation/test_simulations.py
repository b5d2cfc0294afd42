"""What must be shown (STATISTICS.md, What was shown), with fewer runs and the tolerance of the binomial error.

`python -m tests.estimation.simulations` shows the same with more.
"""

from __future__ import annotations

import pytest

from tests.estimation.shown import Row, table
from tests.estimation.simulations import PARTS, with_table

RUNS = {
    "cells": 150,
    "recipes": 200,
    "groups": 80,
    "equity": 80,
    "growth": 80,
    "designs": 150,
    "ranks": 200,
    "bounds": 400,
    "families": 200,
    "gates": 200,
}


@pytest.mark.slow
@pytest.mark.parametrize("part", PARTS)
def test_intervals_cover_and_gates_keep_their_error(part: str) -> None:
    simulate, _ = PARTS[part]
    broken = [row for row in simulate(RUNS.get(part, 100), 1) if not row.kept]
    assert not broken, f"promises that are not kept:\n{table(broken)}"


@pytest.mark.slow
def test_a_simulation_is_a_function_of_its_seed() -> None:
    simulate, _ = PARTS["bounds"]
    assert list(simulate(20, 3)) == list(simulate(20, 3))
    assert list(simulate(20, 3)) != list(simulate(20, 4))


def test_a_row_is_judged_by_the_error_of_its_share() -> None:
    assert Row("", "", 0.92, 400, (0.93, 0.97)).kept
    assert not Row("", "", 0.85, 400, (0.93, 0.97)).kept
    assert Row("", "", 1.0, 400, (0.93, 1.0)).kept
    assert not Row("", "", 0.10, 400, (0.0, 0.05)).kept


def test_the_table_is_written_between_its_marks() -> None:
    page = "before\n<!-- simulations -->\nold\n<!-- end -->\nafter\n"
    assert with_table(page, "new\n") == page.replace("old", "new")
    with pytest.raises(ValueError, match="expected the marks"):
        with_table("no marks\n", "new\n")
