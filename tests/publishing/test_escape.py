"""Names of others are text wherever they are shown: no markup, no formula, no control sequence."""

import html
import re
import unicodedata

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from benchsuite.publishing.escape import in_markdown, in_spreadsheet, line, printable
from benchsuite.publishing.formats import encode, markdown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;"),
        ("![a](x)", "![a]\\(x)"), ("[a][b]", "[a]\\[b]"), ("a|b", "a\\|b"),
        ("$\\href{x}{y}$", "&#36;\\href{x}{y}&#36;"), ("a\nb", "a b"),
        ("a\u202eb\u200bc", "a\\u202eb\\u200bc"), ("\x1b[31mred", "\\x1b[31mred"),
        ("0.156 [0.115, 0.196]", "0.156 [0.115, 0.196]"), ("ViT-B/32_×2 (é, 中)", "ViT-B/32_×2 (é, 中)"),
        ("-0.5", "-0.5"), ("nDCG@10", "nDCG@10"), ("imagecorruptions@sampled", "imagecorruptions@sampled"),
        ("snake_case", "snake_case"), ("corruption/fog/3", "corruption/fog/3"), ("a: b", "a: b"),
        ("C:\\data", "C:\\data"), ("1.5", "1.5"), ("#", "#&#8203;"), ("C# 8", "C# 8"),
        ("@ann", "@&#8203;ann"), ("x @ann/b", "x @&#8203;ann/b"), ("a@b.org", "a@&#8203;b.org"),
        ("see #12", "see #&#8203;12"), ("GH-12", "GH-&#8203;12"), ("https://x", "https&#58;//x"),
        ("www.x.org", "www\\.x.org"), ("# a", "#&#8203; a"), ("- a", "-&#8203; a"), ("1. a", "1\\. a"),
        ("---", "---&#8203;"), ("[a]: b", "[a]\\: b"), ("**a** `b` ~c~ _d", "\\*\\*a\\*\\* \\`b\\` \\~c\\~ \\_d"),
    ],
)  # fmt: skip
def test_a_name_is_text_in_markdown(name, shown):
    assert in_markdown(name) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("=1+1", "'=1+1"), ("@SUM(A1)", "'@SUM(A1)"), ("+cmd|x", "'+cmd|x"), ("-x", "'-x"),
        ("-1.5", "-1.5"), ("+2", "+2"), ("a=1", "a=1"), ("", ""), ("\t=1", "\\t=1"),
        ("a;=1", "a;'=1"), ("＝1+1", "'＝1+1"), ("a; -1", "a; -1"),
    ],
)  # fmt: skip
def test_a_formula_is_text_in_a_spreadsheet(value, shown):
    assert in_spreadsheet(value) == shown
    table = pd.DataFrame({"name": [value, "b"], "n": [-1, 2], value or "v": [0.5, -1.5]})
    written = encode(table, "csv").decode()
    assert shown in written
    assert written.splitlines()[1].split(",")[-2:] == ["-1", "0.5"]


SIGNS = ("*", "**", "_", "__", "`", "~~", "[", "]", "(", ")", "!", "<", ">", "&", "&lt;", "|", "\\",
         "#", "-", "+", "=", "1.", ":", "//", "@", ".", " ", "  ", "a", "b", "é", "×", "$", "www")  # fmt: skip
PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


@given(st.lists(st.sampled_from(SIGNS), max_size=12).map("".join))
@example("    a")
def test_what_a_reader_sees_of_a_name_in_markdown_is_the_name(name):
    seen = " ".join(name.split())
    for before, after in (("", ""), ("- ", ""), ("### ", ""), ("| a |\n| - |\n| ", " |")):
        page = f"{before}{in_markdown(name)}{after}\n"
        inline = [token for token in PARSER.parse(page) if token.type == "inline"]
        kinds = {child.type for token in inline for child in token.children}
        assert kinds <= {"text", "text_special"}, page
        shown = re.sub("<[^>]*>", "", PARSER.render(page))
        shown = html.unescape(shown).replace("\u200b", "").removeprefix("\na" if after else "")
        told = " ".join(shown.split())
        assert told.removeprefix("a ") == seen or told == seen or not seen, page


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::error title=a::b", "\\x3a:error title=a::b"), ("a\n  ::add-mask::b", "a\n  \\x3a:add-mask::b"),
        ("a ##[add-path]b", "a \\x23#[add-path]b"), ("::1", "::1"), ("a::b::c", "a::b::c"), ("## [a]", "## [a]"),
    ],
)  # fmt: skip
def test_what_is_printed_is_no_command_to_a_runner(text, shown):
    assert printable(text) == shown


@given(st.text())
def test_whatever_the_name_a_row_stays_a_row(name):
    assert len(markdown(pd.DataFrame({"name": [name], "n": [1]})).splitlines()) == 3
    assert "<" not in in_markdown(name)
    assert not {unicodedata.category(c) for c in line(name)} & {"Cc", "Cf", "Zl", "Zp"}
    assert printable(name).count("\n") == name.count("\n")
