"""Names and values of others, made harmless where they are shown: they are text and act as none.

Names come from other people's files. A page must not become their markup, a spreadsheet must not
compute their formulas, a terminal must not obey their control sequences, and TeX must not expand
their commands.
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
_TEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "%": r"\%",
    "#": r"\#", "_": r"\_", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", "`": r"\textasciigrave{}",
    '"': r"\texttt{\char34}", "–": "--", "—": "---", "‘": "`", "’": "'", "“": "``", "”": "''",
    "…": r"\dots{}", "\u00a0": "~", "·": r"$\cdot$", "†": r"$\dagger$", "‡": r"$\ddagger$",
    "⟨": r"$\langle$", "⟩": r"$\rangle$", "◇": r"$\diamond$", "◔": r"$\odot$", "◌": r"$\circ$",
    "×": r"$\times$", "±": r"$\pm$", "≥": r"$\geq$", "≤": r"$\leq$", "→": r"$\rightarrow$",
    "°": r"$^\circ$", "²": "$^2$", "³": "$^3$", "ß": r"\ss{}", "æ": r"\ae{}", "Æ": r"\AE{}",
    "ø": r"\o{}", "Ø": r"\O{}", "œ": r"\oe{}", "Œ": r"\OE{}", "ł": r"\l{}", "Ł": r"\L{}",
    "α": r"$\alpha$", "β": r"$\beta$", "γ": r"$\gamma$", "δ": r"$\delta$", "ε": r"$\epsilon$",
    "ζ": r"$\zeta$", "η": r"$\eta$", "θ": r"$\theta$", "κ": r"$\kappa$", "λ": r"$\lambda$",
    "μ": r"$\mu$", "ν": r"$\nu$", "ξ": r"$\xi$", "π": r"$\pi$", "ρ": r"$\rho$", "σ": r"$\sigma$",
    "τ": r"$\tau$", "φ": r"$\phi$", "χ": r"$\chi$", "ψ": r"$\psi$", "ω": r"$\omega$",
    "Δ": r"$\Delta$", "Σ": r"$\Sigma$", "Ω": r"$\Omega$", "µ": r"$\mu$",
}  # fmt: skip
_ACCENTS = {
    "\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0304": "=", "\u0306": "u",
    "\u0307": ".", "\u0308": '"', "\u030a": "r", "\u030b": "H", "\u030c": "v", "\u0327": "c",
}  # fmt: skip
_DOTLESS = {"i": r"\i", "j": r"\j"}
_LIGATURE = r"(?<=-)-|(?<=')'|(?<=,),"
_NOT_PLAIN_TEX = re.compile(rf'{_LIGATURE}|[^ -~]|[\\{{}}$&%#_^~<>|`"]')


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


def in_latex(text: str) -> str:
    """The text as one line that LaTeX sets as it is, with any engine and font.

    A character that a plain font does not have is spelled out: pdfTeX would stop at it.
    """
    plain = unicodedata.normalize("NFC", line(text))
    return _NOT_PLAIN_TEX.sub(lambda found: _set(found[0]), plain)


def _set(character: str) -> str:
    if character in _TEX:
        return _TEX[character]
    if character.isascii():  # the second of two that TeX would join
        return "{}" + character
    apart = unicodedata.normalize("NFD", character)
    letter, accent = apart[0], _ACCENTS.get(apart[1:])
    if accent and letter.isascii():
        return rf"\{accent}{{{_DOTLESS.get(letter, letter)}}}"
    return _TEX["\\"] + character.encode("unicode_escape").decode()[1:]


def _is_number(text: str) -> bool:
    try:
        number("", "", text)
    except BadData:
        return False
    return True
