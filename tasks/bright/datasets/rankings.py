"""Files of rankings: TREC's run files, and BRIGHT's JSON `{query: {document: score}}`.

A run file has a line for each ranked document, `query Q0 document rank score tag`. In JSON, the
queries may stand below their splits, and a ranking may be a list of documents. A folder, or a path
with `*`, holds the files of several splits. Files of metrics per query are read alike, with a
measure in the place of a document.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from benchsuite.errors import BadData
from benchsuite.files.sight import first_line, is_trec_run
from benchsuite.files.sources import files_of
from benchsuite.files.text import (
    finite,
    json_lines,
    json_value,
    number,
    numbered_lines,
    record,
    refuse,
    text_value,
)

from .perquery import column_of, is_of_metrics, is_of_queries, metrics_of, of_rows

COLUMNS = "query Q0 document rank score tag"

Rankings = Mapping[str, Mapping[str, float]]
"""Scores by query and document."""


@dataclass(frozen=True)
class Part:
    """The rankings of a file, or of a split in it, in the file's order.

    rankings   scores by query and document; or of metrics per query, values by measure
    names      what may name the split, the likeliest first: the file, and the folders that it is in
    unordered  why the scores do not tell the order; else empty
    """

    path: Path
    where: str
    names: tuple[str, ...]
    rankings: Rankings
    unordered: str = ""

    @property
    def of_metrics(self) -> bool:
        """Whether it has measures of each query in place of a ranking."""
        rows = self.rankings.values()
        return bool(rows) and all(any(map(column_of, row)) for row in rows)


def parts_of(path: Path) -> list[Part]:
    """The rankings of a file, or of each file of a folder, or of each that a path with `*` matches.

    As in trec_eval, the score counts and not the rank. Raises BadData, with the place, for a line
    without six columns, a document that occurs twice, and a score that is not a finite number.
    """
    files = files_of(path) or ([] if path.is_dir() else [path])
    if not files:
        raise BadData(f"{path}: expected files of rankings, found none")
    return [part for file in files for part in _parts(file)]


def _parts(path: Path) -> Iterator[Part]:
    if is_json(path):
        yield from _of_json(path, _json(path))
    elif is_of_metrics(line := first_line(path)):
        yield Part(path, str(path), _names(path), metrics_of(path, line))
    else:
        rankings = _of_run(path)
        yield Part(path, str(path), _names(path), rankings, _unordered(path, rankings))


def _names(path: Path) -> tuple[str, ...]:
    return tuple(reversed(path.parts))


def _json(path: Path) -> Mapping[str, Any]:
    """What a file of JSON holds; rows of query, metric and value as `{query: {metric: value}}`.

    The rows are JSON lines, or a list.
    """
    lines = [line for _, line in numbered_lines(path)]
    if len(lines) > 1 and all(
        line.startswith("{") and line.rstrip().endswith("}") for line in lines
    ):
        return of_rows(json_lines(path))
    value = json_value(path)
    if isinstance(value, list):
        rows = enumerate(value, start=1)
        return of_rows((f"{path}: row {n}", record(f"{path}: row {n}", row)) for n, row in rows)
    return record(str(path), value)


def is_json(path: Path) -> bool:
    """Whether a file begins as JSON does, and not with a line of a run whose id has a bracket.

    Raises BadData where it cannot be read.
    """
    line = first_line(path)
    columns = _columns(line)
    in_a_run = len(columns) == len(COLUMNS.split()) and columns[3].isdecimal()
    return line.startswith(("{", "[")) and not in_a_run


def is_rankings(path: Path) -> bool:
    """Whether a file of JSON has what `parts_of` reads: rankings, or metrics, by query."""
    if not is_json(path):
        return False
    with suppress(BadData):
        return bool([*_of_json(path, _json(path))])
    return False


RECOGNISED = {
    "a TREC run": is_trec_run,
    "rankings or metrics of queries in JSON": is_rankings,
    "metrics of each query": is_of_queries,
}
"""What files of predictions are, and how they are known at first sight."""


def _of_json(path: Path, value: Mapping[str, Any]) -> Iterator[Part]:
    whole = {key: _ranked(f"{path}: query '{key}'", found) for key, found in value.items()}
    if not whole:
        raise BadData(f"{path}: expected {{query: {{document: score}}}}, found no query")
    by_split = all(found and isinstance(next(iter(found.values())), dict | list)
                   for found in whole.values())  # fmt: skip
    if not by_split:
        yield Part(path, str(path), _names(path), _scores(str(path), whole))
        return
    for split, queries in whole.items():
        yield Part(path, f"{path}: {split}", (split,), _scores(f"{path}: {split}", queries))


def _scores(where: str, queries: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    return {
        query: {
            document: _score(f"{where}: query '{query}': document '{document}'", score)
            for document, score in _ranked(f"{where}: query '{query}'", ranking).items()
        }
        for query, ranking in queries.items()
    }


def _ranked(where: str, value: Any) -> Mapping[str, Any]:
    """An object as it is, and a list of documents with the scores of its order: n for the first."""
    if not isinstance(value, list):
        return record(where, value)
    scores = {}
    for place, one in enumerate(value):
        document = text_value(f"{where}: document {place + 1}", one)
        if document in scores:
            raise BadData(f"{where}: document '{document}' occurs twice")
        scores[document] = float(len(value) - place)
    return scores


def _score(where: str, value: Any) -> float:
    if isinstance(value, str):
        return number(where, "score", value)
    if (score := finite(value)) is None:
        refuse(where, "a finite score", value)
    return score


def _of_run(path: Path) -> dict[str, dict[str, float]]:
    rankings: dict[str, dict[str, float]] = {}
    for row in _rows(path):
        ranking = rankings.setdefault(row.query, {})
        if row.document in ranking:
            raise BadData(
                f"{row.where}: document '{row.document}' occurs twice for query '{row.query}'"
            )
        ranking[row.document] = number(row.where, "score", row.score)
    return rankings


def _unordered(path: Path, rankings: Rankings) -> str:
    """That all scores tie while ranks are in another order than ids: the scores lack something."""
    if any(len({*ranking.values()}) > 1 for ranking in rankings.values()):
        return ""
    ranks: dict[str, dict[str, int]] = {}
    for row in _rows(path):
        rank = int(row.rank) if re.fullmatch(r"[0-9]{1,9}", row.rank) else 0
        ranks.setdefault(row.query, {})[row.document] = rank
    for query, ranking in rankings.items():
        order = sorted(ranking, reverse=True)
        if sorted(order, key=ranks[query].__getitem__) != order:
            return (
                f"{path}: query '{query}': expected scores in the order of the ranks, found one "
                f"score for all documents (trec_eval reads scores alone; dataset.ties=given keeps "
                f"the order of the file)"
            )
    return ""


def place_of(path: Path, document: str) -> str:
    """Where a file of rankings has a document: its line, or the file alone."""
    lines: Iterable[_Row] = () if is_json(path) else _rows(path)
    return next((row.where for row in lines if row.document == document), str(path))


class _Row(NamedTuple):
    where: str
    query: str
    document: str
    rank: str
    score: str


def _rows(path: Path) -> Iterator[_Row]:
    for line_number, line in numbered_lines(path):
        where, columns = f"{path}:{line_number}", _columns(line)
        if len(columns) != len(COLUMNS.split()):
            raise BadData(f"{where}: expected six columns ({COLUMNS}), found {len(columns)}")
        query, _, document, rank, score, _ = columns
        yield _Row(where, query, document, rank, score)


def _columns(line: str) -> list[str]:
    """The columns of a line. Ids may have blanks; without tabs, no other column has any."""
    words, most = line.split(), len(COLUMNS.split())
    if len(words) <= most:
        return words
    cells = [cell.strip() for cell in line.split("\t")]
    if len(cells) == most:
        return cells
    if not words[-3].isdecimal():
        return words
    parts = re.split(r"\sQ0\s", line, maxsplit=1)
    query, rest = parts if len(parts) == 2 else line.split(None, 2)[::2]
    return [query.strip(), "Q0", *rest.rsplit(None, 3)]
