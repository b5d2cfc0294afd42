"""Write what `make perf` measured last into README.md, between two marks."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from tests.perf import Ratio
from tests.perf.history import FILE, last

README: Final = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- perf -->", "<!-- end of perf -->"


def table(ratios: Iterable[Ratio]) -> str:
    """The ratios as a table of Markdown, a row each."""
    rows = [
        f"| {one.name} | {_shown(one.ours_s, one.unit)} | {one.peer}: "
        f"{_shown(one.peer_s, one.unit)} | {one.factor:.3g} | {one.promised:.3g} |"
        for one in ratios
    ]
    head = ["| what | ours | against | ratio | at least |", "| --- | --: | --: | --: | --: |"]
    return "\n".join([*head, *rows])


def _shown(value: float, unit: str) -> str:
    return f"{1000 * value:.4g} {unit}".strip()


def written(page: str, ratios: Iterable[Ratio]) -> str:
    """The page with this table between its marks. Raises ValueError for a page without them."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"expected {BEGIN} and {END}, found only one or none")
    return f"{before}{BEGIN}\n\n{table(ratios)}\n\n{END}{after}"


if __name__ == "__main__":
    found = last()
    if not found:
        sys.exit(f"{FILE}: nothing was measured yet; run `make perf`")
    README.write_text(written(README.read_text(), found))
