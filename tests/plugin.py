"""A task in a package of its own, found by its entry point as an installed one would be."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SOURCE = '''
"""Is a word a palindrome? A complete task in one file."""

from dataclasses import dataclass

from benchsuite.condition import CLEAN, Condition
from benchsuite.dataset import Sample, digest, in_memory
from benchsuite.estimation import Mean
from benchsuite.model import no_arrays
from benchsuite.task import Plug, Task

WORDS = ["level", "radar", "tablet", "civic", "stats", "depend", "kayak", "nation"]


def words(name="words", copies=8):
    samples = [
        Sample(
            id=f"{word}-{i}",
            inputs={"word": word if i % 4 else word[::-1]},
            truth=word == word[::-1],
            attributes={"letters": "odd" if len(word) % 2 else "even"},
        )
        for word in WORDS
        for i in range(copies)
    ]
    return in_memory(name, samples)


@dataclass(frozen=True)
class Reader:
    """Compares the first `letters` letters with the last ones."""

    name: str = "reader"
    letters: int = 2
    prepares_on: str = "nothing"

    @property
    def fingerprint(self):
        return digest(["reader", self.letters])

    @property
    def factors(self):
        return {}

    def prepare(self, state, inputs):
        return no_arrays()

    def predict(self, state, inputs):
        words = [one.fields["word"] for one in inputs]
        return [word[: self.letters] == word[::-1][: self.letters] for word in words]


def measure(sample, prediction, shared):
    return {"right": float(prediction == sample.truth)}


def drop(word, severity, generator):
    """Takes `severity` letters away."""
    for _ in range(severity):
        place = int(generator.integers(len(word)))
        word = word[:place] + word[place + 1 :]
    return word


TASK = Task(
    name="palindromes",
    version=1,
    summary="is a word a palindrome?",
    measure=measure,
    metrics=(Mean("accuracy", "right", bounds=(0.0, 1.0)),),
    datasets={"words": Plug("eight words, written eight times", "palindromes:words")},
    models={"reader": Plug("compares both ends", "palindromes:Reader")},
    conditions=(
        CLEAN,
        *(Condition("text", "drop", s, "letters", "word", drop, "letters lost") for s in (1, 2)),
    ),
)
'''


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the package and its metadata, as pip would lay them out."""
    site = tmp_path_factory.mktemp("site")
    (site / "palindromes.py").write_text(SOURCE)
    info = site / "palindromes-0.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: palindromes\nVersion: 0.1\n")
    (info / "entry_points.txt").write_text(
        "[benchsuite.tasks]\npalindromes = palindromes:TASK\ntoy-mean = tests.toys:MEAN\n"
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
