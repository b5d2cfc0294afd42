"""Files of metrics per query, as trec_eval -q, ir_measures, pytrec_eval and tables of pandas say.

    ndcg_cut_10  7  0.5          trec_eval -q          7  nDCG@10  0.5          ir_measures
    query,metric,value           a CSV of rows         query,ndcg@10,map        a CSV of columns
    {"7": {"ndcg_cut_10": .5}}   pytrec_eval           {"query_id": "7", "measure": …, "value": …}

Only measures of the task count; others are passed over, such as those at another depth.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from benchsuite.errors import BadData
from benchsuite.files.sight import first_line
from benchsuite.files.table import csv_rows
from benchsuite.files.text import Row, number, numbered_lines

from .fields import id_in, key_of
from .judgements import QUERY

NAMES = {
    "ndcg@10": ("ndcg@10", "ndcg_cut_10", "ndcg_at_10"),
    "map": ("map", "ap"),
    "recall@10": ("recall@10", "recall_10", "recall_at_10", "r@10"),
    "recall@100": ("recall@100", "recall_100", "recall_at_100", "r@100"),
    "mrr": ("mrr", "recip_rank", "rr"),
}
"""What others call the measures, in lower case, by the column of ours."""
COLUMN_OF = {name: column for column, names in NAMES.items() for name in names}
METRIC, VALUE = ("metric", "measure"), ("value", "score")
WIDTH = 3


class _Row(NamedTuple):
    where: str
    query: str
    measure: str
    value: str


def column_of(name: str) -> str:
    """Our column for what others call a measure; empty for one that we do not have."""
    return COLUMN_OF.get(name.strip().lower(), "")


def is_of_metrics(line: str) -> bool:
    """Whether the first line of a file that is not JSON is that of metrics per query."""
    return bool(_header(line)) or len(line.split()) == WIDTH


def is_of_queries(path: Path) -> bool:
    """Whether the first line has a known measure, as trec_eval -q and ir_measures write it."""
    columns = first_line(path).split()
    return len(columns) == WIDTH and any(map(column_of, columns[:2]))


def metrics_of(path: Path, line: str) -> dict[str, dict[str, float]]:
    """The measures of each query by what the file calls both; `line` is its first.

    Raises BadData, with file and line, for a value that is no number or there twice, and where the
    file has none of the task's measures.
    """
    found: dict[str, dict[str, float]] = {}
    for row in _of_table(path, _header(line)) if _header(line) else _of_lines(path):
        if column_of(row.measure):
            value = number(row.where, row.measure, row.value)
            before = found.setdefault(row.query, {}).setdefault(row.measure, value)
            if before != value:
                raise BadData(
                    f"{row.where}: query '{row.query}': found {row.measure} {value} after {before}"
                )
    if not found:
        known = ", ".join(names[0] for names in NAMES.values())
        raise BadData(f"{path}: expected metrics per query ({known}), or a run, found neither")
    return found


def of_rows(rows: Iterable[tuple[str, Row]]) -> dict[str, dict[str, Any]]:
    """Rows of JSON with a query, a metric and a value, as `{query: {metric: value}}`."""
    found: dict[str, dict[str, Any]] = {}
    for where, row in rows:
        query, measure = id_in(where, row, QUERY), id_in(where, row, METRIC)
        before = found.setdefault(query, {}).setdefault(measure, row.get(key_of(row, VALUE)))
        if before != row.get(key_of(row, VALUE)):
            raise BadData(f"{where}: query '{query}': {measure} occurs twice")
    return found


def _header(line: str) -> dict[str, str]:
    """The columns that a header names, in lower case: a query, and a metric and value or measures.

    Empty where the line is no such header.
    """
    cells = [cell.strip(' "\r\n') for cell in re.split(r"[,;\t|]", line)]
    names = {cell.lower(): cell for cell in cells}
    rows = {*METRIC} & {*names} and {*VALUE} & {*names}
    return names if {*QUERY} & {*names} and (rows or {*COLUMN_OF} & {*names}) else {}


def _of_table(path: Path, names: Mapping[str, str]) -> Iterator[_Row]:
    query, metric, value = (next((names[n] for n in known if n in names), "")
                            for known in (QUERY, METRIC, VALUE))  # fmt: skip
    for where, row in csv_rows(path):
        if metric and value:
            yield _Row(where, row[query], row[metric], row[value])
        else:
            yield from (_Row(where, row[query], n, row[n]) for n in row if column_of(n))


def _of_lines(path: Path) -> Iterable[_Row]:
    """Rows of three words: measure, query and value, or query, measure and value."""
    lines = [(f"{path}:{n}", line.split()) for n, line in numbered_lines(path)]
    # A line of two words is a mean of ir_measures.
    rows = [(where, words) for where, words in lines if len(words) != WIDTH - 1]
    for where, words in rows:
        if len(words) != WIDTH:
            raise BadData(f"{where}: expected a query, a metric and a value, found {len(words)}")
    first = sum(bool(column_of(words[0])) for _, words in rows)
    second = sum(bool(column_of(words[1])) for _, words in rows)
    of, by = (1, 0) if first >= second else (0, 1)
    return [_Row(where, words[of], words[by], words[2]) for where, words in rows]
