"""`beir` and `trec`: a directory of one's own, in BEIR's layout or with TREC's files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchsuite.dataset import Dataset
from benchsuite.errors import BadData, one_of

from ..formats import BY_ID, same_ids
from ..models.ranking import POOLED
from .adjusted import IGNORED, adjusted
from .collection import Collection, Judgement, Query
from .directory import read
from .samples import NONE, OWN, Judged, Scoring, dataset_of
from .sets import placed, sets_of

REFUSED = "error"
JUDGED, WHOLE, BEFORE = "judged", "corpus", "before"
CHOICES = {
    "unjudged": (REFUSED, "skip"),
    "missing": (REFUSED, "keep", "skip"),
    "repeated": (REFUSED, "last", "highest"),
    "pool": (WHOLE, JUDGED),
    "instruction": (NONE, BEFORE),
}
"""Settings and their values; rows show every one that is not the first."""


@dataclass(frozen=True)
class _Rules:
    """How a collection is read.

    unjudged  a query without any judgement is an error, or left out (`skip`). It is always left out
              where there are other files of judgements, which may judge it
    missing   a judged document that the corpus lacks, and a judged query without a text, are
              errors. `keep` counts the document as trec_eval does, and asks the query all the same.
              `skip` leaves out the judgement, and a query that has no other
    repeated  two grades of one document for a query are an error, or the `last` one counts, as in
              BEIR, or the `highest`
    corpus    False to score rankings without documents, and without texts of queries
    """

    qrels: str
    unjudged: str
    missing: str
    repeated: str
    corpus: bool


def trec(
    path: str,
    name: str = "trec",
    parts: str | Sequence[str] = "all",
    qrels: str = "test",
    unjudged: str = REFUSED,
    missing: str = REFUSED,
    repeated: str = REFUSED,
    corpus: str = OWN,
    pool: str = WHOLE,
    instruction: str = NONE,
    duplicates: str = IGNORED,
    unanswered: str = "zero",
    ties: str = BY_ID,
) -> Dataset:
    """A directory in BEIR's layout or with TREC's files, as `directory` describes them.

    Or a folder of such directories, the sets `parts`: splits with documents of their own.
    Queries may name a `split` and `excluded_ids` (documents that are not to be ranked), beside
    `text` or in `metadata`; without, the one split is called as the dataset. Ids are texts.
    unjudged, missing, repeated, corpus: see `_Rules`.   unanswered, ties: see `samples.Scoring`.
    pool: a query ranks the `corpus`, or its `judged` documents alone.
    instruction: `before` puts the `instruction` of a query before its text.
    duplicates: `gold` counts exact copies of relevant documents; see `adjusted.with_copies`.
    Rows show these settings. Raises BadData, with file and line, for what is malformed or unknown.
    """
    one_of("corpus", corpus, (OWN, NONE))
    chosen = _chosen(unjudged, missing, repeated, pool, instruction)
    rules = _Rules(qrels, unjudged, missing, repeated, corpus == OWN)
    sets = sets_of(Path(path), parts)
    judged, shared = _collected(sets, rules)
    judged, copied = adjusted(judged, shared, duplicates)
    asked = {key: _asked(row, pool, instruction) for key, row in judged.items()}
    made = dataset_of(
        name, asked, shared, Scoring(unanswered, ties), split_is_input=POOLED in shared
    )
    some = "" if parts == "all" else f"parts: {', '.join(sets)}"
    return replace(made, protocol="; ".join(filter(None, [made.protocol, *chosen, copied, some])))


def _chosen(*values: str) -> list[str]:
    """What rows say of the settings that are not the first of their values. Raises WrongCall."""
    for (key, known), value in zip(CHOICES.items(), values, strict=True):
        one_of(key, value, known)
    both = zip(CHOICES.items(), values, strict=True)
    return [f"{key}: {value}" for (key, known), value in both if value != known[0]]


def _asked(row: Judged, pool: str, instruction: str) -> Judged:
    """A query as it is asked: with its instruction, of its pool."""
    told = row.query.instruction if instruction == BEFORE else ""
    query = replace(row.query, text=f"{told}\n{row.query.text}") if told else row.query
    return replace(row, query=query, pool=tuple(sorted(row.truth)) if pool == JUDGED else ())


def _collected(sets: Mapping[str, Path], rules: _Rules) -> tuple[dict[str, Judged], dict[str, Any]]:
    """The judged queries of sets, and what a dataset of them shares; '' is one that is alone."""
    if "" in sets:
        judged, documents = _read(sets[""], rules)
        return judged, {} if documents is None else {"corpus": documents}
    every: dict[str, Judged] = {}
    shared: dict[str, Any] = {POOLED: True, **({"corpus": {}} if rules.corpus else {})}
    for name, folder in sets.items():
        judged, documents = _read(folder, rules)
        every |= placed(name, judged)
        for document, text in (documents or {}).items():
            shared["corpus"][f"{name}/{document}"] = text
    return every, shared


def _read(path: Path, rules: _Rules) -> tuple[dict[str, Judged], Mapping[str, str] | None]:
    """The judged queries of one collection, and its documents."""
    collection = read(path, rules.qrels, rules.corpus)
    truths = _truths(collection, rules.missing, rules.repeated)
    skip = rules.unjudged == "skip" or not collection.alone
    return _judged(collection, truths, skip), collection.documents


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
