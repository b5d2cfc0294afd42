"""The task `bright`: rank the documents of a corpus for each query, and score the ranking.

A sample is a query. Its inputs are `query` (text), `excluded` (ids that are not to be ranked), and
where that is told its `split`; conditions may add `candidates`, their order. Its truth is
{document id: grade}, and a prediction is {document id: score}, higher is better. The corpus is
shared by the dataset: {document id: text}.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from benchsuite.condition import CLEAN
from benchsuite.dataset import Sample
from benchsuite.errors import BadData
from benchsuite.estimation import MacroMean
from benchsuite.perturb import text
from benchsuite.task import Plug, Task

from .figures import draw
from .models import candidates
from .published import reported
from .trec import export, in_trec_order, read_run

Ranking: TypeAlias = Mapping[str, float]

DEPTH = 1000
"""Documents of a ranking that are scored, after the excluded ones are taken out, as in BRIGHT."""
STORED = 100
"""Documents of a ranking that the statistics keep."""
MEASURES = {
    "ndcg@10": "ndcg_cut_10",
    "map": "map",
    "recall@10": "recall_10",
    "recall@100": "recall_100",
    "mrr": "recip_rank",
}
"""The task's metrics, and trec_eval's names of them."""
FAMILIES = ("map", "ndcg_cut", "recall", "recip_rank")
"""Under which trec_eval computes them; the cuts 10 and 100 are among its default ones."""


def measure(sample: Sample, prediction: Ranking, shared: Mapping[str, Any]) -> dict[str, Any]:
    """The statistics of a query: the measures in [0, 1], and the first documents with scores.

    A language model's ranking brings what it cost: requests, tokens, and answers by their state.

    The order is trec_eval's: by score as float32, descending, and tied documents by id, descending.
    An empty ranking scores 0, and so does a query for which nothing is relevant.
    Raises BadData where a score is not a finite number, or a document is not in the corpus.
    """
    ranking = _kept(sample, _checked(sample, prediction, shared["corpus"]))
    return {
        **_measures(sample.truth, dict(ranking)),
        "docs": [document for document, _ in ranking[:STORED]],
        "scores": [score for _, score in ranking[:STORED]],
        **getattr(prediction, "cost", {}),
    }


def _checked(sample: Sample, prediction: Ranking, corpus: Mapping[str, str]) -> dict[str, float]:
    if unknown := [document for document in prediction if document not in corpus]:
        raise BadData(
            f"query '{sample.id}': expected documents of the corpus, found '{unknown[0]}'"
        )
    with np.errstate(over="ignore"):
        scores = np.array(list(prediction.values()), dtype=np.float32)
    if not np.isfinite(scores).all():
        document = list(prediction)[int(np.argmin(np.isfinite(scores)))]
        raise BadData(
            f"query '{sample.id}': document '{document}': expected a finite float32 score, "
            f"found {prediction[document]}"
        )
    return dict(zip(prediction, scores.tolist(), strict=True))


def _kept(sample: Sample, scores: Ranking) -> list[tuple[str, float]]:
    if excluded := set(sample.inputs["excluded"]) & scores.keys():
        scores = {d: s for d, s in scores.items() if d not in excluded}
    return in_trec_order(scores)[:DEPTH]


def _measures(truth: Mapping[str, int], ranking: dict[str, float]) -> dict[str, float]:
    import pytrec_eval

    if not ranking or not truth:
        return dict.fromkeys(MEASURES, 0.0)
    # Whole families: pytrec_eval takes longer to read the name of one cut than to score a query.
    evaluator = pytrec_eval.RelevanceEvaluator({"q": dict(truth)}, FAMILIES)
    found = evaluator.evaluate({"q": ranking})["q"]
    return {name: float(found[theirs]) for name, theirs in MEASURES.items()}


TASK = Task(
    name="bright",
    version=1,
    summary="retrieval and reranking: nDCG@10 of the ranking of a corpus for each query",
    measure=measure,
    metrics=tuple(
        MacroMean(name=name, column=name, stratum="split", bounds=(0.0, 1.0)) for name in MEASURES
    ),
    datasets={
        "stdlib-mini": Plug(
            "questions about Python's standard library; the corpus is its docstrings",
            "benchsuite_tasks.bright.data:stdlib_mini",
        ),
        "trec": Plug(
            "a directory of your own, in BEIR's layout or with TREC's files",
            "benchsuite_tasks.bright.data:trec",
        ),
        "bright": Plug(
            "BRIGHT, 12 splits with documents of their own",
            "benchsuite_tasks.bright.benchmarks:bright",
        ),
        "bright-answers": Plug(
            "BRIGHT's 749 StackExchange questions, over their accepted answers",
            "benchsuite_tasks.bright.benchmarks:bright_answers",
        ),
        "r2med": Plug(
            "R2MED, 8 medical sets with documents of their own",
            "benchsuite_tasks.bright.benchmarks:r2med",
        ),
    },
    models={
        "bm25": Plug("BM25 (Lucene's) by bm25s", "benchsuite_tasks.bright.models.bm25:BM25"),
        "minilm": Plug(
            "all-MiniLM-L6-v2, cosine: over the corpus, or over BM25's first documents",
            "benchsuite_tasks.bright.models.minilm:MiniLM",
        ),
        "learned": Plug(
            "a small reranker on MiniLM's features: pointwise, listwise or groupwise",
            "benchsuite_tasks.bright.models.learned:Learned",
        ),
        "fusion": Plug(
            "BM25 and all-MiniLM-L6-v2, by z-scores or reciprocal ranks",
            "benchsuite_tasks.bright.models.fusion:Fusion",
        ),
        "dense": Plug(
            "a model of sentence-transformers, over the corpus: model.path=DIR, or a name",
            "benchsuite_tasks.bright.models.dense:Dense",
        ),
        "cross-encoder": Plug(
            "a cross-encoder of sentence-transformers, over a first stage: model.path=DIR",
            "benchsuite_tasks.bright.models.crossencoder:CrossEncoder",
        ),
        "llm": Plug(
            "a language model over a first stage, at an endpoint or in process: model.served=NAME",
            "benchsuite_tasks.bright.models.llm:LLM",
        ),
        "run": Plug(
            "the rankings of a TREC run file: model.path=FILE",
            "benchsuite_tasks.bright.models.runfile:RunFile",
        ),
    },
    conditions=(CLEAN, *text.conditions("query"), *candidates.conditions()),
    train={
        method: Plug(
            f"the {method} reranker on MiniLM's features",
            f"benchsuite_tasks.bright.learned.train:{method.replace('-', '_')}",
        )
        for method in ("pointwise", "listwise", "groupwise", "groupwise-rl")
    },
    read_predictions=read_run,
    write_predictions=export,
    conf=Path(__file__).parent / "conf",
    reported=reported,
    draw=draw,
    extra="bright",
    protocol="trec_eval -c",
)
