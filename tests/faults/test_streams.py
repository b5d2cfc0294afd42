"""Standard output, standard error or folder of a command may be closed, full or gone: it says so."""

import errno
import subprocess
import sys

import pytest

from benchsuite.cli import main
from tests.plugin import command, environment

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems have no /dev/full")


def code(tmp_path, words: str, redirected: str) -> tuple[int, str]:
    """The exit code of a command whose streams a shell has redirected, and its standard error."""
    line = f'set -o pipefail; "$@" {redirected}'
    done = subprocess.run(
        ["bash", "-c", line, "bash", *command(*words.split())], cwd=tmp_path, text=True,
        env=environment(tmp_path), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    return done.returncode, done.stderr


@pytest.mark.parametrize("words", ["list", "data list"])
def test_a_full_standard_output_is_one_line(tmp_path, words):
    told = "benchsuite: standard output: cannot write: No space left on device\n"
    assert code(tmp_path, words, "> /dev/full") == (73, told)


@pytest.mark.parametrize(
    ("words", "redirected", "expected"),
    [
        ("list", ">&-", 0),
        ("list", ">&- 2>&-", 0),
        ("list nothing", "2>&-", 64),
        ("list nothing", "2> /dev/full", 64),
        ("gate nothing --baseline nothing", "2> /dev/full > /dev/full", 3),
        ("data list", "| head -c 1", 0),
    ],
)
def test_a_stream_that_takes_nothing_alters_no_exit_code(tmp_path, words, redirected, expected):
    found, told = code(tmp_path, words, redirected)
    assert (found, told) == (expected, "")


@pytest.mark.parametrize(
    ("error", "told", "expected"),
    [
        (MemoryError("8 GB"), "not enough memory: 8 GB", 69),
        (OSError(errno.ENOMEM, "no", "a.csv"), "not enough memory: ", 69),
        (OSError(errno.ENAMETOOLONG, "File name too long", "a.csv"), "a.csv: File name too", 65),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "standard output: cannot write: Disk q", 73),
        (OSError(errno.EAGAIN, "no more processes"), "the system refuses: ", 69),
    ],
)
def test_what_the_system_refuses_has_a_code_of_its_own(monkeypatch, capsys, error, told, expected):
    def fail(_: object) -> None:
        raise error

    monkeypatch.setattr("benchsuite.cli.parser._done", fail)
    assert main(["list"]) == expected
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"benchsuite: {told}")


def test_a_folder_that_is_gone_is_one_line(tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    remove = f"rmdir {gone}; exec "
    done = subprocess.run(
        ["bash", "-c", f'{remove} "$@"', "bash", *command("list")], cwd=gone, text=True,
        env=environment(tmp_path), capture_output=True, check=False,
    )  # fmt: skip
    told = "benchsuite: the current folder is gone; change to one that is there\n"
    assert (done.returncode, done.stderr) == (64, told)
