"""Predictions made elsewhere, and ours: files of rankings, and TREC's run files as they leave."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchsuite.dataset import Dataset, Sample
from benchsuite.errors import BadData
from benchsuite.task import Reported

from .datasets.collection import grades_of
from .datasets.perquery import column_of
from .datasets.rankings import Part, parts_of, place_of
from .metrics import ANSWERED, LEFT_OUT, POOL, UNANSWERED
from .models.ranking import POOLED

TIES, BY_ID, GIVEN = "ties", "id", "given"
"""What a dataset shares of tied documents: they are ordered by id, or stay as they are given."""


@dataclass(frozen=True)
class Listed:
    """A ranking whose order counts where scores tie: documents and their scores."""

    documents: tuple[str, ...]
    scores: tuple[float, ...]

    @property
    def ranking(self) -> dict[str, float]:
        """Scores by document, in this order."""
        return dict(zip(self.documents, self.scores, strict=True))


def in_order(ranking: Mapping[str, float], shared: Mapping[str, Any]) -> list[tuple[str, float]]:
    """Documents and scores as the dataset ranks them: as trec_eval, or with ties as given."""
    if shared.get(TIES) != GIVEN:
        return in_trec_order(ranking)
    rows, scores = list(ranking.items()), np.array([*ranking.values()], dtype=np.float32)
    return [rows[place] for place in np.argsort(-scores, kind="stable").tolist()]


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


class Place(NamedTuple):
    """Where a query is ranked: the part's number, what it calls the query, and the prefix that the
    dataset's ids have beside those of the part."""

    part: int
    query: str
    prefix: str

    def ranking(self, parts: Sequence[Part]) -> dict[str, float]:
        """The ranking, with the dataset's ids of documents, in the order of the file."""
        found = parts[self.part].rankings[self.query]
        return {f"{self.prefix}{document}": score for document, score in found.items()}


def read_predictions(path: Path, dataset: Dataset) -> Mapping[str, Any]:
    """The rankings of a file or folder by query id, or the metrics per query that it reports."""
    parts = parts_of(path)
    if any(part.of_metrics for part in parts):
        return reported(path, parts, dataset)
    return rankings_of(path, parts, dataset)


def reported(path: Path, parts: Sequence[Part], dataset: Dataset) -> dict[str, Reported]:
    """The metrics of each query, as somebody else computed them; 0 for a query that is lacking.

    Raises BadData for a value outside [0, 1], and a query that lacks what others have.
    """
    places = located(path, parts, _splits(dataset), dataset.shared)
    found: dict[str, dict[str, float]] = {}
    for own, place in places.items():
        rows = parts[place.part].rankings[place.query].items()
        found[own] = {column: value for name, value in rows if (column := column_of(name))}
    columns = dict.fromkeys(column for row in found.values() for column in row)
    for own, row in found.items():
        for column in columns:
            if not 0 <= row.get(column, -1.0) <= 1:
                where = parts[places[own].part].where
                raise BadData(f"{where}: query '{own}': expected {column} in [0, 1], found "
                              f"{row.get(column, 'none')}")  # fmt: skip
    left_out = dataset.shared.get(UNANSWERED) == LEFT_OUT
    return {
        sample.id: Reported(
            {**dict.fromkeys(columns, 0.0), **found.get(sample.id, {})}
            | ({ANSWERED: float(sample.id in found)} if left_out else {})
        )
        for sample in dataset.samples()
    }


def _splits(dataset: Dataset) -> dict[str, str]:
    """The split of each query, where splits have documents of their own; else none."""
    pooled = dataset.shared.get(POOLED)
    return {one.id: one.attributes["split"] if pooled else "" for one in dataset.samples()}


def rankings_of(
    path: Path, parts: Sequence[Part], dataset: Dataset
) -> dict[str, dict[str, float] | Listed]:
    """The rankings by query id; an empty one for a query that is lacking.

    Queries that the dataset lacks are left out, as by trec_eval. Raises BadData as `parts_of` and
    `located` do, and for a document that neither the corpus nor the judgements have.
    """
    places = located(path, parts, _splits(dataset), dataset.shared)
    found: dict[str, dict[str, float] | Listed] = {}
    for sample in dataset.samples():
        place = places.get(sample.id)
        ranking = place.ranking(parts) if place else {}
        if place and (other := unknown(sample, ranking, dataset.shared)):
            bare = other.removeprefix(place.prefix)
            raise BadData(
                f"{place_of(parts[place.part].path, bare)}: expected a document of dataset "
                f"{dataset.name}, found '{bare}'"
            )
        if place and (other := _beyond(sample, ranking)):
            raise BadData(
                f"{parts[place.part].where}: query '{place.query}': expected documents of its "
                f"pool, found '{other.removeprefix(place.prefix)}'"
            )
        ties_given = dataset.shared.get(TIES) == GIVEN
        found[sample.id] = Listed((*ranking,), (*ranking.values(),)) if ties_given else ranking
    return found


def unknown(sample: Sample, ranking: Mapping[str, float], shared: Mapping[str, Any]) -> str:
    """A ranked document that is neither in the corpus nor judged; empty where there is none.

    Without a corpus, every document is known.
    """
    corpus: Mapping[str, str] = shared.get("corpus", ranking)
    if ranking.keys() <= corpus.keys():
        return ""
    known = {*grades_of(sample), *sample.inputs["excluded"]}
    return next((d for d in ranking if d not in corpus and d not in known), "")


def _beyond(sample: Sample, ranking: Mapping[str, float]) -> str:
    """A ranked document beyond the pool of its query; empty where there is none."""
    pool = sample.inputs.get(POOL)
    return next((d for d in ranking if d not in {*pool}), "") if pool else ""


def located(
    path: Path, parts: Sequence[Part], asked: Mapping[str, str], shared: Mapping[str, Any]
) -> dict[str, Place]:
    """Where each query that is asked is ranked, if it is.

    asked  the split of each query by its id: ids of a dataset whose splits have documents of their
           own begin with it. Others have none
    A part has the ids of the dataset, or those of the split that its file's name contains, or that
    of a folder which it is in.
    Raises BadData where two parts rank a query, none ranks any, a split has no query that is
    ranked, and where scores tell nothing and ranks do.
    """
    found: dict[str, Place] = {}
    for number, part in enumerate(parts):
        if part.unordered and shared.get(TIES) != GIVEN:
            raise BadData(part.unordered)
        for own, place in _queries(number, part, asked, len(parts) == 1):
            if own in found:
                first = parts[found[own].part].where
                raise BadData(f"{part.where}: query '{own}' occurs in {first}, too")
            found[own] = place
    _refuse_lacking(path, parts, asked, {asked[own] for own in found})
    return found


def _queries(
    number: int, part: Part, asked: Mapping[str, str], alone: bool
) -> Iterable[tuple[str, Place]]:
    """The queries that a part ranks by the dataset's ids, and where."""
    whole = same_ids(part.rankings, asked)
    if whole:
        return [(own, Place(number, theirs, "")) for theirs, own in whole.items()]
    splits = {*asked.values()} - {""}
    named = [split for name in part.names if (split := split_in(name, splits))]
    for split in [*named, *(splits if alone and len(splits) == 1 else ())]:
        prefix = f"{split}/"
        bare = [key.removeprefix(prefix) for key, of in asked.items() if of == split]
        if found := same_ids(part.rankings, bare):
            places = {own: Place(number, theirs, prefix) for theirs, own in found.items()}
            return [(f"{prefix}{own}", place) for own, place in places.items()]
    return []


def split_in(name: str, splits: Iterable[str]) -> str:
    """The split that a name contains, whatever is between its words; empty for none, or several."""
    text = f"-{_words(name)}-"
    found = [split for split in splits if f"-{_words(split)}-" in text]
    return found[0] if len(found) == 1 else ""


def _words(text: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", text.lower()))


def _refuse_lacking(
    path: Path, parts: Sequence[Part], asked: Mapping[str, str], ranked: Collection[str]
) -> None:
    """Raise BadData where no query is ranked, or none of a split with documents of its own."""
    if not asked or not (lacking := sorted({*asked.values()} - {*ranked})):
        return
    first = next(iter(asked))
    if not ranked:
        theirs = next((query for part in parts for query in part.rankings), "none")
        file = f", or a file for each split, such as {asked[first]}.json" if asked[first] else ""
        raise BadData(
            f"{path}: expected queries of the dataset, such as '{first}'{file}, found '{theirs}'"
        )
    raise BadData(
        f"{path}: expected rankings of each split, found none of {', '.join(lacking)} "
        f"(dataset.parts=[{','.join(sorted(ranked))}] leaves them out)"
    )


def export(table: pd.DataFrame, tag: str) -> str:
    """A run file's text from statistics with the columns `sample_id`, `docs` and `scores`.

    Scores have nine digits, which is all that a float32 holds: reading them again gives the same
    order. Columns are separated by tabs where an id or the tag has a blank. Raises BadData for one
    that the format cannot hold: it has other white space, or has it at an end, or is empty; and for
    a query that failed.
    """
    if "docs" not in table:
        raise BadData("expected rankings to export, found metrics that were reported without any")
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
