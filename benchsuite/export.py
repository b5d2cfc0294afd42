"""What leaves the suite: every condition's altered inputs, and a run's predictions."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchsuite.condition import Condition
from benchsuite.errors import NotAvailable
from benchsuite.run import Run
from benchsuite.statistics import Statistics
from benchsuite.store import write_bytes
from benchsuite.task import load_task


def export_inputs(run: Run, out: Path) -> Iterator[Path]:
    """Write `<condition>/inputs.jsonl`: id and fields of every sample, as a model sees them."""
    for condition in run.conditions:
        path = out / condition.full_name / "inputs.jsonl"
        lines = [json.dumps(row, ensure_ascii=False) for row in _inputs(run, condition)]
        write_bytes(path, ("\n".join(lines) + "\n").encode())
        yield path


def _inputs(run: Run, condition: Condition) -> Iterator[dict[str, Any]]:
    for sample in sorted(run.dataset.samples(condition.domain), key=lambda s: s.id):
        view = condition.view(run.seed, run.dataset.name, sample)
        yield {"id": view.id, **{name: _plain(value) for name, value in view.fields.items()}}


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


def export_predictions(statistics: Statistics, out: Path) -> Iterator[Path]:
    """Write `<condition>/predictions.txt` in the task's own format, which `score` reads again."""
    task = load_task(statistics.identity["task"])
    if task.write_predictions is None:
        raise NotAvailable(f"task {task.name} does not write predictions")
    for condition, table in statistics.tables.items():
        path = out / condition / "predictions.txt"
        write_bytes(path, task.write_predictions(table, statistics.identity["model"]).encode())
        yield path
