"""The tables behind a page, as files to take away."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import pandas as pd

from benchsuite.publishing.formats import encode
from benchsuite.publishing.site.boards import Published
from benchsuite.publishing.site.chart import Chart
from benchsuite.publishing.site.page import File
from benchsuite.publishing.site.places import data_file

ENDINGS: Final = ("csv", "parquet", "json")
"""The formats of a table behind a page."""


@dataclass(frozen=True)
class Behind:
    """A table behind a page, in every format."""

    files: tuple[File, ...]

    @property
    def links(self) -> list[tuple[str, str]]:
        """The formats, each with its place in the site."""
        return [(ending, one.path) for ending, one in zip(ENDINGS, self.files, strict=True)]


@dataclass(frozen=True, eq=False)
class Figure:
    """A figure of a page, and the files of its table."""

    chart: Chart
    behind: Behind

    @property
    def shown(self) -> tuple[Chart, list[tuple[str, str]]]:
        """What a template needs: the figure, and the links to its table."""
        return self.chart, self.behind.links


def figures(board: Published, charts: Iterable[Chart], metric: str = "") -> list[Figure]:
    """Figures of a page about a metric, each with the files of its table."""
    return [
        Figure(chart, behind(board, f"figure-{chart.name}", chart.table, metric))
        for chart in charts
    ]


def behind(board: Published, name: str, table: pd.DataFrame, metric: str = "") -> Behind:
    """The files of a table behind a page about a metric; about the headline without one."""
    paths = (data_file(board, name, ending, metric) for ending in ENDINGS)
    files = (File(p, encode(table, end)) for p, end in zip(paths, ENDINGS, strict=True))
    return Behind(tuple(files))
