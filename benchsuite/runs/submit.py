"""Writes a submission from a finished run: see `runs.submission`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchsuite.dataset import digest
from benchsuite.errors import BadData
from benchsuite.estimation import Estimate, Metric
from benchsuite.estimation.cells import QUESTIONS, UNREAD
from benchsuite.runs.answers import Answers, answers, write_answers
from benchsuite.runs.call import Call
from benchsuite.runs.cells import Cell, read_cells, table_of
from benchsuite.runs.rows import ATTRIBUTES, attribute_names, attributes_bytes, in_order
from benchsuite.runs.seal import OF, Of, parquet, publish, told
from benchsuite.runs.statistics import check_finished, check_whole
from benchsuite.runs.store import KEY, RunDirectory
from benchsuite.runs.submission import CLAIMED, REPLICATES, Submission

_NOTHING: Final = np.zeros(0, dtype=np.float32)


def write_submission(
    run: RunDirectory, folder: Path, left_out: Callable[[str], None]
) -> Submission:
    """Write what a board keeps of a finished run into a new folder; the card is not written.

    `left_out` gets a line for cells that the statistics alone do not give.
    Raises BadData where the run is not finished, CannotWrite.
    """
    check_finished(run)
    manifest, target = run.manifest, RunDirectory(folder)
    check_whole(run.path, manifest)
    manifest = replace(manifest, metrics=manifest.own)
    if (held := run.cells()) is None or not held.num_rows:
        raise BadData(f"{run.path}: the run has no cells yet; run its command again")
    every = read_cells(held)
    claimed = {c: e for c, e in every.items() if c[2] in manifest.identity.metrics}
    made = Submission(target, manifest, claimed, len(next(iter(claimed.values())).deviations))
    target.write_manifest(manifest)
    for condition in manifest.conditions:
        table = _kept(
            in_order(run.statistics(condition), manifest.identity.order), made.metrics, every
        )
        ids = digest(table.column("sample_id").to_pylist())
        target.write_unit(Of(manifest.run_id, condition, 0, 1, ids), table)
    _write_told(run, target)
    lost = [cell for cell in claimed if cell not in made.cells]
    if lost:
        attribute = lost[0][1].attribute
        left_out(f"{run.path}: left out: {len(lost)} cells, groups of {attribute} among them: "
                 "the statistics do not say their names")  # fmt: skip
    for cell in lost:
        del claimed[cell]
    bare = {cell: replace(one, deviations=_NOTHING) for cell, one in claimed.items()}
    head = {OF: manifest.run_id.encode(), REPLICATES: str(made.replicates).encode()}
    publish(folder / CLAIMED, ".parquet", parquet(table_of(bare).replace_schema_metadata(head)))
    return made


def _kept(table: pa.Table, metrics: Sequence[Metric], cells: Mapping[Cell, Estimate]) -> pa.Table:
    """The columns that metrics read, ids, and attributes: a text for each sample."""
    grouped = {name for _, group, _ in cells for name in group.attributes}
    names = sorted(grouped & {*table.column_names, *attribute_names(table)})
    read = {column for metric in metrics for column in metric.columns}
    own = [n for n in table.column_names if n in {*read, QUESTIONS, UNREAD} - {*names}]
    columns = {name: table.column(name) for name in ("sample_id", "cluster", *own)}
    texts = {name: pc.fill_null(table.column(name).cast(pa.string()), "") for name in names}
    return pa.table(columns | texts).replace_schema_metadata({ATTRIBUTES: attributes_bytes(names)})


def _write_told(run: RunDirectory, target: RunDirectory) -> None:
    """Write what a run says of itself beside its statistics, where it does."""
    if run.call != Call():
        target.write_call(replace(run.call.public, dataset={}))
    if (used := answers(run)) != Answers():
        write_answers(target, used)
    if (ceilings := run.ceilings()) is not None:
        target.write_ceilings(ceilings, told(ceilings, KEY))
