"""CONTRIBUTING.md keeps its word: every part that it shows is a part that runs."""

import re
import shlex
import subprocess
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchsuite.estimation import Weights
from benchsuite.estimation.cells import EVERYBODY, condition_cells
from tests.plugin import blocks, call, install, with_metadata

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "CONTRIBUTING.md"
PLUG = re.compile(r'^"[\w-]+": Plug\(')

WORDS = ["level", "radar", "otto", "noon", "tablet", "house", "garden", "window"]


@pytest.fixture(scope="module")
def contributed(tmp_path_factory):
    """The task of the README, and a package that adds all parts of the page to it."""
    site = install(tmp_path_factory.mktemp("site"))
    parts = [code for code in blocks(PAGE, "python") if not PLUG.match(code)]
    (site / "palindromes_more.py").write_text("\n".join(parts))
    (named,) = (tomllib.loads(code) for code in blocks(PAGE, "toml"))
    ((group, points),) = named["project"]["entry-points"].items()
    return with_metadata(site, "palindromes-more", group, points)


@pytest.fixture(scope="module")
def workplace(tmp_path_factory):
    """A folder with the file that the page takes for granted: `words.csv`."""
    root = tmp_path_factory.mktemp("contributing")
    rows = [
        f"{word},{'english' if i % 2 else 'other'},{'yes' if word == word[::-1] else 'no'}"
        for i, word in enumerate(WORDS)
    ]
    (root / "words.csv").write_text("\n".join(["word,language,palindrome", *rows]) + "\n")
    return root


def test_every_command_of_the_page_runs(contributed, workplace):
    lines = [line for block in blocks(PAGE, "sh") for line in block.splitlines() if line]
    assert len(lines) >= 12
    for line in lines:
        program, *words = shlex.split(line)
        if program == "make":
            dry = ["make", "--dry-run", "--no-print-directory", *words]
            done = subprocess.run(dry, cwd=ROOT, capture_output=True, text=True, check=False)
        else:
            assert program == "benchsuite", line
            done = call(contributed, *words, cwd=workplace)
        assert done.returncode == 0, f"{line}\n{done.stderr}"


def test_every_part_that_the_page_registers_is_one_of_its_plugin():
    registered = [code.strip() for code in blocks(PAGE, "python") if PLUG.match(code)]
    (whole,) = (code for code in blocks(PAGE, "python") if "PLUGIN = Plugin(" in code)
    assert len(registered) == 3
    assert [line for line in registered if line not in whole] == []


def test_the_metrics_of_the_page_are_records(contributed, monkeypatch):
    monkeypatch.syspath_prepend(contributed)
    from palindromes_more import METRICS

    table = pd.DataFrame(
        {
            "sample_id": list("abcd"), "cluster": list("abcd"), "right": [1.0, 0.0, 1.0, 1.0],
            "long": [1.0, 1.0, 0.0, 0.0], "wrong": [0.0, 2.0, 0.0, 0.0], "letters": 5.0,
        }
    )  # fmt: skip
    cells = condition_cells([table], METRICS, [EVERYBODY], Weights(0, "words", 10))
    found = [cells[EVERYBODY, metric.name].value for metric in METRICS]
    np.testing.assert_allclose(found, [0.75, 0.5, 0.1])
