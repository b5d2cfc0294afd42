"""Score files: JSON lines, an id and its score matrix each.

    {"id": "7", "scores": [[...], ...]}           as the group is shown, and exported
    {"id": "7", "source_scores": [[...], ...]}    as it stands in the dataset's own files

Scores are (m, k), or (S, m, k) for S repeats: the orders in which options were asked, seeds. Where
all groups have one shape, an NPZ file has the same in two arrays: `id` (N,), texts, and `scores` or
`source_scores`, (N, m, k) or (N, S, m, k).
"""

import csv
import json
import zipfile
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchsuite.dataset import Dataset, Sample
from benchsuite.errors import BadData

from . import group
from .prediction import matrix
from .scores import Scores

ORDERS = ("scores", "source_scores")


def objects(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """(`file:line`, object) of each line. Raises BadData for a line that is no JSON object."""
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BadData(f"{path}: expected a readable text file, found {error}") from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield f"{path}:{number}", _object(f"{path}:{number}", line)


def json_file(path: Path) -> Any:
    """A JSON file's content. Raises BadData where it cannot be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadData(f"{path}: expected a JSON file, found {error}") from error


def csv_file(path: Path, columns: Collection[str]) -> list[dict[str, str]]:
    """A CSV file's rows, their values stripped.

    Raises BadData where it cannot be read, lacks one of `columns`, or a row has too few fields or
    too many.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            found = [name.strip() for name in reader.fieldnames or ()]
            reader.fieldnames = found
            rows = [_fields(f"{path}:{reader.line_num}", row, len(found)) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadData(f"{path}: expected a CSV file, found {error}") from error
    for name in columns:
        if name not in found:
            raise BadData(f"{path}: expected the column '{name}', found {', '.join(found)}")
    return rows


def _fields(where: str, row: Mapping[Any, Any], count: int) -> dict[str, str]:
    # What the reader puts in a row: too many fields as a list by None, and None for each lacking.
    extra = row.get(None, [])
    given = len([value for value in row.values() if isinstance(value, str)]) + len(extra)
    if given != count:
        raise BadData(f"{where}: expected {count} fields, found {given}")
    return {name: value.strip() for name, value in row.items()}


def string(where: str, row: Mapping[str, Any], key: str) -> str:
    """A text of `row` that is not empty. Raises BadData where there is none."""
    value = row.get(key)
    if not isinstance(value, str) or not value.strip():
        raise BadData(f"{where}: {key}: expected a text, found {value!r}")
    return value


def inside(where: str, root: Path, name: str) -> Path:
    """`root / name`. Raises BadData where that would be outside of `root`."""
    path = root / name
    if not path.resolve().is_relative_to(root.resolve()):
        raise BadData(f"{where}: expected a file below {root}, found '{name}'")
    return path


def _object(where: str, line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError as error:
        raise BadData(f"{where}: expected a JSON object, found {error}") from error
    if not isinstance(found, dict):
        raise BadData(f"{where}: expected a JSON object, found {type(found).__name__}")
    return found


def read_predictions(path: Path, dataset: Dataset) -> dict[str, Scores]:
    """(S, m, k) float32 by id, from a score file (JSON lines, NPZ) or from SugarCrepe's answers.

    Raises BadData where a group is missing, unknown or there twice, and for scores that are no
    finite matrix of its shape.
    """
    samples = {sample.id: sample for sample in dataset.samples()}
    found: dict[str, Scores] = {}
    for where, row in _rows(path, samples):
        sample = _known(where, row, samples)
        if sample.id in found:
            raise BadData(f"{where}: group '{sample.id}' occurs twice")
        found[sample.id] = _prediction(f"{where}: group '{sample.id}'", row, sample)
    missing = [key for key in samples if key not in found]
    if missing:
        raise BadData(
            f"{path}: expected all {len(samples)} groups of dataset {dataset.name}, "
            f"found {len(found)} without '{missing[0]}'"
        )
    return found


def _rows(path: Path, samples: Mapping[str, Sample]) -> Iterator[tuple[str, dict[str, Any]]]:
    if path.suffix == ".json":
        return _answers(path, samples)
    return _arrays(path) if path.suffix == ".npz" else objects(path)


def _arrays(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        with np.load(path, allow_pickle=False) as file:
            found = {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise BadData(f"{path}: expected an NPZ file of texts and numbers: {error}") from error
    given = [key for key in ORDERS if key in found]
    names = found.get("id", np.empty(()))
    if len(given) != 1 or names.ndim != 1 or found[given[0]].shape[:1] != names.shape:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in found.items())
        raise BadData(f"{path}: expected id (N,) and scores (N, m, k), found {shapes}")
    pairs = zip(names.tolist(), found[given[0]].tolist(), strict=True)
    for number, (key, scores) in enumerate(pairs):
        yield f"{path}: row {number}", {"id": key, given[0]: scores}


def _answers(path: Path, samples: Mapping[str, Sample]) -> Iterator[tuple[str, dict[str, Any]]]:
    from .answers import choices

    prefix = f"{path.stem}/"
    known = {
        i.removeprefix(prefix): _captions(s) for i, s in samples.items() if i.startswith(prefix)
    }
    for key, scores in choices(path, known).items():
        # Published answers have groups that the published captions lack.
        if key in known:
            yield f"{path}: {key}", {"id": f"{path.stem}/{key}", "source_scores": [scores]}


def _captions(sample: Sample) -> list[str]:
    """The group's captions in the source's order."""
    shown = sample.inputs["captions"]
    return [shown[place] for place in np.argsort(sample.truth["captions"])]


def _known(where: str, row: Mapping[str, Any], samples: Mapping[str, Sample]) -> Sample:
    key = row.get("id")
    if not isinstance(key, str) or key not in samples:
        raise BadData(f"{where}: id: expected a group of the dataset, found {key!r}")
    return samples[key]


def _prediction(where: str, row: Mapping[str, Any], sample: Sample) -> Scores:
    given = [key for key in ORDERS if key in row]
    if len(given) != 1:
        raise BadData(f"{where}: expected one of {' and '.join(ORDERS)}, found {given or 'none'}")
    scores = matrices(where, row[given[0]], sample.truth)
    if given[0] == "source_scores":
        scores = group.as_shown(scores, sample.truth)
    return scores


def matrices(where: str, scores: Any, truth: Mapping[str, Any]) -> Scores:
    """(S, m, k) float32 of a matrix, or of a list of them."""
    shape = group.shape(truth)
    several = _depth(scores) == 3
    return matrix(where, scores, (len(scores), *shape) if several else shape).reshape(-1, *shape)


def _depth(value: Any) -> int:
    return 1 + _depth(value[0]) if isinstance(value, list) and value else 0


def write_predictions(table: pd.DataFrame, model: str) -> str:
    """The score file of a run's statistics: `source_scores`, after the last iteration."""
    return "".join(_line(row) for row in table.to_dict("records"))


def _line(row: Mapping[Any, Any]) -> str:
    shape = (-1, int(row["images"]), int(row["captions"]))
    scores = np.asarray(row["scores"], dtype=np.float32).reshape(shape)
    kept = scores[0] if len(scores) == 1 else scores
    return json.dumps({"id": row["sample_id"], "source_scores": kept.tolist()}) + "\n"
