"""The first token of an answer as yes or no."""

import math
from collections.abc import Mapping
from typing import Final

READING: Final = 2
"""The version of this reading, which a model's fingerprint covers."""
WORDS: Final = ("yes", "no")
"""The first tokens whose probabilities say whether the answer is yes."""
LEAST: Final = 0.5
"""The least probability of yes and no together that is an answer: below it, it is likelier that the
answer begins with another word, and what is listed of yes and no is the tail of that answer."""

_PIECES = str.maketrans(dict.fromkeys("Ġ▁Ċĉč", " "))
"""How the tokens of byte-level and SentencePiece vocabularies write blanks and ends of lines."""


def word(token: str) -> str:
    """A token in lower case, without blanks, quotes and emphasis around it, or a stop behind it."""
    plain = token.removesuffix("</w>").translate(_PIECES)
    return plain.strip(" \t\r\n*\"'").rstrip(".,;:!").lower()


def probability_of_yes(first: Mapping[str, float], least: float = LEAST) -> float | None:
    """P(yes) / (P(yes) + P(no)) in [0, 1], from log-probabilities of the first token by its text.

    Case and blanks do not count (see `word`); a word that is not listed has probability 0.
    None where yes and no have together less than `least`, or nothing.
    """
    yes, no = (
        math.fsum(math.exp(min(value, 0.0)) for token, value in first.items() if word(token) == one)
        for one in WORDS
    )
    return yes / (yes + no) if yes + no >= least and yes + no > 0 else None
