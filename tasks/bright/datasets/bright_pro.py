"""BRIGHT-Pro (Zhao et al., arXiv 2605.04018): seven splits of BRIGHT, with aspects of each query.

Its layout is BRIGHT's, with a folder `aspects/` that has a file a split. A row there has a `weight`
(1, 2 or 3), and `supporting_docs`: the relevant documents that cover the aspect.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchsuite.dataset import Dataset
from benchsuite.errors import BadData, one_of
from benchsuite.files.text import number, strings

from ..formats import BY_ID
from .benchmark import benchmark, chosen, without_some
from .bright import STACKEXCHANGE, examples_of, shared_of
from .collection import Aspect, unique
from .fields import value
from .samples import NONE, OWN, Judged, Scoring
from .upstream import root_of, rows

REPOSITORY = ("yale-nlp/Bright-Pro", "dbdc22babbef310210e267b99249e7cec86d5edf")
"""Where it is on the Hub, and the revision that is read."""


def bright_pro(
    name: str = "bright-pro",
    path: str | None = None,
    parts: str | Sequence[str] = "all",
    corpus: str = OWN,
    unanswered: str = "zero",
    ties: str = BY_ID,
) -> Dataset:
    """BRIGHT-Pro: its splits `parts`, with the metrics of aspects.

    path: a directory with the benchmark's layout; without, the Hub's files at a pinned revision.
    corpus: `own`, or `none` to score rankings without the documents.   See `samples.Scoring`.
    An aspect is of the queries that have one of its documents among their relevant ones. Raises
    BadData for a query without any; NotAvailable without a network.
    """
    one_of("corpus", corpus, (OWN, NONE))
    splits = chosen(parts, STACKEXCHANGE)
    folders = ("examples", "aspects", *(["documents"] if corpus == OWN else []))
    root = root_of(path, REPOSITORY, folders, splits)
    shared = shared_of(root / "documents", splits if corpus == OWN else ())
    judged: dict[str, Judged] = {}
    for split in splits:
        found = unique(examples_of(split, root, "examples", "gold_ids"))
        judged |= _with_aspects(found, _aspects(root / "aspects", split))
    return benchmark(
        name, judged, shared, Scoring(unanswered, ties), without_some(splits, STACKEXCHANGE)
    )


def _aspects(folder: Path, split: str) -> list[Aspect]:
    return [
        Aspect(
            _weight(where, row),
            tuple(f"{split}/{d}" for d in strings(where, row, "supporting_docs")),
        )
        for where, row in rows(folder, split)
    ]


def _weight(where: str, row: dict[str, Any]) -> float:
    found = number(where, "weight", str(value(where, row, "weight")))
    if found <= 0:
        raise BadData(f"{where}: weight: expected a number above 0, found {found}")
    return found


def _with_aspects(judged: dict[str, Judged], aspects: Sequence[Aspect]) -> dict[str, Judged]:
    of: dict[str, list[int]] = {}
    for place, aspect in enumerate(aspects):
        for document in aspect.documents:
            of.setdefault(document, []).append(place)
    found = {}
    for key, row in judged.items():
        places = sorted({place for document in row.truth for place in of.get(document, ())})
        if not places:
            raise BadData(
                f"{row.query.where}: query '{key}': expected an aspect that one of its relevant "
                f"documents covers, found none"
            )
        found[key] = replace(row, aspects=tuple(aspects[place] for place in places))
    return found
