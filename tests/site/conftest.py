"""One browser for all tests of a process; without one, they are skipped and say why."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.site.browser import BROWSERS, executable


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A browser that the system has, without its own profile and network."""
    playwright = pytest.importorskip("playwright.sync_api")
    pytest.importorskip("axe_playwright_python")
    path = executable()
    if not path:
        pytest.skip(f"no browser is installed: expected one of {', '.join(BROWSERS)}")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()
