"""A task in a package of its own, found by its entry point as an installed one would be."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests import warm

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
    points = {"palindromes": task, "toy-mean": "tests.toys:MEAN"}
    return with_metadata(site, "palindromes", "benchsuite.tasks", points)


def with_metadata(
    site: Path, package: str, group: str, points: Mapping[str, str], version: str = "0.1"
) -> Path:
    """Make a folder that holds a package what pip makes of it: metadata, and entry points."""
    info = site / f"{package.replace('-', '_')}-{version}.dist-info"
    info.mkdir(exist_ok=True)
    head = f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n"
    (info / "METADATA").write_text(head)
    named = "".join(f"{name} = {value}\n" for name, value in points.items())
    (info / "entry_points.txt").write_text(f"[{group}]\n{named}")
    return site


def environment(site: Path) -> dict[str, str]:
    """The environment of a process that finds the package, and the toys of the tests."""
    paths = [str(site), str(Path(__file__).parents[1])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def command(*words: str) -> list[str]:
    """The command line as a process of its own."""
    return [sys.executable, "-m", "benchsuite.cli", *words]


def call(site: Path, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own, with the package installed."""
    return warm.start("benchsuite.cli", *words, cwd=cwd, env=environment(site)).finish()
