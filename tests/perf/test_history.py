"""A slower commit is seen by its ratio, and two calls of one commit are alike."""

import pytest

from tests.perf import Ratio
from tests.perf.history import is_slower, last, remember, usual
from tests.perf.table import README, written


def test_a_ratio_that_fell_is_slower_than_the_usual_one(tmp_path):
    path = tmp_path / "perf.jsonl"
    assert usual(path) == {}
    for peer_s in (2.0, 2.2, 1.9):
        remember([Ratio("AP", "pycocotools", 1.0, peer_s, 1.0)], path)
    before = usual(path)[("AP", "pycocotools")]
    assert before == pytest.approx(2.0)
    assert is_slower(Ratio("AP", "pycocotools", 1.0, 1.2, 1.0), before)
    assert not is_slower(Ratio("AP", "pycocotools", 1.0, 1.8, 1.0), before)
    assert not is_slower(Ratio("AP", "another", 1.0, 0.1, 0.0), None)


def test_the_readme_shows_what_was_measured_last(tmp_path):
    path = tmp_path / "perf.jsonl"
    path.write_text('{"commit": "a", "ratios": [["of old", "peer", 2.0]]}\n')
    slow, fast = (Ratio("AP", "pycocotools", ours, 2.0, 1.5) for ours in (2.0, 0.5))
    grows = Ratio("exponent: rows", "at most 1.1", 0.001, 0.0011, 1, "")
    remember([slow, grows], path)
    remember([fast], path)
    assert last(path) == [fast, grows]
    page = written("a\n<!-- perf -->\nold\n<!-- end of perf -->\nb\n", last(path))
    assert "| AP | 500 ms | pycocotools: 2000 ms | 4 | 1.5 |" in page
    assert "| exponent: rows | 1 | at most 1.1: 1.1 | 1.1 | 1 |" in page
    assert page.startswith("a\n") and page.endswith("\nb\n") and "old" not in page
    with pytest.raises(ValueError, match="expected <!-- perf -->"):
        written("a\n", [])
    assert written(README.read_text(), []) != README.read_text()
