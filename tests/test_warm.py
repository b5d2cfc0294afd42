"""A fork of the warm Python is to a test what a process is."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests import warm
from tests.plugin import call, command, environment

PRINTS = """
import os, sys
print(sys.argv[1:], os.getcwd(), os.environ["MINE"], sys.path[:2], __name__)
print(os.environ.get("OMP_NUM_THREADS"), sys.stdin.read(), file=sys.stderr)
raise SystemExit(3)
"""


def said(done: subprocess.CompletedProcess[str]) -> tuple[int, str, str]:
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def site(tmp_path) -> Path:
    """A folder with a module that says how it was called, and away from it one that waits."""
    (tmp_path / "prints.py").write_text(PRINTS)
    (tmp_path / "waits.py").write_text("import time\ntime.sleep(600)\n")
    return tmp_path


def test_a_fork_is_called_as_a_process_is(site, tmp_path_factory):
    cwd = tmp_path_factory.mktemp("cwd")
    env = {**environment(site), "MINE": "a\nb"}
    words = ("", "two words", "ü")
    real = subprocess.run(
        [sys.executable, "-m", "prints", *words], cwd=cwd, env=env, capture_output=True, text=True,
        check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert said(warm.start("prints", *words, cwd=cwd, env=env).finish()) == said(real)
    assert real.returncode == 3 and "two words" in real.stdout


def test_a_command_says_in_a_fork_what_it_says_in_a_process(installed, tmp_path):
    words = ("run", "task=palindromes", "model=nobody")
    real = subprocess.run(
        command(*words), cwd=tmp_path, env=environment(installed), capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert said(call(installed, *words, cwd=tmp_path)) == said(real)
    assert real.returncode == 64


def test_a_fork_knows_nothing_of_the_one_before(installed, tmp_path):
    assert "palindromes" in call(installed, "list", cwd=tmp_path).stdout
    assert "palindromes" not in call(tmp_path, "list", cwd=tmp_path).stdout


def test_a_killed_fork_has_the_code_of_a_killed_process(site):
    started = warm.start("waits", cwd=site, env=environment(site))
    assert not started.ended(within=0.01)
    started.kill()
    assert started.finish().returncode == -signal.SIGKILL


def test_an_error_that_nobody_catches_is_shown_and_ends_with_1(tmp_path):
    (tmp_path / "fails.py").write_text("raise ValueError('mine')")
    done = warm.start("fails", cwd=tmp_path, env=environment(tmp_path)).finish()
    assert done.returncode == 1
    assert done.stderr.endswith("ValueError: mine\n")
