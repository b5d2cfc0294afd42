"""Answers of a language model, read leniently and validated strictly.

Numbers of passages run from 1 in an answer, places from 0 here. Whatever an answer says, no passage
is lost or given twice: what is unknown, repeated or out of range does not count; an answer that
names a passage 0 is unusable. Where an answer is not `complete`, a number that nothing follows may
have been cut off in the middle, and does not count.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

T = TypeVar("T")
State = Literal["good", "repaired", "unusable"]
TOP = 10.0
"""Grades run from 0 to this."""
WORDS = ("yes", "no")
"""The first tokens whose probabilities tell whether a passage is relevant."""

_PAIR = re.compile(r'"?\[?(\d{1,6})\]*"?\s*:\s*"?(-?\d{1,6}(?:\.\d{1,9})?)"?(?=\s*(?:[,}\s]|\Z))')
_LIST = re.compile(r"\[[\s\d,\"'\[\]>=≻≥]*\d[\s\d,\"'\[\]>=≻≥]*(?:\]|$)")
_BRACKETED = re.compile(r"\[\s*(\d{1,6})\s*\]")
_NAMED = re.compile(
    r"(?:score|grade)\b(?:\s*\([^)]*\))?[^\w-]{1,9}(\d+(?:\.\d+)?)(?![\d.]*\d)", re.IGNORECASE
)
_GRADE = re.compile(r"(?<![\d.-])(\d{1,6}(?:\.\d{1,9})?)(?![\d.]*\d)")


@dataclass(frozen=True)
class Graded:
    """Grades in [0, 1] by place; those without one are missing."""

    grades: dict[int, float]
    state: State


@dataclass(frozen=True)
class Ordered:
    """All places, the best first; those that the answer left out last, in the order shown."""

    order: tuple[int, ...]
    state: State


@dataclass(frozen=True)
class Chosen:
    """The place of the passage that was chosen; none where the answer is unusable."""

    place: int | None
    state: State


def grades(text: str, number: int, complete: bool = True) -> Graded:
    """The grades of `number` passages, from the last object of the answer."""
    body = _answer(text, complete)
    pairs = _from_one(_PAIR.findall(body[max(body.rfind("{"), 0) :]), key=lambda pair: int(pair[0]))
    found: dict[int, set[float]] = {}
    for key, value in pairs:
        if 1 <= int(key) <= number and 0 <= float(value) <= TOP:
            found.setdefault(int(key) - 1, set()).add(float(value) / TOP)
    # Of two grades for one passage none is the right one.
    kept = {place: values.pop() for place, values in sorted(found.items()) if len(values) == 1}
    whole = len(kept) == number == len(pairs)
    return Graded(kept, _state(bool(kept), whole))


def order(text: str, number: int, complete: bool = True) -> Ordered:
    """The order of `number` passages, from a list or `[2] > [1]`, or a bracketed number a line.

    Of several lists that with most passages counts, the later of equals.
    """
    said = [digits - 1 for digits in _from_one(_said(_answer(text, complete), number), key=int)]
    kept = list(dict.fromkeys(place for place in said if 0 <= place < number))
    rest = [place for place in range(number) if place not in kept]
    whole = len(kept) == number == len(said)
    return Ordered((*kept, *rest), _state(bool(kept), whole))


def _said(body: str, number: int) -> list[int]:
    runs = [[int(d) for d in re.findall(r"\d{1,6}", run)] for run in _LIST.findall(body)]
    best = max(reversed(runs), key=lambda run: len({*run} & {*range(1, number + 1)}), default=[])
    every = [int(d) for d in _BRACKETED.findall(body)]
    return every if len({*best}) <= 1 < len({*every}) else best


def grade(text: str, complete: bool = True) -> Graded:
    """The grade of one passage: the only number of the answer, or the one after `score`."""
    body = _answer(text, complete)
    numbers = [float(n) for n in _NAMED.findall(body)[-1:] or _GRADE.findall(body)]
    if len(numbers) != 1 or numbers[0] > TOP:
        return Graded({}, "unusable")
    return Graded({0: numbers[0] / TOP}, "good" if "<answer>" in text.lower() else "repaired")


def choice(text: str, number: int, complete: bool = True) -> Chosen:
    """The one passage that an answer names: its only number from 1 to `number`."""
    body = _answer(text, complete)
    said = [int(digits) - 1 for digits in re.findall(r"(?<![\d.-])\d{1,6}(?![\d.]*\d)", body)]
    found = {place for place in said if 0 <= place < number}
    if len(found) != 1:
        return Chosen(None, "unusable")
    return Chosen(found.pop(), "good" if len(said) == 1 else "repaired")


def probability(first: Mapping[str, float]) -> Graded:
    """P(yes) / (P(yes) + P(no)) of one passage, from log-probabilities of the first token.

    A token counts if it reads as either word, in any case and with any space. A word that is not
    among the tokens has the probability 0.
    """
    yes, no = (
        sum(math.exp(value) for token, value in first.items() if token.strip().lower() == word)
        for word in WORDS
    )
    if yes + no <= 0:
        return Graded({}, "unusable")
    return Graded({0: yes / (yes + no)}, "good" if yes and no else "repaired")


def _from_one(said: list[T], key: Callable[[T], int]) -> list[T]:
    # A passage 0 proves that they were numbered in another way: then no number is what it says.
    return [] if any(key(one) == 0 for one in said) else said


def _answer(text: str, complete: bool) -> str:
    whole = text if complete else text.rstrip("0123456789.")
    after = re.split(r"</think>", whole, flags=re.IGNORECASE)[-1]
    parts = re.split(r"<answer>", after, flags=re.IGNORECASE)
    return re.split(r"</answer>", parts[-1], flags=re.IGNORECASE)[0]


def _state(some: bool, whole: bool) -> State:
    return "good" if whole else "repaired" if some else "unusable"
