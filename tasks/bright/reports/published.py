"""Tables of nDCG@10 as they were published for BRIGHT and R2MED, in the columns of a leaderboard.

BRIGHT's: `table`, `query_type`, `method`, `dataset` (a split, or `average`), `ndcg_at_10_x100`, as
in the README of AQ-MedAI/Diver. R2MED's: `model`, `stage`, `dataset` (a set), `ndcg_at_10`,
`recall_at_10`, as in the results of R2MED/R2MED; its `map_at_10` and `mrr` are other measures than
ours. A file that has a column `source` names its own. Any other layout is left as it is.
"""

from collections.abc import Iterator, Sequence
from statistics import fmean

from benchsuite.errors import BadData
from benchsuite.files.text import number
from benchsuite.task import Located

from ..datasets.bright import FAMILIES
from ..datasets.r2med import SETS as R2MED

BRIGHT_TABLE = {"table", "query_type", "method", "dataset", "ndcg_at_10_x100"}
R2MED_TABLE = {"model", "stage", "dataset", "ndcg_at_10", "recall_at_10"}
SOURCES = {
    "bright": "AQ-MedAI/Diver, README",
    "r2med": "R2MED/R2MED, results; overall: the mean of its sets",
}
R2MED_METRICS = {"ndcg@10": "ndcg_at_10", "recall@10": "recall_at_10"}


def reported(rows: Sequence[Located]) -> Sequence[Located]:
    """The rows in the columns that a leaderboard reads. Raises BadData, with file and line."""
    columns = set(rows[0][1]) if rows else set()
    if columns >= BRIGHT_TABLE:
        return [_bright(where, row) for where, row in rows]
    if columns >= R2MED_TABLE:
        sets = [made for where, row in rows for made in _r2med(where, row)]
        return [*sets, *_means(sets)]
    return rows


def _bright(where: str, row: dict[str, str]) -> Located:
    """Splits are groups; the published average is everybody's."""
    of, queries = row["dataset"], row["query_type"]
    split = "" if of == "average" else of.replace("_", "-")
    if split and split not in FAMILIES:
        raise BadData(f"{where}: dataset: expected a split of BRIGHT or average, found '{of}'")
    # Other queries are another task: ranked apart, and with a name of their own.
    more = "" if queries in ("", "original") else f" ({queries})"
    how = f"{queries} queries" if queries else row["table"].replace("_", " ")
    return where, {
        "model": row["method"] + more,
        "dataset": "bright",
        "metric": "ndcg@10",
        "value": str(number(where, "ndcg_at_10_x100", row["ndcg_at_10_x100"]) / 100),
        "protocol": f"reported: {how}",
        **_common("bright", row, split),
    }


def _r2med(where: str, row: dict[str, str]) -> Iterator[Located]:
    """Sets are groups. Measures that are missing are left out."""
    if row["dataset"] not in R2MED:
        raise BadData(f"{where}: dataset: expected a set of R2MED, found '{row['dataset']}'")
    for metric, column in R2MED_METRICS.items():
        if row[column]:
            yield (
                where,
                {
                    "model": _r2med_model(row),
                    "dataset": "r2med",
                    "metric": metric,
                    "value": str(number(where, column, row[column])),
                    **_common("r2med", row, row["dataset"]),
                },
            )


def _r2med_model(row: dict[str, str]) -> str:
    first, _, depth = row.get("rerank_first_stage_topk", "").partition("/top_")
    writer = " ".join(part for part in (row.get("gar_method", ""), row.get("gar_llm", "")) if part)
    over = f" over {first}'s {depth}" if depth else ""
    return row["model"] + (f" with {writer}" if writer else "") + over


def _common(benchmark: str, row: dict[str, str], split: str) -> dict[str, str]:
    return {
        "condition": "clean",
        "attribute": "split" if split else "",
        "group": split,
        "source": row.get("source") or SOURCES[benchmark],
    }


def _means(sets: Sequence[Located]) -> Iterator[Located]:
    """The mean over R2MED's sets, of the models that have all: R2MED's own table has none.

    A set that is repeated counts once.
    """
    found: dict[tuple[str, str], dict[str, Located]] = {}
    for where, row in sets:
        found.setdefault((row["model"], row["metric"]), {}).setdefault(row["group"], (where, row))
    for rows in found.values():
        if rows.keys() == set(R2MED):
            where, row = next(iter(rows.values()))
            mean = fmean(float(one["value"]) for _, one in rows.values())
            yield where, {**row, "value": str(mean), "attribute": "", "group": ""}
