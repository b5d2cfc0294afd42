"""Score files: JSON lines, an id and its score matrix each.

    {"id": "7", "scores": [[...], ...]}           as the group is shown, and exported
    {"id": "7", "source_scores": [[...], ...]}    as it stands in the dataset's own files

Scores are (m, k), or (S, m, k) for S repeats: the orders in which options were asked, seeds.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchsuite.dataset import Dataset, Sample
from benchsuite.errors import BadData

from . import group
from .prediction import Prediction, matrix

ORDERS = ("scores", "source_scores")


def objects(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """(`file:line`, object) of each line. Raises BadData for a line that is no JSON object."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadData(f"{path}: expected a readable text file, found {error}") from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield f"{path}:{number}", _object(f"{path}:{number}", line)


def _object(where: str, line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError as error:
        raise BadData(f"{where}: expected a JSON object, found {error}") from error
    if not isinstance(found, dict):
        raise BadData(f"{where}: expected a JSON object, found {type(found).__name__}")
    return found


def read_predictions(path: Path, dataset: Dataset) -> dict[str, Prediction]:
    """The score files of this module, or the answers of SugarCrepe's evaluation of chat models.

    Raises BadData where a group is missing, unknown or there twice, and for scores that are no
    finite matrix of its shape.
    """
    samples = {sample.id: sample for sample in dataset.samples()}
    found: dict[str, Prediction] = {}
    for where, row in objects(path):
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


def _known(where: str, row: Mapping[str, Any], samples: Mapping[str, Sample]) -> Sample:
    key = row.get("id")
    if not isinstance(key, str) or key not in samples:
        raise BadData(f"{where}: id: expected a group of the dataset, found {key!r}")
    return samples[key]


def _prediction(where: str, row: Mapping[str, Any], sample: Sample) -> Prediction:
    given = [key for key in ORDERS if key in row]
    if len(given) != 1:
        raise BadData(f"{where}: expected one of {' and '.join(ORDERS)}, found {given or 'none'}")
    scores = matrices(where, row[given[0]], sample.truth)
    if given[0] == "source_scores":
        scores = group.as_shown(scores, sample.truth)
    return Prediction(scores[:, None])


def matrices(where: str, scores: Any, truth: Mapping[str, Any]) -> Any:
    """(S, m, k) float32 of a matrix, or of a list of them."""
    shape = group.shape(truth)
    repeats = _depth(scores) - 2
    return matrix(where, scores, (len(scores), *shape) if repeats == 1 else shape).reshape(
        -1, *shape
    )


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
