"""One command scores several models: the last `*` of a path names them."""

import pytest

from benchsuite.errors import BadData
from benchsuite.files.sources import files_of, matched
from benchsuite.runs.exchange import by_model


@pytest.fixture
def root(tmp_path):
    for split in ("one", "two"):
        for name in ("a.b", "c-d"):
            file = tmp_path / split / "runs" / f"{name}.trec.gz"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(b"")
    (tmp_path / "one/runs/.hidden.trec.gz").write_bytes(b"")
    return tmp_path


def test_the_last_star_is_the_name_of_a_model_and_what_it_matches_are_its_parts(root):
    found = by_model(root / "*/runs/*.trec.gz")
    assert list(found) == ["a.b", "c-d"]
    assert files_of(found["a.b"]) == [
        root / f"{split}/runs/a.b.trec.gz" for split in ("one", "two")
    ]


def test_folders_are_models_too(root):
    assert by_model(root / "*") == {"one": root / "one", "two": root / "two"}


def test_with_a_name_all_is_of_one_model_and_without_a_star_the_file_names_it(root):
    pattern = root / "*/runs/c-d.trec.gz"
    assert by_model(pattern, "mine") == {"mine": pattern}
    assert len(files_of(pattern)) == 2
    assert by_model(root / "x.txt") == {"x": root / "x.txt"}


def test_a_file_whose_name_has_a_star_is_itself(root):
    odd = root / "a*b.txt"
    odd.write_bytes(b"")
    assert by_model(odd) == {"a*b": odd}
    assert matched(odd) == [odd]


def test_a_pattern_that_nothing_matches_is_one_line(root):
    with pytest.raises(BadData, match=r"\*\.json: expected a pattern that something matches"):
        by_model(root / "*.json")
