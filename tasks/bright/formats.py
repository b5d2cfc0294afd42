"""TREC's run files: `query Q0 document rank score tag`, one line per ranked document."""

import re
from collections.abc import Iterator, Mapping
from operator import itemgetter
from pathlib import Path

import pandas as pd

from benchsuite.dataset import Dataset
from benchsuite.errors import BadData
from benchsuite.files.text import number, numbered_lines

COLUMNS = "query Q0 document rank score tag"


def in_trec_order(ranking: Mapping[str, float]) -> list[tuple[str, float]]:
    """Documents as trec_eval orders them: score descending, ties by the id's bytes, descending."""
    # Scores seldom tie, so that ids are compared only where they do.
    by_score = sorted(ranking.items(), key=itemgetter(1), reverse=True)
    if len(set(ranking.values())) == len(by_score):
        return by_score
    return sorted(by_score, key=lambda row: (row[1], row[0].encode()), reverse=True)


def read_run(path: Path, dataset: Dataset) -> dict[str, dict[str, float]]:
    """The rankings of a run file by query id; an empty one for a query that it does not have.

    As in trec_eval, the score counts and not the rank. Raises BadData, with the line, for a line
    without six columns, an unknown query or document, one that occurs twice, and a score that is
    not a finite number.
    """
    corpus = dataset.shared["corpus"]
    rankings: dict[str, dict[str, float]] = {sample.id: {} for sample in dataset.samples()}
    for where, (query, document, score) in _rows(path):
        if query not in rankings:
            raise BadData(f"{where}: expected a query of dataset {dataset.name}, found '{query}'")
        if document not in corpus:
            raise BadData(
                f"{where}: expected a document of dataset {dataset.name}, found '{document}'"
            )
        _add(rankings[query], where, query, document, score)
    return rankings


def read_rankings(path: Path) -> dict[str, dict[str, float]]:
    """The rankings of a run file by query id, of any dataset.

    Raises BadData as `read_run` does, except for unknown queries and documents.
    """
    rankings: dict[str, dict[str, float]] = {}
    for where, (query, document, score) in _rows(path):
        _add(rankings.setdefault(query, {}), where, query, document, score)
    return rankings


def _add(ranking: dict[str, float], where: str, query: str, document: str, score: str) -> None:
    if document in ranking:
        raise BadData(f"{where}: document '{document}' occurs twice for query '{query}'")
    ranking[document] = number(where, "score", score)


def _rows(path: Path) -> Iterator[tuple[str, tuple[str, str, str]]]:
    for line_number, line in numbered_lines(path):
        where, columns = f"{path}:{line_number}", line.split()
        if len(columns) != len(COLUMNS.split()):
            raise BadData(f"{where}: expected six columns ({COLUMNS}), found {len(columns)}")
        yield where, (columns[0], columns[2], columns[4])


def export(table: pd.DataFrame, tag: str) -> str:
    """A run file's text from statistics with the columns `sample_id`, `docs` and `scores`.

    Scores have nine digits, which is all that a float32 holds: reading them again gives the same
    order. Raises BadData for an id or tag with white space, which the format cannot hold.
    """
    columns = zip(table["sample_id"], table["docs"], table["scores"], strict=True)
    return "".join(
        f"{_word(query)} Q0 {_word(document)} {rank} {score:.9g} {_word(tag)}\n"
        for query, documents, scores in columns
        for rank, (document, score) in enumerate(zip(documents, scores, strict=True), start=1)
    )


def _word(text: str) -> str:
    if not text or re.search(r"\s", text):
        raise BadData(f"TREC run: expected an id without white space, found {text!r}")
    return text
