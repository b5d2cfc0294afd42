"""Predictions made elsewhere, as a model: `benchsuite score` and `benchsuite export`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchsuite.condition import CLEAN, Condition
from benchsuite.dataset import Dataset, Inputs, digest
from benchsuite.errors import BadData, NotAvailable, near
from benchsuite.model import Arrays, PreparesOn, State, no_arrays
from benchsuite.task import Task


@dataclass(frozen=True)
class Recorded:
    """Predictions by condition and sample id; its fingerprint is that of the predictions."""

    name: str
    predictions: Mapping[str, Mapping[str, Any]]
    fingerprint: str
    prepares_on: PreparesOn = "nothing"
    factors: Mapping[str, str] = field(default_factory=lambda: {"from": "predictions"})

    def prepare(self, state: State, inputs: Iterable[Inputs]) -> Arrays:
        """Nothing: what there is was made elsewhere."""
        return no_arrays()

    def predict(self, state: State, inputs: Sequence[Inputs]) -> Sequence[Any]:
        """What was predicted for these samples under the state's condition."""
        known = self.predictions[state.condition]
        return [known[one.id] for one in inputs]


def read_predictions(
    task: Task,
    dataset: Dataset,
    path: Path,
    name: str,
    known: Sequence[Condition],
    asked: Sequence[Condition] = (),
) -> tuple[Recorded, list[Condition]]:
    """The model that `path` holds: a file for clean, or a folder laid out as `<condition>/<file>`.

    Where a prediction is a file of its own, it holds a folder in place of each of these files. The
    task's reader may give a mapping that reads each prediction when it is asked for. All that is
    there is read, or the conditions that are `asked` for. It is given the dataset with the samples
    of the condition's domain alone.
    Raises BadData for what the task's reader refuses, a condition that does not exist, and one that
    is asked for and not there.
    """
    if task.read_predictions is None:
        raise NotAvailable(f"task {task.name} does not read predictions made elsewhere")
    files = (_folders if task.predictions_in_folders else _files)(path, known)
    for condition in asked:
        if condition not in files:
            raise BadData(f"{path}: expected a folder '{condition.full_name}', found none")
    files = {c: file for c, file in files.items() if not asked or c in asked}
    read = task.read_predictions
    predictions = {c.full_name: read(file, dataset.only(c.domain)) for c, file in files.items()}
    return Recorded(name, predictions, digest(predictions)), list(files)


def _folders(path: Path, known: Sequence[Condition]) -> dict[Condition, Path]:
    """Folders of files by condition; a folder without any of them is that of clean."""
    if not path.is_dir():
        raise BadData(f"{path}: expected a folder of predictions, found {_kind(path)}")
    found = {c: path / c.full_name for c in known if (path / c.full_name).is_dir()}
    if found:
        _refuse_others(path, known)
    return found or {CLEAN: path}


def _refuse_others(path: Path, known: Sequence[Condition]) -> None:
    """Raise BadData for a folder of files beside those of the conditions: a mistyped name."""
    names = {c.full_name for c in known}
    for folder in sorted({p.parent.relative_to(path) for p in path.rglob("*") if p.is_file()}):
        name = folder.as_posix()
        if name not in names and folder.parts and not folder.name.startswith("."):
            raise BadData(f"{path}: no condition is called '{name}'{near(name, names)}")


def _kind(path: Path) -> str:
    return "a file" if path.exists() else "nothing"


def _files(path: Path, known: Sequence[Condition]) -> dict[Condition, Path]:
    if path.is_file():
        return {CLEAN: path}
    if not path.is_dir():
        raise BadData(f"{path}: expected a file or a folder of predictions, found nothing")
    found: dict[Condition, Path] = {}
    for condition in known:
        folder = path / condition.full_name
        inside = sorted(p for p in folder.glob("*") if p.is_file()) if folder.is_dir() else []
        if len(inside) > 1:
            raise BadData(f"{folder}: expected one file of predictions, found {len(inside)}")
        if inside:
            found[condition] = inside[0]
    if found:
        _refuse_others(path, known)
    if not found:
        names = ", ".join(c.full_name for c in known[:4])
        raise BadData(f"{path}: expected folders named as conditions ({names} ...), found none")
    return found
