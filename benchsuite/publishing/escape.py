"""Names and values of others, made harmless where they are shown: they are text and act as none.

Names come from other people's files. A page must not become their markup, a spreadsheet must not
compute their formulas, and a terminal must not obey their control sequences.
"""

import html
import json
import re
import unicodedata
from typing import Final

from benchsuite.errors import BadData
from benchsuite.files.text import number

_BREAK: Final = "&#8203;"
"""A blank without width: no name, number or address goes on behind it."""
_MARKUP: Final = {
    "&": "&amp;", "<": "&lt;", ">": "&gt;", "$": "&#36;", "\\": "&#92;", ":": "&#58;", " ": "&#32;",
    "]": "]\\",
    **{sign: f"\\{sign}" for sign in "|*`~_.)"},
    **{sign: f"{sign}{_BREAK}" for sign in "@#-+="},
}  # fmt: skip
_IN_MARKDOWN: Final = re.compile(
    r"""
    [&<>$|*`~]
    | \\(?=[!-/:-@\[-`{-~]|\Z)                                # would take the sign behind it away
    | (?<![^\W_])_                                            # emphasis; within a word it is none
    | \](?=[(\[:])                                            # a link, or where one leads
    | (?<![^\W_])@(?=[^\W_]) | @(?=[\w.-]{1,255}\.[a-z])       # a person; a mailbox
    | \#(?=\d) | (?<=\bgh)-(?=\d) | :(?=//) | (?<=\bwww)\.     # an issue; an address
    | \A(?:\#{1,6}|[-+]|\d{1,9}[.)])(?=\ |\Z) | \A[-=]+(?=\ *\Z)  # a heading; an item; a rule
    | \A[ ]                                                    # four of them begin code
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""What acts in Markdown as GitHub reads it: the last sign of a match is replaced."""
_FORMULA: Final = re.compile(r"(?:\A|(?<=;))(?=[=+\-@＝＋－＠])")
"""Where a spreadsheet would compute a cell; in some countries a semicolon separates cells."""
_COMMAND: Final = re.compile(r"(?m)^( *):(?=:[a-z-]+[^\n]*?::)|#(?=\#\[[a-z-])", re.IGNORECASE)
"""The first sign of a command to GitHub's runner, which reads what a job prints."""
_NO_XML: Final = re.compile("[\ufffe\uffff]")
_MAY_ACT: Final = re.compile(r"[^ -~\n]")


def printable(text: str) -> str:
    """The text on its lines, with control, zero-width and bidirectional characters spelled out.

    So is the sign with which a command to GitHub's runner begins.
    """
    spelled = _MAY_ACT.sub(lambda found: _spelled(found[0]), text)
    return _COMMAND.sub(lambda found: rf"{found[1] or ''}\x{ord(found[0][-1]):x}", spelled)


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
    """The text as one line of Markdown that is text alone: in a cell, an item or a heading."""
    return _IN_MARKDOWN.sub(lambda found: found[0][:-1] + _MARKUP[found[0][-1]], line(text))


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
    return plain if _is_number(plain) else _FORMULA.sub("'", plain)


def _is_number(text: str) -> bool:
    try:
        number("", "", text)
    except BadData:
        return False
    return True
