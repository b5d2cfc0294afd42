"""What enters and leaves the suite: predictions made elsewhere, altered inputs, predictions."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, is_dataclass, replace
from functools import partial
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np

from benchsuite.condition import CLEAN, Condition
from benchsuite.dataset import Inputs, digest
from benchsuite.errors import BadData, NotAvailable, WrongCall, near, needing, of_others
from benchsuite.files.images import png_bytes
from benchsuite.files.sources import by_star, files_of, is_pattern, matched
from benchsuite.files.write import below, slug, write_bytes
from benchsuite.model import Change, State
from benchsuite.runs.by_input import by_condition
from benchsuite.runs.plan import Run
from benchsuite.runs.statistics import Statistics
from benchsuite.task import ByInput, Reported, Task, load_task


@dataclass(frozen=True)
class Unreadable:
    """In place of a prediction: why its file cannot be read."""

    fault: str


@dataclass(frozen=True)
class Looked(Mapping[str, Any]):
    """Predictions that are read when they are looked up; what is refused then is Unreadable."""

    held: Mapping[str, Any]

    def __getitem__(self, key: str) -> Any:
        try:
            return self.held[key]
        except BadData as error:
            return Unreadable(str(error))

    def __iter__(self) -> Iterator[str]:
        return iter(self.held)

    def __len__(self) -> int:
        return len(self.held)


@dataclass(frozen=True)
class Recorded:
    """Predictions by condition and sample id; its fingerprint is that of the predictions.

    reported_by  who reported statistics in place of predictions; empty where there are predictions
    """

    name: str
    predictions: Mapping[str, Mapping[str, Any]]
    fingerprint: str
    reported_by: str = ""
    factors: Mapping[str, str] = field(default_factory=lambda: {"from": "predictions"})

    def altered(self, name: str, change: Change) -> "Recorded":
        """Itself: what was predicted under a condition is of the model under that condition."""
        return self

    def predict(self, state: State, inputs: Sequence[Inputs]) -> Sequence[Any]:
        """What was predicted for these samples under the state's condition.

        Raises BadData for one that cannot be read.
        """
        known = self.predictions[state.condition]
        found = [known[one.id] for one in inputs]
        for one in found:
            if isinstance(one, Unreadable):
                raise BadData(one.fault)
        return found


def by_model(path: Path, name: str = "") -> dict[str, Path]:
    """Where the predictions of each model lie, by its name.

    A path without `*` is of one model: the file's name is the model's. Where the path has some, the
    last `*` names the models: what matches with one name is one model's, in parts. Under a given
    `name`, all is of one model. Raises BadData where nothing matches.
    """
    return {name or path.stem: path} if name or not is_pattern(path) else by_star(path)


def read_predictions(
    run: Run,
    path: Path,
    known: Sequence[Condition],
    asked: Sequence[Condition] = (),
    column: str = "",
) -> tuple[Recorded, list[Condition]]:
    """The model that `path` holds: a file for clean, or a folder laid out as `<condition>/<file>`.

    It has the name of the run's model. If each prediction is a file of its own, a folder takes the
    place of each of these files; if a file may come in parts, a folder of several may, or a path
    with `*` that names them. The task's reader may return a mapping that reads a prediction when it
    is looked up, or predictions `ByInput`: a file then holds those of every condition that gives
    the input such a value. It gets the dataset with the samples that the condition measures.
    Without `asked`, every condition that is there is read. `column` names the predictions in a file
    that has those of several models, for a task whose reader takes one.
    Raises BadData for what the task's reader refuses, for a condition that does not exist, and for
    an asked one that is missing.
    """
    read = _reader(run.task, column)
    if run.task.predictions_in_folders:
        files = _folders(path, known)
    else:
        files = _files(path, known, run.task.predictions_in_parts)
    found: dict[Condition, Mapping[str, Any]] = {}
    for condition, file in files.items():
        if not asked or condition in asked or len(files) == 1:
            with needing(f"task {run.task.name}", run.task.needs), of_others(str(file)):
                given = read(file, run.dataset.only(run.samples(condition)))
            found |= _told(run, condition, given, known)
    for condition in asked:
        if condition not in found:
            raise BadData(f"{path}: expected a folder '{condition.full_name}', found none")
    found = {c: held for c, held in found.items() if not asked or c in asked}
    first = next((next(iter(held.values()), None) for held in found.values()), None)
    by = f"reported: {path.name}" if isinstance(first, Reported) else ""
    named = {c.full_name: held for c, held in found.items()}
    return Recorded(run.model.name, named, digest(named), by), list(found)


def _told(
    run: Run, place: Condition, given: Mapping[str, Any] | ByInput, known: Sequence[Condition]
) -> dict[Condition, Mapping[str, Any]]:
    """What a file holds: the predictions of its `place`, or those of every condition it tells."""
    if isinstance(given, ByInput):
        return by_condition(run, place, given, known)
    return {place: Looked(given)}


def _reader(task: Task, column: str) -> Callable[..., Mapping[str, Any] | ByInput]:
    read: Callable[..., Mapping[str, Any] | ByInput] | None = task.read_predictions
    if read is None:
        raise NotAvailable(f"task {task.name} does not read predictions made elsewhere")
    if not column:
        return read
    if "column" not in signature(read).parameters:
        raise WrongCall(f"column: task {task.name} reads files of one model's predictions alone")
    return partial(read, column=column)


def recorded(run: Run, model: Recorded, conditions: Sequence[Condition]) -> Run:
    """The run of what was read. Reported statistics have the metrics that they tell, and no others.

    They are ranked apart, since nobody here knows how they were computed.
    """
    task = run.task
    if model.reported_by:
        rows = [row for known in model.predictions.values() for row in known.values()]
        columns = set.intersection(*({*row.columns} for row in rows if isinstance(row, Reported)))
        columns |= {name for one in run.dataset.samples() for name in one.attributes}
        metrics = tuple(one for one in task.metrics if {*one.columns} <= columns)
        protocol = "; ".join(filter(None, [task.protocol, "reported statistics"]))
        task = replace(task, metrics=metrics, protocol=protocol)
    return replace(run, task=task, model=model, conditions=tuple(conditions))


def _folders(path: Path, known: Sequence[Condition]) -> dict[Condition, Path]:
    """Folders of files by condition; a folder without any of them is that of clean."""
    if not path.is_dir():
        raise BadData(f"{path}: expected a folder of predictions, found {_kind(path)}")
    found = {c: path / c.full_name for c in known if (path / c.full_name).is_dir()}
    if found:
        _refuse_others(path, known, below=True)
    return found or {CLEAN: path}


def _refuse_others(path: Path, known: Sequence[Condition], below: bool = False) -> None:
    """Raise BadData for a folder of files that is no condition: its name may be mistyped.

    below  whether a condition's folder may have folders, such as one for each class
    """
    names = {c.full_name for c in known}
    for folder in sorted({p.parent.relative_to(path) for p in path.rglob("*") if p.is_file()}):
        name, above = folder.as_posix(), {one.as_posix() for one in folder.parents} if below else ()
        is_one = name in names or any(one in names for one in above)
        if not is_one and folder.parts and not folder.name.startswith("."):
            raise BadData(f"{path}: no condition is called '{name}'{near(name, names)}")


def _kind(path: Path) -> str:
    return "a file" if path.exists() else "nothing"


def _files(path: Path, known: Sequence[Condition], in_parts: bool) -> dict[Condition, Path]:
    if len(parts := matched(path)) > 1 and not in_parts:
        raise BadData(f"{path}: expected one file of predictions, found {len(parts)}")
    if len(parts) > 1:
        return {CLEAN: path}
    (path,) = parts
    if path.is_file():
        return {CLEAN: path}
    if not path.is_dir():
        raise BadData(f"{path}: expected a file or a folder of predictions, found nothing")
    found: dict[Condition, Path] = {}
    for condition in known:
        folder = path / condition.full_name
        inside = files_of(folder)
        if len(inside) > 1 and not in_parts:
            raise BadData(f"{folder}: expected one file of predictions, found {len(inside)}")
        if inside:
            found[condition] = inside[0] if len(inside) == 1 else folder
    if not found and in_parts and files_of(path):
        found = {CLEAN: path}
    if found:
        _refuse_others(path, known)
    else:
        names = ", ".join(c.full_name for c in known[:4])
        raise BadData(f"{path}: expected folders named as conditions ({names} ...), found none")
    return found


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
    for sample in sorted(run.samples(condition), key=lambda s: s.id):
        view = condition.view(run.seed, run.dataset.name, sample)
        fields = {
            name: _exported(value, folder, f"{slug(name)}/{slug(view.id)}")
            for name, value in view.fields.items()
        }
        yield {"id": view.id, **fields}


def _exported(value: Any, folder: Path, stem: str) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, list | tuple):
        return [_exported(one, folder, f"{stem}-{n}") for n, one in enumerate(value)]
    if isinstance(value, np.ndarray) and value.dtype == np.uint8 and value.ndim in (2, 3):
        write_bytes(folder / f"{stem}.png", png_bytes(value))
        return f"{stem}.png"
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


def export_predictions(statistics: Statistics, out: Path) -> Iterator[Path]:
    """Write the predictions below `<condition>/` as the task does, for `score` to read again."""
    task = load_task(statistics.identity.task)
    if task.write_predictions is None:
        raise NotAvailable(f"task {task.name} does not write predictions")
    for condition, table in statistics.tables.items():
        with needing(f"task {task.name}", task.needs), of_others(f"{statistics.path}: export"):
            written = task.write_predictions(table, statistics.identity.model)
        files = {"predictions.txt": written.encode()} if isinstance(written, str) else written
        for name, content in files.items():
            path = out / condition / below(name)
            write_bytes(path, content)
            yield path
