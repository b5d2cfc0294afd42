"""The wheel holds what the repository holds: every package, and every data file beside it."""

import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
INSTALLED = {"benchsuite": "benchsuite", "tasks": "benchsuite_tasks"}
"""Folders of the repository, and what they are called once they are installed."""
BUILD = "from setuptools import build_meta; build_meta.build_wheel('dist')"
OLDEST = 77
"""The first setuptools that reads the licence of pyproject.toml."""


@pytest.fixture(scope="module")
def tracked() -> list[str]:
    """The files that git tracks, and that are still there."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a checkout of git")
    return [path for path in listed.stdout.split("\0") if path and (ROOT / path).is_file()]


@pytest.fixture(scope="module")
def wheel(tracked: list[str], tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The names in the wheel of a clean copy of the tracked files, built without network."""
    if int(version("setuptools").split(".")[0]) < OLDEST:
        pytest.skip(f"setuptools {version('setuptools')} is older than {OLDEST}")
    copy = tmp_path_factory.mktemp("wheel")
    for path in tracked:
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, copy / path)
    done = subprocess.run(
        [sys.executable, "-c", BUILD], cwd=copy, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (built,) = (copy / "dist").glob("*.whl")
    return zipfile.ZipFile(built).namelist()


def expected(tracked: list[str]) -> list[str]:
    """Where the wheel should hold the tracked files of the packages."""
    parts = [Path(path).parts for path in tracked]
    return sorted("/".join((INSTALLED[p[0]], *p[1:])) for p in parts if p[0] in INSTALLED)


def test_the_wheel_holds_every_module(tracked, wheel):
    modules = [path for path in expected(tracked) if path.endswith(".py")]
    assert len(modules) > 100
    assert [path for path in modules if path not in wheel] == []


def test_the_wheel_holds_every_data_file(tracked, wheel):
    data = [path for path in expected(tracked) if not path.endswith(".py")]
    assert len(data) > 100
    assert [path for path in data if path not in wheel] == []


def test_the_wheel_holds_nothing_else(tracked, wheel):
    about = [path for path in wheel if path.split("/")[0].endswith(".dist-info")]
    assert sorted(set(wheel) - set(about)) == expected(tracked)
