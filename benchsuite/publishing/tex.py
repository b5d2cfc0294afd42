"""Names and values of others as text of LaTeX, which any engine sets with any font."""

import re
import unicodedata
from typing import Final

from benchsuite.publishing.escape import line

_MATH: Final = {
    "·": "cdot", "†": "dagger", "‡": "ddagger", "⟨": "langle", "⟩": "rangle", "◇": "diamond",
    "◔": "odot", "◌": "circ", "×": "times", "±": "pm", "≥": "geq", "≤": "leq", "→": "rightarrow",
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta",
    "θ": "theta", "κ": "kappa", "λ": "lambda", "μ": "mu", "µ": "mu", "ν": "nu", "ξ": "xi",
    "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau", "φ": "phi", "χ": "chi", "ψ": "psi",
    "ω": "omega", "Δ": "Delta", "Σ": "Sigma", "Ω": "Omega",
}  # fmt: skip
_TEXT: Final = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "%": r"\%",
    "#": r"\#", "_": r"\_", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", "`": r"\textasciigrave{}",
    '"': r"\texttt{\char34}", "–": "--", "—": "---", "‘": "`", "’": "'", "“": "``", "”": "''",
    "…": r"\dots{}", "\u00a0": r"\nobreakspace{}", "°": r"\textdegree{}",
    "²": r"\textsuperscript{2}", "³": r"\textsuperscript{3}", "ß": r"\ss{}", "æ": r"\ae{}",
    "Æ": r"\AE{}", "ø": r"\o{}", "Ø": r"\O{}", "œ": r"\oe{}", "Œ": r"\OE{}", "ł": r"\l{}",
    "Ł": r"\L{}", **{sign: rf"\ensuremath{{\{name}}}" for sign, name in _MATH.items()},
}  # fmt: skip
_ACCENTS: Final = {
    "\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0304": "=", "\u0306": "u",
    "\u0307": ".", "\u0308": '"', "\u030a": "r", "\u030b": "H", "\u030c": "v", "\u0327": "c",
}  # fmt: skip
_DOTLESS: Final = {"i": r"\i", "j": r"\j"}
_LIGATURE: Final = r"(?<=-)-|(?<=')'|(?<=,),"
_NOT_PLAIN: Final = re.compile(rf'{_LIGATURE}|[^ -~]|[\\{{}}$&%#_^~<>|`"]')


def in_latex(text: str) -> str:
    """The text as one line that LaTeX sets as it is: no command, border, comment or ligature.

    A character that a plain font does not have is spelled out: pdfTeX would stop at it.
    """
    return _NOT_PLAIN.sub(lambda found: _set(found[0]), unicodedata.normalize("NFC", line(text)))


def _set(character: str) -> str:
    if character in _TEXT:
        return _TEXT[character]
    if character.isascii():  # the second of two that TeX would join
        return "{}" + character
    apart = unicodedata.normalize("NFD", character)
    letter, accent = apart[0], _ACCENTS.get(apart[1:])
    if accent and letter.isascii():
        return rf"\{accent}{{{_DOTLESS.get(letter, letter)}}}"
    return _TEXT["\\"] + character.encode("unicode_escape").decode()[1:]
