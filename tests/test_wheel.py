"""The wheel holds what the repository holds, and works in a fresh environment away from it."""

import os
import shutil
import subprocess
import sys
import venv
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
def built(tracked: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of a clean copy of the tracked files, built without network."""
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
    (made,) = (copy / "dist").glob("*.whl")
    return made


@pytest.fixture(scope="module")
def wheel(built: Path) -> list[str]:
    """The names in the wheel."""
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


@pytest.fixture(scope="module")
def fresh(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a new environment with the wheel; it borrows all other packages of this one."""
    root = tmp_path_factory.mktemp("fresh")
    venv.create(root, with_pip=True)
    programs = root / ("Scripts" if os.name == "nt" else "bin")
    install = [programs / "python", "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*install, built], check=True, cwd=root)
    site = installed_at(programs, "benchsuite").parents[1]
    borrowed = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    (site / "borrowed.pth").write_text("\n".join(borrowed))
    return programs


def installed_at(programs: Path, module: str) -> Path:
    """The file that an environment imports as `module`."""
    code = f"import {module}; print({module}.__file__)"
    return Path(said(programs, "python", "-c", code).strip())


def said(programs: Path, program: str, *words: str, code: int = 0) -> str:
    """What a program of an environment prints, away from the checkout."""
    outside = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    command = [programs / program, *words]
    done = subprocess.run(
        command, cwd=programs.parent, env=outside, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    "module", ["benchsuite", "benchsuite_tasks.bright.task", "benchsuite.runs"]
)
def test_an_installed_wheel_is_what_runs(fresh, module):
    assert fresh.parent in installed_at(fresh, module).parents


def test_an_installed_wheel_lists_its_tasks(fresh):
    listed = said(fresh, "benchsuite", "list")
    assert all(name in listed for name in ("bright", "fairseg", "compositional"))
    assert "not available" not in listed


def test_an_installed_wheel_runs_a_bench(fresh):
    pytest.importorskip("bm25s")
    words = ("bench", "task=bright", "model=bm25", "conditions=clean", "replicates=200")
    assert "ndcg@10" in said(fresh, "benchsuite", *words)


def test_an_installed_wheel_names_itself_where_an_extra_is_missing(fresh, built):
    code = (
        "import sys; sys.modules['bm25s'] = None; from benchsuite.cli.parser import main;"
        "sys.exit(main(['run', 'task=bright', 'model=bm25', 'results=other']))"
    )
    hint = said(fresh, "python", "-c", code, code=69).strip()
    assert hint.endswith(f"benchsuite[bright] @ {built.as_uri()}'")
