"""Files from the network: what was begun is ended, and what is wrong never gets its name."""

import hashlib
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchsuite.errors import BadData, Exit
from benchsuite.files import download as module
from benchsuite.files.download import Refused, Remote, download, missing_bytes
from benchsuite.files.hashes import git_hash
from benchsuite.files.sources import unpack
from tests.hub import serving

DATA = np.random.default_rng(0).bytes(1_500_000)
SIZE = len(DATA)
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(module, "FIRST_WAIT", 0.001)
    monkeypatch.setattr(module, "SILENCE", 0.5)


@pytest.fixture
def server():
    with serving() as served:
        served.files["/x.bin"] = DATA
        yield served


def remote(server, sha256=SHA256, size=SIZE, path="x.bin"):
    return Remote(f"{server.address}/x.bin", path, size, sha256)


def test_a_file_arrives_whole_and_says_how_much_of_it_there_is(server, tmp_path):
    seen = []
    path = download(remote(server), tmp_path / "a/b", seen.append)
    assert path.read_bytes() == DATA
    assert seen == sorted(seen) and seen[-1] == len(DATA)
    assert [one.name for one in path.parent.iterdir()] == ["x.bin"]


def test_a_file_that_is_there_is_not_asked_for_again(server, tmp_path):
    download(remote(server), tmp_path)
    assert missing_bytes(remote(server), tmp_path) == 0
    download(remote(server), tmp_path)
    assert len(server.asked) == 1


@pytest.mark.parametrize("faults", [["cut"], ["cut"] * 4, ["slow"], ["503", "cut", "429 0", "500"]])
def test_what_was_cut_goes_on_where_it_stopped(server, tmp_path, faults):
    server.faults["/x.bin"] = list(faults)
    assert download(remote(server), tmp_path).read_bytes() == DATA
    starts = [int(one["Range"][6:-1]) for one in server.of("/x.bin") if "Range" in one]
    assert starts == sorted(starts) and starts[-1] > 0


def test_a_later_call_goes_on_where_an_earlier_one_was_interrupted(server, tmp_path):
    def interrupt(done):
        if done > len(DATA) // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download(remote(server), tmp_path, interrupt)
    assert not (tmp_path / "x.bin").exists()
    assert 0 < missing_bytes(remote(server), tmp_path) < len(DATA)
    assert download(remote(server), tmp_path).read_bytes() == DATA
    assert "Range" in server.of("/x.bin")[-1]


@pytest.mark.parametrize("fault", ["whole", "other place"])
def test_a_server_that_gives_another_part_than_asked_is_not_believed(server, tmp_path, fault):
    server.faults["/x.bin"] = ["cut", fault]
    assert download(remote(server), tmp_path).read_bytes() == DATA


def test_a_rest_of_another_version_is_fetched_anew(server, tmp_path):
    (tmp_path / ".x.bin.part").write_bytes(b"old" * 1000)
    assert download(remote(server), tmp_path).read_bytes() == DATA


def test_without_a_hash_nothing_is_joined_to_what_an_earlier_call_left(server, tmp_path):
    (tmp_path / ".x.bin.part").write_bytes(b"old" * 1000)
    assert download(remote(server, sha256=""), tmp_path).read_bytes() == DATA
    assert "Range" not in server.of("/x.bin")[0]


@pytest.mark.parametrize("mine", [b"0" * SIZE, b"mine"])
def test_a_file_that_somebody_changed_is_not_replaced(server, tmp_path, mine):
    (tmp_path / "x.bin").write_bytes(mine)
    with pytest.raises(BadData, match=r"x\.bin: expected .*; move it away"):
        download(remote(server), tmp_path)
    assert (tmp_path / "x.bin").read_bytes() == mine
    assert server.asked == []


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("lie", f"expected SHA-256 {SHA256}, found"),
        ("long", f"expected {len(DATA)} bytes, found"),
    ],
)
def test_a_wrong_file_never_gets_its_name(server, tmp_path, fault, message):
    server.faults["/x.bin"] = [f"always {fault}"]
    with pytest.raises(BadData, match=message) as found:
        download(remote(server), tmp_path)
    assert "\n" not in str(found.value)
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_never_gives_the_end_is_given_up_with_a_line_that_says_how_to_go_on(
    server, tmp_path
):
    server.faults["/x.bin"] = ["always short"]
    with pytest.raises(Refused, match=r"\d+ of 1500000 bytes came.*the same command goes on"):
        download(remote(server), tmp_path)
    assert not (tmp_path / "x.bin").exists()


@pytest.mark.parametrize("status", [401, 403, 404, 410, 451])
def test_a_refusal_is_not_repeated(server, tmp_path, status):
    server.faults["/x.bin"] = [f"always {status}"]
    with pytest.raises(Refused, match=f"HTTP {status}") as found:
        download(remote(server), tmp_path)
    assert (found.value.status, found.value.code) == (status, Exit.NOT_AVAILABLE)
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_may_pass_is_tried_again_and_then_given_up(server, tmp_path, status):
    server.faults["/x.bin"] = [f"always {status}"]
    with pytest.raises(Refused, match=f"HTTP {status}; the same command goes on"):
        download(remote(server), tmp_path)
    assert len(server.asked) == module.ATTEMPTS


def test_a_server_that_asks_for_an_hour_is_not_waited_for(server, tmp_path):
    server.faults["/x.bin"] = ["always 429 3600"]
    with pytest.raises(Refused, match="HTTP 429"):
        download(remote(server), tmp_path)
    assert len(server.asked) == 1


def test_no_server_is_one_line(tmp_path):
    with serving() as gone:
        pass
    with pytest.raises(Refused, match="the connection failed"):
        download(remote(gone), tmp_path)


@pytest.mark.parametrize("address", ["", "x", "ftp://127.0.0.1/x", "http://", "http://[::1"])
def test_an_address_that_is_none_is_one_line(tmp_path, address):
    with pytest.raises(Refused):
        download(Remote(address, "x.bin"), tmp_path)


@pytest.mark.parametrize("path", ["../x.bin", "/x.bin", "a/../../x.bin"])
def test_no_file_leaves_its_folder(server, tmp_path, path):
    with pytest.raises(BadData, match="expected a file below"):
        download(remote(server, path=path), tmp_path / "in")
    assert server.asked == []


def test_a_token_goes_to_its_own_server_alone_and_is_never_shown(server, tmp_path):
    secret = {"Authorization": "Bearer hf_secret"}
    asked = Remote(f"{server.address}/x.bin", "x.bin", headers=secret)
    with serving() as other:
        server.faults["/x.bin"] = [f"to {other.address}/y.bin"]
        with pytest.raises(Refused, match="HTTP 404") as found:
            download(asked, tmp_path)
    assert server.of("/x.bin")[0]["Authorization"] == "Bearer hf_secret"
    assert "Authorization" not in other.of("/y.bin")[0]
    assert "hf_secret" not in str(found.value) + repr(asked)


@given(st.binary(max_size=300))
def test_a_blob_has_the_hash_that_git_gives_it(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("blob") / "x"
    path.write_bytes(data)
    expected = hashlib.sha1(b"blob %d\0%s" % (len(data), data), usedforsecurity=False).hexdigest()
    assert git_hash(path) == expected


def test_an_archive_is_unpacked_once_and_mended(tmp_path):
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("in/", "")
        file.writestr("in/x.txt", "x" * 100)
        file.writestr("y.txt", "y")
    unpack(archive, tmp_path)
    first = (tmp_path / "in/x.txt").stat().st_mtime_ns
    (tmp_path / "y.txt").write_text("")
    unpack(archive, tmp_path)
    assert (tmp_path / "y.txt").read_text() == "y"
    assert (tmp_path / "in/x.txt").stat().st_mtime_ns == first


def test_a_member_that_would_leave_the_folder_is_refused(tmp_path):
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("../x.txt", "x")
    with pytest.raises(BadData, match="expected a file below"):
        unpack(archive, tmp_path / "in")
    assert not (tmp_path / "x.txt").exists()
