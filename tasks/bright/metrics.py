"""The metrics: trec_eval's measures, as means over the splits of a dataset; and what chance gets.

A dataset may leave out the queries without results. Its metrics are then `OF_ANSWERED`.
"""

import math
from collections.abc import Sequence

from benchsuite.dataset import Dataset, Sample
from benchsuite.estimation import MacroMean

from .datasets.collection import grades_of

MEASURES = {
    "ndcg@10": "ndcg_cut_10",
    "map": "map",
    "recall@10": "recall_10",
    "recall@100": "recall_100",
    "mrr": "recip_rank",
}
"""The columns of the statistics, and trec_eval's names of them."""
ANSWERED = "answered"
"""The column that says whether a query has any result, where a dataset leaves out the others."""
POOL = "pool"
"""The input that names the documents that a query ranks, where it does not rank a whole corpus."""
UNANSWERED, LEFT_OUT = "unanswered", "left-out"
"""What a dataset says of queries without results, among what it shares."""


ASPECT_RECALLS = {"aspect-recall@10": 10, "aspect-recall@25": 25}
"""The columns of aspect recall and their depths, for a dataset whose queries have aspects."""


def metrics_of(aspects: bool = False, answered: bool = False) -> tuple[MacroMean, ...]:
    """The metrics of a dataset: each is the mean over splits of the mean over a split's queries.

    aspects   whether its queries have aspects
    answered  whether only the queries count that have any result
    """
    where, ending = (ANSWERED, f"-{ANSWERED}") if answered else ("", "")
    return tuple(
        MacroMean(f"{name}{ending}", name, stratum="split", where=where, bounds=(0.0, 1.0))
        for name in [*MEASURES, *(ASPECT_RECALLS if aspects else ())]
    )


METRICS, OF_ANSWERED = metrics_of(), metrics_of(answered=True)
HEADLINE = METRICS[0].column


def chance_on(dataset: Dataset) -> dict[str, float]:
    """What a random order of each query's pool is expected to get, by metric; exact.

    Nothing for a dataset without pools: a random order of a corpus gets next to 0.
    """
    splits: dict[str, list[dict[str, float]]] = {}
    for sample in dataset.samples():
        if POOL not in sample.inputs:
            return {}
        splits.setdefault(sample.attributes["split"], []).append(_chance(sample))
    each = [
        {name: _mean([row[name] for row in rows]) for name in MEASURES} for rows in splits.values()
    ]
    both = (*METRICS, *OF_ANSWERED)
    return {one.name: _mean([row[one.column] for row in each]) for one in both}


def _chance(sample: Sample) -> dict[str, float]:
    truth = grades_of(sample)
    grades = [max(truth.get(document, 0), 0) for document in sample.inputs[POOL]]
    return chance(grades, [grade for grade in truth.values() if grade > 0])


def chance(pool: Sequence[int], relevant: Sequence[int]) -> dict[str, float]:
    """The expected measures of a random order of a pool with these grades, by column.

    relevant: the grades above 0 of all that is judged, in the pool or not. Of N documents, a share
    p of which is relevant, each rank has the mean grade; a relevant one at rank r has before it
    (r-1)·(pN-1)/(N-1) others; and the first is at rank r with C(N-r, pN-1) / C(N, pN).
    """
    size, found = len(pool), sum(grade > 0 for grade in pool)
    if not found:
        return dict.fromkeys(MEASURES, 0.0)
    ideal = sum(map(_discounted, sorted(relevant, reverse=True)[:10], range(1, 11)))
    gain = sum(_discounted(sum(pool) / size, rank) for rank in range(1, min(size, 10) + 1))
    before = (found - 1) / max(size - 1, 1)
    ranks = range(1, size + 1)
    precision = sum((1 + (rank - 1) * before) / rank for rank in ranks) / size
    first = sum(math.comb(size - rank, found - 1) / rank for rank in ranks)
    reached = found / len(relevant)
    return {
        "ndcg@10": gain / ideal,
        "map": precision * reached,
        "recall@10": reached * min(10 / size, 1.0),
        "recall@100": reached * min(100 / size, 1.0),
        "mrr": first / math.comb(size, found),
    }


def _discounted(grade: float, rank: int) -> float:
    return grade / math.log2(rank + 1)


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
