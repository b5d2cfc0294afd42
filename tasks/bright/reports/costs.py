"""The report `costs`: quality against requests, tokens and seconds per query.

Requests and tokens are those of the statistics; a model that has none stays empty. Times are never
part of the statistics: seconds are those of the answers that the model kept.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import pandas as pd

from benchsuite import endpoint
from benchsuite.errors import BadData
from benchsuite.publishing.figures import image_bytes, pyplot
from benchsuite.runs.statistics import Statistics
from benchsuite.task import Progress, Report

from .points import clean_table, headline, headline_of, label

SENT = ("requests", "tokens_in", "tokens_out")
AXES = {
    "requests": "requests per query",
    "tokens": "tokens per query",
    "seconds": "seconds per query",
}

Asked = tuple[str, str]
"""A model, and the hash of a prompt."""


def report(runs: Sequence[Statistics], progress: Progress, answers: str | None = None) -> Report:
    """The table `costs`, one row per run, and its figure.

    answers: the folder of kept answers (`model.cache`). A run's seconds per query are then the mean
    of those of its model and prompt, times its requests.
    Raises BadData where no run has a cost, or two share model and prompt in one folder.
    """
    metric = headline_of(runs)
    seconds = kept_seconds(Path(answers), map(asked, runs)) if answers else {}
    table = pd.DataFrame([point(run, seconds) for run in runs])
    table = table.sort_values(["dataset", "model"], ignore_index=True)
    return Report({"costs": table}, {"costs.png": figure(table, metric)})


def point(statistics: Statistics, seconds: dict[Asked, float]) -> dict[str, Any]:
    """A run's headline, and its cost per query; `seconds` is the mean of a request."""
    clean = clean_table(statistics)
    sent = {key: float(clean[key].mean()) for key in SENT if key in clean}
    found = headline(statistics) | sent
    if sent:
        found["tokens"] = sent["tokens_in"] + sent["tokens_out"]
    each = seconds.get(asked(statistics))
    return found | ({"seconds": each * sent["requests"]} if sent and each is not None else {})


def asked(statistics: Statistics) -> Asked:
    """The model and prompt that the run's answers are kept under; empty where it has none."""
    factors = statistics.manifest.factors
    model = factors.get("weights", factors.get("backbone", ""))
    return model, factors.get("prompt_hash", "")


def kept_seconds(cache: Path, runs: Iterable[Asked]) -> dict[Asked, float]:
    """The mean seconds of the kept answers to each of the runs' models and prompts.

    Raises BadData where two runs have both in common: their answers cannot be distinguished.
    """
    if not cache.is_dir():
        raise BadData(f"{cache}: expected the folder of kept answers, found none")
    wanted: dict[Asked, list[float]] = {}
    for run in runs:
        if run[1] and run in wanted:
            raise BadData(
                f"{cache}: expected runs of other models or prompts, found two of {run[0]} with "
                f"the prompt {run[1]}; give each run a model.cache of its own, and ask for one"
            )
        wanted[run] = []
    for model, prompt, seconds in endpoint.seconds(cache):
        if (model, prompt) in wanted:
            wanted[model, prompt].append(seconds)
    return {key: fmean(values) for key, values in wanted.items() if values}


def figure(table: pd.DataFrame, metric: str) -> bytes:
    """One panel per cost that any run has: one point per run, with its interval and its name."""
    axes = [axis for axis in AXES if axis in table and table[axis].notna().any()]
    if not axes:
        raise BadData("costs: expected a run with requests or seconds, found none")
    drawn, panels = pyplot().subplots(
        1, len(axes), figsize=(5 * len(axes), 3.8), squeeze=False, sharey=True
    )
    for axis, panel in zip(axes, panels[0], strict=True):
        _panel(panel, table[table[axis].notna()], metric, axis)
    drawn.tight_layout()
    return image_bytes(drawn)


def _panel(panel: Any, table: pd.DataFrame, metric: str, axis: str) -> None:
    rows: Iterable[Any] = table.rename(columns={metric: "value"}).itertuples()
    for row in rows:
        cost = getattr(row, axis)
        error = [[row.value - row.low], [row.high - row.value]]
        panel.errorbar([cost], [row.value], yerr=error, color=f"C{row.Index % 10}", fmt="o", ms=5)
        panel.annotate(row.model, (cost, row.value), (6, 4), textcoords="offset points", size=8)
    panel.set_xscale("log")
    panel.margins(x=0.25)
    panel.grid(alpha=0.3)
    panel.set_xlabel(AXES[axis])
    panel.set_ylabel(label(metric))
