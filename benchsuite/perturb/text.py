"""Text perturbations: `(text, severity 1..5, generator) -> text`.

Each severity is stronger than the one before it in expectation, not for every text and key. No
perturbation turns a text that has characters into one that has none.
"""

import re
import unicodedata
from collections.abc import Callable
from typing import Final

import numpy as np

from benchsuite.condition import Condition

Perturbation = Callable[[str, int, np.random.Generator], str]

SEVERITIES: Final = (1, 2, 3, 4, 5)
TYPO_RATE: Final = (0.1, 0.2, 0.3, 0.45, 0.6)
"""By severity, the probability that a word gets one typo."""
DROPOUT_RATE: Final = (0.1, 0.2, 0.3, 0.4, 0.5)
"""By severity, the probability that a word is left out."""
PLAIN_RATE: Final = (0.2, 0.4, 0.6, 0.8, 1.0)
"""By severity, the probability that a capital is lowered, and that a punctuation mark is lost."""

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_WORD = re.compile(r"\w+")
_CHUNK = re.compile(r"\S+\s*")
_SENTENCE_END = re.compile(r"(?<=[.!?])(?=\s+\S)")
_KEY_ROWS = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")

DISTRACTORS: Final = (
    "The library opens at nine on weekdays.",
    "A red bicycle leaned against the garden wall.",
    "The train to the coast leaves from platform four.",
    "She bought two loaves of bread on the way home.",
    "The lake freezes over in most winters.",
    "Their neighbour grows tomatoes on the balcony.",
    "The ferry crosses the bay twice a day.",
    "An old clock hangs above the kitchen door.",
    "The museum is closed on the first Monday of the month.",
    "He painted the fence green last spring.",
    "The orchestra rehearses on Thursday evenings.",
    "A heron stood at the edge of the pond.",
    "The bakery on the corner sells out before noon.",
    "They walked along the river until it grew dark.",
    "The recipe calls for three eggs and a lemon.",
    "Her umbrella was left on the bus again.",
    "The village has a market every Saturday.",
    "A cat slept on the warm windowsill.",
    "The mountain hut sleeps twenty guests.",
    "He keeps his stamps in a wooden box.",
    "The old bridge was rebuilt in stone.",
    "Snow fell quietly over the orchard.",
    "The choir sang two encores that night.",
    "A kettle whistled in the next room.",
)
"""Neutral sentences, none of which asks or answers anything."""


def typo(text: str, severity: int, generator: np.random.Generator) -> str:
    """Give each word one typo with probability `TYPO_RATE[severity - 1]`.

    A typo is, with equal probability, two neighbouring characters swapped, one left out, a letter
    put in, or one replaced by its neighbour on a QWERTY keyboard; where that is not possible, a
    letter put in. A word is a run of letters, digits and underscores.
    """
    rate = TYPO_RATE[severity - 1]

    def alter(match: re.Match[str]) -> str:
        word = match.group()
        return _mistyped(word, generator) if generator.random() < rate else word

    return _WORD.sub(alter, text)


def _mistyped(word: str, generator: np.random.Generator) -> str:
    edit = _EDITS[generator.integers(len(_EDITS))]
    altered = edit(word, generator)
    return altered if altered and altered != word else _insert(word, generator)


def _swap(word: str, generator: np.random.Generator) -> str:
    places = [i for i in range(len(word) - 1) if word[i] != word[i + 1]]
    if not places:
        return word
    i = int(generator.choice(places))
    return word[:i] + word[i + 1] + word[i] + word[i + 2 :]


def _delete(word: str, generator: np.random.Generator) -> str:
    i = int(generator.integers(len(word)))
    return word[:i] + word[i + 1 :]


def _insert(word: str, generator: np.random.Generator) -> str:
    i = int(generator.integers(len(word) + 1))
    return word[:i] + _LETTERS[generator.integers(len(_LETTERS))] + word[i:]


def _substitute(word: str, generator: np.random.Generator) -> str:
    places = [i for i, character in enumerate(word) if character.lower() in _NEIGHBOURS]
    if not places:
        return word
    i = int(generator.choice(places))
    options = _NEIGHBOURS[word[i].lower()]
    new = options[generator.integers(len(options))]
    return word[:i] + (new.upper() if word[i].isupper() else new) + word[i + 1 :]


_EDITS = (_swap, _delete, _insert, _substitute)


def _neighbours() -> dict[str, str]:
    # A key touches those beside it, and two in the row above and below, which are offset.
    found: dict[str, str] = {}
    for r, row in enumerate(_KEY_ROWS):
        for c, key in enumerate(row):
            near = [(r, c - 1), (r, c + 1), (r - 1, c), (r - 1, c + 1), (r + 1, c - 1), (r + 1, c)]
            found[key] = "".join(_key(*place) for place in near)
    return found


def _key(row: int, column: int) -> str:
    inside = 0 <= row < len(_KEY_ROWS) and 0 <= column < len(_KEY_ROWS[row])
    return _KEY_ROWS[row][column] if inside else ""


_NEIGHBOURS = _neighbours()


def dropout(text: str, severity: int, generator: np.random.Generator) -> str:
    """Leave out each word with probability `DROPOUT_RATE[severity - 1]`.

    Where all would go, one stays. A word is a run of anything but white space.
    """
    words = _CHUNK.findall(text)
    if not words:
        return text
    keep = generator.random(len(words)) >= DROPOUT_RATE[severity - 1]
    if not keep.any():
        keep[generator.integers(len(words))] = True
    return "".join(word for word, kept in zip(words, keep, strict=True) if kept).rstrip()


def plain(text: str, severity: int, generator: np.random.Generator) -> str:
    """Lower each capital, and lose each punctuation mark, with `PLAIN_RATE[severity - 1]`.

    Punctuation is Unicode's category P. A text of punctuation alone is left as it is.
    """
    lost = generator.random(len(text)) < PLAIN_RATE[severity - 1]
    altered = "".join(_plain(text, i) if lost[i] else text[i] for i in range(len(text)))
    return altered if altered.strip() else text


def _plain(text: str, i: int) -> str:
    if not unicodedata.category(text[i]).startswith("P"):
        return text[i].lower()
    # "boundary-layer" stays two words; "don't" and "end." need no space.
    joins = 0 < i < len(text) - 1 and text[i - 1].isalnum() and text[i + 1].isalnum()
    return " " if joins and text[i] not in "'’" else ""


def distractor(text: str, severity: int, generator: np.random.Generator) -> str:
    """Insert `severity` different sentences of `DISTRACTORS`, each at a boundary of sentences.

    Boundaries are the beginning, the end, and white space after a full stop, exclamation or
    question mark. The text itself stays whole and in order.
    """
    chosen = generator.choice(len(DISTRACTORS), size=severity, replace=False)
    ends = [0, *(match.start() for match in _SENTENCE_END.finditer(text)), len(text)]
    places = generator.choice(ends, size=severity)
    for place, which in sorted(zip(places.tolist(), chosen.tolist(), strict=True), reverse=True):
        text = _inserted(text, place, DISTRACTORS[which])
    return text


def _inserted(text: str, place: int, sentence: str) -> str:
    if place == 0:
        return f"{sentence} {text}"
    return f"{text[:place]} {sentence}{text[place:]}"


_AXIS: tuple[tuple[str, str, Perturbation, tuple[str, ...]], ...] = (
    ("typo", "character", typo, tuple(f"a typo in {r:.0%} of the words" for r in TYPO_RATE)),
    ("dropout", "word", dropout, tuple(f"{r:.0%} of the words left out" for r in DROPOUT_RATE)),
    ("plain", "form", plain, tuple(f"{r:.0%} of case and punctuation lost" for r in PLAIN_RATE)),
    ("distractor", "context", distractor, tuple(f"{s} unrelated sentences" for s in SEVERITIES)),
)


def conditions(field: str) -> tuple[Condition, ...]:
    """Every perturbation at every severity, of the text under `field` of the inputs."""
    return tuple(
        Condition("text", name, severity, family, field, alter, summaries[severity - 1])
        for name, family, alter, summaries in _AXIS
        for severity in SEVERITIES
    )
