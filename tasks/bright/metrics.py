"""The metrics: trec_eval's measures, as means over the splits of a dataset.

A dataset may leave out the queries without results. Its metrics are then `OF_ANSWERED`.
"""

from benchsuite.estimation import MacroMean

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
UNANSWERED, LEFT_OUT = "unanswered", "left-out"
"""What a dataset says of queries without results, among what it shares."""


def _macro(name: str, column: str, where: str = "") -> MacroMean:
    """The mean over splits of the mean over a split's queries."""
    return MacroMean(name=name, column=column, stratum="split", where=where, bounds=(0.0, 1.0))


METRICS = tuple(_macro(name, name) for name in MEASURES)
OF_ANSWERED = tuple(_macro(f"{name}-{ANSWERED}", name, ANSWERED) for name in MEASURES)
"""The same over the queries that have any result."""
HEADLINE = METRICS[0].column
