"""BRIGHT (Su et al., arXiv 2407.12883), and the accepted answers of its questions.

Its layout: `examples/`, `documents/`, `long_documents/` and `<writer>_reason/`, each with a file a
split: `<split>-00000-of-00001.parquet` on the Hub, `<split>.jsonl.gz` elsewhere. Each split has
documents of its own: their ids begin with the split's name and a slash, and a query is asked of
its split's documents alone.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchsuite.dataset import Dataset, digest
from benchsuite.errors import BadData, one_of
from benchsuite.files.text import Row, string, strings

from ..formats import BY_ID
from ..models.ranking import POOLED
from .adjusted import IGNORED, adjusted, with_judgements
from .benchmark import benchmark, chosen, without_some
from .collection import Query, asked, unique
from .fields import id_of
from .samples import NONE, OWN, Judged, Scoring
from .upstream import root_of, rows

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
    corpus: str = OWN,
    judgements: str | None = None,
    duplicates: str = IGNORED,
    unanswered: str = "zero",
    ties: str = BY_ID,
) -> Dataset:
    """BRIGHT: its splits `parts`, with the queries as asked, or as a model's reasoning has them.

    path: a directory with the benchmark's layout; without, the Hub's cache, or download=yes.
    queries: `original`, or the writer of the reasoning.   documents: `short`, or `long` pages.
    corpus: `own`, or `none` to score rankings without the documents.   See `samples.Scoring`.
    judgements: other files; `*` stands for the split in their path.   duplicates: see `adjusted`.
    Raises BadData where one is missing, or given twice and not the same, NotAvailable.
    """
    one_of("queries", queries, ("original", *WRITERS))
    one_of("documents", documents, DOCUMENTS)
    one_of("corpus", corpus, (OWN, NONE))
    splits = chosen(parts, tuple(FAMILIES))
    wanted = "examples" if queries == "original" else f"{queries}_reason"
    pages, gold = DOCUMENTS[documents]
    folders = {"examples", wanted, *([pages] if corpus == OWN else [])}
    root = root_of(path, REPOSITORY, folders, splits)
    shared = shared_of(root / pages, splits if corpus == OWN else ())
    judged = _judged(root, splits, wanted, gold)
    judged = with_judgements(judged, judgements, splits) if judgements else judged
    judged, copied = adjusted(judged, shared, duplicates)
    uses = [
        "" if queries == "original" else f"queries: {queries}",
        "" if documents == "short" else f"documents: {documents}",
        f"judgements: {Path(judgements).name}" if judgements else "",
    ]
    uses += [copied, without_some(splits, tuple(FAMILIES))]
    return benchmark(name, judged, shared, Scoring(unanswered, ties), *uses)


def _judged(root: Path, splits: Sequence[str], wanted: str, gold: str) -> dict[str, Judged]:
    each = (unique(examples_of(split, root, wanted, gold)) for split in splits)
    return {key: row for some in each for key, row in some.items()}


def shared_of(folder: Path, splits: Sequence[str]) -> dict[str, Any]:
    """What queries share: the documents of these splits, if there are any."""
    found = unique(row for split in splits for row in _documents(folder, split))
    return {POOLED: True, **({"corpus": found} if splits else {})}


def _documents(folder: Path, split: str) -> Iterator[tuple[str, str, str]]:
    if not folder.is_dir():
        raise BadData(
            f"{folder}: expected the documents of BRIGHT, found none (dataset.corpus=none scores "
            f"rankings without them)"
        )
    for where, row in rows(folder, split):
        text = "" if row.get("content") is None else string(where, row, "content")
        yield where, f"{split}/{id_of(where, row, 'id')}", text


def examples_of(
    split: str, root: Path, wanted: str, gold: str
) -> Iterator[tuple[str, str, Judged]]:
    """Place, id and judgements of the queries of a split, with the texts of the folder `wanted`."""
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


def bright_answers(
    path: str, name: str = "bright-answers", unanswered: str = "zero", ties: str = BY_ID
) -> Dataset:
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
    return benchmark(name, unique(found), {"corpus": corpus}, Scoring(unanswered, ties))
