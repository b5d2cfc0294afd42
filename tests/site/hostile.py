"""Names that mean harm, and what is left of them in each kind of output.

Whoever publishes a board has models, datasets, groups, notes and sample ids from elsewhere. Each
check reads an output as its reader would, and finds names that act in place of being shown.
"""

import csv
import io
import json
import re
import unicodedata
from collections import Counter
from html.parser import HTMLParser

from markdown_it import MarkdownIt

PWNED = "pwned=1"
"""What the names' scripts would do to a page: a test asks the browser whether it is done."""

HOSTILE = {
    "element": f"<img src=x onerror={PWNED}>",
    "script": f"</script><script>{PWNED}</script>",
    "end of svg": f"</title></desc></svg><svg onload={PWNED}>",
    "end of style": f"</style></textarea></template><iframe srcdoc='<script>{PWNED}</script>'>",
    "attribute": f"\" onmouseover=\"{PWNED}\" autofocus onfocus='{PWNED}' x='",
    "address": f"javascript:{PWNED}",
    "entity": "&lt;b&gt; &amp;amp; &#60;i&#62; &nbsp;",
    "comment": "<!-- --!> <![CDATA[ ]]>",
    "template": "{{ 7 * 7 }}{% include 'base.html' %}${7 * 7}#{7 * 7}",
    "JSON": '"],"pwned":[{"\\u0022": 1',
    "link": "[a](javascript:alert(1)) ![b](https://c.invalid/d.png) [e][f]",
    "markup": "**a** _b_ `c` ~~d~~ # e",
    "row of a table": "a | b |\n| --- | --- |\n| c | d |\n\n# e\n\n    f",
    "backslashes": "a\\|b\\\\|c\\",
    "mention": "@everyone #1 GH-2 a@b.invalid",
    "address of a page": "https://a.invalid www.b.invalid",
    "heading": "# e",
    "rule": "---",
    "item": "1. e",
    "command of a runner": "::stop-commands::a",
    "old command of a runner": "a ##[error]b",
    "formula of others": "a;=1+1",
    "formula": '=HYPERLINK("https://a.invalid","b")',
    "sum": "@SUM(1+1)*cmd|' /C calc'!A0",
    "minus": "-2+3+cmd|' /C calc'!A0",
    "tab": "\t=1+1",
    "fields": 'a,"b";c\r\nd,e',
    "terminal": "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b]8;;https://a.invalid\x1b\\b\x1b]8;;\x1b\\",
    "terminal of one byte": "\x9b31mred\x9d0;title\x9c \x08\x7f",
    "right to left": "model-\u202egnp.exe\u2066 \u200f\u061c",
    "invisible": "mod\u200bel\u2060 \ufeff\u00ad",
    "end of line": "a\u2028b\u2029c\x85d\x0be",
    "LaTeX": r"\input{/etc/passwd} \write18{ls} 50% #1 $x_1^2$ a & b ~ { \\ \end{tabular}",
    "YAML": "!!python/object/apply:os.system [ls] # a: b",
    "word of YAML": "no",
    "number": "1e3",
    "path": "../../../etc/passwd",
    "device": "CON",
    "dot": ".",
    "spaces": "  a   b  ",
    "long": "long-" * 60,
    "one long word": "W" * 300,
    "emoji": "🧑‍🔬🏳️‍🌈 👩🏽‍🚀",
    "Arabic": "نموذج-١ (كبير)",
    "Chinese": "模型・ｍｏｄｅｌ",
    "accents": "a" + "\u0301\u0316" * 20,
    "case": "no".upper(),
}
"""Names by what they try."""

NAMES = tuple(HOSTILE.values())


def acting(text: str, but: str = "\n") -> set[str]:
    """The characters of a text that act on whoever shows it: control, invisible, of direction."""
    return {
        c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") and c not in but
    }  # fmt: skip


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))


ADDRESSES = ("href", "src", "srcset", "action", "formaction", "data", "xlink:href", "poster")
NO_PART = {"iframe", "object", "embed", "base", "form", "applet", "frame", "portal"}


def harm_of_html(text: str) -> list[str]:
    """What of a page could act or leave it: scripts but one, handlers, frames, foreign addresses."""
    tags = _Page(text).tags
    found = [f"<{tag}>" for tag, _ in tags if tag in NO_PART]
    found += [f"<{tag} {name}>" for tag, own in tags for name in own if name.startswith("on")]
    for tag, own in tags:
        for name in own.keys() & {*ADDRESSES}:
            if not _stays(tag, own[name]):
                found.append(f"<{tag} {name}={own[name][:60]!r}>")
    scripts = Counter(tag for tag, _ in tags)["script"]
    found += [f"{scripts} scripts"] if scripts > 1 else []
    return [*found, *(repr(c) for c in acting(text))]


def _stays(tag: str, address: str) -> bool:
    """Whether an address is a place in the folder, or of a picture within the page."""
    if tag == "img" and address.startswith("data:image/"):
        return True
    if tag == "a" and address.startswith(
        "https://"
    ):  # a person may follow a link of the page's own
        return "invalid" not in address
    return not re.match(r"[\s\x00-\x20]*([a-zA-Z][\w+.-]*:|//|/)", address)


def harm_of_markdown(text: str, links: int = 0, images: int = 1) -> list[str]:
    """What of a page names have made: elements, more links or images than ours, uneven tables."""
    tokens = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(text)
    inline = [child for token in tokens for child in token.children or ()]
    kinds = Counter(token.type for token in [*tokens, *inline])
    found = [t.content for t in [*tokens, *inline] if t.type in ("html_block", "html_inline")]
    found += [f"{kinds['link_open']} links"] if kinds["link_open"] > links else []
    found += [f"{kinds['image']} images"] if kinds["image"] > images else []
    found += [f"code: {t.content}" for t in tokens if t.type == "code_block"]
    found += [
        t.type for t in inline if t.type in ("em_open", "strong_open", "s_open", "code_inline")
    ]
    found += re.findall(
        r"(?<!\w)@\w+|(?<!&)#\d+|\bGH-\d+|\w+@[\w-]+\.[a-z]+|\w+://|\bwww\.\w+", text
    )
    rows = [line for line in text.splitlines() if line.startswith("|")]
    drawn = kinds["tr_open"] + kinds["table_open"]  # the rule of a table is no row
    found += [f"{len(rows)} lines of tables, {drawn} rows"] if len(rows) != drawn else []
    return [*found, *(repr(c) for c in acting(text))]


FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet computes."""


def harm_of_csv(text: str) -> list[str]:
    """The cells that a spreadsheet would compute, and rows that are longer or shorter than others."""
    rows = list(csv.reader(io.StringIO(text), strict=True))
    found = [f"{len(row)} cells: {row}" for row in rows if len(row) != len(rows[0])]
    found += [
        cell for row in rows for cell in row if cell.startswith(FORMULA) and not _number(cell)
    ]
    return [*found, *(repr(c) for c in acting(text))]


def _number(text: str) -> bool:
    return re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|-inf", text) is not None


def harm_of_json(text: str) -> list[str]:
    """What of a JSON text acts on a terminal; raises ValueError for what is no JSON."""
    json.loads(text)
    return [repr(c) for c in acting(text)]


HARMFUL = {
    "input",
    "include",
    "write",
    "immediate",
    "openin",
    "openout",
    "href",
    "url",
    "def",
    "catcode",
    "csname",
    "read",
}
"""Commands of TeX that read, write or change what follows."""


def harm_of_latex(text: str) -> list[str]:
    """What names have made of a table: commands, open groups, comments, cells beyond the others'."""
    shown = re.sub(r"(?m)^%.*\n", "", text)
    tokens = re.findall(r"\\[a-zA-Z]+|\\.|.|\n", shown, re.S)
    words = {token[1:] for token in tokens if re.match(r"\\[a-zA-Z]", token)}
    found = sorted(words & HARMFUL)
    found += ["% within a line"] if "%" in tokens else []
    found += ["# within a line"] if "#" in tokens else []
    for first, last in (("{", "}"), ("\\begin", "\\end")):
        if tokens.count(first) != tokens.count(last):
            found.append(f"{tokens.count(first)} {first}, {tokens.count(last)} {last}")
    found += ["an open formula"] if tokens.count("$") % 2 else []
    for body in re.findall(r"(?s)\\toprule(.*?)\\bottomrule", shown):
        rows = [row for row in re.split(r"\\\\(?=\n)", body) if "&" in row]
        cells = {len(re.findall(r"(?<!\\)&", row)) for row in rows}
        found += [f"rows of {sorted(cells)} borders"] if len(cells) > 1 else []
    return [*found, *(repr(c) for c in acting(shown))]
