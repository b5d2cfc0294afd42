"""The datasets `bright`, `bright-answers` and `r2med`: published benchmarks, and one from rows.

Several splits are one dataset, with documents of its own for each: their ids begin with the split's
name and a slash, and a query is asked of its split's documents alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchsuite.dataset import Dataset, digest, in_memory
from benchsuite.errors import BadData, WrongCall
from benchsuite.files.text import integer, string, strings

from .collection import Query, asked, unique
from .data import in_convention
from .models.ranking import POOLED
from .samples import Judged, bm25_rank, relevant_number, samples
from .upstream import BRIGHT, FAMILIES, R2MED, WRITERS, Row, chosen, rows, snapshot, value

STACKEXCHANGE = tuple(split for split, family in FAMILIES.items() if family == "stackexchange")
DOCUMENTS = {"short": ("documents", "gold_ids"), "long": ("long_documents", "gold_ids_long")}
"""Where passages and whole pages are, and the key of those that are relevant."""

GROUPS = ("family", "relevant", "bm25_rank")
"""Attributes beside the split and the query's length."""


def bright(
    name: str = "bright",
    path: str | None = None,
    parts: str | Sequence[str] = "all",
    queries: str = "original",
    documents: str = "short",
    unanswered: str = "zero",
) -> Dataset:
    """BRIGHT: its splits `parts`, with the queries as asked, or as a model's reasoning has them.

    path: a directory with the benchmark's layout; without, the Hub's files at a pinned revision.
    queries: `original`, or the writer of the reasoning.   documents: `short`, or `long` pages.
    Raises BadData where one is missing or given twice, NotAvailable without a network.
    """
    if queries not in ("original", *WRITERS):
        raise WrongCall(f"queries: expected original or one of {', '.join(WRITERS)}")
    if documents not in DOCUMENTS:
        raise WrongCall(f"documents: expected short or long, found '{documents}'")
    splits = chosen("parts", parts, tuple(FAMILIES))
    wanted = "examples" if queries == "original" else f"{queries}_reason"
    corpus, gold = DOCUMENTS[documents]
    names = [split.replace("-", "_") for split in splits]
    patterns = [f"{folder}/{n}*" for folder in {"examples", wanted, corpus} for n in names]
    root = Path(path) if path else snapshot(*BRIGHT, patterns)
    shared: dict[str, Any] = {
        "corpus": unique(
            (where, f"{split}/{_id(where, row, 'id')}", _text(where, row, "content"))
            for split in splits
            for where, row in rows(root / corpus, split)
        ),
        POOLED: True,
    }
    judged: dict[str, Judged] = {}
    for split in splits:
        texts = _texts(rows(root / wanted, split))
        judged |= unique(
            _example(split, where, row, gold, texts)
            for where, row in rows(root / "examples", split)
        )
    made = in_convention(_made(name, judged, shared), unanswered)
    return _varied(
        made,
        "" if queries == "original" else f"queries: {queries}",
        "" if documents == "short" else f"documents: {documents}",
        _parts(splits, FAMILIES),
    )


def _parts(asked_for: Sequence[str], every: Mapping[str, Any]) -> str:
    return "" if list(asked_for) == list(every) else f"parts: {', '.join(asked_for)}"


def _varied(made: Dataset, *says: str) -> Dataset:
    """The dataset whose rows say, as their protocol, what of the benchmark they are of."""
    return replace(made, protocol="; ".join(filter(None, [made.protocol, *says])))


def _texts(found: Iterator[Row]) -> dict[str, str]:
    return unique(
        (where, _id(where, row, "id"), string(where, row, "query")) for where, row in found
    )


def _id(where: str, row: Mapping[str, Any], key: str) -> str:
    found = value(where, row, key)
    # R2MED's files may have whole numbers.
    return str(found) if isinstance(found, int) else string(where, row, key)


def _text(where: str, row: Mapping[str, Any], key: str) -> str:
    return "" if row.get(key) is None else string(where, row, key)


def _example(
    split: str, where: str, row: Mapping[str, Any], gold: str, texts: Mapping[str, str]
) -> tuple[str, str, Judged]:
    key = _id(where, row, "id")
    if not texts.get(key, "").strip():
        raise BadData(f"{where}: query '{key}': expected a text, found none")
    out = strings(where, row, "excluded_ids") if row.get("excluded_ids") is not None else ()
    excluded = tuple(f"{split}/{d}" for d in out if d != "N/A")
    query = Query(where, texts[key], split, excluded)
    truth = {f"{split}/{document}": 1 for document in strings(where, row, gold)}
    return where, f"{split}/{key}", Judged(query, truth)


def bright_answers(path: str, name: str = "bright-answers", unanswered: str = "zero") -> Dataset:
    """BRIGHT's questions of seven StackExchange sites, over their accepted answers.

    path: a directory whose `examples/` has BRIGHT's rows. One corpus, the answers of all seven; the
    one that was accepted is relevant. A document's id is a hash of its text, so that it tells
    nothing of the question. Not BRIGHT's own task, which is to find the pages that an answer cites.
    """
    found: list[tuple[str, str, Judged]] = []
    corpus: dict[str, str] = {}
    for split in STACKEXCHANGE:
        for where, row in rows(Path(path) / "examples", split):
            answer = string(where, row, "gold_answer")
            document = digest(answer)[:16]
            corpus[document] = answer
            query = Query(where, asked(where, string(where, row, "query")), split)
            found.append((where, f"{split}/{_id(where, row, 'id')}", Judged(query, {document: 1})))
    judged = unique(found)
    return in_convention(_made(name, judged, {"corpus": corpus}), unanswered)


def r2med(
    name: str = "r2med",
    path: str | None = None,
    parts: str | Sequence[str] = "all",
    unanswered: str = "zero",
) -> Dataset:
    """R2MED: its sets `parts`, as splits.

    path: a directory with a folder a set; without, the Hub's files at pinned revisions.
    """
    sets = chosen("parts", parts, tuple(R2MED))
    files = ("corpus.jsonl", "query.jsonl", "qrels.jsonl")
    roots = {s: Path(path) / s if path else snapshot(f"R2MED/{s}", R2MED[s], files) for s in sets}
    corpus = unique(
        (where, f"{s}/{_id(where, row, 'id')}", string(where, row, "text").strip())
        for s in sets
        for where, row in rows(roots[s], "corpus")
    )
    judged: dict[str, Judged] = {}
    for one in sets:
        judged |= _r2med_queries(one, roots[one])
    made = in_convention(_made(name, judged, {"corpus": corpus, POOLED: True}), unanswered)
    return _varied(made, _parts(sets, R2MED))


def _r2med_queries(split: str, root: Path) -> dict[str, Judged]:
    asked_of = unique(
        (where, _id(where, row, "id"), Query(where, _question(where, row), split))
        for where, row in rows(root, "query")
    )
    truths: dict[str, dict[str, int]] = {}
    for where, row in rows(root, "qrels"):
        key, document = _id(where, row, "q_id"), _id(where, row, "p_id")
        grade = integer(where, "score", value(where, row, "score"))
        if key not in asked_of:
            raise BadData(f"{where}: q_id: expected a query of the set, found '{key}'")
        before = truths.setdefault(key, {}).setdefault(f"{split}/{document}", grade)
        if before != grade:
            raise BadData(
                f"{where}: document '{document}' is judged {before} and {grade} for query '{key}'"
            )
    for key, query in asked_of.items():
        if key not in truths:
            raise BadData(
                f"{query.where}: query '{key}': expected at least one judgement, found none"
            )
    return {f"{split}/{key}": Judged(query, truths[key]) for key, query in asked_of.items()}


def _question(where: str, row: Mapping[str, Any]) -> str:
    return asked(where, string(where, row, "text").strip())


def _made(name: str, judged: Mapping[str, Judged], shared: Mapping[str, Any]) -> Dataset:
    for row in judged.values():
        _check(row, shared["corpus"])
    grouped = _grouped(judged, shared)
    return in_memory(name, samples(name, grouped, told=True), shared)


def _check(row: Judged, corpus: Mapping[str, str]) -> None:
    if not row.truth:
        raise BadData(f"{row.query.where}: expected at least one relevant document, found none")
    for document in row.truth:
        if document not in corpus:
            raise BadData(
                f"{row.query.where}: expected a document of the corpus, found '{document}'"
            )


def _grouped(judged: Mapping[str, Judged], shared: Mapping[str, Any]) -> dict[str, Judged]:
    found = {key: _attributes(row, shared) for key, row in judged.items()}
    # An attribute of one value makes no groups.
    told = [n for n in GROUPS if len({attributes[n] for attributes in found.values()}) > 1]
    return {
        key: replace(row, attributes=tuple((n, found[key][n]) for n in told))
        for key, row in judged.items()
    }


def _attributes(row: Judged, shared: Mapping[str, Any]) -> dict[str, str]:
    return {
        "family": FAMILIES.get(row.query.split, "medicine"),
        "relevant": relevant_number(row.truth),
        "bm25_rank": bm25_rank(row.query, row.truth, shared),
    }
