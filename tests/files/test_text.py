"""What people bring as text is read as it was meant, or refused in one line with its place."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchsuite.errors import BadData
from benchsuite.files.text import (
    finite,
    integer,
    json_lines,
    json_object,
    json_value,
    number,
    numbered_lines,
    parsed,
    record_of,
    string,
    strings,
    text_of,
)


def written(folder: Path, data: str | bytes, name: str = "file") -> Path:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def test_a_byte_order_mark_and_other_line_ends_are_no_part_of_a_text(tmp_path: Path) -> None:
    path = written(tmp_path, "\ufeffa\r\nb\rc\n")
    assert text_of(path) == "a\nb\nc\n"
    assert list(numbered_lines(path)) == [(1, "a"), (2, "b"), (3, "c")]


def test_unicode_line_separators_split_no_line(tmp_path: Path) -> None:
    path = written(tmp_path, json.dumps({"a": "x\u2028y\x85z"}, ensure_ascii=False) + "\n\n{}\n")
    assert list(json_lines(path)) == [(f"{path}:1", {"a": "x\u2028y\x85z"}), (f"{path}:3", {})]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", ": expected at least one line, found an empty file"),
        (b"\xef\xbb\xbf \n", ": expected at least one line, found an empty file"),
        (b"abc\xff", ":1: expected UTF-8, found byte 3 that is not"),
    ],
)
def test_a_text_that_cannot_be_read_is_one_line(tmp_path: Path, data: bytes, message: str) -> None:
    path = written(tmp_path, data)
    with pytest.raises(BadData, match=f"^{path}{message}"):
        text_of(path)
    with pytest.raises(BadData, match="expected a readable file, found: No such file"):
        text_of(tmp_path / "none")
    with pytest.raises(BadData, match="expected a readable file, found: Is a directory"):
        text_of(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "expected JSON, found Expecting property name enclosed in double quotes at column 2"),
        ("[" * 100000, "expected JSON, found brackets nested too deeply"),
        ('{"a":' * 100000, "expected JSON, found brackets nested too deeply"),
        ("9" * 5000, "expected JSON, found a number of too many digits"),
    ],
)
def test_json_that_is_none_is_one_line_with_its_place(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(BadData, match=f"^here: {message}$"):
        parsed("here", text)
    lines = written(tmp_path, "{}\n" + text)
    with pytest.raises(BadData, match=f"^{lines}:2: {message}$"):
        list(json_lines(lines))
    whole = written(tmp_path, text)
    with pytest.raises(BadData, match=f"^{whole}: {message}$"):
        json_value(whole)


def test_the_line_of_a_fault_in_a_json_file_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, '{\n "a": 1,\n "b": ?\n}\n')
    with pytest.raises(BadData, match=f"^{path}:3: expected JSON, found Expecting value at col"):
        json_object(path)


def test_a_value_that_is_no_object_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "[1, 2]\n")
    with pytest.raises(BadData, match=r"file: expected an object, found \[1, 2\]"):
        json_object(path)
    with pytest.raises(BadData, match=r"file:1: expected an object, found \[1, 2\]"):
        list(json_lines(path))
    assert json_value(path) == [1, 2]


def test_numbers_that_are_none_are_read_as_json_does(tmp_path: Path) -> None:
    found = json_object(written(tmp_path, '{"a": NaN, "b": -Infinity}'))
    assert math.isnan(found["a"]) and found["b"] == -math.inf


def test_a_field_is_of_its_type_or_refused() -> None:
    row: dict[str, Any] = {
        "a": "x",
        "b": 3,
        "c": ["y"],
        "d": ["y", 4],
        "e": "\ud800",
        "f": ["\udfff"],
    }
    assert (string("at", row, "a"), string("at", row, "z", "other")) == ("x", "other")
    assert (strings("at", row, "c"), strings("at", row, "z")) == (("y",), ())
    for read, key, message in (
        (string, "z", "at: expected the key 'z', found a, b, c, d, e, f"),
        (string, "b", "at: b: expected a string, found 3"),
        (string, "e", "at: e: expected Unicode text, found half a surrogate pair"),
        (strings, "a", 'at: a: expected a list, found "x"'),
        (strings, "d", "at: d: expected a string, found 4"),
        (strings, "f", "at: f: expected Unicode text, found half a surrogate pair"),
    ):
        with pytest.raises(BadData, match=f"^{message}$"):
            read("at", row, key)


@pytest.mark.parametrize("text", ["1.5", "", "1e3", "1234567890", "٣", "True"])
def test_a_whole_number_has_a_few_digits(text: str) -> None:
    with pytest.raises(BadData, match=f"at: grade: expected a whole number, found '{text}'"):
        integer("at", "grade", text)
    assert (integer("at", "grade", "-12"), integer("at", "grade", 3.0)) == (-12, 3)


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "", "x"])
def test_a_number_is_finite(text: str) -> None:
    with pytest.raises(BadData, match=f"at: score: expected a finite number, found '{text}'"):
        number("at", "score", text)
    assert number("at", "score", "1e-3") == 0.001


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True)
class Part:
    name: str
    weight: float = 1.0


@dataclass(frozen=True)
class Whole:
    parts: tuple[Part, ...]
    count: int
    good: bool
    span: tuple[float, float]
    by_name: Mapping[str, Part]
    colour: Colour = Colour.RED
    kind: Literal["a", "b"] = "a"
    note: str | None = None
    best: Part | str | None = None
    rest: Any = None


RIGHT: dict[str, Any] = {
    "parts": [{"name": "x"}, {"name": "y", "weight": 2}], "count": 3, "good": True, "span": [0, 1.5],
    "by_name": {"z": {"name": "z"}}, "colour": "blue", "best": {"name": "w"}, "rest": [{"any": 1}],
}  # fmt: skip


def test_a_record_is_read_with_its_parts_and_defaults() -> None:
    found = record_of(Whole, "file", RIGHT)
    assert found.parts == (Part("x"), Part("y", 2.0))
    assert found.by_name == {"z": Part("z")}
    assert (found.colour, found.kind, found.best) == (Colour.BLUE, "a", Part("w"))
    assert (found.span, found.rest, found.note) == ((0.0, 1.5), [{"any": 1}], None)
    assert record_of(Whole, "file", {**RIGHT, "best": "w"}).best == "w"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cuont": 1}, r"expected no key 'cuont' \(did you mean count\?\)"),
        ({"count": "3"}, 'count: expected a whole number, found "3"'),
        ({"count": True}, "count: expected a whole number, found true"),
        ({"count": 1.0}, "count: expected a whole number, found 1.0"),
        ({"good": 1}, "good: expected true or false, found 1"),
        ({"note": 1}, "note: expected a string, found 1"),
        ({"note": "\ud800"}, "note: expected Unicode text, found half a surrogate pair"),
        ({"parts": {}}, r"parts: expected a list, found \{\}"),
        ({"parts": [{"name": "x"}, {}]}, r"parts\[1\]: expected the key 'name', found no keys"),
        (
            {"parts": [{"name": "x", "weight": "1"}]},
            r'parts\[0\]: weight: expected a number, found "',
        ),
        ({"span": [1]}, r"span: expected 2 values, found \[1\]"),
        ({"by_name": {"z": None}}, "by_name: z: expected an object, found null"),
        ({"by_name": []}, r"by_name: expected an object, found \[\]"),
        ({"colour": "green"}, 'colour: expected one of red, blue, found "green"'),
        ({"kind": []}, r"kind: expected one of a, b, found \[\]"),
        ({"best": 3}, "best: expected a string, found 3"),
    ],
)
def test_a_record_with_a_fault_is_one_line_that_names_the_key(
    change: dict[str, Any], message: str
) -> None:
    with pytest.raises(BadData, match=f"^file: {message}"):
        record_of(Whole, "file", {**RIGHT, **change})


@pytest.mark.parametrize("key", ["parts", "count", "good", "span", "by_name"])
def test_a_key_without_default_must_be_there(key: str) -> None:
    with pytest.raises(BadData, match=f"file: expected the key '{key}', found "):
        record_of(Whole, "file", {name: value for name, value in RIGHT.items() if name != key})
    with pytest.raises(BadData, match="file: expected an object, found null"):
        record_of(Whole, "file", None)


TEXT = st.text(st.characters(codec="utf-8"))
PARTS = st.builds(Part, TEXT, st.floats(allow_nan=False))


@given(
    st.builds(
        Whole, st.lists(PARTS).map(tuple), st.integers(), st.booleans(),
        st.tuples(st.floats(allow_nan=False), st.floats(allow_nan=False)),
        st.dictionaries(TEXT, PARTS), st.sampled_from(Colour), st.sampled_from(["a", "b"]),
        st.none() | TEXT, st.none() | PARTS | TEXT,
    )
)  # fmt: skip
def test_a_record_that_was_written_is_read_the_same(whole: Whole) -> None:
    assert record_of(Whole, "file", parsed("file", json.dumps(asdict(whole)))) == whole


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.dictionaries(st.sampled_from(list(RIGHT)), JSON))
def test_no_json_is_anything_but_a_record_or_one_line(change: dict[str, Any]) -> None:
    try:
        assert isinstance(record_of(Whole, "file", {**RIGHT, **change}), Whole)
    except BadData as error:
        assert str(error).startswith("file: ")


@dataclass(frozen=True)
class Held:
    share: float


@pytest.mark.parametrize("value", [10**400, -(10**400), True, "1", None, [1]])
def test_a_number_that_no_float_holds_is_none(value: Any) -> None:
    assert finite(value) is None
    with pytest.raises(BadData, match=r"^a: share: expected a number, found "):
        record_of(Held, "a", {"share": value})
    assert record_of(Held, "a", {"share": 3}) == Held(3.0)
    assert (finite(3), finite(math.nan)) == (3.0, None)
