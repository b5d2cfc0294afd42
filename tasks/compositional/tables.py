"""Tables and figure of the leaderboard of adaptations: what is told of finished runs."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from benchsuite.estimation import Estimate, interval
from benchsuite.estimation.cells import EVERYBODY
from benchsuite.publish.formats import write_table
from benchsuite.runs.cells import read_cells
from benchsuite.runs.statistics import run_statistics
from benchsuite.runs.store import RunDirectory

from .adaptation.splits import folds
from .figures import Curve, draw_curves
from .leaderboard import Planned

SHOWN = (
    "group_score", "group_match", "gain", "paper_gain", "match_gain", "control_gain",
    "control_paper_gain", "group_score_seen", "pseudo_label_accuracy",
)  # fmt: skip
GAINS = ("gain", "paper_gain", "match_gain")
LEVEL = 0.95


@dataclass(frozen=True, eq=False)
class Row:
    """One run: what was planned, its overall estimates by metric, and its statistics."""

    planned: Planned
    estimates: Mapping[str, Estimate]
    table: pd.DataFrame


def write(plans: Sequence[Planned], directories: Mapping[str, RunDirectory], out: Path) -> None:
    """Write the tables, as CSV and Markdown, and the curves below `out`: `winoground_*`."""
    rows = [_row(planned, directories[planned.name]) for planned in plans]
    adapted = [row for row in rows if row.planned.method != "raw"]
    tables = {
        "winoground_adaptation": adaptation_table(adapted),
        "winoground_raw": raw_table(directories[plans[0].name]),
        "winoground_chosen": chosen_table(adapted),
    }
    for name, table in tables.items():
        write_table(table, out / f"{name}.csv")
        write_table(in_points(table), out / f"{name}.md")
    curves = [_curve(row) for row in adapted if row.planned.method == "ttm"]
    draw_curves(curves, out / "winoground_curve.svg")


def _row(planned: Planned, directory: RunDirectory) -> Row:
    cells = directory.cells()
    assert cells is not None  # noqa: S101 - the run is complete
    found = read_cells(cells)
    overall = {metric: e for (_, group, metric), e in found.items() if group == EVERYBODY}
    return Row(planned, overall, run_statistics(directory).tables["clean"])


def adaptation_table(rows: Sequence[Row]) -> pd.DataFrame:
    """A row a run. `*_all_low`, `*_all_high`: simultaneous over every run of the table."""
    widths = {metric: simultaneous([r.estimates[metric] for r in rows]) for metric in GAINS}
    return pd.DataFrame([_told(row, widths) for row in rows])


def _told(row: Row, widths: Mapping[str, float]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "method": row.planned.method,
        "setting": row.planned.setting,
        "protocol": row.planned.protocol,
        "repeats": len(row.table["gain_by_repeat"].iloc[0]),
    }
    for metric in SHOWN:
        estimate = row.estimates[metric]
        found = interval(estimate)
        told |= {metric: estimate.value, f"{metric}_low": found.low, f"{metric}_high": found.high}
        if metric in GAINS:
            half = widths[metric] * estimate.sd
            told |= {
                f"{metric}_all_low": estimate.value - half,
                f"{metric}_all_high": estimate.value + half,
            }
    return told | _seeds(row)


def simultaneous(estimates: Sequence[Estimate]) -> float:
    """The factor on each SE at which two-sided intervals hold for all at once (max-T).

    The 95 % quantile over replicates of the largest |replicate - value| / SD, mapped to t with the
    smallest df. Estimates without variation are left out.
    """
    used = [e for e in estimates if e.sd > 0]
    if not used:
        return math.nan
    spread = np.stack([np.abs(e.replicates - e.value) / (e.sd / e.inflation) for e in used])
    critical = float(np.quantile(spread.max(axis=0), LEVEL))
    df = min(e.df for e in used)
    return float(stats.t.ppf(stats.norm.cdf(critical), df))


def _seeds(row: Row) -> dict[str, Any]:
    """The SD of the gain over repeats, and over the halves adapted to; the recipe's interval."""
    by_repeat = np.stack(row.table["gain_by_repeat"].to_list())
    estimate = row.estimates["gain"]
    count, variance = by_repeat.shape[1], float(by_repeat.mean(axis=0).var(ddof=1))
    halves = _by_half(row, by_repeat) if row.planned.protocol == "held-out" else []
    low, high = _recipe(estimate, variance, count)
    return {
        "gain_seed_sd": math.sqrt(variance),
        "gain_recipe_low": low,
        "gain_recipe_high": high,
        "halves": len(halves),
        "gain_half_sd": float(np.std(halves, ddof=1)) if halves else math.nan,
    }


def _recipe(estimate: Estimate, variance: float, count: int) -> tuple[float, float]:
    """value ± t · √(SE² + s²/S), df by Satterthwaite (STATISTICS.md, Estimates)."""
    parts = (estimate.sd**2, variance / count)
    total = sum(parts)
    if not total > 0:
        return estimate.value, estimate.value
    df = total**2 / (parts[0] ** 2 / estimate.df + parts[1] ** 2 / (count - 1))
    half = float(stats.t.ppf(0.5 + LEVEL / 2, df)) * math.sqrt(total)
    return estimate.value - half, estimate.value + half


def _by_half(row: Row, by_repeat: NDArray[np.float64]) -> list[float]:
    """The mean gain of each half of each split, the other half being adapted to."""
    clusters = row.table["cluster"].to_list()
    means: list[float] = []
    for repeat, gains in enumerate(by_repeat.T):
        first = folds(clusters, 0, repeat)
        means += [float(gains[half].mean()) for half in (first, ~first)]
    return means


def raw_table(directory: RunDirectory) -> pd.DataFrame:
    """The raw model's scores, overall and by tag."""
    cells = directory.cells()
    assert cells is not None  # noqa: S101 - the run is complete
    metrics = ("text_score", "image_score", "group_score", "group_match")
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for (_, group, metric), estimate in read_cells(cells).items():
        if metric in metrics:
            found = interval(estimate)
            row = rows.setdefault(
                group, {"attribute": group[0], "group": group[1], "n": estimate.n}
            )
            row |= {
                metric: estimate.value,
                f"{metric}_low": found.low,
                f"{metric}_high": found.high,
            }
    return pd.DataFrame(list(rows.values()))


def chosen_table(rows: Sequence[Row]) -> pd.DataFrame:
    """The best held-out setting by each gain, chosen on half of the groups, told by the other.

    Both ways round, and averaged: choosing among so many finds luck, which this leaves out.
    """
    held = [row for row in rows if row.planned.protocol == "held-out"]
    first = folds(held[0].table["cluster"].to_list(), 0, -1)
    told: list[dict[str, Any]] = []
    for metric in ("paper_gain", "match_gain"):
        gains = np.stack([row.table[metric].to_numpy(dtype=np.float64) for row in held])
        for half in (first, ~first):
            best = int(gains[:, half].mean(axis=1).argmax())
            told.append(
                {
                    "by": metric,
                    "tried": len(held),
                    "chosen": held[best].planned.name,
                    "where_chosen": float(gains[best, half].mean()),
                    "elsewhere": float(gains[best, ~half].mean()),
                    "elsewhere_se": float(gains[best, ~half].std(ddof=1) / np.sqrt((~half).sum())),
                }
            )
    return pd.DataFrame(told)


def in_points(table: pd.DataFrame) -> pd.DataFrame:
    """Values with their intervals in one cell, in percentage points with one decimal.

    Intervals of another kind, simultaneous or of the recipe, have a column of their own.
    """
    shown: dict[str, list[str]] = {}
    for name in table.columns:
        rows = table.to_dict("records")
        label = name.removesuffix("_low")
        if name.endswith("_low") and label not in table.columns:
            shown[label] = [_ends(row, label) for row in rows]
        elif not name.endswith(("_low", "_high")):
            shown[name] = [_cell(row, name) for row in rows]
    return pd.DataFrame(shown)


def _ends(row: Mapping[Any, Any], label: str) -> str:
    low, high = row[f"{label}_low"], row[f"{label}_high"]
    return "" if math.isnan(low) else f"[{100 * low:.1f}, {100 * high:.1f}]"


def _cell(row: Mapping[Any, Any], name: str) -> str:
    value = row[name]
    if not isinstance(value, float):
        return str(value)
    if math.isnan(value):
        return ""
    ends = _ends(row, name) if f"{name}_low" in row else ""
    return f"{100 * value:.1f} {ends}".rstrip()


def _curve(row: Row) -> Curve:
    curves = np.stack(row.table["curve"].to_list())
    ends = stats.t.ppf(0.975, len(curves) - 1) * curves.std(axis=0, ddof=1) / np.sqrt(len(curves))
    mean = curves.mean(axis=0)
    return Curve(row.planned.setting, row.planned.protocol, mean, mean - ends, mean + ends)
