"""The site of a board of 100 models under 96 conditions in 12 groups, against what was promised."""

import resource
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchsuite.publishing.site.build import build
from tests.perf import Ratio, cpu_seconds
from tests.site.browser import executable, visit
from tests.site.made import LARGE, board

FOLDER = "toy-mean/large"
FIRST_SORT = """() => {
  const button = document.querySelector("table thead button"), start = performance.now();
  button.click();
  document.body.offsetHeight;  // the new order is laid out
  return (performance.now() - start) / 1000;
}"""


def measure() -> Iterator[Ratio]:
    """Seconds to publish it, GiB of this process, and seconds of the first sort in a browser."""
    from playwright.sync_api import sync_playwright

    made = board(LARGE, FOLDER)
    name = f"site of {len(made.table):,} cells"
    with TemporaryDirectory() as out:
        yield Ratio(name, "60 s", cpu_seconds(lambda: list(build([made], Path(out))), 1), 60.0, 1)
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        yield Ratio(f"{name}: GiB of memory", "4 GiB", most, 4.0, 1)
        with sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=executable(), args=["--no-sandbox"])
            with visit(browser, Path(out) / FOLDER / "index.html") as opened:
                yield Ratio("first sort", "200 ms", opened.page.evaluate(FIRST_SORT), 0.2, 1)
            browser.close()
