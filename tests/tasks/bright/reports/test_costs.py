"""Costs are those of the statistics and of the kept answers; what is not known stays empty."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchsuite.dataset import Dataset, Sample, in_memory
from benchsuite.errors import BadData
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from benchsuite.runs.statistics import Statistics, read_statistics
from benchsuite.task import silent
from benchsuite_tasks.bright.models.bm25 import BM25
from benchsuite_tasks.bright.models.llm import LLM
from benchsuite_tasks.bright.reports import costs
from benchsuite_tasks.bright.task import TASK
from tests.scripted import Reply, endpoint
from tests.tasks.bright.passages import by_worth
from tests.tasks.bright.runs import statistics

CORPUS = {f"d{i:02d}": f"wing lift drag, item {i}, number {(7 * i) % 11}" for i in range(12)}


def dataset() -> Dataset:
    samples = [
        Sample(f"q{i}", {"query": f"wing lift {i}", "excluded": ()}, {f"d{i:02d}": 1}, {"split": "s"})
        for i in range(8)
    ]  # fmt: skip
    return in_memory("few", samples, {"corpus": CORPUS})


def test_a_runs_costs_are_written_and_drawn_and_a_retriever_has_none(tmp_path: Path) -> None:
    cache = tmp_path / "kept"
    with endpoint(lambda n, text: Reply(by_worth(text), wait=0.01)) as seen:
        models = [
            LLM(name=paradigm, paradigm=paradigm, url=seen.url, cache=str(cache), group_size=6, rounds=1)
            for paradigm in ("groupwise", "pointwise")
        ]  # fmt: skip
        runs = [evaluate(Run(TASK, dataset(), model, (TASK.conditions[0],)), tmp_path / "r", replicates=20)
                for model in (*models, BM25())]  # fmt: skip
    found = costs.report([read_statistics(run.path) for run in runs], silent, str(cache))
    table = found.tables["costs"].set_index("model")
    assert table.loc["groupwise", "requests"] == 2
    assert table.loc["groupwise", "tokens"] == 2 * 110
    times: dict[str, list[float]] = {}
    for path in cache.rglob("*.json"):
        record = json.loads(path.read_text())
        times.setdefault(record["parts"]["prompt"], []).append(record["answer"]["seconds"])
    mean = np.mean(times[models[0]._prompt.hash])
    assert table.loc["groupwise", "seconds"] == pytest.approx(2 * mean, abs=1e-4)
    assert table.loc["groupwise", "seconds"] >= 0.02
    assert table.loc["bm25", ["requests", "tokens", "seconds"]].isna().all()
    assert found.files["costs.png"].startswith(b"\x89PNG")


def run(model: str, prompt: str) -> Statistics:
    ids = [f"q{i}" for i in range(80)]
    values = np.random.default_rng(0).uniform(0, 1, 80)
    rows = {"sample_id": ids, "cluster": ids, "split": ["a", "b"] * 40, "ndcg@10": values}
    factors = {"backbone": "m", "prompt": "mine", "prompt_hash": prompt}
    return statistics({"clean": pd.DataFrame(rows)}, factors, model)


def test_runs_whose_answers_cannot_be_told_apart_are_one_line(tmp_path: Path) -> None:
    two = [costs.asked(run(name, "hash")) for name in ("a", "b")]
    with pytest.raises(BadData, match="found two of m with the prompt hash; give each run a model"):
        costs.kept_seconds(tmp_path, two)
    assert costs.kept_seconds(tmp_path, [costs.asked(run(name, "")) for name in "ab"]) == {}
    (tmp_path / "x.json").write_text("half")
    with pytest.raises(BadData, match=r"x\.json: expected JSON, found Expecting value"):
        costs.kept_seconds(tmp_path, two[:1])
    with pytest.raises(BadData, match="none: expected the folder of kept answers, found none"):
        costs.kept_seconds(tmp_path / "none", two[:1])


def test_without_any_cost_nothing_is_drawn() -> None:
    assert "requests" not in costs.point(run("learned", ""), {})
    with pytest.raises(BadData, match="expected a run with requests or seconds, found none"):
        costs.report([run("learned", "")], silent)


def test_in_process_answers_are_kept_under_the_hash_of_the_weights() -> None:
    factors = {"backbone": "qwen", "weights": "abc", "prompt_hash": "hash"}
    assert costs.asked(statistics({}, factors)) == ("abc", "hash")
    assert costs.asked(statistics({}, {"backbone": "qwen"})) == ("qwen", "")
