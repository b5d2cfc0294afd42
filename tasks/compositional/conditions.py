"""What adapting gains under each condition: from a published table, a row a condition and model.

    python -m benchsuite_tasks.compositional.conditions TABLE OUT

TABLE is the `table.parquet` that `benchsuite publish` wrote; below OUT go `ttm_by_condition.csv`
and, in percentage points, `ttm_by_condition.md`.
"""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from benchsuite.errors import BadData
from benchsuite.publish.formats import write_table

from .command import run
from .tables import in_points

SHOWN = {
    "group_score after 0": "raw_group_score",
    "group_score": "group_score",
    "gain": "gain",
    "paper_gain": "paper_gain",
    "match_gain": "match_gain",
    "control_gain": "control_gain",
    "control_paper_gain": "control_paper_gain",
    "pseudo_label_accuracy": "pseudo_label_accuracy",
}
"""Metrics, and their columns: the raw score is that of the adapted model before its adaptation."""

COLUMNS = ("condition", "model", "attribute", "metric", "value", "ci_low", "ci_high", "n")


def by_condition(table: pd.DataFrame) -> pd.DataFrame:
    """A row a condition and adapted model, in the order of the tidy table, in shares of 1.

    Raises BadData where no model of the table was adapted, and where several runs have one name.
    """
    overall = table[(table["attribute"] == "") & table["metric"].isin(list(SHOWN))]
    there = overall.dropna(subset=["value"])
    adapted = there.loc[there["metric"] == "gain", "model"].unique()
    if not len(adapted):
        raise BadData("expected a table with an adapted model, found none with a gain")
    kept = there[there["model"].isin(adapted)]
    for row in kept[kept.duplicated(["condition", "model", "metric"])].to_dict("records"):
        raise BadData(
            f"expected one run of the name '{row['model']}' under {row['condition']}, found several"
        )
    groups: Iterable[Any] = kept.groupby(["condition", "model"], sort=False)
    return pd.DataFrame([_row(condition, model, part) for (condition, model), part in groups])


def _row(condition: str, model: str, part: pd.DataFrame) -> dict[str, Any]:
    row: dict[str, Any] = {"condition": condition, "model": model, "n": int(part["n"].max())}
    by_metric = {str(found["metric"]): found for found in part.to_dict("records")}
    for metric, name in SHOWN.items():
        if found := by_metric.get(metric):
            row |= {name: float(found["value"])}
            row |= {f"{name}_{end}": float(found[f"ci_{end}"]) for end in ("low", "high")}
    return row


def _table(path: Path) -> pd.DataFrame:
    """A published table. Raises BadData where the file is none."""
    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise BadData(f"{path}: expected a Parquet table, found {error}") from error
    for name in COLUMNS:
        if name not in table:
            raise BadData(
                f"{path}: expected the column '{name}', found {', '.join(map(str, table))}"
            )
    return table


def main(arguments: list[str]) -> int:
    """Write the table, as CSV and as Markdown."""
    source, out = (Path(word) for word in arguments)
    found = by_condition(_table(source))
    write_table(found, out / "ttm_by_condition.csv")
    write_table(in_points(found), out / "ttm_by_condition.md")
    return 0


if __name__ == "__main__":
    sys.exit(run(main, sys.argv[1:], "TABLE OUT"))
