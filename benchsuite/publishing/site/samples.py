"""The samples behind a board's numbers: a page of each model, if its data may be shown.

Nothing is shown of data whose licence is not known to allow it, nor where runs or data are not
here. The list of models then says which of it.
"""

import math
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchsuite.boards.asked import shown_as
from benchsuite.boards.board import warn_left_out
from benchsuite.boards.picked import WorstGroup
from benchsuite.boards.seeds import run_ids
from benchsuite.dataset import Dataset
from benchsuite.errors import BenchsuiteError
from benchsuite.publishing.site.boards import Published
from benchsuite.publishing.site.page import Page
from benchsuite.publishing.site.places import model_page, samples_page
from benchsuite.publishing.site.ranking import blocks, metrics_of
from benchsuite.publishing.site.sheets import Sheets, sheets
from benchsuite.publishing.words import cell, number
from benchsuite.runs.statistics import run_statistics
from benchsuite.runs.store import RunDirectory
from benchsuite.task import Origin, load_task

MODELS: Final = 8
"""The most models of a board that have a page: the best ones."""

Datasets = Callable[[Path], Dataset]
"""Gives the dataset of the run in a directory. Raises an error of ours where it is not here."""


@dataclass(frozen=True, eq=False)
class Entry:
    """A model on the list of a board: its page and its worst group, or why it has no page."""

    model: str
    path: str = ""
    worst: WorstGroup | None = None
    why: str = ""

    @property
    def group(self) -> str:
        """The worst group as boards show it; empty for none."""
        return shown_as(self.worst.row.attribute, self.worst.row.group) if self.worst else ""

    @property
    def value(self) -> str:
        """The headline of the worst group with its interval."""
        return cell(self.worst.row) if self.worst else ""


class Hidden(Exception):
    """Samples are not shown. The message says why, as a page may tell it."""


@dataclass(frozen=True)
class Showing:
    """What a site needs to show samples.

    datasets  gives the dataset of a run
    allowed   names of datasets that the caller may show, whatever is known of their licence
    left_out  gets a line for each model whose samples fail to be shown: why, with names of files
    """

    datasets: Datasets
    allowed: Collection[str] = ()
    left_out: Callable[[str], None] = warn_left_out

    def pages(self, board: Published) -> Iterator[Page]:
        """The list of a board's models, and a page of each whose samples can be shown."""
        if board.elsewhere:  # numbers of others have no samples
            return
        metric, entries = metrics_of(board)[0], []
        rows = [row for block in blocks(board, metric) for row in block.rows]
        for place, row in enumerate(rows):
            runs, path = run_ids(row.run_id), samples_page(board, row.model)
            try:
                if place >= MODELS:
                    raise Hidden(f"only the first {MODELS} models have a page")
                origin, found = self._found(board, row.model, runs[0])
            except Hidden as reason:
                entries.append(Entry(row.model, why=str(reason)))
                continue
            entries.append(Entry(row.model, path, found.worst))
            values = _values(found, origin, len(runs)) | {"model": model_page(board, row.model)}
            yield Page(path, "sheets.html", f"Samples of {row.model}", values)
        reasons = {entry.why for entry in entries}
        why = reasons.pop() if len(reasons) == 1 else ""
        values = {"entries": entries, "metric": metric, "why": why}
        yield Page(samples_page(board), "samples.html", "Samples", values, "Samples")

    def _found(self, board: Published, model: str, run: str) -> tuple[Origin | None, Sheets]:
        """Where a run's data comes from, and its sheets. Raises Hidden."""
        directory = board.directories.get(run)
        if directory is None:
            raise Hidden("its run is not here")
        origin = self._origin(RunDirectory(directory))
        rows = board.table[board.table["model"] == model]
        try:
            statistics, dataset = run_statistics(RunDirectory(directory)), self.datasets(directory)
            return origin, sheets(statistics, dataset, rows)
        except BenchsuiteError as error:
            self.left_out(f"no samples of {model}: {error}")
            raise Hidden("its data cannot be shown here") from error

    def _origin(self, run: RunDirectory) -> Origin | None:
        """Where a run's data comes from; None where only the caller knows. Raises Hidden."""
        identity, kind = run.manifest.identity, str(run.call.dataset.get("kind", ""))
        task = load_task(identity.task)
        if task.look is None:
            raise Hidden(f"the task {task.name} shows no samples")
        origin = task.public_origin(kind, identity.dataset_fingerprint)
        if origin is None and identity.dataset not in self.allowed:
            raise Hidden("no licence is known that lets everybody show its data")
        return origin


def _values(found: Sheets, origin: Origin | None, trainings: int) -> dict[str, Any]:
    """What the page of a model shows."""
    of = " of the worst group" if found.worst else ""
    titles = [
        (True, f"The worst samples{of}, {found.of}"),
        (False, f"Typical samples: median and quartiles, {found.of}"),
    ]
    notes = [*_notes(found, origin, trainings)]
    return {"found": found, "titles": titles, "lead": [*_lead(found)], "notes": notes}


def _lead(found: Sheets) -> Iterator[str]:
    """Which group is the worst, why it was chosen, and whether chance alone explains that."""
    if found.worst is None:
        yield f"No group has an interval, so these are the worst samples of all by {found.metric}."
        return
    worst, row = found.worst, found.worst.row
    end, best = ("upper", "lowest") if row.higher_is_better else ("lower", "highest")
    group = shown_as(row.attribute, row.group)
    yield f"The worst group is {group}: {found.metric} {cell(row)} on {row.n:.0f} samples."
    if worst.among > 1:
        yield f"The {end} end of its interval is the {best} of {worst.among} groups."
        yield "By this rule, a small group is not chosen for a value that is bad by chance."
    if worst.without:
        yield f"Groups without an interval were not compared: {worst.without}."
    if not math.isnan(worst.gap) and not math.isnan(worst.null95):
        so = "Chance alone" if worst.gap <= worst.null95 else "Chance alone hardly"
        yield (
            f"The gap of {row.attribute} is {number(worst.gap)}. In 95 % of such samples, that of "
            f"a fair model is under {number(worst.null95)}. {so} explains the gap."
        )


def _notes(found: Sheets, origin: Origin | None, trainings: int) -> Iterator[str]:
    """What a reader has to know beside the samples."""
    if trainings > 1:
        yield f"The numbers are means of {trainings} trainings. The samples are of the first."
    if found.conditions < found.measured:
        yield f"{found.conditions} of {found.measured} conditions are shown: of each, one severity."
    if found.left_out:
        yield (
            f"{found.left_out} more would make the page too large. "
            "`benchsuite samples RUN --out FILE.html` shows any sample."
        )
    if origin is not None:
        told = (origin.title, f"licence {origin.licence}", origin.rights, origin.homepage)
        yield f"Data: {'; '.join(filter(None, told))}."
