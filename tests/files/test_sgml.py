"""Markup of text collections: nothing that is text is lost, and nothing is expanded."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchsuite.errors import BadData
from benchsuite.files.sgml import elements, inner, plain

WORDS = st.text("abcXYZ019&;<>=/'\"! éß", max_size=30)


def written(folder: Path, data: str | bytes) -> Path:
    path = folder / "docs"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("the AT&T tower", "the AT&T tower"),
        ("x < y, 1<2 and a <b and c> d", "x < y, 1<2 and a <b and c> d"),
        ("<P>one<P>two", "one two"),
        ("<F P=106> <a href='x' id=\"y\">one</a><br/>two</F>", "one two"),
        ("AT&amp;T &lt;b&gt; &eacute;&#233;&#xe9;", "AT&T <b> ééé"),
        ("&sect;1 non&hyph;profit&blank;law &unknown; R&D;", "§1 non-profit law &unknown; R&D;"),
        ("?a=1&copy=2", "?a=1&copy=2"),
        ("<![CDATA[a < b]]> c", "a < b c"),
        ("<!-- a note --><?xml version='1.0'?>one", "one"),
        ("mail <john@example.com>", "mail <john@example.com>"),
    ],
)
def test_tags_are_left_out_and_all_else_is_text(content: str, text: str) -> None:
    assert plain(content) == text


def test_elements_are_left_out_with_what_they_hold_closed_or_open() -> None:
    content = "<ID>7<B>8</B></ID> one <DATE> 1 May <P>two <X><Date>3 May</DATE>three</X>"
    assert plain(content, {"id", "date"}) == "one two three"
    assert plain("one <id>7", {"id"}) == "one"


def test_the_first_element_of_a_name_is_found_closed_or_open() -> None:
    assert inner("<num> Number: 7 <Title>a <b>c</b> d</TITLE><title>e", "title") == "a c d"
    assert inner("<num> Number: 7 <title>a", "num") == "Number: 7"
    assert inner("<num>7", "title") == ""


def test_elements_end_at_their_end_at_the_next_one_or_with_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, "<?xml?>\n<x><top N='1&amp;'>a</TOP>\n<Top>b\n<top>c</x>")
    found = list(elements(path, "top"))
    assert [one.where for one in found] == [f"{path}:{line}" for line in (2, 3, 4)]
    assert [(plain(one.content), one.closed) for one in found] == [
        ("a", True), ("b", False), ("c", False),
    ]  # fmt: skip
    assert found[0].attributes == {"n": "1&"}


def test_western_bytes_are_read_and_other_encodings_are_refused(tmp_path: Path) -> None:
    text = "<doc>caf\u00e9 and \u2019 in a long line of plain text</doc>"
    for encoding in ("utf-8", "utf-8-sig", "cp1252"):
        (one,) = elements(written(tmp_path, text.encode(encoding)), "doc")
        assert one.content == text[5:-6], encoding
    russian = "<doc>\u0441\u0442\u0430\u0442\u044c\u044f</doc>"
    for data in (russian.encode("koi8-r"), text.encode("utf-16")):
        with pytest.raises(BadData, match="docs: expected UTF-8, found byte"):
            list(elements(written(tmp_path, data), "doc"))


def test_entities_of_a_file_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "\n<!DOCTYPE a [<!ENTITY b SYSTEM '/etc/passwd'>]><doc>&b;</doc>")
    with pytest.raises(BadData, match=r"docs:2: expected no entities of its own, found <!ENTITY"):
        list(elements(path, "doc"))


@given(words=st.lists(st.text("abcXYZ019é", min_size=1, max_size=9)), joined=st.lists(
    st.sampled_from([" ", "<P>", "</p>\n", "<a b='c'>", "<!-- x -->", "\t"]), min_size=1
))  # fmt: skip
def test_no_word_is_lost(words: list[str], joined: list[str]) -> None:
    content = "".join(word + joined[i % len(joined)] for i, word in enumerate(words))
    assert plain(content).split() == words


@given(content=WORDS)
def test_a_plain_text_is_no_longer_than_its_content(content: str) -> None:
    assert len(plain(content)) <= len(content)


@pytest.mark.parametrize("part", ["<", "<!--", "<a ", "<a b=", "<id>", "&", "<a b='", "</id><id>"])
def test_any_text_takes_linear_time(part: str) -> None:
    content = part * (400_000 // len(part))
    start = time.perf_counter()
    plain(content, {"id"})
    inner(content, "id")
    assert time.perf_counter() - start < 5
