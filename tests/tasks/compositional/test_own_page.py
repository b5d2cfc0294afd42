"""The examples of the task's page run, as a person would copy them."""

import re
import runpy
import shlex
import sys
from pathlib import Path

import pytest

from benchsuite.cli.parser import main
from benchsuite_tasks.compositional.datasets import mini
from tests.plugin import blocks
from tests.tasks.compositional import tiny
from tests.test_docs import told

PAGE = Path(__file__).parents[3] / "tasks/compositional/README.md"
AMOUNTS, EVALUATED, OPEN_CLIP = blocks(PAGE, "python")


@pytest.fixture(autouse=True)
def _few_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The dataset with few groups, and a folder in which the page's first example is saved."""
    monkeypatch.setitem(mini.SPLITS, "test", (32, 16))
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    Path("amounts.py").write_text(AMOUNTS)
    monkeypatch.delitem(sys.modules, "amounts", raising=False)


def run(example: str) -> None:
    assert len(example.splitlines()) <= 15
    Path("example.py").write_text(example)
    runpy.run_path("example.py", run_name="__main__")


def test_an_encoder_is_evaluated_adapted_and_gated(capsys: pytest.CaptureFixture[str]) -> None:
    run(EVALUATED)
    found = capsys.readouterr().out
    assert "group_score" in found and "Amounts" in found
    assert re.search(r"^[0-2]$", found, re.M)


def test_a_model_of_open_clip_is_evaluated_and_adapted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The example's own lines, with a small network at random weights for the large one."""
    open_clip = pytest.importorskip("open_clip", reason="open_clip_torch is not installed")
    place = f"local-dir:{tiny.save_open_clip(Path('clip'))}"
    tokenizer = open_clip.get_tokenizer(place)
    made = open_clip.create_model_and_transforms(place)
    monkeypatch.setattr(open_clip, "create_model_and_transforms", lambda name, pretrained: made)
    monkeypatch.setattr(open_clip, "get_tokenizer", lambda name: tokenizer)
    run(OPEN_CLIP)
    assert "vit-b-32-ttm" in capsys.readouterr().out


def test_the_command_of_the_page_adapts_an_encoder_in_a_file() -> None:
    (words,) = (words for words in told(PAGE) if "model=python" in words)
    assert main(words[1:]) == 0, shlex.join(words)
