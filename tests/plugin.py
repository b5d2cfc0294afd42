"""A task in a package of its own, found by its entry point as an installed one would be."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

README = Path(__file__).parents[1] / "README.md"


def blocks(document: Path, language: str) -> list[str]:
    """The fenced blocks of a Markdown document in that language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", document.read_text(), re.M | re.S)


SOURCE = next(code for code in blocks(README, "python") if "TASK = Task(" in code)


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the package and its metadata, as pip would lay them out."""
    return install(tmp_path_factory.mktemp("site"))


def install(site: Path, task: str = "palindromes:TASK") -> Path:
    """Lay the package and its metadata out in a folder; `task` is what its entry point names."""
    (site / "palindromes.py").write_text(SOURCE)
    info = site / "palindromes-0.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: palindromes\nVersion: 0.1\n")
    (info / "entry_points.txt").write_text(
        f"[benchsuite.tasks]\npalindromes = {task}\ntoy-mean = tests.toys:MEAN\n"
    )
    return site


def environment(site: Path) -> dict[str, str]:
    """The environment of a process that finds the package, and the toys of the tests."""
    paths = [str(site), str(Path(__file__).parents[1])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def command(*words: str) -> list[str]:
    """The command line as a process of its own."""
    return [sys.executable, "-m", "benchsuite.cli", *words]


def call(site: Path, *words: str, cwd: Path, **more: Any) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own, with the package installed."""
    return subprocess.run(
        command(*words), cwd=cwd, env=environment(site), capture_output=True, text=True,
        check=False, **more,
    )  # fmt: skip
