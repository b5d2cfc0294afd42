"""The page of a board: its ranking, what people found, and every metric on clean inputs."""

from collections.abc import Iterator

import pandas as pd

from benchsuite.publishing.formats import encode
from benchsuite.publishing.rows import everybody, of_form
from benchsuite.publishing.site.boards import Published
from benchsuite.publishing.site.cells import cell_of, legend_of
from benchsuite.publishing.site.charts import charts_of
from benchsuite.publishing.site.downloads import behind, figures
from benchsuite.publishing.site.findings import html_of_findings
from benchsuite.publishing.site.grid import Grid, Place, best_first, grid
from benchsuite.publishing.site.page import File, Page, Part
from benchsuite.publishing.site.places import (
    board_page,
    data_file,
    metric_of_page,
    model_page,
    runs_page,
)
from benchsuite.publishing.site.ranking import blocks, lead, metrics_of, unranked
from benchsuite.runs.forms import Form, Scope


def board_pages(board: Published) -> Iterator[Part]:
    """The ranking by each metric, with its tables."""
    metrics, told = metrics_of(board), list(facts(board))
    for metric in metrics:
        of = metric_of_page(board, metric)
        found, files = blocks(board, metric), behind(board, "ranking", _ranked(board, metric), of)
        drawn = charts_of(board, metric)
        # The ranking is the table at the top of the page, with ranks and intervals drawn into it.
        charts = [one for one in drawn.conditions if one.name != "ranking"]
        of_conditions, of_groups = figures(board, charts, of), figures(board, drawn.groups, of)
        values = {
            "metric": metric,
            "metrics": [(one, board_page(board, metric_of_page(board, one))) for one in metrics],
            "blocks": found,
            "lead": list(lead(found)),
            "facts": told,
            "models": {row.model: model_page(board, row.model) for b in found for row in b.rows},
            "runs": runs_page(board),
            "legend": legend_of(one for b in found for row in b.rows for one in row.cells),
            "unranked": unranked(board, metric),
            "downloads": files.links,
            "of_conditions": [one.shown for one in of_conditions],
            "of_groups": [one.shown for one in of_groups],
            "left_out": drawn.left_out,
            "whole": data_file(board, "table", "parquet"),
            "findings": html_of_findings(board.findings) if board.findings and not of else "",
            "every": _every_metric(board) if len(metrics) > 1 and not of else None,
        }
        title = f"{board.dataset}: {metric}" if of else board.dataset
        yield Page(board_page(board, of), "board.html", title, values, "Ranking", of)
        yield from files.files
        for figure in (*of_conditions, *of_groups):
            yield from figure.behind.files
    yield File(data_file(board, "table", "parquet"), encode(board.table, "parquet"))


def facts(board: Published) -> Iterator[tuple[str, str]]:
    """What a board was measured on: a word, and what there is to say."""
    table = board.table
    yield "models", str(table["model"].nunique())
    clean = everybody(table[table["kind"] == "clean"])
    if clean["n"].max() > 0:
        samples, clusters = clean["n"].max(), clean["clusters"].max()
        told = pd.notna(clusters) and clusters != samples  # others may not say their clusters
        in_clusters = f" in {clusters:.0f} clusters" if told else ""
        yield "samples", f"{samples:.0f}{in_clusters}"
    single = table["scope"].isin([Scope.CONDITION, Scope.SAMPLED]) & table["value"].notna()
    yield "conditions", str(table[single]["condition"].nunique())
    protocols = [one for one in dict.fromkeys(table["protocol"]) if one]
    if len(protocols) == 1:
        yield "protocol", protocols[0]
    elif protocols:
        yield "protocols", str(len(protocols))
    if not board.elsewhere:
        yield "dataset fingerprint", str(table["dataset_fingerprint"].iloc[0])


def _ranked(board: Published, metric: str) -> pd.DataFrame:
    """The rows that a ranking shows."""
    rows = everybody(board.by_metric[metric])
    return rows[(rows["kind"] == "clean") | (rows["scope"] == Scope.SUITE)]


def _every_metric(board: Published) -> Grid:
    """Every metric that has a page, on clean inputs."""
    metrics = metrics_of(board)
    rows = everybody(of_form(board.table, Form.VALUE))
    rows = rows[(rows["kind"] == "clean") & rows["metric"].isin(metrics)]
    cells = {(str(row.model), Place(str(row.metric))): cell_of(row) for row in rows.itertuples()}
    models = best_first(rows, rows[rows["metric"] == metrics[0]])
    return grid(models, [Place(one) for one in metrics], cells, None)
