"""TREC's run files: `query Q0 document rank score tag`, one line per ranked document."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchsuite.dataset import Dataset
from benchsuite.errors import BadData
from benchsuite.files.text import number, numbered_lines

COLUMNS = "query Q0 document rank score tag"


def in_trec_order(ranking: Mapping[str, float]) -> list[tuple[str, float]]:
    """Documents and scores in the order of `trec_order`."""
    rows = list(ranking.items())
    scores = np.array([score for _, score in rows], dtype=np.float64)
    return [rows[place] for place in trec_order(list(ranking), scores).tolist()]


def trec_order(documents: Sequence[str], scores: NDArray[np.floating[Any]]) -> NDArray[np.intp]:
    """The places of documents as trec_eval orders them: score descending, ties by id, descending.

    Ids compare by code points, which is the order of their bytes in UTF-8.
    """
    order = np.argsort(scores)[::-1]
    ranked = scores[order]
    if (ranked[1:] != ranked[:-1]).all():  # scores seldom tie, and ids are slow to sort
        return order
    by_id = np.array(sorted(range(len(scores)), key=documents.__getitem__, reverse=True))
    return by_id[np.argsort(-scores[by_id], kind="stable")]


def same_ids(found: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """The known id that each found one is: an equal text, or the same number with other zeros.

    TREC's topics are `051` where judgements and runs have `51`. Such ids are the same where each
    side has only one of that number, and neither has an equal text on the other side.
    """
    theirs, ours = {*found}, {*known}
    numbers = _by_number(ours - theirs)
    others = {key: numbers.get(n) for n, key in _by_number(theirs - ours).items()}
    return {key: key for key in theirs & ours} | {k: own for k, own in others.items() if own}


def _by_number(ids: Iterable[str]) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for key in ids:
        if key.isascii() and key.isdigit():
            found.setdefault(key.lstrip("0"), []).append(key)
    return {number: keys[0] for number, keys in found.items() if len(keys) == 1}


def read_run(path: Path, dataset: Dataset) -> dict[str, dict[str, float]]:
    """The rankings of a run file by query id; an empty one for a query that it does not have.

    Queries that the dataset lacks are left out, as by trec_eval. Raises BadData as `read_rankings`
    and `ranked_queries` do, and for a document that neither the corpus nor the judgements have.
    """
    rankings, samples = read_rankings(path), dataset.samples()
    queries = ranked_queries(path, rankings, [sample.id for sample in samples])
    for sample in samples:
        known = {*sample.truth, *sample.inputs["excluded"]}
        for document in rankings.get(queries.get(sample.id, ""), {}):
            if document not in dataset.shared["corpus"] and document not in known:
                where = next(row.where for row in _rows(path) if row.document == document)
                raise BadData(
                    f"{where}: expected a document of dataset {dataset.name}, found '{document}'"
                )
    return {sample.id: rankings.get(queries.get(sample.id, ""), {}) for sample in samples}


def ranked_queries(
    path: Path, rankings: Mapping[str, Mapping[str, float]], asked: Sequence[str]
) -> dict[str, str]:
    """What a run file calls each query that is asked and that it ranks.

    Raises BadData where it ranks none of them.
    """
    found = {own: theirs for theirs, own in same_ids(rankings, asked).items()}
    if asked and not found:
        raise BadData(
            f"{path}: expected queries of the dataset, such as '{asked[0]}', "
            f"found '{next(iter(rankings))}'"
        )
    return found


def read_rankings(path: Path) -> dict[str, dict[str, float]]:
    """The rankings of a run file by query id, of any dataset.

    As in trec_eval, the score counts and not the rank. Raises BadData, with the line, for a line
    without six columns, a document that occurs twice, and a score that is not a finite number; and
    for a file whose ranks alone have an order.
    """
    rankings: dict[str, dict[str, float]] = {}
    for row in _rows(path):
        ranking = rankings.setdefault(row.query, {})
        if row.document in ranking:
            raise BadData(
                f"{row.where}: document '{row.document}' occurs twice for query '{row.query}'"
            )
        ranking[row.document] = number(row.where, "score", row.score)
    if not any(len({*ranking.values()}) > 1 for ranking in rankings.values()):
        _refuse_ranks(path, rankings)
    return rankings


def _refuse_ranks(path: Path, rankings: Mapping[str, Mapping[str, float]]) -> None:
    """Raise BadData where ranks are in another order than ids: the scores lack what they know."""
    ranks: dict[str, dict[str, int]] = {}
    for row in _rows(path):
        rank = int(row.rank) if re.fullmatch(r"[0-9]{1,9}", row.rank) else 0
        ranks.setdefault(row.query, {})[row.document] = rank
    for query, ranking in rankings.items():
        order = [document for document, _ in in_trec_order(ranking)]
        if sorted(order, key=ranks[query].__getitem__) != order:
            raise BadData(
                f"{path}: query '{query}': expected scores in the order of the ranks, found one "
                f"score for all documents (trec_eval reads scores alone)"
            )


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


def export(table: pd.DataFrame, tag: str) -> str:
    """A run file's text from statistics with the columns `sample_id`, `docs` and `scores`.

    Scores have nine digits, which is all that a float32 holds: reading them again gives the same
    order. Columns are separated by tabs where an id or the tag has a blank. Raises BadData for one
    that the format cannot hold: it has other white space, or has it at an end, or is empty; and for
    a query that failed.
    """
    failed = table.loc[table["docs"].isna(), "sample_id"]
    if len(failed):
        raise BadData(
            f"query '{failed.iloc[0]}': expected a ranking, found none: the sample failed; "
            f"run its command again"
        )
    columns = zip(table["sample_id"], table["docs"], table["scores"], strict=True)
    rows = [
        (query, "Q0", document, str(rank), f"{score:.9g}", tag)
        for query, documents, scores in columns
        for rank, (document, score) in enumerate(zip(documents, scores, strict=True), start=1)
    ]
    cells = list(dict.fromkeys(cell for row in rows for cell in row))
    for cell in cells:
        if not cell or cell != cell.strip() or re.search(r"[^\S ]", cell):
            raise BadData(f"TREC run: expected an id without tabs and line ends, found {cell!r}")
    separator = "\t" if any(" " in cell for cell in cells) else " "
    return "".join(separator.join(row) + "\n" for row in rows)
