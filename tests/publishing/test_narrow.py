"""The tables of a page fit it, and say what they leave out; findings are a person's own."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchsuite.condition import CLEAN
from benchsuite.errors import BadData
from benchsuite.publishing.folder import publish
from benchsuite.publishing.narrow import WIDEST, narrow
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from tests.house.source import ROOT
from tests.toys import MEAN, NOISE, Linear, numbers

BOARDS = sorted(ROOT.glob("leaderboards/*/*/README.md"))


def by_line(keys: list[str], lines: int, models: int) -> pd.DataFrame:
    """A view with a line for each condition or group, and a column for each model."""
    rows = [[*(f"{key}{i}" for key in keys), *(f"{i}:{m}" for m in range(models))]
            for i in range(lines)]  # fmt: skip
    return pd.DataFrame(rows, columns=[*keys, *(f"model{m}" for m in range(models))])


def cells(table: pd.DataFrame) -> set[str]:
    return {text for column in table.to_numpy().T for text in column if ":" in text}


@given(st.sampled_from([["condition"], ["attribute", "group", "n", "clusters"]]),
       st.integers(1, 20), st.integers(1, 20))  # fmt: skip
def test_no_table_is_wider_than_a_page_and_what_it_lacks_is_named(keys, lines, models):
    shown = by_line(keys, lines, models)
    if "attribute" in keys:
        shown = shown.assign(attribute="a")
    parts = list(narrow(shown))
    assert all(len(part.table.columns) <= WIDEST for part in parts)
    lacking = cells(shown) - {one for part in parts for one in cells(part.table)}
    assert bool(lacking) == any(part.left_out for part in parts)


def test_many_models_are_rows_where_the_conditions_fit_as_columns():
    (part,) = narrow(by_line(["condition"], lines=WIDEST - 1, models=29))
    assert list(part.table.columns) == ["model", *(f"condition{i}" for i in range(WIDEST - 1))]
    assert list(part.table["model"]) == [f"model{i}" for i in range(29)]
    assert part.table.loc[28, "condition3"] == "3:28"
    assert part.left_out == ""


def test_where_neither_fits_the_first_models_are_shown_and_the_others_named():
    (part,) = narrow(by_line(["condition"], lines=WIDEST, models=9))
    assert list(part.table)[1:] == [f"model{i}" for i in range(7)]
    assert part.left_out == "Left out here: model7, model8."


def test_a_long_list_of_what_is_left_out_is_counted():
    (part,) = narrow(by_line(["condition"], lines=WIDEST, models=29))
    assert part.left_out.endswith("model18 and 10 more.")


def test_each_attribute_has_a_table_of_its_own_if_models_become_rows():
    shown = by_line(["attribute", "group", "n", "clusters"], lines=3, models=9)
    shown = shown.assign(
        attribute=["race", "race", "sex"], n=["4", "5", ""], clusters=["2", "", ""]
    )
    race, sex = narrow(shown)
    assert list(race.table) == ["model by race", "group0 (n=4 in 2)", "group1 (n=5)"]
    assert list(sex.table) == ["model by sex", "group2"]


def test_a_table_of_models_as_rows_keeps_its_first_columns():
    shown = pd.DataFrame(
        {"rank": ["1"], "model": ["m"], **{f"metric{i}": ["0:0"] for i in range(8)}}
    )
    (part,) = narrow(shown)
    assert list(part.table) == list(shown)[:WIDEST]
    assert part.left_out == "Left out here: metric6, metric7."


@pytest.fixture
def results(tmp_path):
    for i in range(9):
        run = Run(MEAN, numbers(), Linear(f"m{i}", bias=i / 9), (CLEAN, *NOISE))
        evaluate(run, tmp_path / "results", replicates=200)
    return tmp_path / "results"


def test_a_page_shows_the_findings_below_its_title_and_leaves_their_file_alone(results, tmp_path):
    own = tmp_path / "out" / "toy-mean" / "numbers" / "findings.md"
    own.parent.mkdir(parents=True)
    own.write_text("Nobody *wins*.\n\n    benchsuite publish\n\n")
    for _ in range(2):  # a page that is made again
        (folder,) = publish(results, tmp_path / "out")
        page = (folder / "README.md").read_text()
        assert page.startswith(
            "# toy-mean: numbers\n\nNobody *wins*.\n\n    benchsuite publish\n\n90"
        )
        assert page.index("Nobody") < page.index("![")
    assert own.read_text() == "Nobody *wins*.\n\n    benchsuite publish\n\n"
    assert widest(page) <= WIDEST


def test_empty_findings_are_refused_by_name(results, tmp_path):
    own = tmp_path / "toy-mean" / "numbers" / "findings.md"
    own.parent.mkdir(parents=True)
    own.touch()
    with pytest.raises(BadData, match=r"findings\.md"):
        list(publish(results, tmp_path))


def widest(page: str) -> int:
    """The columns of a page's widest table."""
    rows = [line.replace("\\|", "") for line in page.splitlines() if line.startswith("|")]
    return max((row.count("|") - 1 for row in rows), default=0)


@pytest.mark.parametrize("page", BOARDS, ids=lambda path: path.parent.name)
def test_the_tables_of_published_boards_fit_a_page(page):
    assert 0 < widest(page.read_text()) <= WIDEST
