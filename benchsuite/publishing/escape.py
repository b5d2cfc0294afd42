"""Names and values of others, made harmless where they are shown: they are text and act as none.

Names come from other people's files. A page must not become their markup, a spreadsheet must not
compute their formulas, and a terminal must not obey their control sequences.
"""

import html
import json
import re
import unicodedata

from benchsuite.errors import BadData
from benchsuite.files.text import number

_MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "$": "&#36;"})
_FORMULA = ("=", "+", "-", "@")
_NO_XML = re.compile("[\ufffe\uffff]")
_MAY_ACT = re.compile(r"[^ -~\n]")


def printable(text: str) -> str:
    """The text on its lines, with control, zero-width and bidirectional characters spelled out."""
    return _MAY_ACT.sub(lambda found: _spelled(found[0]), text)


def _spelled(character: str) -> str:
    return character.encode("unicode_escape").decode() if _acts(character) else character


def _acts(character: str) -> bool:
    # Cc: control; Cf: invisible and bidirectional marks; Cs: half a surrogate; Zl, Zp: line ends.
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")


def in_json(text: str) -> str:
    """JSON text of the same value, in which such characters are spelled as JSON spells them."""
    return _MAY_ACT.sub(lambda found: _in_string(found[0]), text)


def _in_string(character: str) -> str:
    return json.dumps(character)[1:-1] if _acts(character) else character


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


def in_xml(text: str) -> str:
    """The text as one line of characters that XML has; a writer of XML escapes its marks."""
    return _NO_XML.sub(lambda found: found[0].encode("unicode_escape").decode(), line(text))


def in_workflow(text: str) -> str:
    """The text as the message of a workflow command of GitHub, which reads `%0A` as a new line."""
    return line(text).replace("%", "%25")


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
