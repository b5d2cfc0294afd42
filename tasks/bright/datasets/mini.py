"""`stdlib-mini`: questions about Python's standard library, small enough for every test run.

Only the queries are stored here. A judged name is one that Python 3.11 to 3.14 all document.
The training queries are derived from the docstrings that no test query judges. Each is a sentence
of a passage, without the words of its name, and with some of the others left out. That is a poor
stand-in for a question, but it shares nothing with those of the test.
"""

import json
import platform
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import numpy as np

from benchsuite.condition import generator
from benchsuite.dataset import Dataset
from benchsuite.errors import BadData, WrongCall
from benchsuite.files.text import Row, identifier, json_lines, string

from ..formats import BY_ID
from .collection import Query
from .docstrings import passages, stems
from .samples import Judged, Scoring, dataset_of

QUERIES_PATH = Path(__file__).with_name("queries.jsonl")
SPLITS = ("test", "train")
WORDS = (6, 40)
"""Words of a derived query, at least and at most."""
LEFT_OUT = 0.4
"""The probability that a word of a derived query is left out."""


def stdlib_mini(
    name: str = "stdlib-mini", split: str = "test", unanswered: str = "zero", ties: str = BY_ID
) -> Dataset:
    """Questions about Python's standard library, over the docstrings of this interpreter's.

    split: `test`, or `train` for queries derived from docstrings that no test query judges.
    unanswered, ties: see `samples.Scoring`.
    Raises BadData where a judgement names a passage that this interpreter does not have.
    """
    if split not in SPLITS:
        raise WrongCall(f"split: expected {' or '.join(SPLITS)}, found '{split}'")
    corpus, version = passages(), platform.python_version_tuple()
    judged = dict(_test_query(where, row, corpus) for where, row in json_lines(QUERIES_PATH))
    if split == "train":
        known = {passage for row in judged.values() for passage in row.truth}
        judged = {
            passage: Judged(Query(passage, text, split), {passage: 2})
            for passage, text in derived(corpus, known)
        }
    shared = {"corpus": corpus, "python": ".".join(version[:2])}
    note = f"docstrings of Python {'.'.join(version)}"
    return dataset_of(name, judged, shared, Scoring(unanswered, ties), note)


def _test_query(where: str, row: Row, corpus: Mapping[str, str]) -> tuple[str, Judged]:
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


def derived(corpus: Mapping[str, str], judged: Collection[str]) -> Iterator[tuple[str, str]]:
    """(passage's name, query) for each passage that is not judged and has a sentence to give."""
    for name, passage in corpus.items():
        if name not in judged and (query := _derived(name, passage)):
            yield name, query


def _derived(name: str, passage: str) -> str:
    own = stems(name)
    random = generator("derived", name)
    sentences = [_without(sentence, own, random) for sentence in _sentences(passage)]
    found = [sentence for sentence in sentences if len(sentence.split()) >= WORDS[0]]
    if not found:
        return ""
    chosen = found[random.integers(len(found))]
    return " ".join(chosen.split()[: WORDS[1]])


def _sentences(passage: str) -> list[str]:
    # The first line is the name, and a signature has more names than words.
    text = passage.partition("\n")[2]
    prose = [block for block in re.split(r"\n\s*\n", text) if ">>>" not in block]
    return [s for block in prose for s in re.split(r"(?<=[.!?])\s+", " ".join(block.split()))]


def _without(sentence: str, own: set[str], random: np.random.Generator) -> str:
    words = re.findall(r"[A-Za-z][A-Za-z'-]*", sentence)
    kept = random.random(len(words)) >= LEFT_OUT
    return " ".join(
        word for word, stays in zip(words, kept, strict=True) if stays and not stems(word) & own
    )
