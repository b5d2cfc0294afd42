"""The orders of passages in a text, from its lists.

A list is numbers between which nothing but signs stands, or numbered lines with a passage each.
Passages are told from other numbers by brackets, a label (`Passage 2`, `"id": 2`), or their list.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain

from .plain import bracketed, plain

_SCORE = re.compile(
    r"[\"']?(?<![^\W\d_])(?:score|grade|rating|relevance|confidence|probability)(?![^\W\d_])[\"']?"
    r"\s{0,3}[:=]\s{0,3}[\"']?\d{1,9}(?:\.\d{1,9})?(?:\s?/\s?\d{1,9})?[\"']?"
    r"|[\"'](?:rank|position)[\"']\s{0,3}:\s{0,3}\d{1,9}",
    re.IGNORECASE,
)
_REMARK = re.compile(r"\([^()\n]{0,200}\)")
_ROUND = re.compile(r"\(\s{0,3}(\d{1,9})\s{0,3}\)")
_LINE = re.compile(
    r"[\s>-]{0,9}\|?\s{0,3}(?:rank\s{0,3})?#?(\d{1,3})(?:st|nd|rd|th)?\s{0,3}"
    r"(?:(?:[.):|]|-(?=\s))[\s\"']{0,9}\[\s{0,3}(\d{1,9})\s{0,3}\]"
    r"|[.)|]\s{1,9}(\d{1,9})(?=[\s\"'|.,;]{0,9}\Z|\s{0,9}\|))(?!\s{0,3}[>,=])",
    re.IGNORECASE,
)
"""A numbered line: its number, and the passage in brackets, in a cell or as all that follows."""
_ITEM = re.compile(
    r"\[\s{0,9}(?P<passage>\d{1,9})\s{0,9}\]"
    r"|(?<![\w.])(?P<bare>\d{1,9})(?!\w|\.\d|[\"']?\s{0,3}:[\s\"']{0,3}\d)"
    r"|(?P<word>[^\W\d_]{1,40}|\d{1,9})"
)
_WORD = re.compile(r"[^\W\d_]{1,40}")
_JOINS = frozenset({"and", "then", "followed", "by", "first", "next", "finally", "lastly"})
_SIGNS = frozenset(" \t\r\n<>,;=|&{}\"'~]-#")
_LONE = re.compile(r"[\W_]{0,20}(\d{1,9})[^\w.)]{0,20}")
_BEGINS, _ENDS = re.compile(r"\[[\s\"'{]{0,8}\Z"), re.compile(r"[\s\"',}]{0,8}(?:\]|\Z)")
_STOPS = re.compile(r"[ \t.\"'\])}]{0,8}(?:\n|\Z)")


@dataclass(frozen=True)
class _List:
    """Passages in an order, and where it ends. explicit: whether it is an order by itself."""

    passages: tuple[int, ...]
    end: int
    explicit: bool = True


def last_order(text: str, number: int) -> tuple[int, ...]:
    """The passages of the last order in `text`, the best one first, as they were numbered.

    The last list that is an order by itself counts: joined by `>`, in square brackets, in numbered
    lines, or with all `number` passages at the end of a line. Without one, the last list of any
    kind; else all passages that are named, in turn. Empty where there is none.
    """
    shown = _SCORE.sub(" ", plain(text))
    # What stands in parentheses is a remark, unless passages stand nowhere else.
    return _last(_REMARK.sub(" ", shown), number) or _last(_ROUND.sub(r"[\1]", shown), number)


def _last(text: str, number: int) -> tuple[int, ...]:
    shown = bracketed(text)
    marked, rest = _numbered_lines(shown)
    lists = [*marked, *_runs(rest, number)]
    if lists:
        return max(lists, key=lambda one: (one.explicit, one.end)).passages
    named = tuple(int(item["passage"]) for item in _ITEM.finditer(shown) if item["passage"])
    lone = _LONE.fullmatch(shown.strip())
    return named or ((int(lone[1]),) if lone else ())


def _numbered_lines(text: str) -> tuple[list[_List], str]:
    """The lists of numbered lines, and the text without these lines."""
    lines = text.split("\n")
    ends = [*accumulate(len(line) + 1 for line in lines)]
    found: list[list[tuple[int, int]]] = []
    for place, line in enumerate(lines):
        if marked := _LINE.match(line):
            if int(marked[1]) == 1:
                found.append([])
            if found and int(marked[1]) == len(found[-1]) + 1:
                found[-1].append((place, int(marked[2] or marked[3])))
    kept = [rows for rows in found if len(rows) > 1 and not _explains(rows, lines)]
    for place, _ in chain.from_iterable(kept):
        lines[place] = "x" * len(lines[place])
    lists = [_List(tuple(one for _, one in rows), ends[rows[-1][0]]) for rows in kept]
    return lists, "\n".join(lines)


def _explains(rows: Sequence[tuple[int, int]], lines: Sequence[str]) -> bool:
    # Passages in the order shown, with words about each, are explained and not put in order.
    shown = [one for _, one in rows] == [*range(1, len(rows) + 1)]
    return shown and any(len(_WORD.findall(lines[place])) > 1 for place, _ in rows)


@dataclass
class _Run:
    """Numbers that follow one another, and the signs that join them."""

    items: list[re.Match[str]] = field(default_factory=list)
    passages: set[int] = field(default_factory=set)
    signs: set[str] = field(default_factory=set)

    def add(self, item: re.Match[str], sign: str) -> None:
        """Append a number, which `sign` joins."""
        self.items.append(item)
        self.passages.add(_passage(item))
        self.signs |= {*sign}

    def goes_on(self, item: re.Match[str], sign: str) -> bool:
        """Whether the list goes on with a number: in its form, and joined as the others are."""
        if not sign or (self.items[0]["bare"] is None) != (item["bare"] is None):
            return False
        turned = {"<", ">"} <= {*self.signs, sign}
        another_line = sign == "\n" and not self.signs <= {"\n"}
        again = sign in "\n &" and _passage(item) in self.passages
        return not (turned or another_line or again)


def _passage(item: re.Match[str]) -> int:
    return int(item["passage"] or item["bare"])


def _runs(text: str, number: int) -> Iterator[_List]:
    """The lists of numbers between which only signs stand."""
    run = _Run()
    for item in _ITEM.finditer(text):
        if (item["word"] or "").lower() in _JOINS:
            continue
        sign = _sign(text[run.items[-1].end() : item.start()]) if run.items else ""
        if item["word"] or not (run.items and run.goes_on(item, sign)):
            yield from _listed(text, run, number)
            run, sign = _Run(), ""
        if not item["word"]:
            run.add(item, sign)
    yield from _listed(text, run, number)


def _sign(between: str) -> str:
    """What joins two numbers, as one sign: `&` for a word; empty where they are not joined."""
    signs = _WORD.sub("", between)
    if between == "-" or not between or not _SIGNS.issuperset(signs):
        return ""
    if signs != between:
        return "&"
    return next((sign for sign in "><=,;|&-\n" if sign in signs), " ")


def _listed(text: str, run: _Run, number: int) -> Iterator[_List]:
    if len(run.passages) < 2:
        return
    passages = tuple(map(_passage, run.items))
    start, end = run.items[0].start(), run.items[-1].end()
    array = _BEGINS.search(text[max(start - 9, 0) : start]) and _ENDS.match(text, end)
    whole = run.passages >= {*range(1, number + 1)} and _STOPS.match(text, end)
    explicit = bool({"<", ">"} & run.signs or array or whole)
    yield _List(passages[::-1] if "<" in run.signs else passages, end, explicit)
