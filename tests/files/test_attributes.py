"""A table of attributes is read strictly, and what is not known is in no group."""

from pathlib import Path

import pytest

from benchsuite.errors import BadData
from benchsuite.files.attributes import is_unknown, read_attributes, read_rows


def table(path: Path, text: str, encoding: str = "utf-8") -> Path:
    (path / "attributes.csv").write_text(text, encoding=encoding)
    return path / "attributes.csv"


def test_rows_are_found_by_their_id(tmp_path: Path) -> None:
    rows = read_rows(table(tmp_path, "id,race,age\ns1,a,30\ns2,NA,31\n"), "id", ["race"])
    assert rows == {
        "s1": {"id": "s1", "race": "a", "age": "30"},
        "s2": {"id": "s2", "race": "NA", "age": "31"},
    }


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_byte_order_mark_blanks_and_windows_line_ends_are_no_content(
    tmp_path: Path, encoding: str, end: str
) -> None:
    text = end.join([" id , race", " s1 , Sámi ", "s2,x", ""])
    found = read_attributes(table(tmp_path, text, encoding), "id")
    assert found == {"s1": {"race": "Sámi"}, "s2": {"race": "x"}}


@pytest.mark.parametrize(
    "value", ["", " ", "-1", "-1.0", "NA", "n/a", "NaN", "NULL", "Unknown", "Not Reported", " na "]
)
def test_an_unknown_value_is_no_attribute(tmp_path: Path, value: str) -> None:
    found = read_attributes(table(tmp_path, f"file_name,race\na.png,{value}\n"), "file_name")
    assert found == {"a.png": {}}
    assert is_unknown(value.strip())


@pytest.mark.parametrize("value", ["none", "0", "no", "-2", "unknown site", "20×", "a=b", "a/b"])
def test_other_values_are_kept_as_they_are(tmp_path: Path, value: str) -> None:
    assert read_attributes(table(tmp_path, f"id,race\ns1,{value}\n"), "id")["s1"]["race"] == value


def test_a_value_may_hold_commas_and_lines_and_a_column_no_name(tmp_path: Path) -> None:
    text = ',id,note\n0,s1,"a, b"\n1,s2,"two\nlines"\n'
    found = read_attributes(table(tmp_path, text), "id")
    assert found == {"s1": {"note": "a, b"}, "s2": {"note": "two\nlines"}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,race\ns1,a\ns2\n", r"attributes\.csv:3: expected 2 fields, found 1"),
        ("id,race\ns1,a\ns2,b,c\n", r"attributes\.csv:3: expected 2 fields, found 3"),
        ("id,race\ns1,a\ns1,b\n", r"attributes\.csv:3: id: 's1' occurs twice"),
        ("id,race\ns1,a\n s1 ,b\n", r"attributes\.csv:3: id: 's1' occurs twice"),
        ("id,race\ns1,a\n,b\n", r"attributes\.csv:3: id: expected an id, found nothing"),
        (
            "id,race,race\ns1,a,b\n",
            r"attributes\.csv: expected each column once, found 'race' twice",
        ),
        (
            "id,race, race \ns1,a,b\n",
            r"attributes\.csv: expected each column once, found 'race' twice",
        ),
        ("name,race\ns1,a\n", r"expected the column 'id', found none \(there are name, race\)"),
        ("id,race\n", r"attributes\.csv: expected at least one row"),
        ("", r"attributes\.csv: expected "),
    ],
)
def test_a_malformed_table_is_one_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(BadData, match=message) as error:
        read_attributes(table(tmp_path, text), "id")
    assert "\n" not in str(error.value)


def test_a_column_that_is_asked_for_must_be_there(tmp_path: Path) -> None:
    path = table(tmp_path, "id,race\ns1,a\n")
    with pytest.raises(
        BadData, match=r"expected the column 'rase', found none \(did you mean race"
    ):
        read_rows(path, "id", ["rase"])


def test_no_table_and_no_text_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(BadData, match=r"none\.csv: expected "):
        read_rows(tmp_path / "none.csv", "id")
    path = tmp_path / "a.csv"
    for content in (b"id,race\ns1,\xff\n", b"id,race\ns1,\0\n"):
        path.write_bytes(content)
        try:
            read_rows(path, "id")
        except BadData as error:
            assert str(error).startswith(str(path))
