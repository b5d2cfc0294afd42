"""Every kind of page of a site, as people meet it: on a phone, in the dark, by keyboard, without scripts."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from benchsuite.publishing.site.boards import Published
from benchsuite.publishing.site.build import build
from tests.site.browser import LEAST, SCREENS, barriers, visit, wider
from tests.site.hostile import HOSTILE, NAMES, PWNED, harm_of_html
from tests.site.made import ODD, Shape, board

PLAIN, HOSTILE_BOARD = "toy-mean/plain", "toy-mean/hostile"


def boards() -> list[Published]:
    """A usual board, hostile names, numbers of others, and a stand-in."""
    groups = {HOSTILE["element"]: dict.fromkeys(NAMES[::3], 60)}
    hostile = Shape(
        models=NAMES, corruptions=1, severities=2, groups=groups, metrics=[HOSTILE["attribute"]],
        dataset=HOSTILE["script"],
    )  # fmt: skip
    return [
        board(
            Shape(metrics=("accuracy", "recall")),
            PLAIN,
            findings="**First**, see [birco](https://a.example). <b>no</b>",
        ),
        board(hostile, HOSTILE_BOARD, findings=HOSTILE["row of a table"], noted=HOSTILE["link"]),
        board(Shape(), "toy-mean/theirs", elsewhere=True),
        board(ODD["one number"], "toy-mean/stand-in", stand_in=True),
    ]


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """A site of these boards."""
    out = tmp_path_factory.mktemp("site")
    list(build(boards(), out))
    return out


def pages(site: Path) -> list[Path]:
    found = sorted(site.rglob("*.html"))
    assert found
    return found


def kinds(site: Path, folder: str = PLAIN) -> dict[str, Path]:
    """The largest page of each kind: of the site as a whole, and of one board."""
    own = [page for page in pages(site) if page.parent == site or site / folder in page.parents]
    found: dict[str, Path] = {}
    for page in sorted(own, key=lambda one: one.stat().st_size):
        below = page.relative_to(site if page.parent == site else site / folder)
        found[below.parts[0]] = page
    return found


def nothing(found: Mapping[Any, Any]) -> None:
    """Fail with what was found on each page."""
    if told := [f"{page}: {said}" for page, said in found.items() if said]:
        pytest.fail("\n".join(told), pytrace=False)


@pytest.mark.parametrize("screen", SCREENS, ids=str)
def test_nothing_bars_people_from_any_kind_of_page(browser, site, screen):
    found = {}
    for kind, path in kinds(site).items():
        with visit(browser, path, screen) as opened:
            found[kind] = [*barriers(opened.page), *opened.trouble]
            if pixels := wider(opened.page):
                found[kind].append(f"{pixels} pixels wider than the screen")
    assert len(found) > 1
    nothing(found)


def test_a_page_is_as_wide_as_the_smallest_screen(browser, site):
    shown = [*kinds(site).values(), *kinds(site, HOSTILE_BOARD).values()]
    found = {}
    for path in dict.fromkeys(shown):
        with visit(browser, path, (LEAST, "light")) as opened:
            found[path.relative_to(site)] = wider(opened.page)
    nothing(found)


def test_no_name_acts_on_any_page(browser, site):
    for path in kinds(site, HOSTILE_BOARD).values():
        with visit(browser, path) as opened:
            assert opened.page.evaluate(f"() => typeof {PWNED.partition('=')[0]}") == "undefined"
            assert opened.trouble == []


def test_no_name_is_markup_of_any_page(site):
    own = [site / "index.html", *(site / HOSTILE_BOARD).rglob("*.html")]
    found = {page.relative_to(site): harm_of_html(page.read_text()) for page in own}
    nothing(found)


@pytest.mark.parametrize("shape", ODD.values(), ids=ODD)
def test_a_board_of_an_odd_shape_has_its_pages(shape, tmp_path):
    list(build([board(shape, PLAIN)], tmp_path))
    shown = (tmp_path / RANKING).read_text()
    for model in shape.models:
        assert (tmp_path / PLAIN / "models" / f"{model}.html").is_file()
        assert model in shown


def test_every_name_has_a_page_of_its_own(site):
    models = [*(site / HOSTILE_BOARD / "models").glob("*.html")]
    assert len({page.name.lower() for page in models}) == len(NAMES)


def test_a_page_reads_without_a_script(browser, site):
    for path in kinds(site).values():
        with visit(browser, path) as opened:
            with_script = said(opened.page)
        with visit(browser, path, java_script_enabled=False) as opened:
            assert said(opened.page) == with_script
            assert opened.trouble == []


def said(page: Any) -> list[str]:
    """The texts of the cells of all tables, headings and paragraphs."""
    return [
        text.strip() for text in page.locator("h1, h2, h3, td, tbody th, p").all_text_contents()
    ]


RANKING = f"{PLAIN}/index.html"


def column(page: Any, place: int) -> list[str]:
    """What a column of the first table says, from the first row to the last."""
    return [
        text.strip()
        for text in page.locator(
            f"table >> nth=0 >> tbody tr > :nth-child({place + 1})"
        ).all_text_contents()
    ]


def test_a_click_on_a_heading_sorts_and_the_state_survives_a_reload(browser, site):
    with visit(browser, site / RANKING) as opened:
        page = opened.page
        heading = page.locator("table >> nth=0").get_by_role("columnheader", name="model")
        before = column(page, 1)
        heading.get_by_role("button").click()
        assert column(page, 1) == sorted(before)
        heading.get_by_role("button").click()
        assert column(page, 1) == sorted(before, reverse=True)
        assert heading.get_attribute("aria-sort") == "descending"
        page.reload()
        assert column(page, 1) == sorted(before, reverse=True)
        address = page.evaluate("() => location.hash")
    with visit(browser, site / RANKING, place=address) as opened:
        assert column(opened.page, 1) == sorted(before, reverse=True)
        assert opened.trouble == []


def test_a_keyboard_sorts(browser, site):
    with visit(browser, site / RANKING) as opened:
        page = opened.page
        before = column(page, 1)
        reached = page.evaluate("() => document.activeElement.textContent.trim()")
        for _ in range(60):
            page.keyboard.press("Tab")
            reached = page.evaluate("() => document.activeElement.textContent.trim()")
            if reached == "model":
                break
        assert reached == "model"
        for key in ("Enter", "Space"):
            page.keyboard.press(key)
        assert column(page, 1) == sorted(before, reverse=True)


def test_what_is_missing_comes_last_both_ways(browser, site):
    with visit(browser, site / RANKING) as opened:
        page = opened.page
        heads = page.locator("table >> nth=0 >> thead th").all_text_contents()
        place = next(i for i, head in enumerate(heads) if "corruption" in head)
        button = page.locator("table >> nth=0 >> thead th").nth(place).get_by_role("button")
        lacking = [text for text in column(page, place) if "[" not in text]
        assert len(lacking) == 1
        for _ in range(2):
            button.click()
            assert column(page, place)[-1:] == lacking


def test_the_scheme_that_a_reader_chose_is_kept(browser, site):
    with visit(browser, site / RANKING) as opened:
        page = opened.page
        paper = "() => getComputedStyle(document.body).backgroundColor"
        light = page.evaluate(paper)
        page.locator("#theme").click()
        dark = page.evaluate(paper)
        assert dark != light
        page.goto((site / "index.html").as_uri())
        assert page.evaluate(paper) == dark
