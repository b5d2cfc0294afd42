"""What adapting gains: every run given, by what it was adapted with and under which protocol.

    benchsuite report adaptation RUN... --out DIR

The tables are in shares of 1; the Markdown files show them in percentage points.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from benchsuite.errors import BadData
from benchsuite.estimation import Estimate, SeedSpread, recipe_interval
from benchsuite.estimation.cells import EVERYBODY
from benchsuite.publishing.curves import Curve
from benchsuite.publishing.formats import markdown
from benchsuite.runs.statistics import Statistics
from benchsuite.task import Progress, Report

from ..models.adaptation.splits import folds
from .figures import CURVES
from .rows import Row, Shown, as_numbers, cells, in_points, shown

SHOWN = (
    "group_score", "group_match", "gain", "paper_gain", "match_gain", "control_gain",
    "control_paper_gain", "group_score_seen", "pseudo_label_accuracy",
)  # fmt: skip
RAW = ("text_score", "image_score", "group_score", "group_match")
GAINS = ("gain", "paper_gain", "match_gain")
FACTORS = ("part", "rank", "iterations", "epochs", "rate", "weight_decay", "optimizer_state")
"""The design factors of a setting; a table has those that differ in it."""
LEVEL = 0.95
CLEAN = "clean"


@dataclass(frozen=True, eq=False)
class Adapted:
    """An adapted run: its name, design factors, overall estimates and statistics."""

    name: str
    factors: Mapping[str, str]
    estimates: Mapping[str, Estimate]
    table: pd.DataFrame

    def setting(self, names: Sequence[str]) -> str:
        """The design factors of these names, as they are shown."""
        return ", ".join(f"{name} {self.factors[name]}" for name in names if name in self.factors)

    @property
    def held_out(self) -> bool:
        """Whether each half of the groups was measured by a model that was adapted to the other."""
        return self.factors["adaptation"] == "held-out"


def adaptation(runs: Sequence[Statistics], progress: Progress, replicates: int = 1000) -> Report:
    """Tables of the adapted runs, of the raw ones, and of the best setting; the curves of TTM.

    Raises BadData where no run was adapted.
    """
    adapted: list[Adapted] = []
    raw: list[Row] = []
    for done, run in enumerate(runs, start=1):
        if "method" in run.manifest.factors:
            found = cells(run, CLEAN, [EVERYBODY], replicates)
            overall = {metric: estimate for (_, metric), estimate in found.items()}
            name, factors = run.manifest.identity.model, run.manifest.factors
            adapted.append(Adapted(name, factors, overall, run.tables[CLEAN]))
        else:
            raw += raw_rows(run, replicates)
        progress("runs", done, len(runs))
    if not adapted:
        raise BadData(f"expected an adapted model among {len(runs)} runs, found none")
    adapted.sort(key=lambda run: (run.held_out, run.factors["method"], run.setting(FACTORS)))
    rows = {"adaptation": adaptation_rows(adapted), "raw": raw, "chosen": chosen_rows(adapted)}
    kept = {name: found for name, found in rows.items() if found}
    files = {f"{name}.md": markdown(in_points(found)).encode() for name, found in kept.items()}
    if curves := curves_of([run for run in adapted if run.factors["method"] == "ttm"]):
        files["curve.svg"] = CURVES.drawn(curves)
    return Report({name: as_numbers(found) for name, found in kept.items()}, files)


def adaptation_rows(runs: Sequence[Adapted]) -> list[Row]:
    """A row a run. `*_all` are intervals that hold for every run of the table at once."""
    widths = {metric: simultaneous([run.estimates[metric] for run in runs]) for metric in GAINS}
    names = varied(runs)
    return [
        {
            "model": run.name,
            "method": run.factors["method"],
            **{name: run.factors.get(name, "") for name in names},
            "protocol": run.factors["adaptation"],
            **_measured(run, widths),
        }
        for run in runs
    ]


def varied(runs: Sequence[Adapted]) -> list[str]:
    """The design factors that are not the same in all runs."""
    return [name for name in FACTORS if len({run.factors.get(name, "") for run in runs}) > 1]


def _measured(run: Adapted, widths: Mapping[str, float]) -> dict[str, Any]:
    by_repeat = np.stack(run.table["gain_by_repeat"].to_list())
    row: dict[str, Any] = {"repeats": by_repeat.shape[1]}
    for metric in SHOWN:
        estimate = run.estimates[metric]
        row[metric] = shown(estimate)
        if metric in GAINS:
            half = widths[metric] * estimate.sd
            row[f"{metric}_all"] = Shown(estimate.value - half, estimate.value + half)
    variance = float(by_repeat.mean(axis=0).var(ddof=1)) if by_repeat.shape[1] > 1 else math.nan
    halves = _by_half(run, by_repeat) if run.held_out else []
    return row | {
        "gain_seed_sd": math.sqrt(variance),
        "gain_recipe": _of_recipe(run.estimates["gain"], variance, by_repeat.shape[1]),
        "halves": len(halves),
        "gain_half_sd": float(np.std(halves, ddof=1)) if halves else math.nan,
    }


def simultaneous(estimates: Sequence[Estimate]) -> float:
    """The factor on each SE at which two-sided intervals hold for all at once (max-T).

    The 95 % quantile over replicates of the largest |replicate - value| / SD, mapped to t with the
    smallest df. Estimates without variation are left out.
    """
    used = [e for e in estimates if e.sd > 0]
    if not used:
        return math.nan
    spread = np.stack([np.abs(e.deviations) / (e.sd / e.inflation) for e in used])
    critical = float(np.quantile(spread.max(axis=0), LEVEL))
    df = min(e.df for e in used)
    return float(stats.t.ppf(stats.norm.cdf(critical), df))


def _of_recipe(estimate: Estimate, variance: float, repeats: int) -> Shown:
    """The interval of the recipe: for new groups and for new seeds or splits."""
    if repeats < 2:
        return Shown(math.nan, math.nan)
    found = recipe_interval(estimate, [SeedSpread(repeats, variance, repeats - 1)])
    return Shown(found.low, found.high)


def _by_half(run: Adapted, by_repeat: NDArray[np.float64]) -> list[float]:
    """The mean gain of each half of each split, the other half being adapted to."""
    first = np.stack(run.table["first_half"].to_list()).astype(np.bool_)
    return [
        float(gains[half].mean())
        for gains, inside in zip(by_repeat.T, first.T, strict=True)
        for half in (inside, ~inside)
    ]


def raw_rows(run: Statistics, replicates: int) -> list[Row]:
    """A raw model's scores, overall and by group."""
    groups = run.groups(CLEAN)
    found = cells(run, CLEAN, groups, replicates)
    return [
        {
            "model": run.manifest.identity.model,
            "attribute": group.attribute,
            "group": group.value,
            "n": found[group, RAW[0]].n,
            **{metric: shown(found[group, metric]) for metric in RAW},
        }
        for group in groups
    ]


def chosen_rows(runs: Sequence[Adapted]) -> list[Row]:
    """The best held-out setting by each gain, chosen on half of the groups, measured on the other.

    Both ways round. The best of many settings is lucky where it was chosen; elsewhere it is not.
    """
    held = [run for run in runs if run.held_out]
    if len(held) < 2 or len({tuple(run.table["sample_id"]) for run in held}) > 1:
        return []
    first, names = folds(held[0].table["cluster"].to_list(), 0, -1), varied(held)
    rows: list[Row] = []
    for metric in ("paper_gain", "match_gain"):
        gains = np.stack([run.table[metric].to_numpy(dtype=np.float64) for run in held])
        for half in (first, ~first):
            best = int(gains[:, half].mean(axis=1).argmax())
            rows.append(
                {
                    "by": metric,
                    "tried": len(held),
                    "method": held[best].factors["method"],
                    "chosen": held[best].setting(names),
                    "where_chosen": float(gains[best, half].mean()),
                    "elsewhere": float(gains[best, ~half].mean()),
                    "elsewhere_se": float(gains[best, ~half].std(ddof=1) / np.sqrt((~half).sum())),
                }
            )
    return rows


def curves_of(runs: Sequence[Adapted]) -> list[Curve]:
    """GroupScore by iteration: a panel a protocol, a label a setting."""
    names = varied(runs)
    return [_curve(run, names) for run in runs]


def _curve(run: Adapted, names: Sequence[str]) -> Curve:
    curves = np.stack(run.table["curve"].to_list())
    ends = stats.t.ppf(0.975, len(curves) - 1) * curves.std(axis=0, ddof=1) / np.sqrt(len(curves))
    mean = curves.mean(axis=0)
    label = run.setting(names) or run.name
    return Curve(label, run.factors["adaptation"], mean, mean - ends, mean + ends)
