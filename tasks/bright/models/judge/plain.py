"""An answer in plain signs: ASCII digits, passages in square brackets, `>` between them."""

import re
import unicodedata
from functools import lru_cache

_FOREIGN = re.compile(r"[^\x00-\x7f]")
_SUCCEEDS = re.compile(r"\\(?:succ|gt|geq?|rightarrow|to)(?![a-z])|&gt;")
_MARKUP = str.maketrans("", "", "*`\\$")
_SIGNS = {
    **dict.fromkeys("【〔〖「『❲⟦", "["),
    **dict.fromkeys("】〕〗」』❳⟧", "]"),
    **dict.fromkeys("≻≽⪰⪲≥⩾›→⇒➜➔➡▸▶", ">"),
    **dict.fromkeys("–—−‐‑", "-"),
    **dict.fromkeys("“”„", '"'),
    **dict.fromkeys("‘’", "'"),
    "、": ",",
    "≺": "<",
    "½": ".5",
    "¼": ".25",
    "¾": ".75",
}

_LABELS = (
    r"(?:(?<![^\W\d_])(?:passages?|documents?|docs?|candidates?|texts?|paragraphs?|snippets?|items?"
    r"|results?|numbers?|ids?|identifiers?|index|[pd](?=\d))(?![^\W\d_])[\s_#:=\"'.-]{0,4}){1,3}"
)
_LABELLED = re.compile(
    rf"\[\s{{0,3}}[^\W\d_]{{1,16}}[\s_#:.-]{{0,3}}(\d{{1,9}})\s{{0,3}}\]"
    rf"|{_LABELS}(?:\[\s{{0,3}}(\d{{1,9}})\s{{0,3}}\]|(\d{{1,9}})(?!\.?\d))",
    re.IGNORECASE,
)


def plain(text: str) -> str:
    """`text` without markup; digits of any script and style are digits, as are ① and ²."""
    ascii_signs = _FOREIGN.sub(lambda found: _plain(found[0]), text)
    return _SUCCEEDS.sub(">", ascii_signs).translate(_MARKUP)


def bracketed(text: str) -> str:
    """`text` with passages as `[2]`: `Passage 2`, `[Doc #2]`, `"id": 2` and their like."""
    return _LABELLED.sub(lambda found: f"[{next(filter(None, found.groups()))}]", text)


@lru_cache(maxsize=4096)
def _plain(sign: str) -> str:
    # Sign by sign: of a whole text, a normal form may take quadratic time.
    if (digit := unicodedata.digit(sign, None)) is not None:
        return str(digit)
    if unicodedata.category(sign) == "Cf":
        return ""
    return _SIGNS.get(sign) or unicodedata.normalize("NFKC", sign)
