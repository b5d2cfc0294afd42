"""Which figures a board has, and why it has no others."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from benchsuite.errors import some_of
from benchsuite.publishing.site.boards import Published
from benchsuite.publishing.site.chart import Chart
from benchsuite.publishing.site.charts.against import against
from benchsuite.publishing.site.charts.cost import FACTOR, cost
from benchsuite.publishing.site.charts.curves import curves
from benchsuite.publishing.site.charts.drawn import Drawn, drawn_of
from benchsuite.publishing.site.charts.gaps import equity, gaps
from benchsuite.publishing.site.charts.groups import groups
from benchsuite.publishing.site.charts.heat import conditions, severities
from benchsuite.publishing.site.charts.ranking import ranking
from benchsuite.publishing.site.charts.spark import spark
from benchsuite.publishing.words import LISTED

MOST: Final = 4
"""Figures of clean against altered inputs."""
MOST_GROUPS: Final = 8
"""Figures of groups: an attribute each."""


@dataclass(frozen=True, eq=False)
class Charts:
    """The figures of a board by one metric.

    conditions  ranking, conditions, severities, curves, clean against altered, and cost
    groups      a figure for each attribute, the gaps, and the gaps on altered inputs
    left_out    a sentence for each figure that the board has not, and for models that are in none
    """

    conditions: tuple[Chart, ...]
    groups: tuple[Chart, ...]
    left_out: tuple[str, ...]


def charts_of(board: Published, metric: str = "") -> Charts:
    """The figures of a board by a metric, the headline by default."""
    drawn = drawn_of(board, metric)
    by_severity, compared, of_attributes = (
        [curves(drawn), severities(drawn)], against(drawn), groups(drawn),
    )  # fmt: skip
    of_conditions: Found = [
        ("No model has a value on clean inputs, so there is no ranking.", [ranking(drawn)]),
        (
            "No whole set of conditions was measured, so there is no map of them.",
            [conditions(drawn)],
        ),
        ("No condition was measured at two severities, so there is no curve.", by_severity),
        ("No two models have a mean over altered inputs to compare with clean.", compared[:MOST]),
        (
            f"No two runs say what their model costs (the column {FACTOR} of the runs).",
            [cost(drawn, board.runs)],
        ),
    ]
    of_groups: Found = [
        ("No attribute has two groups that are large enough to show.", of_attributes[:MOST_GROUPS]),
        (_why_no_gap(drawn), [gaps(drawn)]),
        ("No gap between groups was measured on altered inputs.", [equity(drawn)]),
    ]
    return Charts(
        conditions=tuple(_there(of_conditions)),
        groups=tuple(_there(of_groups)),
        left_out=(
            *_absent([*of_conditions, *of_groups]),
            *_beyond(compared[MOST:]),
            *_beyond(of_attributes[MOST_GROUPS:]),
            *_other_sets(drawn),
        ),
    )


Found = list[tuple[str, Sequence[Chart | None]]]
"""Figures, each with what a page says where there is none."""


def spark_of(board: Published, name: str) -> Chart | None:
    """A board's headline in one line; `name` is unique on the page. None without a value."""
    return spark(drawn_of(board), name)


def _there(found: Found) -> Iterator[Chart]:
    yield from (chart for _, charts in found for chart in charts if chart is not None)


def _absent(found: Found) -> Iterator[str]:
    yield from (why for why, charts in found if not any(charts))


def _beyond(charts: Sequence[Chart]) -> Iterator[str]:
    """What would be shown if a page had more room."""
    if charts:
        titles = some_of([chart.title for chart in charts], LISTED)
        yield f"Left out, since the page has enough figures of this kind: {titles}."


def _why_no_gap(drawn: Drawn) -> str:
    if drawn.elsewhere:
        return "A gap needs an interval, and others published these numbers without one."
    return "No attribute has two groups between which a gap can be judged."


def _other_sets(drawn: Drawn) -> Iterator[str]:
    several = drawn.sets["set"].nunique()
    if several > 1:
        yield (
            f"Every figure but the ranking shows the largest of {several} sets of models that are "
            f"ranked together: {len(drawn.models)} of {drawn.sets['model'].nunique()} models."
        )
