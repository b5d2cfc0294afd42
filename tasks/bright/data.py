"""The task's datasets."""

import json
import platform
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from benchsuite.dataset import Dataset, in_memory
from benchsuite.errors import BadData, WrongCall
from benchsuite.files.text import identifier, json_lines, string

from . import training
from .collection import Collection, Judgements, Query, read
from .mini import QUERIES_PATH, passages
from .samples import Judged, samples
from .task import ANSWERED, LEFT_OUT, MEASURES, UNANSWERED

UNJUDGED = ("error", "skip")
CONVENTIONS = {"zero": "trec_eval -c", LEFT_OUT: "trec_eval"}
"""What a query without results is worth, and how trec_eval is called for that."""
SPLITS = ("test", "train")


def in_convention(dataset: Dataset, unanswered: str) -> Dataset:
    """The dataset with queries without results worth `zero`, or `left-out` of every mean.

    Rows say which, as their protocol. Raises WrongCall for another word.
    """
    if unanswered not in CONVENTIONS:
        expected = " or ".join(CONVENTIONS)
        raise WrongCall(f"unanswered: expected {expected}, found '{unanswered}'")
    made = replace(dataset, protocol=CONVENTIONS[unanswered])
    if unanswered != LEFT_OUT:
        return made
    metrics = tuple(f"{name}-{ANSWERED}" for name in MEASURES)
    return replace(made, metrics=metrics, shared={**made.shared, UNANSWERED: LEFT_OUT})


def stdlib_mini(
    name: str = "stdlib-mini", split: str = "test", unanswered: str = "zero"
) -> Dataset:
    """Questions about Python's standard library, over the docstrings of this interpreter's.

    split: `test`, or `train` for queries derived from docstrings that no test query judges.
    unanswered: see `in_convention`.
    Raises BadData where a judgement names a passage that this interpreter does not have.
    """
    if split not in SPLITS:
        raise WrongCall(f"split: expected {' or '.join(SPLITS)}, found '{split}'")
    corpus = passages()
    version = platform.python_version()
    judged = dict(_mini_query(where, row, corpus) for where, row in json_lines(QUERIES_PATH))
    if split == training.SPLIT:
        judged = _derived(corpus, {passage for row in judged.values() for passage in row.truth})
    made = in_memory(
        name,
        samples(name, judged),
        {"corpus": corpus, "python": ".".join(version.split(".")[:2])},
        note=f"docstrings of Python {version}",
    )
    return in_convention(made, unanswered)


def _derived(corpus: Mapping[str, str], judged: set[str]) -> dict[str, Judged]:
    return {
        passage: Judged(Query(passage, text, training.SPLIT), {passage: 2})
        for passage, text in training.derived(corpus, judged)
    }


def _mini_query(
    where: str, row: Mapping[str, object], corpus: Mapping[str, str]
) -> tuple[str, Judged]:
    truth = row.get("relevant")
    if not isinstance(truth, dict) or not truth:
        raise BadData(f"{where}: relevant: expected grades by passage, found {json.dumps(truth)}")
    for passage in truth:
        if passage not in corpus:
            raise BadData(
                f"{where}: relevant: expected a passage of Python {platform.python_version()}, "
                f"found '{passage}'"
            )
    query = Query(where, string(where, row, "text"), string(where, row, "split"))
    return identifier(where, string(where, row, "id")), Judged(query, truth)


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
    it is an error, unless `unjudged` is `skip`. unanswered: see `in_convention`.
    Raises BadData, with file and line, for whatever is malformed, unknown, or occurs twice.
    """
    if unjudged not in UNJUDGED:
        raise WrongCall(f"unjudged: expected {' or '.join(UNJUDGED)}, found '{unjudged}'")
    collection = read(Path(path), qrels)
    judged = _judged(collection, skip=unjudged == "skip" or not collection.judgements.alone)
    made = in_memory(name, samples(name, judged), {"corpus": collection.documents})
    return in_convention(made, unanswered)


def _judged(collection: Collection, skip: bool) -> dict[str, Judged]:
    truths = _truths(collection, collection.judgements)
    for key, query in collection.queries.items():
        if key not in truths and not skip:
            raise BadData(
                f"{query.where}: query '{key}': expected at least one judgement, found none "
                f"(unjudged=skip leaves such queries out)"
            )
    return {k: Judged(query, truths[k]) for k, query in collection.queries.items() if k in truths}


def _truths(collection: Collection, judgements: Judgements) -> dict[str, dict[str, int]]:
    truths: dict[str, dict[str, int]] = {}
    for where, query, document, grade in judgements.rows:
        if query not in collection.queries:
            raise BadData(f"{where}: expected a query of the directory, found '{query}'")
        if document not in collection.documents:
            raise BadData(f"{where}: expected a document of the corpus, found '{document}'")
        truths.setdefault(query, {})[document] = grade
    return truths
