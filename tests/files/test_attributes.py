"""A table of attributes is read strictly, joined by one name alone, and guesses nothing."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchsuite.errors import BadData, WrongCall
from benchsuite.files.attributes import Table, check_names, joined, read_attributes
from benchsuite.files.marks import UNKNOWN, Marks
from benchsuite.files.names import forms
from benchsuite.files.remarks import looks_like_ids, remarks


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    (path / "attributes.csv").write_text(text, encoding=encoding)
    return path / "attributes.csv"


def table(path: Path, text: str, marks: Marks | None = None) -> Table:
    return read_attributes(written(path, text), "id", marks=marks)


def of(path: Path, ids: list[str], images: list[str], unlisted: str = "refuse") -> dict[str, str]:
    """The join of a table of these ids to these images."""
    rows = {key: {"id": key} for key in ids}
    places = {key: f"t.csv:{number}" for number, key in enumerate(ids, start=2)}
    known = {image: forms(image) for image in images}
    return dict(joined(Table(path / "t.csv", "id", rows, places), known, unlisted).rows)


# --- reading ------------------------------------------------------------------------------------


def test_rows_are_found_by_their_id(tmp_path: Path) -> None:
    found = read_attributes(written(tmp_path, "id,race,age\ns1,a,30\ns2,NA,31\n"), "id", ["race"])
    assert found.rows == {
        "s1": {"id": "s1", "race": "a", "age": "30"},
        "s2": {"id": "s2", "race": "", "age": "31"},
    }
    assert found.columns == ["race", "age"]
    assert found.marks == {"race": {"NA": 1}}
    assert found.places["s2"].endswith("attributes.csv:3")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_byte_order_mark_blanks_and_windows_line_ends_are_no_content(
    tmp_path: Path, encoding: str, end: str
) -> None:
    text = end.join([" id ; race", " s1 ; Sámi ", "s2;x\u00a0", ""])
    found = read_attributes(written(tmp_path, text, encoding), "id")
    assert [row["race"] for row in found.rows.values()] == ["Sámi", "x"]


@pytest.mark.parametrize(
    "value",
    [
        *UNKNOWN,
        "-1.0",
        "NaN",
        "NULL",
        "Unknown",
        "Not Reported",
        " na ",
        "<NA>",
        "#N/A",
        "N/A",
        "(blank)",
        "[NULL]",
        "<unknown>",
        "#WERT!",
        "#NOM?",
        "#DIV/0!",
    ],
)
def test_an_unknown_value_is_no_attribute(tmp_path: Path, value: str) -> None:
    assert table(tmp_path, f"id,race\ns1,{value}\n").rows["s1"]["race"] == ""


@pytest.mark.parametrize(
    "value",
    [
        "none",
        "0",
        "no",
        "-2",
        "unknown site",
        "20×",
        "a=b",
        "a/b",
        "+",
        "-",
        "(x)",
        "<",
        "#1!",
        "n" * 5000,
    ],
)
def test_other_values_are_kept_as_they_are(tmp_path: Path, value: str) -> None:
    assert table(tmp_path, f"id,race\ns1,{value}\n").rows["s1"]["race"] == value


@pytest.mark.parametrize("value", ["9999", "9999.0", " 9999.00 ", "Not Tested"])
def test_marks_of_one_s_own_count_in_every_spelling(tmp_path: Path, value: str) -> None:
    marks = Marks(missing=[9999, "not tested"])
    assert table(tmp_path, f"id,race\ns1,{value}\n", marks).rows["s1"]["race"] == ""
    assert table(tmp_path, f"id,race\ns1,{value}\n").rows["s1"]["race"] == value.strip()


@pytest.mark.parametrize(("value", "known"), [("None", ["None"]), ("-1", [-1]), ("?", ["?"])])
def test_a_usual_mark_may_be_a_value(tmp_path: Path, value: str, known: list[object]) -> None:
    text = f"id,treatment\ns1,{value}\n"
    assert table(tmp_path, text, Marks(known=known)).rows["s1"]["treatment"] == value
    assert table(tmp_path, text).rows["s1"]["treatment"] == ""


def test_marks_are_lists() -> None:
    with pytest.raises(WrongCall, match=r"dataset\.missing: expected a list \(\[9999\]\)"):
        Marks(missing="9999")


def test_two_forms_of_a_letter_are_one_value(tmp_path: Path) -> None:
    other = unicodedata.normalize("NFD", "Sámi")
    rows = table(tmp_path, f"id,race\ns1,Sámi\ns2,{other}\n").rows
    assert rows["s1"]["race"] == rows["s2"]["race"]


def test_a_value_may_hold_commas_and_lines_and_a_column_no_name(tmp_path: Path) -> None:
    found = table(tmp_path, ',id,note\n0,s1,"a, b"\n1,s2,"two\nlines"\n').rows
    assert [row["note"] for row in found.values()] == ["a, b", "two\nlines"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,race\ns1,a\ns2\n", r"attributes\.csv:3: expected 2 fields, found 1"),
        ("id,race\ns1,a\ns2,b,c\n", r"attributes\.csv:3: expected 2 fields, found 3"),
        ("id,race\ns1,a\ns1,b\n", r"attributes\.csv:3: id: 's1' occurs twice"),
        ("id,race\ns1,a\n s1 ,b\n", r"attributes\.csv:3: id: 's1' occurs twice"),
        ("id,race\ns1,a\n,b\n", r"attributes\.csv:3: id: expected an id, found nothing"),
        (
            "id,race, race \ns1,a,b\n",
            r"attributes\.csv:2: expected each column once, found 'race' twice",
        ),
        ("name,race\ns1,a\n", r"expected the column 'id', found none \(there are name, race\)"),
        ("id,race\n", r"attributes\.csv: expected at least one row"),
        ("", r"attributes\.csv: expected "),
    ],
)
def test_a_malformed_table_is_one_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(BadData, match=message) as error:
        table(tmp_path, text)
    assert "\n" not in str(error.value)


def test_a_column_that_is_asked_for_must_be_there(tmp_path: Path) -> None:
    path = written(tmp_path, "id,race\ns1,a\n")
    with pytest.raises(BadData, match=r"expected the column 'rase', found none \(did you mean"):
        read_attributes(path, "id", ["rase"])
    with pytest.raises(BadData, match=r"none\.csv: expected "):
        read_attributes(tmp_path / "none.csv", "id")


# --- which row is of which image ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "image"),
    [
        ("a/b.png", "a/b.png"),
        ("b.png", "a/b.png"),
        ("b", "a/b.png"),
        ("a/b", "a/b.png"),
        ("a\\b.png", "a/b.png"),
        ("./a/b.png", "a/b.png"),
        ("b.PNG", "b.png"),
        ("images/b.png", "b.png"),
        ("images\\a\\b", "a/b.png"),
        ("b.jpg", "b.JPG"),
        ("scan.v1", "scan.v1.png"),
        (unicodedata.normalize("NFC", "é.png"), unicodedata.normalize("NFD", "é.png")),
        (unicodedata.normalize("NFD", "é"), unicodedata.normalize("NFC", "é.png")),
    ],
)
def test_a_row_names_its_image_in_any_spelling(tmp_path: Path, key: str, image: str) -> None:
    assert of(tmp_path, [key], [image]) == {image: key}


def test_the_full_name_comes_before_the_short_one(tmp_path: Path) -> None:
    ids, images = ["0.png", "b/0.png"], ["b/0.png", "0.png"]
    assert of(tmp_path, ids, images) == {"0.png": "0.png", "b/0.png": "b/0.png"}


@pytest.mark.parametrize(
    ("ids", "images", "message"),
    [
        (
            ["0.png"],
            ["a/0.png", "b/0.png"],
            r"t\.csv:2: id: '0\.png' is the name of 2 images \(a/0",
        ),
        (["0"], ["0.png", "0.jpg"], r"'0' is the name of 2 images \(0\.png, 0\.jpg\)"),
        (["0", "0.png"], ["0.png"], r"t\.csv:3: id: '0\.png' and '0' are both of the image '0\.p"),
        (["a"], ["a.png", "b.png"], r"t\.csv: id: expected a row for 'b\.png', .*; 1 of 2 images"),
        (["a", "97.png"], ["a", "097.png"], r"'097\.png', .*there is '97\.png'"),
        (["a", "7"], ["a", "007.png"], r"there is '7': folders"),
        (["a", "7.0"], ["a", "007.png"], r"there is '7\.0'"),
        (["a", "IMG 1.png"], ["a", "img1.png"], r"there is 'IMG 1\.png'"),
        (["x"], ["a"], r"expected a row for 'a', found none; 1 of 1 images have none \(rows of no"),
    ],
)
def test_what_does_not_meet_is_one_line(
    tmp_path: Path, ids: list[str], images: list[str], message: str
) -> None:
    with pytest.raises(BadData, match=message):
        of(tmp_path, ids, images)


def test_images_without_a_row_go_on_where_that_is_asked_for(tmp_path: Path) -> None:
    assert of(tmp_path, ["a"], ["a.png", "b.png"], "keep") == {"a.png": "a"}
    with pytest.raises(BadData, match=r"expected a row for 'b\.png'"):
        of(tmp_path, ["a"], ["b.png"], "keep")  # another table altogether
    with pytest.raises(WrongCall, match=r"dataset\.unlisted: expected one of refuse, keep, skip"):
        of(tmp_path, ["a"], ["a.png"], "ignore")


def test_rows_without_an_image_are_told(tmp_path: Path) -> None:
    rows = {key: {"id": key} for key in ("a", "b", "c")}
    join = joined(Table(tmp_path / "t.csv", "id", rows), {"a.png": forms("a.png")})
    assert join.notes() == ["t.csv: 2 of 3 rows are of no image, such as 'b'"]


names = st.text(st.sampled_from("ab01./"), min_size=1, max_size=5)


@given(st.lists(names, unique=True, min_size=1), st.lists(names, unique=True, min_size=1))
def test_a_row_is_of_one_image_and_an_image_has_one_row(ids: list[str], images: list[str]) -> None:
    try:
        found = of(Path(), ids, images, "keep")
    except BadData:
        return
    assert len(set(found.values())) == len(found)
    for image, key in found.items():
        others = [other for other in images if other != image and key in forms(other)]
        assert all(forms(image).index(key) < forms(other).index(key) for other in others) or (
            key not in forms(image)  # spelled otherwise
        )


# --- what a person should know ------------------------------------------------------------------


def test_a_name_that_the_suite_needs_is_no_attribute() -> None:
    for name in ("width", "cluster", "error", "sample_id"):
        with pytest.raises(BadData, match=rf"^t\.csv: attribute '{name}': .*dataset\.groups="):
            check_names("t.csv", ["light", name], ["width", "scores"])
    check_names("t.csv", ["light", "condition", "weight", "metric"], ["width"])


def test_marks_and_values_that_differ_in_case_are_told(tmp_path: Path) -> None:
    found = table(tmp_path, "id,sex,site\n1,F,\n2,f,\n3,NA,\n4,<NA>,\n5,M,\n")
    assert remarks(found, ["sex", "site"], clustered=False) == [
        "attributes.csv: sex: 2 values count as unknown (NA, <NA>); dataset.known=[...] keeps them",
        "attributes.csv: sex: 'F' and 'f' look alike, and are different groups",
    ]


@pytest.mark.parametrize("column", ["patient", "Patient_ID", "PatientID", "subject", "case no"])
def test_patients_that_repeat_are_told_and_what_that_does(tmp_path: Path, column: str) -> None:
    rows = "".join(f"s{i},{i // 2}\n" for i in range(8))
    found = table(tmp_path, f"id,{column}\n{rows}")
    (line,) = remarks(found, [], clustered=False)
    assert f"{column}: 8 samples are of 4, but every sample counts as independent" in line
    assert f"intervals are too narrow, and gates too sure; dataset.cluster={column}" in line
    assert remarks(found, [], clustered=True) == []


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [
        ("series", [f"p{i // 3}" for i in range(60)], True),
        ("age", [str(30 + i % 40) for i in range(200)], False),
        ("patient_age", [str(30 + i % 40) for i in range(200)], False),
        ("city", [f"town {chr(97 + i % 20)}" for i in range(200)], False),
        ("magnification", [f"{2**i}x" for i in range(9)] * 20, False),
        ("scanner", [f"model {i % 14}" for i in range(2000)], False),
        ("case", ["case", "control"] * 20, False),
        ("eye", ["left", "right"] * 20, False),
    ],
)
def test_ids_are_told_from_values_that_repeat(
    column: str, values: list[str], expected: bool
) -> None:
    assert looks_like_ids(column, values) == expected
