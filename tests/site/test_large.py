"""A board of 100 models under 96 conditions in 12 groups: its pages stay small."""

from html.parser import HTMLParser

import pytest

from benchsuite.publishing.site.build import build
from tests.site.made import LARGE, board

MOST_BYTES, MOST_NODES = 1_000_000, 15_000


class Nodes(HTMLParser):
    """How many elements a page has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.count = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.count += 1


@pytest.mark.slow
def test_no_page_of_a_large_board_is_large(tmp_path):
    list(build([board(LARGE, "toy-mean/large")], tmp_path))
    pages = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*.html")}
    assert len(pages) > 100
    large = {path: len(text) for path, text in pages.items() if len(text) > MOST_BYTES}
    assert large == {}
    many = {path: Nodes(text.decode()).count for path, text in pages.items()}
    assert {path: nodes for path, nodes in many.items() if nodes > MOST_NODES} == {}
