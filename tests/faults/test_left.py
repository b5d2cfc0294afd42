"""A killed writer leaves nothing behind that the next one does not remove; a living one loses nothing."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchsuite.files.write import TEMPORARY, replacing, write_bytes
from tests.plugin import environment

fcntl = pytest.importorskip("fcntl", reason="the kernel tells who writes by POSIX")

FILES = """
import sys
from pathlib import Path
from benchsuite.files.write import write_bytes
print("begun", flush=True)
while True:
    for n in range(20):
        write_bytes(Path(sys.argv[1]) / f"{n}", b"x" * 100_000)
"""
FOLDERS = """
import sys, time
from pathlib import Path
from benchsuite.files.write import replacing
with replacing(Path(sys.argv[1]) / "made") as made:
    made.mkdir()
    (made / "file").write_text("half of it")
    print("begun", flush=True)
    time.sleep(600)
"""


def begun(code: str, folder: Path) -> "subprocess.Popen[str]":
    """A process that writes into a folder, and has begun to."""
    words = [sys.executable, "-c", code, str(folder)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, env=environment(folder), text=True)
    assert process.stdout and process.stdout.readline() == "begun\n"
    return process


def left(folder: Path) -> list[Path]:
    return sorted(folder.rglob(f"{TEMPORARY}*"))


def test_what_a_killed_process_was_writing_is_removed_by_the_next_writer(tmp_path):
    rng, found = random.Random(5), 0  # noqa: S311 - moments, not secrets
    for kill in range(6):
        folder = tmp_path / str(kill)
        process = begun(FILES, folder)
        while not found and not left(folder):  # at least one is killed while it writes
            pass
        time.sleep(0 if not found else rng.random() * 0.01)
        process.kill()
        process.wait()
        found += len(left(folder))
        write_bytes(folder / "last", b"")
        assert not left(folder)
        assert {len(path.read_bytes()) for path in folder.iterdir()} <= {0, 100_000}
    assert found


def test_a_folder_that_a_killed_process_was_filling_is_removed_and_a_living_one_is_not(tmp_path):
    process = begun(FOLDERS, tmp_path)
    write_bytes(tmp_path / "other", b"")
    assert len([path for path in left(tmp_path) if path.is_dir()]) == 1
    process.kill()
    process.wait()
    (tmp_path / "again").symlink_to(tmp_path)  # another name for the folder: it is looked at again
    write_bytes(tmp_path / "again" / "other", b"")
    assert not left(tmp_path)
    assert not (tmp_path / "made").exists()


def test_a_folder_is_replaced_as_a_whole_or_not_at_all(tmp_path):
    for content in ("first", "second"):
        with replacing(tmp_path / "made") as made:
            write_bytes(made / content, b"")
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["second"]
    with pytest.raises(ValueError, match="no"), replacing(tmp_path / "made") as made:
        write_bytes(made / "third", b"")
        raise ValueError("no")
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["second"]
    assert not left(tmp_path)


def test_writers_that_begin_at_the_same_time_sweep_nothing_of_each_other(tmp_path):
    processes = [begun(FILES, tmp_path) for _ in range(4)]
    time.sleep(0.5)
    assert [process.poll() for process in processes] == [None] * 4
    for process in processes:
        process.kill()
        process.wait()


@pytest.mark.parametrize("name", ["x" * 255, "名" * 85, "é" * 127])
def test_a_file_may_have_the_longest_name_that_the_system_takes(tmp_path, name):
    write_bytes(tmp_path / name, b"here")
    assert (tmp_path / name).read_bytes() == b"here"
