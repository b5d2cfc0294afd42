"""Findings that people wrote as Markdown, as HTML of a page."""

from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from benchsuite.publishing.escape import printable

DOWN: Final = 2
"""Headings of findings stand below those of the page."""


def html_of_findings(text: str) -> Markup:
    """Markdown as HTML: no tag of the text's own, no picture, no link but to the web."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    tokens = parser.parse(printable(text))
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1:]) + DOWN)}"
        if token.children:
            token.children = _of_the_web(token.children)
    # markdown-it escapes all text, and html is off.
    return Markup(parser.renderer.render(tokens, parser.options, {}))  # noqa: S704


def _of_the_web(tokens: list[Token]) -> list[Token]:
    """Without links to files beside the findings, which a site has elsewhere or not at all."""
    kept, inside = [], True
    for token in tokens:
        if token.type == "link_open":
            inside = str(token.attrs.get("href", "")).startswith(("https://", "http://"))
            token.attrs |= {"rel": "noreferrer"}
        if token.type not in ("link_open", "link_close") or inside:
            kept.append(token)
    return kept
