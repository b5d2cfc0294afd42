"""BRIGHT (Su et al., arXiv 2407.12883), and the accepted answers of its questions.

Its layout: `examples/`, `documents/`, `long_documents/` and `<writer>_reason/`, each with a file a
split: `<split>-00000-of-00001.parquet` on the Hub, `<split>.jsonl.gz` elsewhere. Each split has
documents of its own: their ids begin with the split's name and a slash, and a query is asked of
its split's documents alone.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from benchsuite.dataset import Dataset, digest
from benchsuite.errors import BadData, WrongCall
from benchsuite.files.text import Row, string, strings

from ..models.ranking import POOLED
from .benchmark import benchmark, chosen, without_some
from .collection import Query, asked, unique
from .fields import id_of
from .samples import Judged
from .upstream import rows, snapshot

REPOSITORY = ("xlangai/BRIGHT", "3066d29c9651a576c8aba4832d249807b181ecae")
"""Where it is on the Hub, and the revision that is read."""
STACKEXCHANGE = (
    "biology", "earth-science", "economics", "psychology", "robotics", "stackoverflow",
    "sustainable-living",
)  # fmt: skip
FAMILIES = {
    **dict.fromkeys(STACKEXCHANGE, "stackexchange"),
    **dict.fromkeys(("leetcode", "pony"), "coding"),
    **dict.fromkeys(("aops", "theoremqa-questions", "theoremqa-theorems"), "theorem"),
}
"""The splits, and the family of domains that each is of (section 3 of the paper)."""
WRITERS = ("gpt4", "claude-3-opus", "Gemini-1.0", "grit", "llama3-70b")
"""Whose reasoning stands in for the queries, as published."""
DOCUMENTS = {"short": ("documents", "gold_ids"), "long": ("long_documents", "gold_ids_long")}
"""Where passages and whole pages are, and the key of those that are relevant."""


def bright(
    name: str = "bright",
    path: str | None = None,
    parts: str | Sequence[str] = "all",
    queries: str = "original",
    documents: str = "short",
    unanswered: str = "zero",
) -> Dataset:
    """BRIGHT: its splits `parts`, with the queries as asked, or as a model's reasoning has them.

    path: a directory with the benchmark's layout; without, the Hub's files at a pinned revision,
    from its cache, or fetched by download=yes.
    queries: `original`, or the writer of the reasoning.   documents: `short`, or `long` pages.
    Raises BadData where one is missing, or given twice and not the same; NotAvailable without a
    network.
    """
    if queries not in ("original", *WRITERS):
        raise WrongCall(f"queries: expected original or one of {', '.join(WRITERS)}")
    if documents not in DOCUMENTS:
        raise WrongCall(f"documents: expected short or long, found '{documents}'")
    splits = chosen(parts, tuple(FAMILIES))
    wanted = "examples" if queries == "original" else f"{queries}_reason"
    pages, gold = DOCUMENTS[documents]
    files = [split.replace("-", "_") for split in splits]
    patterns = [f"{folder}/{file}*" for folder in {"examples", wanted, pages} for file in files]
    root = Path(path) if path else snapshot(*REPOSITORY, patterns)
    corpus = unique(row for split in splits for row in _documents(root / pages, split))
    judged: dict[str, Judged] = {}
    for split in splits:
        judged |= unique(_examples(split, root, wanted, gold))
    return benchmark(
        name,
        judged,
        {"corpus": corpus, POOLED: True},
        unanswered,
        "" if queries == "original" else f"queries: {queries}",
        "" if documents == "short" else f"documents: {documents}",
        without_some(splits, tuple(FAMILIES)),
    )


def _documents(folder: Path, split: str) -> Iterator[tuple[str, str, str]]:
    for where, row in rows(folder, split):
        text = "" if row.get("content") is None else string(where, row, "content")
        yield where, f"{split}/{id_of(where, row, 'id')}", text


def _examples(split: str, root: Path, wanted: str, gold: str) -> Iterator[tuple[str, str, Judged]]:
    texts = unique(
        (where, id_of(where, row, "id"), string(where, row, "query"))
        for where, row in rows(root / wanted, split)
    )
    for where, row in rows(root / "examples", split):
        key = id_of(where, row, "id")
        yield where, f"{split}/{key}", _example(split, where, row, texts.get(key, ""), gold)


def _example(split: str, where: str, row: Row, text: str, gold: str) -> Judged:
    if not text.strip():
        raise BadData(f"{where}: query '{row['id']}': expected a text, found none")
    out = strings(where, row, "excluded_ids") if row.get("excluded_ids") is not None else ()
    excluded = tuple(f"{split}/{document}" for document in out if document != "N/A")
    truth = {f"{split}/{document}": 1 for document in strings(where, row, gold)}
    return Judged(Query(where, text, split, excluded), truth, {"family": FAMILIES[split]})


def bright_answers(path: str, name: str = "bright-answers", unanswered: str = "zero") -> Dataset:
    """BRIGHT's questions of seven StackExchange sites, over their accepted answers.

    path: a directory whose `examples/` has BRIGHT's rows. One corpus, the answers of all seven; the
    one that was accepted is relevant. A document's id is a hash of its text, so that it says
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
            key = f"{split}/{id_of(where, row, 'id')}"
            found.append((where, key, Judged(query, {document: 1})))
    return benchmark(name, unique(found), {"corpus": corpus}, unanswered)
