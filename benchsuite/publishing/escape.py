"""Names and values of others, made harmless where they are shown: they are text and act as none.

Names come from other people's files. A page must not become their markup, a spreadsheet must not
compute their formulas, and a terminal must not obey their control sequences.
"""

import html
import re
import unicodedata

from benchsuite.errors import BadData
from benchsuite.files.text import number

_MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "$": "&#36;"})
_FORMULA = ("=", "+", "-", "@")


def printable(text: str) -> str:
    """The text on its lines, with control, zero-width and bidirectional characters spelled out."""
    return "".join(_spelled(c) for c in text)


def _spelled(character: str) -> str:
    # Cc: control; Cf: invisible and bidirectional marks; Cs: half a surrogate; Zl, Zp: line ends.
    acts = unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") and character != "\n"
    return character.encode("unicode_escape").decode() if acts else character


def line(text: str) -> str:
    """The text as one printable line."""
    return printable(" ".join(text.split("\n")))


def in_markdown(text: str) -> str:
    """The text as one line of Markdown that is no tag, link, image, formula or border of a cell."""
    plain = line(text).translate(_MARKUP).replace("|", "\\|")
    return re.sub(r"\](?=[(\[])", r"]\\", plain)


def in_html(text: str) -> str:
    """The text as one line of HTML or SVG, between tags or in an attribute."""
    return html.escape(line(text))


def in_spreadsheet(text: str) -> str:
    """The text as a cell of CSV: what a spreadsheet would compute follows an apostrophe."""
    plain = printable(text)
    return f"'{plain}" if plain.startswith(_FORMULA) and not _is_number(plain) else plain


def _is_number(text: str) -> bool:
    try:
        number("", "", text)
    except BadData:
        return False
    return True
