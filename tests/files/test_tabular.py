"""A table becomes a dataset: vectors, groups and places in a stream, or one line with the row."""

import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchsuite.errors import BadData, WrongCall
from benchsuite.files.tabular import Roles, scaled, table, tabular

TEXT = "age,town,sex,pay\n20,Ulm,f,10\n40,Bonn,m,30\n60,Ulm,?,20\n30,Bonn,m,10\n"
SETTINGS = {
    "target": "pay",
    "numbers": ["age"],
    "kinds": ["town"],
    "groups": ["age", "sex"],
    "bins": {"age": {"young": 0, "old": 35}},
    "crossed": ["age", "sex"],
    "sorts": ["age", "sex"],
}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "pay.csv"
    path.write_text(TEXT)
    return path


def test_each_row_is_a_vector_a_truth_and_groups(file):
    made = table(str(file), **SETTINGS)
    features = ("age", "town=Bonn", "town=Ulm", "age=old", "age=young", "sex=f", "sex=m")
    assert made.shared == {"features": features}
    assert made.crossed == (("age", "sex"),)
    first, second, third, _ = made.samples()
    assert first.inputs["x"].tolist() == [0, 0, 1, 0, 1, 1, 0]
    assert second.inputs["x"].tolist() == [0.5, 1, 0, 1, 0, 0, 1]
    assert second.attributes == {"age": "old", "sex": "m"}
    assert [one.truth for one in made.samples()] == [0, 1, 0.5, 0]
    assert third.attributes["sex"] == ""
    assert third.inputs["groups"] == ("age=old",)
    assert third.inputs["x"].tolist() == [1, 0, 1, 1, 0, 0, 0]


def test_a_place_is_followed_by_the_keys_of_orders_the_largest_group_first(file):
    arrivals = [one.inputs["arrival"] for one in table(str(file), **SETTINGS).samples()]
    assert arrivals == [(0, 0, -1), (0.25, 0.5, -2), (0.5, 1, -1), (0.75, 0.25, -2)]


def test_a_file_may_be_packed_in_its_folder_and_have_no_header_but_classes(tmp_path, file):
    whole = table(str(file), **SETTINGS)
    body = TEXT.split("\n", 1)[1].replace(",10\n", ", low\n").replace(",30\n", ", high\n")
    (tmp_path / "raw.data.gz").write_bytes(gzip.compress(body.encode()))
    header, classes = ["age", "town", "sex", "pay"], {"low": 10, "high": 30}
    given = {"files": ["other", "raw.data"], "header": header, "classes": classes}
    assert table(str(tmp_path), **SETTINGS, **given).fingerprint == whole.fingerprint
    assert table(str(file), **SETTINGS, **given).fingerprint == whole.fingerprint


@pytest.mark.parametrize(
    ("text", "settings", "message"),
    [
        (TEXT.replace("40", "forty"), {}, ":3: age: expected a finite number, found 'forty'"),
        (TEXT.replace(",30", ",much"), {}, ":3: pay: expected a finite number, found 'much'"),
        (TEXT, {"numbers": ["ages"]}, "expected the column 'ages', found none .*age"),
        (TEXT.replace("40", "-4"), {"bins": {"sex": {"x": 0}}}, ":2: sex: expected a finite"),
    ],
)
def test_what_is_wrong_is_one_line_with_its_row(file, text, settings, message):
    file.write_text(text)
    with pytest.raises(BadData, match=message):
        table(str(file), **{**SETTINGS, **settings})


def test_a_folder_without_the_file_names_the_one_that_is_expected(tmp_path):
    with pytest.raises(BadData, match=r"pay\.csv"):
        table(str(tmp_path), files=["pay.csv"], **SETTINGS)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"crossed": ["race"]}, "dataset.crossed: expected one of age, sex, found 'race'"),
        ({"sorts": ["town"]}, "dataset.sorts: expected one of age, sex, found 'town'"),
        ({"numbers": [], "kinds": [], "groups": []}, "expected a column, found none"),
    ],
)
def test_a_role_of_a_column_that_has_none_is_refused(file, settings, message):
    with pytest.raises(WrongCall, match=message):
        table(str(file), **{**SETTINGS, **settings})


def test_a_number_below_all_bins_is_in_no_group(file):
    made = table(str(file), **{**SETTINGS, "bins": {"age": {"old": 35}}})
    assert [one.attributes["age"] for one in made.samples()] == ["", "old", "old", ""]


@given(st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=30))
def test_numbers_are_scaled_in_their_order_from_0_to_1(numbers):
    rows = [("here", {"n": str(one)}) for one in numbers]
    found = scaled(rows, "n")
    assert found.min() == 0
    assert found.max() == (1 if len(set(numbers)) > 1 else 0)
    assert np.array_equal(np.argsort(found, kind="stable"), np.argsort(numbers, kind="stable"))
    samples = tabular("t", rows, Roles(("n",)), found.tolist()).samples()
    assert [one.inputs["x"].tolist() for one in samples] == [[one] for one in found]


def test_rows_are_left_out_and_put_in_the_order_of_a_column(file):
    def truths(**more):
        return [one.truth for one in table(str(file), "age", numbers=["pay"], **more).samples()]

    assert truths(kept={"town": ["Bonn"]}) == [1, 0]
    assert truths(within={"pay": [20, 30]}) == [0, 1]
    assert truths(arrives="town") == [0.5, 0.25, 0, 1]
    assert truths(kept={"pay": [10, 20]}, within={"age": [30, 60]}, arrives="town") == [0, 1]
    with pytest.raises(BadData, match="kept, within: expected a row that counts, found none"):
        truths(kept={"town": ["Rom"]})
    with pytest.raises(BadData, match="expected the column 'twon', found none"):
        truths(kept={"twon": ["Rom"]})


def test_a_number_that_is_not_known_is_within_nothing_and_minus_one_is_a_number(tmp_path):
    path = tmp_path / "days.csv"
    path.write_text("days,pay\n-1,1\n,2\nNA,3\n-31,4\n30,5\n")
    found = table(str(path), "pay", numbers=["pay"], within={"days": [-30, 30]})
    assert [one.inputs["x"].tolist() for one in found.samples()] == [[0], [1]]
    path.write_text("days,pay\nsoon,1\n")
    with pytest.raises(BadData, match=":2: days: expected a finite number, found 'soon'"):
        table(str(path), "pay", numbers=["pay"], within={"days": [-30, 30]})
