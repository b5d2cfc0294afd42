"""Predictions from files of any layout, and the file that a run's statistics are exported to."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchsuite.dataset import Dataset, Sample
from benchsuite.errors import BadData
from benchsuite.files.arrays import read_npz
from benchsuite.files.sources import files_of
from benchsuite.files.text import json_lines, json_value, record

from ..datasets.groups import Truth
from ..datasets.sugarcrepe import subsets_of
from ..measure import Answer, Prediction, matrix
from ..metrics import Scores
from .answers import answer_of, answers_of, choices, prediction_of
from .colorswap import colorswap_answers, with_other_half
from .sugarcrepe import named_subset, sugarcrepe_answers

ORDERS = ("scores", "source_scores")
ANSWERS = "answers"
Rows = Iterator[tuple[str, dict[str, Any]]]
"""The place and the fields of each row of a file: `id`, and scores or a list of answers."""


def read_predictions(path: Path, dataset: Dataset) -> dict[str, Scores | Prediction]:
    """(S, m, k) float32 by id from scores, and predictions from answers: see the package.

    path  the file, or a folder of several that hold the groups between them
    Raises BadData where a group is missing, unknown or there twice, for scores that are no finite
    matrix of its shape, and for answers that leave a question out.
    """
    samples = {sample.id: sample for sample in dataset.samples()}
    found: dict[str, Scores | list[Answer]] = {}
    for file in files_of(path) or with_other_half(path):
        for where, row in _rows(file, samples):
            sample = _known(where, row, samples)
            at = f"{where}: group '{sample.id}'"
            now = _given(at, row, sample.truth)
            found[sample.id] = _joined(at, found[sample.id], now) if sample.id in found else now
    missing = [sample for key, sample in samples.items() if key not in found]
    if missing:
        raise BadData(
            f"{path}: expected all {len(samples)} groups of dataset {dataset.name}, "
            f"found {len(found)} without '{missing[0].id}'{_of_subsets(missing, samples, found)}"
        )
    return {
        key: prediction_of(f"{path}: group '{key}'", given, samples[key].truth)
        if isinstance(given, list)
        else given
        for key, given in found.items()
    }


def _joined(at: str, before: Scores | list[Answer], now: Scores | list[Answer]) -> list[Answer]:
    """The answers of two rows of a group: to other questions, or with options in another order."""
    if isinstance(before, list) and isinstance(now, list):
        known = {(answer.asked, answer.number, answer.right) for answer in before}
        if not any((answer.asked, answer.number, answer.right) in known for answer in now):
            return before + now
    raise BadData(f"{at} occurs twice")


def _of_subsets(
    missing: Sequence[Sample], samples: Mapping[str, Sample], found: Mapping[str, Any]
) -> str:
    """How the groups of some subsets alone are scored, where all of another's are missing."""
    told = subsets_of(samples[key] for key in found)
    if not told or set(told) & set(subsets_of(missing)):
        return ""
    return (
        f"; dataset.subsets={'+'.join(told)} scores these alone, and predictions=FOLDER "
        f"the files of several"
    )


def _rows(path: Path, samples: Mapping[str, Sample]) -> Rows:
    suffix = Path(path.name.removesuffix(".gz")).suffix
    if suffix == ".json":
        return _published(path, samples)
    if suffix == ".csv":
        return _by_group(choices(path))
    return _arrays(path) if suffix == ".npz" else _lines(path)


def _lines(path: Path) -> Rows:
    for where, row in json_lines(path):
        if isinstance(given := row.get(ANSWERS), list):
            row[ANSWERS] = [answer_of(f"{where}: {ANSWERS}: {n}", a) for n, a in enumerate(given)]
        elif ANSWERS in row:
            raise BadData(f"{where}: {ANSWERS}: expected a list, found {given!r}")
        yield where, row


def _by_group(answers: Iterable[tuple[str, str, Answer]]) -> Rows:
    """A row for each group, with all of its answers and the place of the first one."""
    groups: dict[str, tuple[str, dict[str, Any]]] = {}
    for where, key, answer in answers:
        groups.setdefault(key, (where, {"id": key, ANSWERS: []}))[1][ANSWERS].append(answer)
    yield from groups.values()


def _arrays(path: Path) -> Rows:
    found = read_npz(path)
    given = [key for key in ORDERS if key in found]
    names = found.get("id", np.empty(()))
    if len(given) != 1 or names.ndim != 1 or found[given[0]].shape[:1] != names.shape:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in found.items())
        raise BadData(f"{path}: expected id (N,) and scores (N, m, k), found {shapes}")
    pairs = zip(names.tolist(), found[given[0]].tolist(), strict=True)
    for number, (key, scores) in enumerate(pairs):
        yield f"{path}: row {number}", {"id": key, given[0]: scores}


def _published(path: Path, samples: Mapping[str, Sample]) -> Rows:
    """The answers that ColorSwap's authors publish, a list, or SugarCrepe's, an object."""
    entries = json_value(path)
    if isinstance(entries, list):
        captions = {key: _captions(sample) for key, sample in samples.items()}
        return _by_group(colorswap_answers(path, entries, captions))
    return _of_subset(path, record(str(path), entries), samples)


def _of_subset(path: Path, entries: Mapping[str, Any], samples: Mapping[str, Sample]) -> Rows:
    subset = named_subset(path, samples)
    # A group's id is its subset and its key there.
    ids = {key: i for key in entries if (i := f"{subset}/{key}") in samples}
    known = {key: _captions(samples[i]) for key, i in ids.items()}
    for key, answer in sugarcrepe_answers(path, entries, known).items():
        # Published answers have groups that the published captions lack.
        if key in ids:
            yield f"{path}: {key}", {"id": ids[key], ANSWERS: [answer]}


def _captions(sample: Sample) -> list[str]:
    """The group's captions in the source's order; none of embeddings."""
    shown = sample.inputs.get("captions", [])
    return [shown[place] for place in np.argsort(sample.truth.captions)[: len(shown)]]


def _known(where: str, row: Mapping[str, Any], samples: Mapping[str, Sample]) -> Sample:
    key = row.get("id")
    if not isinstance(key, str) or key not in samples:
        raise BadData(f"{where}: id: expected a group of the dataset, found {key!r}")
    return samples[key]


def _given(where: str, row: Mapping[str, Any], truth: Truth) -> Scores | list[Answer]:
    given = [key for key in (*ORDERS, ANSWERS) if key in row]
    if len(given) != 1:
        raise BadData(
            f"{where}: expected one of {', '.join(ORDERS)} and {ANSWERS}, found {given or 'none'}"
        )
    values = row[given[0]]
    if given == [ANSWERS]:
        return list(values)
    shape = (len(values), *truth.shape) if _depth(values) == 3 else truth.shape
    found = matrix(where, values, shape).reshape(-1, *truth.shape)
    return truth.as_shown(found) if given == ["source_scores"] else found


def _depth(value: Any) -> int:
    return 1 + _depth(value[0]) if isinstance(value, list) and value else 0


def write_predictions(table: pd.DataFrame, model: str) -> str:
    """The file of a run's statistics: answers, or `source_scores` after the last iteration."""
    return "".join(_line(row) for row in table.to_dict("records"))


def _line(row: Mapping[Any, Any]) -> str:
    if len(row.get(ANSWERS, ())):
        return answer_line(row["sample_id"], answers_of(row))
    shape = (-1, int(row["images"]), int(row["captions"]))
    scores = np.asarray(row["scores"], dtype=np.float32).reshape(shape)
    kept = scores[0] if len(scores) == 1 else scores
    return json.dumps({"id": row["sample_id"], "source_scores": kept.tolist()}) + "\n"


def answer_line(key: str, answers: Sequence[Answer]) -> str:
    """A line of a file of answers."""
    return json.dumps({"id": key, ANSWERS: [asdict(answer) for answer in answers]}) + "\n"
