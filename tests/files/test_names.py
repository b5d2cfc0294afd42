"""Names of files are the same in every spelling, and never more than that."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchsuite.errors import BadData
from benchsuite.files.names import alike, forms, in_folders, named, normal


def test_forms_are_path_and_name_with_and_without_suffix() -> None:
    assert forms("a/b.c.PNG") == (
        "a/b.c.png", "a/b.c", "b.c.png", "b.c", "images/a/b.c.png", "images/a/b.c"
    )  # fmt: skip
    assert forms("a/b.v1")[:4] == ("a/b.v1", "a/b.v1", "b.v1", "b.v1")


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_a_normal_spelling_stays_as_it_is(name: str) -> None:
    assert normal(normal(name)) == normal(name)


def test_a_key_means_all_that_have_it_as_their_best_form() -> None:
    known = {"x": ("a", "b"), "y": ("b", "c"), "z": ("d", "c")}
    assert named(["a", "b", "c", "e"], known) == {
        "a": ("x",),
        "b": ("y",),
        "c": ("y", "z"),
        "e": (),
    }


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("7.png", "007.png", True),
        ("7", "007.jpg", True),
        ("slide-7-1", "slide-07-001", True),
        ("A.png", "a.png", True),
        ("70.png", "7.png", False),
        ("0.png", "000.png", True),
        ("1.png", "2.png", False),
    ],
)
def test_alike_is_what_a_spreadsheet_makes(a: str, b: str, expected: bool) -> None:
    assert alike(a, b) == expected


def test_files_in_folders_are_named_with_their_folder(tmp_path: Path) -> None:
    for name in ("b/2.png", "a/1.png", "a/2.png", "3.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = in_folders(tmp_path, lambda folder: {one.stem: one for one in folder.iterdir()})
    assert found == {
        "a/1": tmp_path / "a/1.png",
        "a/2": tmp_path / "a/2.png",
        "b/2": tmp_path / "b/2.png",
    }
    for nothing in (tmp_path / "a", tmp_path / "nowhere"):
        with pytest.raises(BadData, match="expected folders, and files in them, found none"):
            in_folders(nothing, lambda folder: {})
