"""The measure of sentences: what is a sentence of a page, and what is not."""

import pytest

from tests.house.english import blocks, count, long_sentences, mean_words, sentences, split
from tests.house.english import untidy_docstrings as untidy
from tests.house.source import Module


def texts(markdown: str) -> list[str]:
    return [block.text for block in blocks(markdown) if block.text]


def test_a_paragraph_is_split_at_full_stops():
    text = "It runs the models here. `code` ends it! Does 5 % hold (it does)? Yes."
    assert split(text) == [
        "It runs the models here.",
        "`code` ends it!",
        "Does 5 % hold (it does)?",
        "Yes.",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "See e.g. Table 1 of the paper.",
        "Tian et al. (2024) say so.",
        "It is 0.5 wide, version 1.2 of it.",
        "The file is called a.b. c of it is not.",
    ],
)
def test_a_full_stop_within_a_sentence_ends_nothing(text):
    assert split(text) == [text]


def test_items_cells_and_paragraphs_are_apart():
    page = "A paragraph\nof two lines.\n\n- an item\n  of two lines\n- another\n\n| a | b |\n| - | - |\n| c d | e |\n"
    assert [t for t in texts(page) if count(t)] == [
        "A paragraph of two lines.", "an item of two lines", "another", "a", "b", "c d", "e"
    ]  # fmt: skip


def test_headings_code_and_comments_are_no_sentences():
    page = (
        "# A heading of five words here\n\n```sh\nsome code of five words\n```\n\n"
        "Text before code:\n\n    benchsuite run with five words\n    and a second line of it\n\n"
        "<!-- a comment of\nfive words here -->\n"
    )
    assert texts(page) == ["Text before code:"]


def test_an_indented_line_after_text_is_text():
    assert texts("- an item\n    that goes on\n") == ["an item that goes on"]


def test_code_links_and_addresses_are_words():
    page = "Run `benchsuite run a b c` as [the page](https://a.b/c d) of https://a.b/c says *now*."
    (sentence,) = sentences(page)
    assert sentence.text == "Run `code` as the page of `address` says now."
    assert sentence.words == 9


def test_an_image_says_nothing():
    assert texts("![an image of five words](a.png)") == []


def test_long_sentences_are_found_and_the_mean_is_of_prose():
    short, long = "One two three four five.", " ".join(["Word"] * 36) + "."
    assert long_sentences(f"{short}\n\n{long}") == [f"36 words: {long}"]
    assert long_sentences(" ".join(["word"] * 35)) == []
    assert mean_words(f"{short}\n\n{long}") == (5 + 36) / 2
    assert long_sentences(f"| {long} |") != []
    assert mean_words(f"{short}\n\n| a cell with six words here. |\n\n- a label") == 5


@pytest.mark.parametrize(
    ("docstring", "tidy"),
    [
        ("One sentence.", True),
        ("One sentence. Another.\n\nMore.", True),
        ("One sentence that\n    goes on.", True),
        ("One sentence that\n    goes on. Another.", False),
        ("No full stop", False),
    ],
)
def test_a_docstring_begins_with_a_sentence(docstring, tidy):
    code = f'def f():\n    """{docstring}"""\n'
    assert (list(untidy(Module("own.a", "own/a.py", code))) == []) == tidy
