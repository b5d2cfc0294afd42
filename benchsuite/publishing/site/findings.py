"""Findings that people wrote as Markdown, as HTML of a page."""

from collections.abc import Iterator, Sequence
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from benchsuite.publishing.escape import printable

BOX: Final = '<div class="box" role="region" tabindex="0" aria-label="Table {} of the findings">'
"""In which a wide table scrolls, as in `parts.html`."""
DOWN: Final = 2
"""Headings of findings stand below those of the page."""


def html_of_findings(text: str) -> Markup:
    """Markdown as HTML: no tag of the text's own, no picture, no link but to the web."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(printable(text))
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1:]) + DOWN)}"
        if token.children:
            token.children = _of_the_web(token.children)
    boxed = [one for several in _in_boxes(tokens) for one in several]
    # markdown-it escapes all text, and html is off.
    return Markup(parser.renderer.render(boxed, parser.options, {}))  # noqa: S704


def _in_boxes(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """The tokens, with each table in a box of its own."""
    tables = 0
    for token in tokens:
        if token.type == "table_open":
            tables += 1
            yield [Token("html_block", "", 0, content=BOX.format(tables)), token]
        elif token.type == "table_close":
            yield [token, Token("html_block", "", 0, content="</div>")]
        else:
            yield [token]


def _of_the_web(tokens: list[Token]) -> list[Token]:
    """Without pictures, and without links to files beside the findings: a site has neither."""
    kept, inside = [], True
    for token in tokens:
        if token.type == "image":
            kept.append(Token("text", "", 0, content=token.content))
            continue
        if token.type == "link_open":
            inside = str(token.attrs.get("href", "")).startswith(("https://", "http://"))
            token.attrs |= {"rel": "noreferrer"}
        if token.type not in ("link_open", "link_close") or inside:
            kept.append(token)
    return kept
