"""What becomes of a file on its way here, or in the hands of somebody who means harm.

`of_bytes` flips, cuts, repeats and inserts. `of_json` puts values that nobody expects at places of
an object. `of_text` puts signs of the format's own where they do not belong.
"""

import json
from collections.abc import Sequence
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

MOST_EDITS: Final = 4
DEEP: Final = 100_000
"""Brackets in one another: no parser that calls itself survives them."""
VALUES: Final[tuple[Any, ...]] = (
    None, True, -1, 0, 3, 2**31, 2**63, -(2**63), 10**400, 0.5, 1e-320, 1e308, float("nan"),
    float("inf"), "", " ", "x", "-1", "nan", "1e999", "\x00", "\x1b[31m", "../../x", "/etc/passwd",
    "\ud800", "é名", "x" * 5000, [], [[]], {}, [None], {"": None}, [1e308] * 8, [-1] * 6, "0" * 400,
)  # fmt: skip
"""Values of JSON that are legal, and seldom what is expected."""
PIECES: Final = (
    b"\x00", b"\xff", b"\n", b"\r", b"\t", b'"', b"'", b",", b";", b"|", b"{", b"[", b"<", b"&", b"\\",
    b"1e999", b"NaN", b"-", b"9" * 30, b"\xef\xbb\xbf", b"\xed\xa0\x80", b"PK\x05\x06", b"\x1f\x8b",
    "\u202e\u0660½".encode(), b"=" * 40, b" " * 300, b"[" * 300, b"(3, 4)", b"True",
)  # fmt: skip
"""Bytes that mean something to one format or another."""


@st.composite
def of_bytes(draw: DrawFn, whole: bytes) -> bytes:
    """The bytes of a file with some damage."""
    data = bytearray(whole)
    for _ in range(draw(st.integers(1, MOST_EDITS))):
        place = draw(st.integers(0, len(data)))
        match draw(st.sampled_from(("flip", "set", "cut", "drop", "insert", "repeat"))):
            case "flip" if place < len(data):
                data[place] ^= 1 << draw(st.integers(0, 7))
            case "set" if place < len(data):
                data[place] = draw(st.sampled_from((0, 1, 0x7F, 0x80, 0xFF, 0x20, 0x30)))
            case "cut":
                del data[place:]
            case "drop":
                del data[place : place + draw(st.integers(1, 16))]
            case "insert":
                data[place:place] = draw(st.sampled_from(PIECES))
            case "repeat":
                data[place:place] = data[place : place + draw(st.integers(1, 64))]
    return bytes(data)


@st.composite
def of_json(draw: DrawFn, whole: bytes) -> bytes:
    """A text of JSON with other values, keys or brackets at some places."""
    value = json.loads(whole)
    for _ in range(draw(st.integers(1, 3))):
        value = _altered(draw, value)
    text = json.dumps(value, ensure_ascii=draw(st.booleans()))
    if draw(st.integers(0, 19)) == 0:
        text = text.replace("null", "[" * DEEP + "]" * DEEP, 1)
    return text.encode(errors="surrogatepass")


def _altered(draw: DrawFn, value: Any) -> Any:
    """The value with one place in it altered: every place is as likely on its level."""
    inside = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []  # fmt: skip
    if not inside or draw(st.integers(0, 5)) == 0:
        return draw(st.sampled_from(VALUES))
    key = draw(st.sampled_from(inside))
    if isinstance(value, list):
        made: Any = list(value)
        if draw(st.integers(0, 4)) == 0:
            return made * 2 if draw(st.booleans()) else made[:key]
    else:
        made = dict(value)
        if draw(st.integers(0, 4)) == 0:
            held = made.pop(key)
            return (
                made
                if draw(st.booleans())
                else {**made, draw(st.sampled_from(("", "x", "é"))): held}
            )
    made[key] = _altered(draw, value[key])
    return made


def of_text(signs: Sequence[str]) -> st.SearchStrategy[str]:
    """A text of the format's own signs and words, in any order."""
    return st.lists(st.sampled_from((*signs, "\n", " ", "1", "-")), max_size=60).map("".join)
