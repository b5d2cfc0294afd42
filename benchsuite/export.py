"""What leaves the suite: every condition's altered inputs, and a run's predictions."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchsuite.condition import Condition
from benchsuite.errors import NotAvailable
from benchsuite.run import Run
from benchsuite.statistics import Statistics
from benchsuite.store import slug, write_bytes
from benchsuite.task import load_task


def export_inputs(run: Run, out: Path) -> Iterator[Path]:
    """Write `<condition>/inputs.jsonl`: id and fields of every sample, as a model sees them.

    A picture is a file of its own, `<condition>/<field>/<id>.png`, and the field is its path; those
    of a list are `<id>-0.png`, `<id>-1.png`, ...
    """
    for condition in run.conditions:
        folder = out / condition.full_name
        lines = [json.dumps(row, ensure_ascii=False) for row in _inputs(run, condition, folder)]
        write_bytes(folder / "inputs.jsonl", ("\n".join(lines) + "\n").encode())
        yield folder / "inputs.jsonl"


def _inputs(run: Run, condition: Condition, folder: Path) -> Iterator[dict[str, Any]]:
    for sample in sorted(run.dataset.samples(condition.domain), key=lambda s: s.id):
        view = condition.view(run.seed, run.dataset.name, sample)
        fields = {
            name: _exported(value, folder, f"{slug(name)}/{slug(view.id)}")
            for name, value in view.fields.items()
        }
        yield {"id": view.id, **fields}


def _exported(value: Any, folder: Path, stem: str) -> Any:
    if isinstance(value, list | tuple):
        return [_exported(one, folder, f"{stem}-{n}") for n, one in enumerate(value)]
    if isinstance(value, np.ndarray) and value.dtype == np.uint8 and value.ndim in (2, 3):
        write_bytes(folder / f"{stem}.png", _png(value))
        return f"{stem}.png"
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


def _png(picture: NDArray[np.uint8]) -> bytes:
    from PIL import Image

    sink = io.BytesIO()
    Image.fromarray(picture).save(sink, "PNG")
    return sink.getvalue()


def export_predictions(statistics: Statistics, out: Path) -> Iterator[Path]:
    """Write `<condition>/predictions.txt` in the task's own format, which `score` reads again."""
    task = load_task(statistics.identity["task"])
    if task.write_predictions is None:
        raise NotAvailable(f"task {task.name} does not write predictions")
    for condition, table in statistics.tables.items():
        path = out / condition / "predictions.txt"
        write_bytes(path, task.write_predictions(table, statistics.identity["model"]).encode())
        yield path
