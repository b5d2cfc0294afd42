"""The findings of the boards are numbers that the board's own files hold."""

import re
from pathlib import Path

import pandas as pd
import pytest

BOARDS = sorted(Path(__file__).parents[3].glob("leaderboards/fairseg/*/findings.md"))
NUMBER = r"\d\.\d{3}"


def published(folder: Path) -> set[str]:
    """The numbers of a board's page below its findings, and of its tables."""
    page = (folder / "README.md").read_text()
    found = set(re.findall(NUMBER, page[page.index("## By overall") :]))
    for file in folder.glob("*.csv"):
        rows = pd.read_csv(file)
        for name in rows.select_dtypes("float"):
            found |= {f"{abs(value):.3f}" for value in rows[name].dropna()}
        found |= set(re.findall(NUMBER, file.read_text()))
    return found


@pytest.mark.parametrize("findings", BOARDS, ids=lambda path: path.parent.name)
def test_what_was_found_is_what_was_measured(findings):
    told = set(re.findall(NUMBER, findings.read_text()))
    assert told
    assert told - published(findings.parent) == set()


@pytest.mark.parametrize("findings", BOARDS, ids=lambda path: path.parent.name)
def test_the_page_shows_its_findings_below_the_title(findings):
    page = (findings.parent / "README.md").read_text()
    assert page.split("\n\n", 1)[1].startswith(findings.read_text().rstrip("\n"))


def test_no_single_image_makes_the_gain_of_the_worst_group():
    (folder,) = (path.parent for path in BOARDS if path.parent.name == "nuclei")
    rows = pd.read_csv(folder / "leave-one-out-differences.csv").set_index(["model", "group"])
    gain, loss = (rows.loc[(f"unet-{loss}", "brightfield")] for loss in ("group-dro", "febs"))
    assert 0 < gain["lowest"] <= gain["value"] <= gain["highest"]
    assert loss["lowest"] <= loss["value"] <= loss["highest"] < 0
