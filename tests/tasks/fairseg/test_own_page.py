"""The examples of the task's page run, as a person would copy them."""

import runpy
import shlex
from pathlib import Path

import pytest

from benchsuite.cli.parser import main
from tests.plugin import blocks
from tests.test_docs import told

PAGE = Path(__file__).parents[3] / "tasks/fairseg/README.md"
FUNCTION, NETWORK = blocks(PAGE, "python")


@pytest.fixture(autouse=True)
def _workplace(tmp_path, monkeypatch):
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)


def ran(code, capsys):
    assert sum(map(bool, code.splitlines())) <= 15
    Path("example.py").write_text(code)
    runpy.run_path("example.py", run_name="__main__")
    return capsys.readouterr().out


def test_a_function_gets_a_table_its_worst_images_and_a_verdict(capsys):
    shown = ran(FUNCTION, capsys)
    assert "threshold" in shown
    assert "test-00" in shown
    assert shown.splitlines()[-1] == "1"


def test_the_command_of_the_page_runs_the_same_function_in_a_file():
    (words,) = (words for words in told(PAGE) if "model=python" in words)
    Path("threshold.py").write_text(FUNCTION[: FUNCTION.index("\nfew = ")])
    assert main(words[1:]) == 0, shlex.join(words)


def test_a_network_of_monai_is_evaluated_with_pixels_and_with_transforms(capsys):
    pytest.importorskip("monai", reason="monai is not installed")
    shown = ran(NETWORK, capsys)
    numbers = [line.partition("0.")[2] for line in shown.splitlines() if line.startswith("| 1 ")]
    assert len(numbers) == 2
    assert numbers[0] == numbers[1] != ""
