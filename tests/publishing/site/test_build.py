"""A site of boards: every page stands alone, says what its tables say, and runs nothing of others."""

import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pandas as pd
import pytest

from benchsuite.boards.table import COLUMNS
from benchsuite.errors import BadData
from benchsuite.publishing.site.boards import published
from benchsuite.publishing.site.build import build
from tests.house.source import ROOT

BOARDS = ["bright/birco", "instance_segmentation/scenes-mini", "bright/reported-r2med"]
VOID = {"meta", "link", "br", "hr", "img", "input", "wbr"}


class Tags(HTMLParser):
    """The tags of a page, with what refers to another address."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.count = 0
        self.links: list[str] = []
        self.ids: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.count += 1
        given = dict(attrs)
        self.links += [given[key] for key in ("href", "src") if given.get(key)]
        self.ids += [given["id"]] if "id" in given else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.count += 1

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("site")
    list(build(boards(), out))
    return out


def boards():
    """Real boards, with the first two of their metrics: each metric has the same kinds of pages."""
    found = published([ROOT / "leaderboards" / one for one in BOARDS], pytest.fail)
    return [replace(b, table=b.table[b.table["metric"].isin([*b.by_metric][:2])]) for b in found]


def pages(site: Path) -> list[Path]:
    return sorted(site.rglob("*.html"))


def test_every_link_of_a_site_leads_to_a_file_of_the_site(site):
    for page in pages(site):
        for link in Tags(page.read_text()).links:
            if link.startswith("https://"):  # a person may follow it; the page does not
                continue
            path, _, anchor = link.partition("#")
            target = (page.parent / unquote(path)) if path else page
            assert target.is_file(), (page, link)
            if anchor and target.suffix == ".html":
                assert unquote(anchor) in Tags(target.read_text()).ids, (page, link)


def test_every_tag_is_closed_and_no_id_occurs_twice(site):
    for page in pages(site):
        tags = Tags(page.read_text())
        assert not tags.open, page
        assert len(tags.ids) == len(set(tags.ids)), page


def test_a_page_asks_for_nothing_and_stays_small(site):
    for page in pages(site):
        text = page.read_text()
        assert "default-src 'none'" in unescape(text)
        assert not re.search(r"""<link|@import|url\(|src=["']?(https?:)?//""", text), page
        assert len(text.encode()) < 1_000_000
        assert Tags(text).count < 15_000


def test_a_site_has_the_same_bytes_every_time(site, tmp_path):
    list(build(boards(), tmp_path))
    for path in sorted(one for one in site.rglob("*") if one.is_file()):
        assert (tmp_path / path.relative_to(site)).read_bytes() == path.read_bytes(), path


def test_the_ranking_says_what_the_table_says(site):
    text = (site / "bright/birco/index.html").read_text()
    rows = re.findall(
        r'<td class="rank[^>]*>([^<]*)</td><th scope="row">(?:<a[^>]*>)?([^<]*)<', text
    )
    table = pd.read_parquet(ROOT / "leaderboards/bright/birco/table.parquet")
    clean = table.query("metric == 'ndcg@10' and attribute == '' and form == 'value'")
    best = clean.sort_values("value", ascending=False, kind="stable")
    assert [model for _, model in rows] == list(best["model"])
    assert [ranks.split("–")[0] for ranks, _ in rows] == [f"{low:.0f}" for low in best["rank_low"]]


def test_a_tier_ends_where_every_model_above_is_surely_better(site):
    text = (site / "bright/birco/index.html").read_text()
    body = text.partition("<tbody>")[2].partition("</tbody>")[0]
    assert [
        i for i, row in enumerate(body.split("<tr")[1:]) if row.startswith(' class="opens"')
    ] == [1, 2]


def test_published_boards_have_notes_as_codes_and_every_column():
    for board in boards():
        assert list(board.table.columns) == list(COLUMNS)
        assert all(isinstance(notes, tuple) for notes in board.table["note"])
        assert len(board.runs)


def test_stand_ins_and_numbers_of_others_are_told_apart():
    kinds = {board.folder: (board.stand_in, board.elsewhere) for board in boards()}
    assert kinds == {
        "bright/birco": (False, False),
        "bright/reported-r2med": (False, True),
        "instance_segmentation/scenes-mini": (True, False),
    }


def test_a_folder_without_boards_is_refused_with_its_name(tmp_path):
    with pytest.raises(BadData, match=re.escape(str(tmp_path))):
        published([tmp_path], pytest.fail)
