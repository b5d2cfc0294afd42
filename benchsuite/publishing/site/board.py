"""The page of a board: its ranking, what people found, and the tables to take away."""

from collections.abc import Iterator

import pandas as pd

from benchsuite.publishing.formats import encode
from benchsuite.publishing.rows import everybody
from benchsuite.publishing.site.boards import Published
from benchsuite.publishing.site.cells import legend_of
from benchsuite.publishing.site.page import File, Page, Part
from benchsuite.publishing.site.places import board_page, data_file, model_page, runs_page
from benchsuite.publishing.site.ranking import blocks, lead, metrics_of, unranked

ENDINGS = ("csv", "parquet", "json")
"""The formats of a table behind a page."""


def board_pages(board: Published) -> Iterator[Part]:
    """The ranking by each metric, with its tables."""
    metrics = metrics_of(board)
    headline = metrics[0]
    chooser = [(one, board_page(board, "" if one == headline else one)) for one in metrics]
    for metric in metrics:
        of = "" if metric == headline else metric
        found = blocks(board, metric)
        values = {
            "metric": metric,
            "metrics": chooser,
            "blocks": found,
            "lead": list(lead(found)),
            "legend": legend_of(one for b in found for row in b.rows for one in row.cells),
            "unranked": unranked(board, metric),
            "facts": list(facts(board)),
            "models": {row.model: model_page(board, row.model) for b in found for row in b.rows},
            "runs": runs_page(board),
            "downloads": [(end, data_file(board, "ranking", end, of)) for end in ENDINGS],
            "findings": "" if of else board.findings,
        }
        title = f"{board.dataset}: {metric}" if of else board.dataset
        yield Page(board_page(board, of), "board.html", title, values, "" if of else "Ranking")
        yield from tables(board, "ranking", _behind(board, metric), of)
    whole = board.table
    yield File(data_file(board, "table", "parquet"), encode(whole, "parquet"))


def tables(board: Published, name: str, table: pd.DataFrame, metric: str = "") -> Iterator[File]:
    """A table in every format, below the data of a page."""
    for ending in ENDINGS:
        yield File(data_file(board, name, ending, metric), encode(table, ending))


def facts(board: Published) -> Iterator[tuple[str, str]]:
    """What a board was measured on: a word, and what there is to say."""
    clean = everybody(board.table[board.table["kind"] == "clean"])
    yield "models", str(clean["model"].nunique())
    if clean["n"].max() > 0:
        yield "samples", f"{clean['n'].max():.0f} in {clean['clusters'].max():.0f} clusters"
    conditions = board.table[board.table["scope"] == "condition"]["condition"].nunique()
    yield "conditions", str(conditions)
    protocols = [one for one in dict.fromkeys(board.table["protocol"]) if one]
    if protocols:
        yield (
            "protocol",
            "; ".join(protocols) if len(protocols) == 1 else f"{len(protocols)}, ranked apart",
        )
    if not board.elsewhere:
        yield "fingerprint", str(board.table["dataset_fingerprint"].iloc[0])


def _behind(board: Published, metric: str) -> pd.DataFrame:
    """The rows that a ranking shows."""
    rows = everybody(board.table)
    shown = (rows["kind"] == "clean") | (rows["scope"] == "suite")
    return rows[shown & (rows["metric"] == metric)]
