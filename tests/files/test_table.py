"""A CSV is read whatever program wrote it, or refused in one line with its place."""

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchsuite.errors import BadData
from benchsuite.files.table import csv_rows
from benchsuite.files.text import number


def written(folder: Path, data: str | bytes, name: str = "file") -> Path:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def test_csv_is_read_with_its_lines_and_without_what_surrounds_its_values(tmp_path: Path) -> None:
    path = written(tmp_path, '\ufeff\n id , text ,\r\n1," a\nb ", \n\n 2 ,"say ""x""",\r\n')
    assert csv_rows(path, ["id"]) == [
        (f"{path}:3", {"id": "1", "text": "a\nb"}),
        (f"{path}:6", {"id": "2", "text": 'say "x"'}),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,race\n1,a,b\n", ":2: expected 2 fields, found 3"),
        ("id,race\n1,a\n\n2\n", ":4: expected 2 fields, found 1"),
        ("id,race,id \n1,x,a\n", ":2: expected each column once, found 'id' twice, with '1'"),
        ("id,é,e\u0301,race\n1,a,b,c\n", ":2: expected each column once, found 'é' twice"),
        ("id,rase\n1,a\n", r": expected the column 'race', found none \(did you mean rase\?\)"),
        ("id,race\n", ": expected at least one row below the header, found none"),
        ('id,race\n1,"a\n2,b\n', ":3: expected CSV, found: unexpected end of data"),
        (f"id,race\n1,{'x' * 200000}\n", r":2: expected CSV, found: field larger than field"),
    ],
)
def test_csv_that_is_wrong_is_one_line_with_its_place(
    tmp_path: Path, text: str, message: str
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(BadData, match=f"^{path}{message}"):
        csv_rows(path, ["id", "race"])


def test_a_file_without_a_header_is_read_by_the_names_of_its_columns(tmp_path: Path) -> None:
    names = ["id", "race"]
    for text, line in (("1, a\n2, b\n", 1), ("race,id\na,1\nb,2\n", 2), ("\n1,a\n\n2,b\n", 2)):
        found = csv_rows(path := written(tmp_path, text), names, names)
        assert [row for _, row in found] == [{"id": "1", "race": "a"}, {"id": "2", "race": "b"}]
        assert found[0][0] == f"{path}:{line}"
    with pytest.raises(BadData, match=":1: expected 2 fields, found 3"):
        csv_rows(written(tmp_path, "1,a,b\n"), names, names)


def test_a_file_of_c45_has_comments_and_a_point_behind_each_row(tmp_path: Path) -> None:
    names = ["id", "race"]
    path = written(tmp_path, "|1x3 Cross validator\n1, a.b.\r\n\n2.5, b. \n| end\n")
    assert csv_rows(path, names, names) == [
        (f"{path}:2", {"id": "1", "race": "a.b"}),
        (f"{path}:4", {"id": "2.5", "race": "b"}),
    ]
    path = written(tmp_path, "id,race\n|1,a.\n")
    assert csv_rows(path, names) == [(f"{path}:2", {"id": "|1", "race": "a."})]


def test_a_column_may_occur_twice_if_both_are_the_same(tmp_path: Path) -> None:
    path = written(tmp_path, "id,score,score \n1,7,7\n2,,\n")
    rows = [row for _, row in csv_rows(path, ["score"])]
    assert rows == [{"id": "1", "score": "7"}, {"id": "2", "score": ""}]


@given(
    st.lists(
        st.lists(
            st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=2, max_size=2
        ),
        min_size=1,
        max_size=5,
    ).filter(lambda rows: any(value.strip() for row in rows for value in row))
)
def test_csv_that_was_written_is_read_the_same(rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([["a", "b"], *rows])
    with tempfile.TemporaryDirectory() as folder:
        found = csv_rows(written(Path(folder), text.getvalue()))
    wanted = [[value.strip() for value in row] for row in rows]
    assert [[row["a"], row["b"]] for _, row in found] == [row for row in wanted if any(row)]


TABLE = "id,race,age\n1,Sámi,30\n2,x,31\n"
ROWS = [{"id": "1", "race": "Sámi", "age": "30"}, {"id": "2", "race": "x", "age": "31"}]


@pytest.mark.parametrize(
    "text",
    [
        TABLE,
        TABLE.replace(",", ";"),
        TABLE.replace(",", "\t"),
        TABLE.replace(",", "|"),
        TABLE.replace(",", ", ").replace("Sámi", '"Sámi"'),
        "sep=;\r\n" + TABLE.replace(",", ";").replace("\n", "\r\n"),
        TABLE + ",,\n , , \n",
        "id,race,age,,\n1,Sámi,30,,\n2,x,31,,\n",
    ],
    ids=["commas", "semicolons", "tabs", "bars", "blanks", "excel", "blank rows", "blank columns"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_table_is_read_as_spreadsheets_write_it(tmp_path: Path, text: str, encoding: str) -> None:
    path = written(tmp_path, text.encode(encoding))
    assert [row for _, row in csv_rows(path, ["id", "race"])] == ROWS


def test_a_header_s_separator_stands_outside_of_quotes(tmp_path: Path) -> None:
    path = written(tmp_path, 'id;"race, as told; or not, or other"\n1;a, b\n')
    assert csv_rows(path)[0][1] == {"id": "1", "race, as told; or not, or other": "a, b"}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (TABLE.encode("cp1252"), r":2: expected UTF-8, found byte 15 .*Windows-1252.*save"),
        (b"PK\x03\x04\xff\xfe", r":1: expected UTF-8, .*Excel"),
        (TABLE.encode("utf-16-le"), r":2: expected UTF-8, .*UTF-16"),
        (b"id,race\n1,a\0b\n", ": expected text, found a NUL byte"),
        (b"id~race\n1~a\n", r": expected the column 'id', found none \(.*id~race"),
    ],
)
def test_what_cannot_be_read_says_what_to_do(tmp_path: Path, data: bytes, message: str) -> None:
    path = written(tmp_path, data)
    with pytest.raises(BadData, match=f"^{path}{message}"):
        csv_rows(path, ["id"])


@pytest.mark.parametrize("text", ["1", "-1.5", "+.5", "2.", "1e3", "1E-3", "007"])
def test_a_number_is_what_every_program_reads_alike(text: str) -> None:
    assert number("f:1", "score", text) == float(text)


@pytest.mark.parametrize(
    "text",
    ["1_000", "١", "１", "0,5", "1,234.5", "1 000", "", " 1", "1\n", "nan", "inf", "1e999", "0x1p3",
     "1e", ".", "-", "½", "1e1_0"],
)  # fmt: skip
def test_what_programs_read_differently_is_no_number(text: str) -> None:
    with pytest.raises(BadData, match=r"^f:1: score: expected a finite number, found '"):
        number("f:1", "score", text)
