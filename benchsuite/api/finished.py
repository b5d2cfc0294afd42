"""A finished run as a person works with it: its table, its samples, what is behind a number."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import pandas as pd

from benchsuite.api.assembly import dataset_of
from benchsuite.api.progress import bar
from benchsuite.boards import samples
from benchsuite.boards.asked import GroupName, conditions_of
from benchsuite.boards.board import Board, load_board
from benchsuite.boards.explain import explain
from benchsuite.boards.looks import check_same, looks
from benchsuite.boards.named import cell_named
from benchsuite.boards.seeds import SEED
from benchsuite.boards.table import table
from benchsuite.dataset import Dataset
from benchsuite.errors import BadData, BenchsuiteError, NotAvailable, WrongCall, near
from benchsuite.estimation.cells import EVERYBODY
from benchsuite.estimation.wording import in_words, worded
from benchsuite.publishing.explained import Explained
from benchsuite.publishing.shown import as_html, as_text, overall
from benchsuite.runs.added import unusable
from benchsuite.runs.answers import answers, notes
from benchsuite.runs.cells import what_is_missing
from benchsuite.runs.find import manifests_beside, open_run
from benchsuite.runs.manifest import Identity
from benchsuite.runs.statistics import Statistics, run_statistics
from benchsuite.runs.store import RunDirectory
from benchsuite.task import Look, load_task


@dataclass(frozen=True, eq=False)
class Run:
    """One model on one dataset under a set of conditions, finished.

    path   the run's directory
    given  the dataset that was handed over in Python; None for a registered one
    """

    path: Path
    given: Dataset | None = field(default=None, repr=False)

    @property
    def directory(self) -> RunDirectory:
        """The files of the run."""
        return RunDirectory(self.path)

    @property
    def id(self) -> str:
        """16 hex digits that name the run's identity."""
        return self.directory.manifest.run_id

    @property
    def identity(self) -> Identity:
        """What the run is: task, dataset, model, seed and sizes."""
        return self.directory.manifest.identity

    @property
    def conditions(self) -> tuple[str, ...]:
        """The conditions that were measured, by full name."""
        return self.directory.manifest.conditions

    @cached_property
    def statistics(self) -> Statistics:
        """The statistics of each sample, by condition."""
        return run_statistics(self.directory)

    @cached_property
    def board(self) -> Board:
        """The run as a board sees it. Raises BadData where it is not finished."""
        found = load_board(self.directory)
        if found is None:
            raise BadData(f"{self.path}: the run has no cells yet; run its command again")
        return found

    def table(self) -> pd.DataFrame:
        """The tidy table of this run: one row per cell, with its interval."""
        return in_words(table([self.board]))

    def samples(
        self, condition: str = "", metric: str = "", group: GroupName = EVERYBODY
    ) -> pd.DataFrame:
        """One row per sample: its own scores, and how far it moves the metric.

        Defaults: clean, the headline, everybody. See `boards.samples.samples`.
        """
        with bar("samples") as progress:
            return samples.samples(self.statistics, condition, metric, group, progress)

    def worst(
        self, n: int = 20, metric: str = "", group: GroupName = EVERYBODY, condition: str = ""
    ) -> pd.DataFrame:
        """The `n` samples with the worst scores, the worst first: rows of `samples`."""
        with bar("samples") as progress:
            return samples.worst(self.statistics, n, condition, metric, group, progress)

    def look(self, sample_id: str, condition: str = "") -> Look:
        """Prediction and truth of a sample, as the task shows them.

        By default that on clean inputs; for a set of conditions, that under its first one.
        Raises WrongCall for a sample or condition that the run does not have, NotAvailable where
        the task shows no samples.
        """
        first, *_ = conditions_of(self.statistics, condition)
        known = self.statistics.tables[first][samples.ID]
        if sample_id not in set(known):
            other = near(sample_id, known)
            raise WrongCall(f"{self.path}: no sample is called '{sample_id}'{other}")
        with bar("look"):
            (found,) = looks(self.statistics, self.dataset, [(first, sample_id)])
        return found

    def explain(self, *cell: str) -> Explained:
        """What is behind a number: `run.explain("ndcg@10", "text/typo/3", "subject=biology")`.

        The words name a condition, a metric, a form or a group, in any order.
        """
        directory = self.directory
        command = directory.call.text(directory.manifest.conditions)
        with bar("explain") as progress:
            named = cell_named(self.board, cell)
            found = explain(self.board, self.statistics, named, command, progress)
        return Explained.of(found)

    @cached_property
    def dataset(self) -> Dataset:
        """The dataset: the one that was handed over, or the registered one, loaded again.

        Raises NotAvailable where it was an object of a call in Python, BadData where it has changed
        since.
        """
        if self.given is not None:
            return self.given
        call, identity = self.directory.call, self.identity
        if not call.dataset:
            raise NotAvailable(
                f"{self.path}: the run does not know how its dataset {identity.dataset} was made; "
                "give it: load_run(path, dataset=...)"
            )
        try:
            with bar(f"dataset {identity.dataset}"):
                found = dataset_of(load_task(identity.task), dict(call.dataset))
        except BenchsuiteError as error:
            raise type(error)(f"{error} (the run was made in {call.folder})") from error
        check_same(self.statistics, found)
        return found

    @property
    def remarks(self) -> list[str]:
        """What a reader has to know beside the numbers, a line each; nothing for most runs."""
        told = notes(answers(self.directory))
        added = unusable(load_task(self.identity.task), self.directory)
        lost = self.directory.status.get("lost", [])
        own = [*self._stopped(), *([worded(told)] if told else [])]
        return [*own, *added, *self._namesakes(), *lost]

    def _stopped(self) -> Iterator[str]:
        """That the run is not whole, and how to measure the rest."""
        if stopped := self.directory.manifest.stopped:
            yield (
                f"{self.path}: {stopped}; the same call with order=random, and without baseline=, "
                "measures the rest"
            )

    def _namesakes(self) -> Iterator[str]:
        """That another model of this name was run in the same way, unless both are trainings."""
        factors = self.directory.manifest.factors
        for other in manifests_beside(self.path):
            same = replace(other.identity, model_fingerprint=self.identity.model_fingerprint)
            if same == self.identity and SEED not in factors:
                yield (
                    f"{self.path.parent}: another model is called '{same.model}', too: boards tell "
                    "the two apart by their run ids; a name of its own is clearer"
                )
                return

    @property
    def lacks(self) -> str:
        """The first cell that lacks samples, and why; empty for a run that is whole."""
        metrics = self.directory.manifest.metrics_of(load_task(self.identity.task))
        missing = what_is_missing(metrics, self.directory)
        if missing is None:
            return ""
        error = f": {missing.error}" if missing.error else ""
        first = f", first '{missing.sample}'{error}" if missing.sample else ""
        return f"{missing.condition}, {missing.metric}: {worded(missing.notes)}{first}"

    def __repr__(self) -> str:
        return as_text(*overall(table([self.board]), self.identity.task))

    def _repr_html_(self) -> str:
        return as_html(*overall(table([self.board]), self.identity.task))


Where = Run | str | Path
"""A finished run, or the path of one; for a gate, a baseline file or a folder of them, too."""


def load_run(path: str | Path, dataset: Dataset | None = None) -> Run:
    """The finished run at `path`: its directory, or a model's folder that holds one.

    `dataset` is the object that the run was made with, if it was made with one in Python.
    Raises BadData where there is no run, or several.
    """
    run = Run(open_run(Path(path)).path, dataset)
    _ = run.board
    return run
