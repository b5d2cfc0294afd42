"""Answers of a language model, read leniently and validated strictly.

Numbers of passages run from 1 in an answer, places from 0 here. Whatever an answer says, no passage
is lost or given twice: what is unknown, repeated or out of range does not count; an answer that
names a passage 0 is unusable. What an answer says last counts. A thought is no part of it, nor is
a number that may have been cut off (`thought.said`).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

from benchsuite.endpoint.first import LEAST, probability_of_yes

from .lists import last_order
from .plain import bracketed, plain
from .thought import said

State = Literal["good", "repaired", "unusable"]
READING: Final = 2
"""The version of what is read here, which a language model's fingerprint covers."""
TOP: Final = 10.0
"""Grades run from 0 to this."""
SCALES: Final = (5, 10, 100)
"""Of what a grade may be given as a fraction: 4/5, 8/10, 80/100 and 80 % are the same grade."""

_NAME = r"(?<![^\W\d_])(?:score|grade|rating|relevance|usefulness)(?![^\W\d_])"
_VALUE = (
    r"(?P<value>-?\d{1,6}(?:\.\d{1,9})?)"
    r"(?:\s{0,3}(?:/|out of)\s{0,3}(?P<of>\d{1,6})|\s?(?P<cent>%))?"
    r"(?![\w%]|[.,]\d|\s?/|[\]\"']{1,2}\s?:|\s{0,3}(?:-|to(?!\w)|or(?!\w))\s{0,3}\d)"
)
"""A number, of how many. What follows makes no range, no other number and no key of it."""
_FILL = (
    r"(?:\s?\([^()\n]{0,40}\))?(?:[^\w-]|-(?=\s)"
    r"|(?<=\s)(?:is|of|as|an?|it|be|this|the|would|passage(?=\san?\s))(?=\s)){1,24}"
)
_GRADE = re.compile(
    rf"(?:{_NAME}|(?<![^\W\d_])(?:boxed|(?:rate|give)(?=:|\s(?:it|this|the\spassage)(?!\w)))"
    rf"(?![^\W\d_])){_FILL}{_VALUE}",
    re.IGNORECASE,
)
_NUMBER = re.compile(rf"(?<![\w.,/-]){_VALUE}", re.IGNORECASE)
_DIGITS = re.compile(r"\d{1,9}(?:\.\d{1,9})?")
_ALONE = re.compile(rf"^[^\w\n-]{{0,9}}{_VALUE}[^\w\n]{{0,9}}$", re.IGNORECASE | re.MULTILINE)
"""A line that is a number, and below one that is a place: the answer, and then its reasons."""
_PLACE_ALONE = re.compile(r"^[^\w\n-]{0,9}(\d{1,6})[^\w\n]{0,9}$", re.MULTILINE)
_PAIR = re.compile(
    r"(?:\[\s{0,3}(?P<passage>\d{1,6})\s{0,3}\]{1,3}[\"']?\s{0,9}(?:[:=|(]|-{1,2}>?(?=\s))"
    r"|(?<![\w./-])(?P<bare>\d{1,6})[\"']?\s{0,9}[:=|]|^\s{0,9}(?P<line>\d{1,6})[.)](?=\s))"
    rf"[\s{{\"']{{0,9}}(?:{_NAME}[\"']?\s{{0,3}}(?:[:=]|of|is)?[\s\"']{{0,9}})?{_VALUE}",
    re.IGNORECASE | re.MULTILINE,
)
"""A passage and its grade, side by side."""
_PASSAGE = re.compile(r"\[\s{0,3}(\d{1,6})\s{0,3}\]|[\"'](\d{1,6})[\"']\s{0,9}:\s{0,9}\{")
_BRACE = re.compile(r"[{}]")
_YES_NO = re.compile(
    r"\W{0,20}(?:(?P<yes>yes|relevant)|no|not\s{1,3}relevant|irrelevant)"
    r"(?:\W{0,20}\Z|[\s,.;:-]{1,5}(?:because|since|as|the|this|it)(?!\w))",
    re.IGNORECASE,
)
_CHOICE = re.compile(
    r"(?:(?<![^\W\d_])(?:answer|choice|choose|pick|selected|select|best|winner|boxed"
    r"|most\s(?:useful|relevant))|[\"'](?:id|passage|index|number)(?=[\"']))"
    r"(?![^\W\d_])(?:[^\w-]|(?<=\s)(?:is|one|the|number|passage)(?=[\s\[])){1,24}(\d{1,6})"
    r"(?!\w|\.\d|\]?\s{0,3}(?:-|,|or(?!\w)|and(?!\w))\s{0,3}\[?\d)"
    r"|(?<![\w.-])(\d{1,6})\]?\s{1,3}is\s{1,3}the\s{1,3}(?:best|most)(?!\w)",
    re.IGNORECASE,
)
"""A passage of which an answer says that it is the best."""
_PLACE = re.compile(r"(?<![\w.-])(\d{1,6})(?!\w|\.\d)")


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


UNGRADED: Final = Graded({}, "unusable")


def grades(text: str, number: int, complete: bool = True) -> Graded:
    """The grades of `number` passages: from the last object of the answer, or from its lines.

    Of two grades for one passage in an object none is the right one; elsewhere the later one is.
    """
    return _grades(plain(said(text, complete)), number)


def _grades(body: str, number: int) -> Graded:
    part, pairs = next(
        ((part, pairs) for part in _parts(bracketed(body)) if (pairs := _pairs(part))), ("", [])
    )
    if any(passage == 0 for passage, _ in pairs):
        return UNGRADED  # they were numbered in another way: then no number is what it says
    found: dict[int, list[float]] = {}
    for passage, grade in pairs:
        if 1 <= passage <= number and grade is not None:
            found.setdefault(passage - 1, []).append(grade)
    single = part.startswith("{")
    kept = {
        place: several[-1]
        for place, several in sorted(found.items())
        if len({*several}) == 1 or not single
    }
    return Graded(kept, _state(bool(kept), len(kept) == number == len(pairs)))


def _parts(body: str) -> Iterator[str]:
    """The objects of a text, the last first, and the whole text. What commas join is one."""
    depth, end, cuts = 0, 0, list[int]()
    for brace in _BRACE.finditer(body):
        if brace[0] == "{":
            if not depth and (not cuts or body[end : brace.start()].strip(", \t\r\n")):
                cuts.append(brace.start())
            depth += 1
        else:
            depth, end = max(depth - 1, 0), brace.end()
    yield from (body[a:b] for a, b in reversed([*pairwise([*cuts, len(body)])]))
    yield body


def _pairs(part: str) -> list[tuple[int, float | None]]:
    """Passages and their grades: side by side, or a passage and the next grade that is named.

    A grade may be named before its passage, as in `{"score": 4, "id": 1}`.
    """
    found = list[tuple[int, float | None]]()
    end, waiting = 0, list[re.Match[str]]()
    told = [*_PAIR.finditer(part), *_PASSAGE.finditer(part), *_named(part)]
    for one in sorted(told, key=lambda one: one.start()):
        if one.start() < end:
            continue
        if one.re is _PAIR:
            found.append((int(one["passage"] or one["bare"] or one["line"]), _graded(one)))
            waiting, end = [], one.end()
        elif waiting and (waiting[0].re is _PASSAGE) != (one.re is _PASSAGE):
            passage, grade = (waiting[0], one) if waiting[0].re is _PASSAGE else (one, waiting[0])
            found.append((int(passage[1] or passage[2]), _graded(grade)))
            waiting, end = [], one.end()
        else:
            waiting = [one]
    return found


def _named(body: str) -> list[re.Match[str]]:
    """The grades that are named, or out of ten."""
    out_of_ten = [one for one in _NUMBER.finditer(body) if one["of"] == "10"]
    return [*_GRADE.finditer(body), *out_of_ten]


def _graded(found: re.Match[str]) -> float | None:
    """The grade in [0, 1] that was found; None for one beyond its scale, or of an unknown one."""
    scale = 100 if found["cent"] else int(found["of"] or TOP)
    value = float(found["value"]) / scale if scale in SCALES else -1.0
    return value if 0 <= value <= 1 else None


def order(text: str, number: int, complete: bool = True) -> Ordered:
    """The order of `number` passages, from the last list that an answer has."""
    named = last_order(said(text, complete), number)
    ranked = [passage - 1 for passage in named] if 0 not in named else []
    kept = list(dict.fromkeys(place for place in ranked if 0 <= place < number))
    rest = [place for place in range(number) if place not in {*kept}]
    whole = len(kept) == number == len(ranked)
    return Ordered((*kept, *rest), _state(bool(kept), whole))


def grade(text: str, complete: bool = True) -> Graded:
    """The grade of one passage: the last that is named or out of ten; else the only number.

    Among others the only one counts that is a line by itself.
    Without a number, an answer that is yes or no (or `relevant` or not) is the best or worst grade.
    """
    body = plain(said(text, complete))
    numbers, alone = [*_NUMBER.finditer(body)], [*_ALONE.finditer(body)]
    if named := _named(body):
        found = _graded(max(named, key=lambda one: one.end()))
    elif (pairs := _grades(body, 1)).grades:
        found = pairs.grades[0]
    elif len(numbers) == 1 and _DIGITS.findall(body) == _DIGITS.findall(numbers[0][0]):
        found = _graded(numbers[0])
    elif len(alone) == 1:
        found = _graded(alone[0])
    elif not _DIGITS.search(body) and (binary := _YES_NO.match(body)):
        found = 1.0 if binary["yes"] else 0.0
    else:
        found = None
    asked = "<answer>" in text.lower()
    return UNGRADED if found is None else Graded({0: found}, "good" if asked else "repaired")


def choice(text: str, number: int, complete: bool = True) -> Chosen:
    """The passage that an answer calls the best, or puts first; else its only number in range.

    Among others the only one counts that is a line by itself.
    """
    body = plain(said(text, complete))
    places = [int(one) - 1 for one in _PLACE.findall(body)]
    alone = [int(one) - 1 for one in _PLACE_ALONE.findall(bracketed(body))]
    if best := [*_CHOICE.finditer(body)]:
        first = int(best[-1][1] or best[-1][2]) - 1
        found = {first}
    elif ">" in body:
        found = {passage - 1 for passage in last_order(body, number)[:1]}
    else:
        found = {place for place in alone or places if 0 <= place < number}
    if len(found) != 1 or not 0 <= (chosen := found.pop()) < number:
        return Chosen(None, "unusable")
    return Chosen(chosen, "good" if len(places) == 1 else "repaired")


def probability(first: Mapping[str, float], exact: bool = False) -> Graded:
    """P(yes) / (P(yes) + P(no)) of one passage, from log-probabilities of the first token.

    exact: both are known, however small they are.
    """
    found = probability_of_yes(first, least=0.0 if exact else LEAST)
    if found is None:
        return UNGRADED
    return Graded({0: found}, "good" if 0 < found < 1 else "repaired")


def _state(some: bool, whole: bool) -> State:
    return "good" if whole else "repaired" if some else "unusable"
