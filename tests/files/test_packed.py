"""Packed files are read as they were, whatever they are called."""

import gzip
import os
from pathlib import Path

import pytest

from benchsuite.errors import BadData
from benchsuite.files import limits
from benchsuite.files.packed import bytes_of, head_of
from benchsuite.files.text import json_lines

ROW = b'{"a": 1}\n'


def written(folder: Path, data: bytes, name: str = "file") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("name", ["rows.jsonl.gz", "rows.jsonl"])
@pytest.mark.parametrize("data", [ROW, gzip.compress(ROW, mtime=0)])
def test_the_bytes_and_not_the_name_say_whether_a_file_is_packed(
    tmp_path: Path, data: bytes, name: str
) -> None:
    path = written(tmp_path, data, name)
    assert list(json_lines(path)) == [(f"{path}:1", {"a": 1})]
    assert head_of(path, 5) == '{"a":'


def test_what_cannot_be_unpacked_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="file: expected a file of gzip, found: "):
        bytes_of(written(tmp_path, gzip.compress(b"{}")[:-6]))
    with pytest.raises(BadData, match="file: expected a file of gzip, found: "):
        head_of(written(tmp_path, b"\x1f\x8bnothing"), 100)
    for read in (bytes_of, lambda path: head_of(path, 100)):
        with pytest.raises(BadData, match="file: expected plain text or gzip, found compress; run"):
            read(written(tmp_path, b"\x1f\x9d\x90abc"))
        with pytest.raises(BadData, match="expected a readable file, found: No such file"):
            read(tmp_path / "none")


def test_a_bomb_is_refused_once_it_is_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, gzip.compress(ROW * 9999, mtime=0))
    assert bytes_of(path) == ROW * 9999
    monkeypatch.setattr(limits, "FREE", len(ROW) * 9998)
    monkeypatch.setattr(limits, "RATIO", 1)
    with pytest.raises(BadData, match=r"file: expected at most 89,982 bytes in memory"):
        bytes_of(path)
    assert head_of(path, 5) == '{"a":'


def test_the_head_of_a_file_is_read_whatever_it_holds(tmp_path: Path) -> None:
    assert head_of(written(tmp_path, b"<doc>\xff" + b"x" * 99), 7) == "<doc>\ufffdx"


@pytest.mark.skipif(os.name != "posix", reason="other systems have no such files")
def test_a_pipe_is_read_to_its_end_and_what_has_none_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out, into = os.pipe()
    os.write(into, gzip.compress(ROW))
    os.close(into)
    assert bytes_of(Path(f"/dev/fd/{out}")) == ROW
    os.close(out)
    monkeypatch.setattr(limits, "FREE", 10_000)
    with pytest.raises(BadData, match=r"^/dev/zero: expected at most 10,000 bytes in memory"):
        bytes_of(Path("/dev/zero"))
