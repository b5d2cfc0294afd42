"""The examples of the task's page run, as a person would copy them."""

import runpy
import shlex
from pathlib import Path

import pytest

from benchsuite.cli.parser import main
from benchsuite_tasks.bright.datasets import mini
from tests.plugin import blocks
from tests.test_docs import told

PAGE = Path(__file__).parents[3] / "tasks/bright/README.md"
EXAMPLES = blocks(PAGE, "python")
RERANKER = """
class MyReranker:
    def __init__(self, k: int) -> None:
        self.k = k

    def rerank(self, query: str, documents: list[str]) -> list[int]:
        parts = {query[i : i + self.k] for i in range(len(query))}
        return [sum(part in text for part in parts) for text in documents]
"""
"""What the page says that `rerank.py` has."""


@pytest.fixture(autouse=True)
def _few_queries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The dataset with few queries, and an empty folder to work in."""
    few = tmp_path / "queries.jsonl"
    few.write_text("".join(mini.QUERIES_PATH.read_text().splitlines(keepends=True)[::20]))
    monkeypatch.setattr(mini, "QUERIES_PATH", few)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example_of_the_page_runs(number: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert sum(map(bool, EXAMPLES[number].splitlines())) <= 15
    Path("example.py").write_text(EXAMPLES[number])
    runpy.run_path("example.py", run_name="__main__")
    assert "ndcg@10" in capsys.readouterr().out


def test_the_command_of_the_page_runs_a_reranker_in_a_file() -> None:
    (words,) = (words for words in told(PAGE) if "model=python" in words)
    Path("rerank.py").write_text(RERANKER)
    assert main(words[1:]) == 0, shlex.join(words)
