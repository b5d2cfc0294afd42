"""Tables as people read them: the leaderboard with its notes in words, and the table of runs."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd

from benchsuite.boards import table
from benchsuite.boards.board import Board
from benchsuite.errors import WrongCall, near
from benchsuite.estimation.wording import in_words
from benchsuite.publishing.plots import makers
from benchsuite.publishing.shown import as_html, overall
from benchsuite.publishing.views import names_apart, suite_names
from benchsuite.runs.call import asked_for

UNTOLD = ("schema", "metrics")
"""The fields of an identity that the table of runs leaves out."""


class Leaderboard(pd.DataFrame):
    """The tidy table of a board. Whatever is made of it is a plain table of pandas."""

    _metadata: ClassVar = ["coded"]
    coded: pd.DataFrame
    """The same with notes as codes: views read codes, never words."""

    @property
    def _constructor(self) -> type[pd.DataFrame]:
        return pd.DataFrame

    def plot(self, name: str = "models", dataset: str = "", metric: str = "") -> Any:  # type: ignore[override]
        """The axes of a figure: matplotlib's, or an array of them where it has several panels.

        name     models, severities, conditions, groups or gaps
        dataset  that of the figure; the first one by default
        metric   the metric that is drawn; the headline by default
        Raises WrongCall where the table has no such figure, NotAvailable without matplotlib.
        """
        rows = pd.DataFrame(self)
        rows = rows[rows["metric"] == metric] if metric else rows
        rows = rows[rows["dataset"] == dataset] if dataset else rows
        if rows.empty:
            known = {*self["metric"], *self["dataset"]}
            raise WrongCall(
                f"plot: no row of '{metric or dataset}'{near(metric or dataset, known)}"
            )
        task = rows["task"].iloc[0]
        part = names_apart(rows[rows["task"] == task])
        made = {key: make for _, key, make in [*makers(part, suite_names(task))][::-1]}
        if name not in made:
            raise WrongCall(f"plot: there is no figure '{name}'{near(name, made)}")
        axes = made[name]().axes
        return axes[0] if len(axes) == 1 else axes

    def _repr_html_(self) -> str:
        tasks = dict.fromkeys(self["task"])
        return "".join(as_html(*overall(self.coded, task)) for task in tasks)


def leaderboard(results: str | Path = "results", task: str = "*") -> Leaderboard:
    """The tidy table of every finished run below `results`: one row per cell.

    `.plot()` draws it, and a notebook shows the models of each task.
    Raises BadData where there are no runs.
    """
    coded = table.leaderboard(results, task)
    board = Leaderboard(in_words(coded))
    board.coded = coded
    return board


def runs_table(boards: Sequence[Board]) -> pd.DataFrame:
    """One row a run, keyed by `run_id`: what it is, and how a person makes it again.

    command   what makes it again, without folders and addresses of the machine that made it
    versions  of benchsuite, Python, the libraries and the system
    """
    return pd.DataFrame([_of_run(board) for board in boards]).fillna("")


def _of_run(board: Board) -> dict[str, Any]:
    manifest, call = board.manifest, board.directory.call.public
    versions = manifest.environment.versions.items()
    return {
        "run_id": manifest.run_id,
        **{key: value for key, value in asdict(board.identity).items() if key not in UNTOLD},
        "conditions": len(manifest.conditions),
        "noted": "; ".join(manifest.noted),
        "command": call.text(asked_for(manifest.conditions, manifest.known_conditions)),
        "versions": "; ".join(f"{name} {version}" for name, version in versions),
        **{f"factor:{name}": value for name, value in manifest.factors.items()},
    }
