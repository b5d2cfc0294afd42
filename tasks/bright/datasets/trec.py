"""`trec`: a directory of one's own, in BEIR's layout or with TREC's files."""

from pathlib import Path

from benchsuite.dataset import Dataset
from benchsuite.errors import BadData, WrongCall

from .collection import Collection, read
from .samples import Judged, dataset_of

UNJUDGED = ("error", "skip")


def trec(
    path: str,
    name: str = "trec",
    qrels: str = "test",
    unjudged: str = "error",
    unanswered: str = "zero",
) -> Dataset:
    """A directory in BEIR's layout or with TREC's files, as `collection` describes them.

    A document's text is its title, a space, and its text. Queries may name a `split` and
    `excluded_ids` (documents that are not to be ranked), beside `text` or in `metadata`; without,
    the one split is called as the dataset. Grades of 0 and less are not relevant. A query without
    any judgement is left out where there are other files of judgements, which may judge it; else
    it is an error, unless `unjudged` is `skip`. unanswered: see `samples.in_convention`.
    Raises BadData, with file and line, for what is malformed, unknown, or occurs twice.
    """
    if unjudged not in UNJUDGED:
        raise WrongCall(f"unjudged: expected {' or '.join(UNJUDGED)}, found '{unjudged}'")
    collection = read(Path(path), qrels)
    judged = _judged(collection, skip=unjudged == "skip" or not collection.judgements.alone)
    return dataset_of(name, judged, {"corpus": collection.documents}, unanswered)


def _judged(collection: Collection, skip: bool) -> dict[str, Judged]:
    truths = _truths(collection)
    for key, query in collection.queries.items():
        if key not in truths and not skip:
            raise BadData(
                f"{query.where}: query '{key}': expected at least one judgement, found none "
                f"(unjudged=skip leaves such queries out)"
            )
    return {k: Judged(query, truths[k]) for k, query in collection.queries.items() if k in truths}


def _truths(collection: Collection) -> dict[str, dict[str, int]]:
    truths: dict[str, dict[str, int]] = {}
    for where, query, document, grade in collection.judgements.rows:
        if query not in collection.queries:
            raise BadData(f"{where}: expected a query of the directory, found '{query}'")
        if document not in collection.documents:
            raise BadData(f"{where}: expected a document of the corpus, found '{document}'")
        truths.setdefault(query, {})[document] = grade
    return truths
