"""R2MED (Li et al., arXiv 2505.14558): medical sets, each over documents of its own.

Its layout: one repository per set, with `corpus.jsonl`, `query.jsonl` and `qrels.jsonl`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchsuite.dataset import Dataset
from benchsuite.errors import BadData, one_of
from benchsuite.files.text import integer, string

from ..formats import BY_ID
from ..models.ranking import POOLED
from .benchmark import benchmark, chosen, without_some
from .collection import Query, asked, unique
from .fields import id_of, value
from .samples import NONE, OWN, Judged, Scoring
from .upstream import rows, snapshot

SETS = {
    "Biology": "8b9fec2db9eda4b5742d03732213fbaee8169556",
    "Bioinformatics": "6021fce366892cbfd7837fa85a4128ea93315e18",
    "Medical-Sciences": "1b48911514c80bf9182222d99752ad75e23b4b47",
    "MedXpertQA-Exam": "b457ea43db9ae5db74c3a3e5be0a213d0f85ac3a",
    "MedQA-Diag": "78b585990279cc01a493f876c1b0cf09557fba57",
    "PMC-Treatment": "53c489a44a3664ba352c07550b72b4525a5968d5",
    "PMC-Clinical": "812829522f7eaa407ef82b96717be85788a50f7e",
    "IIYi-Clinical": "974abbc9bc281c3169180a6aa5d7586cfd2f5877",
}
"""Its sets, and the revision of each one's repository on the Hub."""
FILES = ("corpus.jsonl", "query.jsonl", "qrels.jsonl")


def r2med(
    name: str = "r2med",
    path: str | None = None,
    parts: str | Sequence[str] = "all",
    corpus: str = OWN,
    unanswered: str = "zero",
    ties: str = BY_ID,
) -> Dataset:
    """R2MED: its sets `parts`, as splits.

    path: a directory with one folder per set; without it, the Hub's files at pinned revisions,
          from its cache, or fetched by download=yes.
    corpus: `own`, or `none` to score rankings without the documents.   See `samples.Scoring`.
    """
    one_of("corpus", corpus, (OWN, NONE))
    sets = chosen(parts, tuple(SETS))
    files = FILES if corpus == OWN else FILES[1:]
    roots = {s: Path(path) / s if path else snapshot(f"R2MED/{s}", SETS[s], files) for s in sets}
    shared: dict[str, Any] = {POOLED: True}
    if corpus == OWN:
        shared["corpus"] = unique(
            (where, f"{s}/{id_of(where, row, 'id')}", string(where, row, "text").strip())
            for s in sets
            for where, row in rows(roots[s], "corpus")
        )
    judged = {key: row for s in sets for key, row in _queries(s, roots[s]).items()}
    return benchmark(name, judged, shared, Scoring(unanswered, ties), without_some(sets, [*SETS]))


def _queries(split: str, root: Path) -> dict[str, Judged]:
    queries = unique(
        (
            where,
            id_of(where, row, "id"),
            Query(where, asked(where, string(where, row, "text").strip()), split),
        )
        for where, row in rows(root, "query")
    )
    truths: dict[str, dict[str, int]] = {}
    for where, row in rows(root, "qrels"):
        key, document = id_of(where, row, "q_id"), id_of(where, row, "p_id")
        grade = integer(where, "score", value(where, row, "score"))
        if key not in queries:
            raise BadData(f"{where}: q_id: expected a query of the set, found '{key}'")
        before = truths.setdefault(key, {}).setdefault(f"{split}/{document}", grade)
        if before != grade:
            raise BadData(
                f"{where}: document '{document}' is judged {before} and {grade} for query '{key}'"
            )
    for key, query in queries.items():
        if key not in truths:
            raise BadData(
                f"{query.where}: query '{key}': expected at least one judgement, found none"
            )
    return {f"{split}/{key}": Judged(query, truths[key]) for key, query in queries.items()}
