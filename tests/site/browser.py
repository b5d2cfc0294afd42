"""A browser that opens pages from disk: on a phone and on a desk, light and dark, without scripts."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
"""How the browser is called that a system may have."""
LEAST, PHONE, DESK = 320, 390, 1280
"""Widths in pixels."""
SCREENS = ((DESK, "light"), (PHONE, "dark"))
"""Each width and each scheme once: what a rule finds depends on either, and hardly on both."""


def executable() -> str:
    """The path of a browser; empty where there is none."""
    return next(filter(None, map(shutil.which, BROWSERS)), "")


@dataclass(frozen=True)
class Visit:
    """A page that is open, and what a visitor should not meet: see `trouble`.

    trouble  messages of the console, errors of scripts, dialogs, requests that leave the disk
    """

    page: Any
    trouble: list[str] = field(default_factory=list)


@contextmanager
def visit(
    browser: Any, path: Path, screen: tuple[int, str] = SCREENS[0], place: str = "", **more: Any
) -> Iterator[Visit]:
    """A page as a visitor on this screen sees it; `place` follows its address (`#sort=model`)."""
    width, scheme = screen
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, **more
    )
    opened = Visit(context.new_page())
    note = opened.trouble.append
    opened.page.on("console", lambda message: note(f"console: {message.text}"))
    opened.page.on("pageerror", lambda error: note(f"script: {error}"))
    opened.page.on("dialog", lambda dialog: (note(f"dialog: {dialog.message}"), dialog.dismiss()))
    opened.page.on("request", lambda request: _note_request(note, request.url))
    opened.page.goto(path.as_uri() + place)
    try:
        yield opened
    finally:
        context.close()


def _note_request(note: Any, address: str) -> None:
    if not address.startswith(("file:", "data:")):
        note(f"request: {address}")


def barriers(page: Any) -> list[str]:
    """What axe finds that bars people from a page, and what it cannot decide: one line each."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"resultTypes": ["violations", "incomplete"]}).response
    return [
        f"{which} {rule['id']}: {_why(node)} {node['target']} {node['html'][:160]}"
        for which in ("violations", "incomplete")
        for rule in found[which]
        for node in rule["nodes"][:3]
    ]


def wider(page: Any) -> int:
    """By how many pixels a page is wider than its screen: a phone should scroll in one direction."""
    measured: Mapping[str, int] = page.evaluate(
        "() => ({page: document.documentElement.scrollWidth, screen: window.innerWidth})"
    )
    return max(0, measured["page"] - measured["screen"])


def _why(node: Mapping[str, Any]) -> str:
    return "; ".join(check["message"] for check in [*node["any"], *node["all"], *node["none"]])
