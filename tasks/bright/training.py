"""Training queries for `stdlib-mini`, derived from the docstrings that no test query judges.

A query is a sentence of a passage, without the words of its name, and with some of the others left
out: a poor stand-in for a question, but one that shares nothing with those of the test.
"""

import re
from collections.abc import Collection, Iterator, Mapping

import numpy as np

from benchsuite.condition import generator

from .mini import stems

SPLIT = "train"
WORDS = (6, 40)
"""Words of a derived query, at least and at most."""
LEFT_OUT = 0.4
"""The probability that a word is left out."""


def derived(passages: Mapping[str, str], judged: Collection[str]) -> Iterator[tuple[str, str]]:
    """(passage's name, query) for each passage that is not judged and has a sentence to give."""
    for name, passage in passages.items():
        if name not in judged and (query := _query(name, passage)):
            yield name, query


def _query(name: str, passage: str) -> str:
    own = stems(name)
    random = generator("derived", name)
    sentences = [_without(sentence, own, random) for sentence in _sentences(passage)]
    found = [sentence for sentence in sentences if len(sentence.split()) >= WORDS[0]]
    if not found:
        return ""
    chosen = found[random.integers(len(found))]
    return " ".join(chosen.split()[: WORDS[1]])


def _sentences(passage: str) -> list[str]:
    # The first line is the name, and a signature tells more names than it has words.
    text = passage.partition("\n")[2]
    prose = [block for block in re.split(r"\n\s*\n", text) if ">>>" not in block]
    return [s for block in prose for s in re.split(r"(?<=[.!?])\s+", " ".join(block.split()))]


def _without(sentence: str, own: set[str], random: np.random.Generator) -> str:
    words = re.findall(r"[A-Za-z][A-Za-z'-]*", sentence)
    kept = random.random(len(words)) >= LEFT_OUT
    return " ".join(
        word for word, stays in zip(words, kept, strict=True) if stays and not stems(word) & own
    )
