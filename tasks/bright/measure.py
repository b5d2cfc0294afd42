"""From a query and its ranking to one row of statistics, as trec_eval scores it.

A sample is a query. Its inputs are `query` (text), `excluded` (ids that are not to be ranked), and
for some datasets its `split`; conditions may add `candidates`, their order. Its truth is
{document id: grade}, and a prediction is {document id: score}, higher is better. The corpus is
shared by the dataset: {document id: text}.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np

from benchsuite.dataset import Sample
from benchsuite.errors import BadData

from .formats import in_trec_order
from .metrics import ANSWERED, LEFT_OUT, MEASURES, UNANSWERED

Ranking: TypeAlias = Mapping[str, float]

DEPTH = 1000
"""Documents of a ranking that are scored, after the excluded ones are taken out, as in BRIGHT."""
FAMILIES = ("map", "ndcg_cut", "recall", "recip_rank")
"""The families of measures that trec_eval computes; the cuts 10 and 100 are among its defaults."""


def measure(sample: Sample, prediction: Ranking, shared: Mapping[str, Any]) -> dict[str, Any]:
    """The statistics of a query: the measures in [0, 1], and the documents that they score.

    A language model's ranking brings what it cost: requests, tokens, and answers by their state.

    The order is trec_eval's: by score as float32, descending, and tied documents by id, descending.
    An empty ranking scores 0 and is not `answered`, where the dataset asks for that; a query for
    which nothing is relevant scores 0. A grade below 0 is worth 0.
    Raises BadData where a score is not a finite number, or a document is neither in the corpus nor
    judged.
    """
    ranking = _kept(sample, _checked(sample, prediction, shared["corpus"]))
    return {
        **_measures(sample.truth, dict(ranking)),
        "docs": [document for document, _ in ranking],
        "scores": [score for _, score in ranking],
        **({ANSWERED: float(bool(ranking))} if shared.get(UNANSWERED) == LEFT_OUT else {}),
        **getattr(prediction, "cost", {}),
    }


def _checked(sample: Sample, prediction: Ranking, corpus: Mapping[str, str]) -> dict[str, float]:
    known = {*sample.truth, *sample.inputs["excluded"]}
    if unknown := [d for d in prediction if d not in corpus and d not in known]:
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
    # As trec_eval counts them; where all are below -1, it writes outside of its memory.
    grades = {document: max(grade, 0) for document, grade in truth.items()}
    # Whole families: pytrec_eval takes longer to read the name of one cut than to score a query.
    evaluator = pytrec_eval.RelevanceEvaluator({"q": grades}, FAMILIES)
    found = evaluator.evaluate({"q": ranking})["q"]
    return {name: float(found[theirs]) for name, theirs in MEASURES.items()}
