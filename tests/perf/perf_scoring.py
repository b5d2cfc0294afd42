"""Scoring BRIGHT's number of queries with intervals, against pytrec_eval's scores alone."""

from collections.abc import Iterator
from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytrec_eval

from benchsuite.dataset import Sample
from benchsuite.estimation import Weights, interval
from benchsuite_tasks.bright.measure import measure as statistics
from benchsuite_tasks.bright.metrics import MEASURES
from benchsuite_tasks.bright.task import TASK
from tests.perf import Ratio, cpu_seconds

QUERIES, CANDIDATES, SPLITS, REPLICATES = 1384, 1000, 12, 1000


def measure() -> Iterator[Ratio]:
    rng = np.random.default_rng(0)
    ids = [f"d{i:06d}" for i in range(100_000)]
    runs, samples = {}, []
    for number in range(QUERIES):
        chosen = [ids[i] for i in rng.choice(len(ids), size=CANDIDATES, replace=False)]
        scores = rng.normal(size=CANDIDATES).astype(np.float32).astype(float).tolist()
        runs[f"q{number}"] = dict(zip(chosen, scores, strict=True))
        inputs, truth = {"query": "", "excluded": ()}, dict.fromkeys(chosen[:5], 1)
        samples.append(Sample(f"q{number}", inputs, truth, {"split": f"s{number % SPLITS}"}))
    shared = {"corpus": dict.fromkeys(ids, "")}
    qrels = {sample.id: sample.truth for sample in samples}

    def ours() -> None:
        rows = [statistics(sample, runs[sample.id], shared) for sample in samples]
        places = [{"sample_id": s.id, "cluster": s.id, **s.attributes} for s in samples]
        table = pd.DataFrame([{**p, **row} for p, row in zip(places, rows, strict=True)])
        weights = Weights(0, "perf", REPLICATES)
        everybody = np.ones((QUERIES, 1), dtype=np.bool_)
        for metric in TASK.metrics:
            (estimate,) = metric.finish(metric.accumulate(table, weights, everybody), weights)
            interval(estimate)

    def peer() -> None:
        pytrec_eval.RelevanceEvaluator(qrels, set(MEASURES.values())).evaluate(runs)

    name = f"{QUERIES:,} queries x {CANDIDATES:,} candidates, R = {REPLICATES}"
    took = cpu_seconds(ours)
    yield Ratio(name, "pytrec_eval, no intervals", took, cpu_seconds(peer), 1.0)
    if find_spec("ranx"):
        import ranx

        told = ranx.Qrels(qrels), ranx.Run(runs)
        asked = ["ndcg@10", "map", "recall@100", "mrr"]
        alone = cpu_seconds(lambda: ranx.evaluate(*told, asked))
        yield Ratio(name, "ranx, 4 measures, compiled, no intervals", took, alone, 0)
