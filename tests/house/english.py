"""How long the sentences of a page are: Markdown -> sentences -> words."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.house.source import Module

MOST_WORDS = 35
MEAN_WORDS = 25

_COMMENT = re.compile(r"<!--.*?-->", re.S)
_FENCED = re.compile(r"^( *)(```|~~~).*?^\1\2[^\n]*$", re.M | re.S)
_ITEM = re.compile(r"^\s*(?:[-*+]|\d{1,2}[.)])\s+")
_RULE = re.compile(r"^\s*(?:[-*_]\s*){3,}$")
_CODE = re.compile(r"(`+)(?:.*?)\1", re.S)
_IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_LINK = re.compile(r"\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])")
_URL = re.compile(r"<?https?://[^\s>)]+>?")
_ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|et al|cf|vs|ca|Fig|Eq|Sec|No|approx|incl)\.$")
_CLOSED = re.compile(r"[.!?…:][\"')\]_]*$")
_END = re.compile(r"(?<=[.!?…])[\"')\]*_]*\s+(?=[\"'(\[*_]*[A-Z0-9`])")


@dataclass(frozen=True)
class Block:
    """A paragraph, a list item or a cell of a table, as one line."""

    text: str
    cell: bool = False


@dataclass(frozen=True)
class Sentence:
    """A piece of a page between full stops, and how many words it has.

    `whole` is false in a table's cell and without a full stop: such pieces (labels, links, single
    words) may not be long, either, but they do not lower the mean.
    """

    text: str
    words: int
    whole: bool


def sentences(markdown: str) -> list[Sentence]:
    """The sentences of a page, without headings, code, comments and images."""
    return [
        Sentence(text, words, not block.cell and bool(_CLOSED.search(text)))
        for block in blocks(markdown)
        for text in split(block.text)
        if (words := count(text))
    ]


def blocks(markdown: str) -> Iterator[Block]:
    """The paragraphs, list items and cells of a page."""
    text = _FENCED.sub("", _COMMENT.sub("", markdown))
    gathered: list[str] = []
    blank, code = True, False
    for line in [*text.splitlines(), ""]:
        stripped = line.strip().lstrip(">").strip()
        indented = line.startswith("    ") and not gathered
        code = bool(stripped) and indented and (blank or code)
        single = not stripped or code or stripped.startswith(("#", "|")) or _RULE.match(line)
        if gathered and (single or _ITEM.match(line)):
            yield Block(_plain(" ".join(gathered)))
            gathered = []
        if stripped.startswith("|") and not code:
            cells = re.split(r"(?<!\\)\|", stripped.strip("|"))
            yield from (Block(_plain(cell), cell=True) for cell in cells)
        elif not single:
            gathered.append(_ITEM.sub("", line) if _ITEM.match(line) else stripped)
        blank = not stripped


def _plain(text: str) -> str:
    """The text without marks: code is one word, a link its words, an address one word."""
    text = _LINK.sub(r"\1", _IMAGE.sub("", _CODE.sub("`code`", text)))
    return _URL.sub("`address`", text).replace("*", "").strip()


def split(text: str) -> list[str]:
    """The sentences of a paragraph: split after a full stop that a capital or a number follows."""
    found: list[str] = []
    for piece in _END.split(text):
        if found and _ABBREVIATION.search(found[-1]):
            found[-1] += f" {piece}"
        else:
            found.append(piece)
    return [piece for piece in found if piece.strip()]


def count(sentence: str) -> int:
    """The words of a sentence: what is between spaces and has a letter or a digit."""
    return sum(bool(re.search(r"\w", word)) for word in sentence.split())


def long_sentences(markdown: str, most: int = MOST_WORDS) -> list[str]:
    """The sentences of more than `most` words, with their numbers of words."""
    return [f"{s.words} words: {s.text}" for s in sentences(markdown) if s.words > most]


def mean_words(markdown: str) -> float:
    """The mean number of words of the whole sentences; 0 where there is none."""
    counted = [s.words for s in sentences(markdown) if s.whole]
    return sum(counted) / len(counted) if counted else 0.0


def untidy_docstrings(module: Module) -> Iterator[str]:
    """The public docstrings whose first line is no sentence, as `path:line: the line`.

    A first paragraph of several lines is tidy, too, where it is one sentence.
    """
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        said = ast.get_docstring(node)
        if said and not node.name.startswith("_") and not _tidy(said):
            yield f"{module.path}:{node.lineno}: {said.splitlines()[0]}"


def _tidy(docstring: str) -> bool:
    paragraph = docstring.split("\n\n")[0]
    first = paragraph.splitlines()[0]
    whole = " ".join(paragraph.split())
    return first.endswith((".", "?", "::")) or (whole.endswith(".") and len(split(whole)) == 1)
