"""Names of others are text wherever they are shown: no markup, no formula, no control sequence."""

import unicodedata

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchsuite.publishing.escape import in_markdown, in_spreadsheet, line, printable
from benchsuite.publishing.formats import encode, markdown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;"),
        ("![a](http://x)", "![a]\\(http://x)"), ("[a][b]", "[a]\\[b]"), ("a|b", "a\\|b"),
        ("$\\href{x}{y}$", "&#36;\\href{x}{y}&#36;"), ("a\nb", "a b"),
        ("a\u202eb\u200bc", "a\\u202eb\\u200bc"), ("\x1b[31mred", "\\x1b[31mred"),
        ("0.156 [0.115, 0.196]", "0.156 [0.115, 0.196]"), ("ViT-B/32_×2 (é, 中)", "ViT-B/32_×2 (é, 中)"),
    ],
)  # fmt: skip
def test_a_name_is_text_in_markdown(name, shown):
    assert in_markdown(name) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("=1+1", "'=1+1"), ("@SUM(A1)", "'@SUM(A1)"), ("+cmd|x", "'+cmd|x"), ("-x", "'-x"),
        ("-1.5", "-1.5"), ("+2", "+2"), ("a=1", "a=1"), ("", ""), ("\t=1", "\\t=1"),
    ],
)  # fmt: skip
def test_a_formula_is_text_in_a_spreadsheet(value, shown):
    assert in_spreadsheet(value) == shown
    table = pd.DataFrame({"name": [value, "b"], "n": [-1, 2], value or "v": [0.5, -1.5]})
    written = encode(table, "csv").decode()
    assert shown in written
    assert written.splitlines()[1].split(",")[-2:] == ["-1", "0.5"]


@given(st.text())
def test_whatever_the_name_a_row_stays_a_row(name):
    assert len(markdown(pd.DataFrame({"name": [name], "n": [1]})).splitlines()) == 3
    assert "<" not in in_markdown(name)
    assert not {unicodedata.category(c) for c in line(name)} & {"Cc", "Cf", "Zl", "Zp"}
    assert printable(name).count("\n") == name.count("\n")
