"""A submission: what a board keeps of a run, so that others are ranked beside it without the run.

    <board>/submissions/<run_id>/
        manifest.json                         the run's, without the metrics of plugins
        call.json  answers/  ceilings-<sha>.parquet   as in a run directory, where there are any
        units/<condition>/00000-<sha>.parquet  one row per sample, the columns that metrics read
        claimed-<sha>.parquet                 the run's cells, without replicates
        card.md                               the facts, and below them the words of a person

A bootstrap weight is a hash of seed, population, cluster and replicate. So the statistics give the
cells again, with the replicates that pair them with those of every other run. A submission comes
from a stranger: its files are named, counted and measured before one is read.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Final

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from benchsuite.errors import BadData, NotAvailable, of_others
from benchsuite.estimation import Estimate, Metric, Weights
from benchsuite.estimation.cells import Group, condition_cells, groups_of
from benchsuite.files.foreign import check_parquet, files_below
from benchsuite.files.write import slug
from benchsuite.runs.answers import BEGUN, EVERY, answers
from benchsuite.runs.ceilings import ceilings_of
from benchsuite.runs.cells import Cell, read_cells
from benchsuite.runs.manifest import Manifest
from benchsuite.runs.rows import attribute_names, frame
from benchsuite.runs.seal import OF, table_of, told, whole
from benchsuite.runs.store import CALL, MANIFEST, RunDirectory
from benchsuite.task import load_task, task_names

CARD: Final = "card.md"
CLAIMED: Final = "claimed"
REPLICATES: Final = b"benchsuite.replicates"
MOST_FILES: Final = 1000
MOST_TEXT: Final = 2**20
"""Bytes of a manifest, call or card."""
MOST_BYTES: Final = 50 * 2**20
"""Bytes of a submission: a repository of git keeps each for ever, and hosts warn from there."""
MOST_REPLICATES: Final = 10_000
CLOSE: Final = 1e-9
"""How far a cell may be from what was claimed: sums in another order differ in the last digits."""
_HASH: Final = re.compile(r"-[0-9a-f]{16}(?=\.parquet$)")


@dataclass(frozen=True, eq=False)
class Submission:
    """A submission whose files are those that it may have.

    claimed     the cells that the run had, without replicates
    replicates  how many replicates those were computed with
    """

    directory: RunDirectory
    manifest: Manifest
    claimed: Mapping[Cell, Estimate]
    replicates: int

    @property
    def path(self) -> Path:
        """Its folder."""
        return self.directory.path

    @cached_property
    def metrics(self) -> tuple[Metric, ...]:
        """The metrics of the task, the headline first. Raises NotAvailable without the task."""
        name = self.manifest.identity.task
        if name not in task_names():
            raise NotAvailable(f"{self.path}: needs the task '{name}', which is not installed")
        return self.manifest.metrics_of(load_task(name))

    def statistics(self, condition: str) -> pd.DataFrame:
        """One row per sample. Raises BadData for damage, ids that occur twice, and no ids."""
        return frame(self._table(condition).replace_schema_metadata(None))

    def samples(self, condition: str) -> pd.DataFrame:
        """The ids of the samples, their clusters and attributes. Raises BadData as above."""
        table = self._table(condition)
        return frame(table.select(["sample_id", "cluster", *attribute_names(table)]))

    def _table(self, condition: str) -> pa.Table:
        with of_others(f"{self.path}: {condition}"):
            table = self.directory.statistics(condition)
            names = attribute_names(table)
            for name in ("sample_id", "cluster", *names):
                column = table.column(name)
                if not pa.types.is_string(column.type) or column.null_count:
                    raise BadData(f"{self.path}: {condition}: {name}: expected a text in each row")
            if len(pc.unique(table.column("sample_id"))) < max(table.num_rows, 1):
                raise BadData(f"{self.path}: {condition}: expected samples, each once")
        return table

    @cached_property
    def cells(self) -> dict[Cell, Estimate]:
        """The cells that the statistics give, with replicates. Raises BadData for none."""
        manifest, found = self.manifest, dict[Cell, Estimate]()
        for condition in manifest.conditions:
            population = manifest.populations[condition]
            weights = Weights(manifest.identity.seed, population, self.replicates)
            table = self.statistics(condition)
            with of_others(f"{self.path}: {condition}: metrics"):
                cells = condition_cells([table], self.metrics, self._groups(condition), weights)
            found |= {(condition, group, name): one for (group, name), one in cells.items()}
        return found

    def _groups(self, condition: str) -> list[Group]:
        record = next(c for c in self.manifest.known_conditions if c.condition == condition)
        rows = self._of_all if record.per_cluster else _attributes(self._table(condition))
        return groups_of(rows, self.manifest.crossed)

    @cached_property
    def _of_all(self) -> list[dict[str, str]]:
        """The attributes of all samples: a condition of a sampled suite has those of some."""
        domains = {c.condition for c in self.manifest.known_conditions if c.kind == "domain"}
        own = [name for name in self.manifest.conditions if name not in domains]
        return [row for name in own for row in _attributes(self._table(name))]


def _attributes(table: pa.Table) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = table.select(attribute_names(table)).to_pylist()
    return rows


def open_submission(path: Path) -> Submission:
    """The submission in a folder. Raises BadData unless it has the files that it may have.

    Files are named and measured before they are read. Statistics are read later.
    """
    sizes = files_below(path, MOST_FILES)
    check_size(path, sizes)
    for name, size in sizes.items():
        if not name.endswith(".parquet"):
            _check_text(path / name, size)
    directory = RunDirectory(path)
    manifest = directory.manifest
    _check_names(path, sizes, manifest)
    _check_conditions(path, manifest)
    for name in sizes:
        if name.endswith(".parquet"):
            check_parquet(path / name)
    with of_others(f"{path}: {CLAIMED}"):
        found = Submission(directory, manifest, *_claimed(path, manifest))
    with of_others(f"{path}: answers and ceilings"):
        answers(directory)
        ceilings_of(directory)
    if (call := directory.call) != replace(call.public, dataset={}):
        raise BadData(f"{path / CALL}: expected no folder of a machine, found one")
    return found


def check_size(path: Path, sizes: Mapping[str, int]) -> None:
    """Raise BadData for a submission that is too large to be kept."""
    if (total := sum(sizes.values())) > MOST_BYTES:
        raise BadData(
            f"{path}: expected at most {MOST_BYTES / 2**20:.0f} MB, found {total / 2**20:.0f} MB; "
            "submit a run of fewer conditions, or of a sampled suite"
        )


def _check_text(path: Path, size: int) -> None:
    """Raise BadData for a text that is too long, or packed."""
    if size > MOST_TEXT:
        raise BadData(f"{path}: expected at most {MOST_TEXT:,} bytes, found {size:,}")
    with of_others(str(path)), path.open("rb") as file:
        if file.read(2) == b"\x1f\x8b":
            raise BadData(f"{path}: expected text, found a file of gzip")


def _check_names(path: Path, sizes: Mapping[str, int], manifest: Manifest) -> None:
    """Raise BadData unless each file is there that has to be, once, and no other."""
    units = [f"units/{slug(condition)}/00000.parquet" for condition in manifest.conditions]
    asked = [MANIFEST, CARD, f"{CLAIMED}.parquet", *units]
    more = {CALL, "ceilings.parquet", BEGUN.as_posix(), EVERY.as_posix()}
    found: dict[str, list[str]] = {}
    for name in sizes:
        found.setdefault(_HASH.sub("", name), []).append(name)
    for name, several in found.items():
        if name not in {*asked, *more} or len(several) > 1:
            raise BadData(f"{path}: expected no file '{several[-1]}'")
    if absent := [name for name in asked if name not in found]:
        raise BadData(f"{path}: expected the file '{absent[0]}', found none")


def _check_conditions(path: Path, manifest: Manifest) -> None:
    """Raise BadData for a condition that is not described, or has clusters of its own."""
    known = {record.condition: record for record in manifest.known_conditions}
    for condition in manifest.conditions:
        if condition not in known:
            raise BadData(
                f"{path / MANIFEST}: known_conditions: expected '{condition}', found none"
            )
        population, own = manifest.populations[condition], manifest.identity.population
        if known[condition].kind != "domain" and population != own:
            raise BadData(f"{path / MANIFEST}: populations: {condition}: expected '{own}', found "
                          f"'{population}'")  # fmt: skip


def _claimed(path: Path, manifest: Manifest) -> tuple[dict[Cell, Estimate], int]:
    for data in whole(path / CLAIMED, ".parquet"):
        table = table_of(data)
        if table is not None and told(table, OF) == manifest.run_id:
            replicates = int(told(table, REPLICATES))
            if not 0 < replicates <= MOST_REPLICATES:
                raise BadData(f"expected 1 to {MOST_REPLICATES:,} replicates, found {replicates}")
            return read_cells(table), replicates
    raise BadData(f"expected the cells of run {manifest.run_id}, found damage")


def differences(submission: Submission) -> Iterator[str]:
    """Where cells are not those that were claimed, or are out of their metric's bounds: lines."""
    limits = {record.name: record.limits for record in submission.manifest.metrics}
    for cell in dict.fromkeys([*submission.claimed, *submission.cells]):
        condition, group, metric = cell
        of_group = f"{group.attribute}={group.value}" if group.attribute else ""
        where = " ".join(filter(None, [condition, of_group, metric]))
        claimed, found = submission.claimed.get(cell), submission.cells.get(cell)
        if wrong := _unlike(claimed, found, limits[metric]):
            yield f"{where}: {wrong}"


def _unlike(claimed: Estimate | None, found: Estimate | None, limits: tuple[float, float]) -> str:
    """What is wrong with a cell; empty where nothing is."""
    if claimed is None or found is None:
        given = "give a cell that was not claimed" if claimed is None else "do not give the cell"
        return f"the statistics {given}"
    if not same(claimed.value, found.value):
        return f"claimed {claimed.value:.6g}, but the statistics give {found.value:.6g}"
    counts = [(one.n, one.clusters, one.kind) for one in (claimed, found)]
    if counts[0] != counts[1]:
        told = [f"{n} samples in {clusters} clusters" for n, clusters, _ in counts]
        return f"claimed {told[0]}, but the statistics have {told[1]}"
    low, high = limits
    if not (math.isnan(found.value) or low <= found.value <= high):
        return f"expected a value from {low:g} to {high:g}, found {found.value:.6g}"
    return ""


def same(a: float, b: float) -> bool:
    """Whether two numbers are the same but for the order of a sum, or are both missing."""
    return (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=CLOSE, abs_tol=CLOSE)
