"""SGML as text collections have it: elements that stay open, a bare `&` or `<`, entities of no DTD.

Tags are found, and nothing is parsed further. So no entity is expanded and no file is included.
What is no tag stays text.
"""

import html
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchsuite.errors import BadData
from benchsuite.files.packed import bytes_of

_NAME = r"[A-Za-z][\w.:-]*"
_VALUE = r"""(?:"[^"<>]*"|'[^'<>]*'|[^\s"'<>]+)"""
# `a <b and c> d` is text: what stands behind a tag's name has a value.
_MARKUP = re.compile(
    r"<!\[CDATA\[|\]\]>|<[!?][^<>]*>"
    rf"|<(?P<close>/?)(?P<name>{_NAME})(?P<values>(?:\s+{_NAME}\s*=\s*{_VALUE})*)\s*/?>"
)
_ATTRIBUTE = re.compile(rf"({_NAME})\s*=\s*({_VALUE})")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|\w{1,40});")
_OWN = {"&hyph;": "-", "&blank;": " "}
"""Entities of the Federal Register's DTD. TREC's disks are full of them."""
_MOST_HIGH = 0.1
"""The share of bytes above 127 up to which a text that is not UTF-8 is Western European."""


@dataclass(frozen=True)
class Element:
    """An element: where it begins, its attributes by name in small letters, and what it holds.

    `closed` says whether it has an end tag.
    """

    where: str
    attributes: Mapping[str, str]
    content: str
    closed: bool


def elements(path: Path, *names: str) -> Iterator[Element]:
    """The elements of a file that have one of these names, which are in small letters.

    One ends at its end tag, at the next element of these names, or at the end of the file.
    Raises BadData for a file that cannot be read, and for one that declares entities.
    """
    text = _text(path)
    tags = [tag for tag in _MARKUP.finditer(text) if _name(tag) in names]
    line, place = 1, 0
    for number, tag in enumerate(tags, start=1):
        if tag["close"]:
            continue
        line, place = line + text.count("\n", place, tag.start()), tag.start()
        end = tags[number].start() if number < len(tags) else len(text)
        closed = number < len(tags) and bool(tags[number]["close"])
        known = {name.lower(): value for name, value in _ATTRIBUTE.findall(tag["values"])}
        values = {name: plain(value.strip("\"'")) for name, value in known.items()}
        yield Element(f"{path}:{line}", values, text[tag.end() : end], closed)


def inner(content: str, name: str) -> str:
    """The text of the first element of that name; empty without one."""
    for tag, end in _ended(content):
        if _name(tag) == name and not tag["close"]:
            return plain(content[tag.end() : end])
    return ""


def plain(content: str, without: Collection[str] = ()) -> str:
    """The text of all elements but those called `without`, with a blank between elements."""
    # Blanks between elements, so that two paragraphs are not one word.
    kept, place = [], 0
    for start, end in _left_out(content, without):
        kept.append(content[place:start])
        place = end
    return " ".join(_ENTITY.sub(_character, " ".join([*kept, content[place:]])).split())


def _left_out(content: str, without: Collection[str]) -> Iterator[tuple[int, int]]:
    until = 0
    for tag, end in _ended(content):
        if tag.start() >= until:
            until = end if _name(tag) in without and not tag["close"] else tag.end()
            yield tag.start(), until


def _ended(content: str) -> Iterator[tuple[re.Match[str], int]]:
    """Each tag, and where the element that it opens ends: an open one ends at the next tag."""
    tags = list(_MARKUP.finditer(content))
    following: dict[str, re.Match[str]] = {}
    ends, last = [], len(content)
    for tag in reversed(tags):
        other = following.get(_name(tag))
        ends.append(other.start() if other and other["close"] else last)
        following[_name(tag)], last = tag, tag.start()
    return zip(tags, reversed(ends), strict=True)


def _name(tag: re.Match[str]) -> str:
    return (tag["name"] or "").lower()


def _character(entity: re.Match[str]) -> str:
    # An entity that HTML does not have stays as it is written: `AT&T;` loses nothing.
    return _OWN.get(entity[0].lower()) or html.unescape(entity[0])


def _text(path: Path) -> str:
    data = bytes_of(path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        high = len(data) - len(data.translate(None, bytes(range(128, 256))))
        if high > _MOST_HIGH * len(data) or b"\0" in data:
            raise BadData(
                f"{path}: expected UTF-8, found byte {error.start} that is not"
            ) from error
        text = data.decode("cp1252", errors="replace")
    if declared := re.search(r"(?i)<!ENTITY\b", text):
        line = text.count("\n", 0, declared.start()) + 1
        raise BadData(f"{path}:{line}: expected no entities of its own, found <!ENTITY")
    return text
