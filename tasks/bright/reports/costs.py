"""Quality against cost, over several runs: requests, tokens and seconds a query.

    python -m benchsuite_tasks.bright.costs RUN... --out FOLDER [--answers CACHE]

Writes costs.csv and costs.png. Requests and tokens are those of the statistics, and a model that
has none stays empty. Seconds are those of the answers that are kept under CACHE: the mean of those
to the run's model and prompt, times its requests; times are never part of the statistics.
"""

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import pandas as pd

from benchsuite import endpoint
from benchsuite.cli.commands import exit_code
from benchsuite.errors import BadData
from benchsuite.runs.statistics import Statistics, read_statistics

from .figures import label
from .points import headline, headline_of

SENT = ("requests", "tokens_in", "tokens_out")
AXES = {"requests": "requests a query", "tokens": "tokens a query", "seconds": "seconds a query"}

Asked = tuple[str, str]
"""A model, and the hash of a prompt."""


def point(statistics: Statistics, seconds: dict[Asked, float]) -> dict[str, Any]:
    """A run's headline, and what it cost a query; `seconds` is the mean of a request."""
    clean = statistics.tables["clean"]
    sent = {key: float(clean[key].mean()) for key in SENT if key in clean}
    found = headline(statistics) | sent
    if sent:
        found["tokens"] = sent["tokens_in"] + sent["tokens_out"]
    each = seconds.get(asked(statistics))
    return found | ({"seconds": each * sent["requests"]} if sent and each is not None else {})


def asked(statistics: Statistics) -> Asked:
    """The run's model and prompt, as far as a row tells them."""
    factors = statistics.manifest["factors"]
    model = factors.get("backbone", "")
    # In process, a name and a hash: the hash is what its answers are kept under.
    model = model.rpartition(" ")[2] if factors.get("backend") == "transformers" else model
    return model, factors.get("prompt", "").rpartition(" ")[2]


def kept_seconds(cache: Path, runs: Iterable[Asked]) -> dict[Asked, float]:
    """The mean seconds of the kept answers to each of the runs' models and prompts.

    Raises BadData where two runs have both in common: nobody could tell their answers apart.
    """
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


def draw(table: pd.DataFrame, metric: str, path: Path) -> None:
    """A panel for each cost that any run has: a point a run with its interval, and its name."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    axes = [axis for axis in AXES if axis in table and table[axis].notna().any()]
    if not axes:
        raise BadData(f"{path}: expected a run with requests or seconds, found none")
    figure, panels = plt.subplots(
        1, len(axes), figsize=(5 * len(axes), 3.8), squeeze=False, sharey=True
    )
    for axis, panel in zip(axes, panels[0], strict=True):
        _panel(panel, table[table[axis].notna()], metric, axis)
    figure.tight_layout()
    figure.savefig(path, dpi=120, metadata={"Software": ""})
    plt.close(figure)


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


def main(words: Sequence[str] | None = None) -> int:
    """Write the table and its figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--answers", type=Path)
    given = parser.parse_args(words)
    runs = [read_statistics(path) for path in given.runs]
    metric = headline_of(runs)
    seconds = kept_seconds(given.answers, map(asked, runs)) if given.answers else {}
    table = pd.DataFrame([point(run, seconds) for run in runs])
    table = table.sort_values(["dataset", "model"], ignore_index=True)
    given.out.mkdir(parents=True, exist_ok=True)
    table.to_csv(given.out / "costs.csv", index=False, float_format="%.4f")
    draw(table, metric, given.out / "costs.png")
    return 0


if __name__ == "__main__":
    raise SystemExit(exit_code(main))
