"""The pages are plain English: short sentences (benchsuite/DESIGN.md, House rules)."""

import pytest

from tests.house import english
from tests.house.source import ROOT, modules_of

PAGES = sorted(
    {
        *ROOT.glob("*.md"),
        *ROOT.glob("tasks/**/README.md"),
        *ROOT.glob("benchsuite/**/*.md"),
        *ROOT.glob("leaderboards/README.md"),
        *ROOT.glob("leaderboards/*/README.md"),
        *ROOT.glob("leaderboards/*/*/findings.md"),
    }
)
"""The pages that people write; those of single boards are published around their findings."""
NAMES = [str(path.relative_to(ROOT)) for path in PAGES]


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_a_page_has_no_long_sentence(page):
    if long := english.long_sentences(page.read_text()):
        pytest.fail(f"{len(long)} sentences over {english.MOST_WORDS} words\n  " + "\n  ".join(long),
                    pytrace=False)  # fmt: skip


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_the_sentences_of_a_page_are_short(page):
    mean = english.mean_words(page.read_text())
    assert 0 < mean <= english.MEAN_WORDS


def test_the_first_line_of_a_docstring_is_a_sentence():
    modules = [*modules_of("benchsuite", "benchsuite"), *modules_of("tasks", "benchsuite_tasks")]
    if found := [line for module in modules for line in english.untidy_docstrings(module)]:
        pytest.fail(f"{len(found)} docstrings\n  " + "\n  ".join(found), pytrace=False)
