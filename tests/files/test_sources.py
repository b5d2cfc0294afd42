"""Files in archives and tables are read as those of a folder are."""

import hashlib
import zipfile

import pytest

from benchsuite.errors import BadData
from benchsuite.files import limits
from benchsuite.files.sources import Embedded, Member, inside, source_hash, unpack


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("images/a.png", b"pixels" * 100)
    return path


def test_a_member_is_read_without_unpacking(archive):
    member = Member(archive, "images/a.png")
    assert member.is_file()
    assert member.read_bytes() == b"pixels" * 100
    assert str(member) == f"{archive}:images/a.png"
    assert not Member(archive, "b.png").is_file()
    with pytest.raises(BadData, match=r"a\.zip:b\.png: expected a file, found none"):
        Member(archive, "b.png").read_bytes()


def test_a_member_that_is_too_large_is_not_read(archive, tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "FREE", 100)
    monkeypatch.setattr(limits, "RATIO", 1)
    with pytest.raises(BadData, match=r"a\.zip:images/a\.png: expected at most .*, found 600"):
        Member(archive, "images/a.png").read_bytes()
    with pytest.raises(BadData, match=r"a\.zip: expected at most .*, found 600"):
        unpack(archive, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", [None, b"", b"no archive"])
def test_what_is_no_archive_is_one_line(tmp_path, content):
    path = tmp_path / f"{content!r}.zip"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadData, match="expected a ZIP archive, found"):
        Member(path, "a").is_file()


def test_a_damaged_member_is_one_line(archive):
    data = bytearray(archive.read_bytes())
    data[42:48] = bytes(6)
    archive.write_bytes(data)
    with pytest.raises(BadData, match="expected a whole file, found") as error:
        Member(archive, "images/a.png").read_bytes()
    assert "\n" not in str(error.value)


def test_sources_of_one_content_have_one_hash(archive, tmp_path):
    data = b"pixels" * 100
    (tmp_path / "a.png").write_bytes(data)
    found = {
        source_hash(source)
        for source in (Member(archive, "images/a.png"), Embedded("a", data), tmp_path / "a.png")
    }
    assert found == {hashlib.sha256(data).hexdigest()}
    assert not Embedded("a", b"").is_file()


def test_a_name_never_leads_out_of_its_folder(tmp_path):
    assert inside("f:1", tmp_path, "a/b.png") == tmp_path / "a/b.png"
    for name in ("../a.png", "/etc/passwd", "a/../../b"):
        with pytest.raises(BadData, match=r"^f:1: expected a file below"):
            inside("f:1", tmp_path, name)


@pytest.mark.parametrize("name", ["x" * 300, "a\0b", "../b", "/etc/passwd"])
def test_what_is_no_name_of_a_file_is_refused(tmp_path, name):
    with pytest.raises(BadData, match="a: expected a file below"):
        inside("a", tmp_path, name)
    assert inside("a", tmp_path, "b/é名.png") == tmp_path / "b/é名.png"
