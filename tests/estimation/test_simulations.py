"""What must be shown (STATISTICS.md, What was shown), with fewer runs and the tolerance of the binomial error.

`python -m tests.estimation.simulations` shows the same with more.
"""

from __future__ import annotations

import pytest

from tests.estimation.shown import ANY, Row, table, with_table
from tests.estimation.simulations import PARTS


@pytest.mark.slow
@pytest.mark.parametrize("part", PARTS)
def test_intervals_cover_and_gates_keep_their_error(part: str) -> None:
    rows = list(PARTS[part].rows(PARTS[part].few, 1))
    print(table(row for row in rows if not row.kept))
    broken = [row for row in rows if not row.consistent]
    assert not broken, f"promises that are not kept:\n{table(broken)}"


@pytest.mark.slow
def test_a_simulation_is_a_function_of_its_seed() -> None:
    simulate = PARTS["bounds"].rows
    assert list(simulate(20, 3)) == list(simulate(20, 3))
    assert list(simulate(20, 3)) != list(simulate(20, 4))


@pytest.mark.parametrize(
    ("share", "promised", "word"),
    [
        (0.94, (0.93, 0.97), "kept"),
        (1.0, (0.93, 1.0), "kept"),
        (0.92, (0.93, 0.97), "within error"),
        (0.85, (0.93, 0.97), "**not kept**"),
        (0.05, (0.0, 0.05), "kept"),
        (0.06, (0.0, 0.05), "within error"),
        (0.10, (0.0, 0.05), "**not kept**"),
        (0.10, ANY, ""),
    ],
)
def test_a_promise_is_kept_by_what_was_measured_and_not_by_its_error(
    share: float, promised: tuple[float, float], word: str
) -> None:
    row = Row("", "", share, 400, promised)
    assert row.word == word
    assert row.consistent == (word != "**not kept**")


def test_the_table_shows_what_a_share_was() -> None:
    row = Row("coverage", "hard", 0.95, 400, (0.93, 0.97), was=".91")
    assert "| coverage | hard | .91 | 0.950 |" in table([row])


def test_the_table_is_written_between_its_marks() -> None:
    page = "before\n<!-- simulations -->\nold\n<!-- end -->\nafter\n"
    assert with_table(page, "new\n") == page.replace("old", "new")
    with pytest.raises(ValueError, match="expected the marks"):
        with_table("no marks\n", "new\n")
