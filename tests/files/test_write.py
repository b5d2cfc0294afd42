"""Files are written whole, whoever writes them at the same time."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchsuite.files.write import DEVICES, below, slug, slugs, write_bytes


def test_threads_that_write_one_file_leave_it_whole(tmp_path):
    path = tmp_path / "kept/answer.json"
    contents = [bytes([65 + n]) * 10_000 for n in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda data: write_bytes(path, data), contents * 8))
    assert path.read_bytes() in contents
    assert [file.name for file in path.parent.iterdir()] == ["answer.json"]


@pytest.mark.parametrize("name", ["vit-b+32", "text+typo+3", "a.b_c=1×2", "console", "com10"])
def test_a_plain_name_is_its_own_file_name(name):
    assert slug(name) == name


@given(st.text())
def test_any_name_is_a_file_name_on_every_system(name):
    made = slug(name)
    assert re.fullmatch(r"[A-Za-z0-9_+×=~-][A-Za-z0-9._+×=~-]*", made)
    assert not made.endswith(".")
    assert not re.fullmatch(DEVICES, made, re.IGNORECASE)
    assert len(made.encode()) < 255


def test_names_that_differ_have_files_that_differ():
    names = [
        "con",
        "CON",
        "nul.txt",
        "_con",
        "a.",
        "a",
        "a:b",
        "a_b",
        "x" * 300,
        "x" * 301,
        "",
        ".",
    ]
    assert len({slug(name) for name in names}) == len(names)


@pytest.mark.parametrize("name", ["a.png", "dining table/7.png", "a/b/c", "..a/b.."])
def test_a_name_with_folders_is_its_own_path(name):
    assert below(name).as_posix() == name


@given(st.lists(st.sampled_from(["..", ".", "", "a", "\0", "~", "C:"]) | st.text(), min_size=1))
def test_no_name_leads_out_of_its_folder(parts):
    found = below("/".join(parts))
    assert not found.is_absolute()
    assert found.parts
    assert not {"..", ""} & {*found.parts}
    assert len(found.parts) >= len(parts)


def test_names_that_differ_in_case_alone_have_files_of_their_own():
    found = slugs(["no", "NO", "yes", "index"], ["index"])
    assert found["yes"] == "yes"
    assert len({file.lower() for file in [*found.values(), "index"]}) == 5
