"""`beir` and `trec`: a directory of one's own, in BEIR's layout or with TREC's files."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from benchsuite.dataset import Dataset
from benchsuite.errors import BadData, one_of

from ..formats import BY_ID, same_ids
from .collection import Collection, Judgement, Query
from .directory import read
from .samples import NONE, OWN, Judged, Scoring, dataset_of

REFUSED = "error"
UNJUDGED = (REFUSED, "skip")
MISSING = (REFUSED, "keep", "skip")
REPEATED = (REFUSED, "last", "highest")


def trec(
    path: str,
    name: str = "trec",
    qrels: str = "test",
    unjudged: str = REFUSED,
    missing: str = REFUSED,
    repeated: str = REFUSED,
    corpus: str = OWN,
    unanswered: str = "zero",
    ties: str = BY_ID,
) -> Dataset:
    """A directory in BEIR's layout or with TREC's files, as `directory` describes them.

    Queries may name a `split` and `excluded_ids` (documents that are not to be ranked), beside
    `text` or in `metadata`; without, the one split is called as the dataset. Grades of 0 and less
    are not relevant. Ids are texts; queries that are numbers may have zeros in front.
    unjudged: a query without any judgement is an error, or left out (`skip`). It is always left out
    where there are other files of judgements, which may judge it.
    missing: a judged document that the corpus lacks, and a judged query without a text, are errors.
    `keep` counts the document as trec_eval does, and asks the query all the same. `skip` leaves out
    the judgement, and a query that has no other.
    repeated: two grades of one document for a query are an error, or the `last` one counts, as in
    BEIR, or the `highest`.
    corpus: `own`, or `none` to score rankings without documents, and without texts of queries.
    unanswered, ties: see `samples.Scoring`.
    Rows show these settings. Raises BadData, with file and line, for what is malformed or unknown.
    """
    settings = {"unjudged": (unjudged, UNJUDGED), "missing": (missing, MISSING),
                "repeated": (repeated, REPEATED)}  # fmt: skip
    for key, (value, known) in settings.items():
        one_of(key, value, known)
    one_of("corpus", corpus, (OWN, NONE))
    collection = read(Path(path), qrels, corpus == OWN)
    truths = _truths(collection, missing, repeated)
    judged = _judged(collection, truths, skip=unjudged == "skip" or not collection.alone)
    shared = {} if collection.documents is None else {"corpus": collection.documents}
    made = dataset_of(name, judged, shared, Scoring(unanswered, ties))
    shown = [f"{key}: {value}" for key, (value, _) in settings.items() if value != REFUSED]
    return replace(made, protocol="; ".join([made.protocol, *shown]))


def _judged(
    collection: Collection, truths: Mapping[str, Mapping[str, int]], skip: bool
) -> dict[str, Judged]:
    for key, query in collection.queries.items():
        if key not in truths and not skip:
            raise BadData(
                f"{query.where}: query '{key}': expected at least one judgement, found none "
                f"(dataset.unjudged=skip leaves such queries out)"
            )
    # In the order of the queries' file; queries that it lacks come last.
    keys = [*(key for key in collection.queries if key in truths), *truths]
    queries = {key: collection.queries.get(key, Query("", "")) for key in keys}
    return {key: Judged(query, truths[key]) for key, query in queries.items() if truths[key]}


def _truths(collection: Collection, missing: str, repeated: str) -> dict[str, dict[str, int]]:
    truths: dict[str, dict[str, int]] = {}
    rows = collection.judgements
    queries = same_ids([row.query for row in rows], collection.queries)
    for row in rows:
        query = queries.get(row.query, row.query)
        lacking = _lacking(collection, row, query)
        if lacking and (missing == REFUSED or not queries):
            raise BadData(
                f"{lacking} (dataset.missing=keep goes on as trec_eval does, skip without it)"
            )
        truth = truths.setdefault(query, {})
        if not lacking or missing == "keep":
            before = truth.get(row.document, row.grade)
            truth[row.document] = _grade(row, before, repeated)
    return truths


def _lacking(collection: Collection, row: Judgement, query: str) -> str:
    """What is not there of what a row judges; empty if all is."""
    if query not in collection.queries:
        return f"{row.where}: expected a query of the directory, found '{row.query}'"
    if collection.documents is None:
        return ""
    asked = collection.queries[query]
    if not asked.text.strip():
        return f"{asked.where}: text: expected a query, found an empty text"
    if row.document not in collection.documents:
        return f"{row.where}: expected a document of the corpus, found '{row.document}'"
    return ""


def _grade(row: Judgement, before: int, repeated: str) -> int:
    if before != row.grade and repeated == REFUSED:
        raise BadData(
            f"{row.where}: document '{row.document}' is judged {before} and {row.grade} for query "
            f"'{row.query}' (dataset.repeated=last or highest chooses one)"
        )
    return max(before, row.grade) if repeated == "highest" else row.grade
