"""A hash follows a file's bytes, and nothing else."""

import hashlib
import os
from pathlib import Path

import pytest

from benchsuite.errors import BadData
from benchsuite.files import hashes
from benchsuite.files.hashes import content_hash, sha256

LONG_AGO = (10**9, 10**9)


def test_the_digits_are_those_of_the_algorithms(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    assert sha256(path) == hashlib.sha256(b"abc").hexdigest()
    assert content_hash(path) == hashlib.blake2b(b"abc", digest_size=16).hexdigest()


def test_a_file_that_changes_at_once_in_the_same_size_gets_another_hash(tmp_path: Path) -> None:
    path = tmp_path / "a"
    found = []
    for letter in "abcdef" * 20:
        path.write_text(letter)
        found.append(content_hash(path))
    assert len(set(found)) == 6


def test_an_old_file_is_read_once_and_again_after_a_change(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("one")
    os.utime(path, LONG_AGO)
    before = hashes._remembered.cache_info()
    assert content_hash(path) == content_hash(path)
    after = hashes._remembered.cache_info()
    assert (after.misses - before.misses, after.hits - before.hits) == (1, 1)
    first = content_hash(path)
    path.write_text("two")
    assert content_hash(path) != first


def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(BadData, match=f"{path}: expected a readable file, found: "):
            content_hash(path)


@pytest.mark.skipif(os.name != "posix", reason="other systems have no such files")
def test_what_may_have_no_end_is_not_hashed(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(BadData, match=f"{path}: expected a file, found a pipe or a device"):
            content_hash(path)
