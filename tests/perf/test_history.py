"""A slower commit is seen by its ratio, and two calls of one commit are alike."""

import pytest

from tests.perf import Ratio
from tests.perf.history import is_slower, remember, usual


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
