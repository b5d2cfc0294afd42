"""Score files: JSON lines, an id and its score matrix each; and SugarCrepe's published answers.

    {"id": "7", "scores": [[...], ...]}           as the group is shown, and exported
    {"id": "7", "source_scores": [[...], ...]}    as it stands in the dataset's own files

Scores are (m, k), or (S, m, k) for S repeats: the orders in which options were asked, seeds. Where
all groups have one shape, an NPZ file has the same in two arrays: `id` (N,), texts, and `scores` or
`source_scores`, (N, m, k) or (N, S, m, k).

SugarCrepe's authors publish the answers of chat models, a file for each subset whose name ends with
the subset's, as {id: {answer: {free_form_answer, multiple_choice_answer}, caption,
negative_caption}}. A free answer counts as an option, (1) or (2),
where it names that one alone; `multiple_choice_answer` is the caption that it then stands for, from
which the order of the options is read.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchsuite.dataset import Dataset, Sample
from benchsuite.errors import BadData
from benchsuite.files.arrays import read_npz
from benchsuite.files.sources import files_of
from benchsuite.files.text import json_lines, json_object

from .datasets.groups import Truth
from .datasets.sugarcrepe import CAPTIONS, subsets_of
from .measure import matrix
from .metrics import Scores

ORDERS = ("scores", "source_scores")


def read_predictions(path: Path, dataset: Dataset) -> dict[str, Scores]:
    """(S, m, k) float32 by id, from a score file (JSON lines, NPZ) or from SugarCrepe's answers.

    path  the file, or a folder of several that hold the groups between them
    Raises BadData where a group is missing, unknown or there twice, and for scores that are no
    finite matrix of its shape.
    """
    samples = {sample.id: sample for sample in dataset.samples()}
    found: dict[str, Scores] = {}
    for file in files_of(path) or [path]:
        for where, row in _rows(file, samples):
            sample = _known(where, row, samples)
            if sample.id in found:
                raise BadData(f"{where}: group '{sample.id}' occurs twice")
            found[sample.id] = _prediction(f"{where}: group '{sample.id}'", row, sample.truth)
    missing = [sample for key, sample in samples.items() if key not in found]
    if missing:
        raise BadData(
            f"{path}: expected all {len(samples)} groups of dataset {dataset.name}, "
            f"found {len(found)} without '{missing[0].id}'{_of_subsets(missing, samples, found)}"
        )
    return found


def _of_subsets(
    missing: Sequence[Sample], samples: Mapping[str, Sample], found: Mapping[str, Scores]
) -> str:
    """How the groups of some subsets alone are scored, where all of another's are missing."""
    told = subsets_of(samples[key] for key in found)
    if not told or set(told) & set(subsets_of(missing)):
        return ""
    return (
        f"; dataset.subsets={'+'.join(told)} scores these alone, and predictions=FOLDER "
        f"the files of several"
    )


def _rows(path: Path, samples: Mapping[str, Sample]) -> Iterator[tuple[str, dict[str, Any]]]:
    if path.suffix == ".json":
        return _answers(path, samples)
    return _arrays(path) if path.suffix == ".npz" else json_lines(path)


def _arrays(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    found = read_npz(path)
    given = [key for key in ORDERS if key in found]
    names = found.get("id", np.empty(()))
    if len(given) != 1 or names.ndim != 1 or found[given[0]].shape[:1] != names.shape:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in found.items())
        raise BadData(f"{path}: expected id (N,) and scores (N, m, k), found {shapes}")
    pairs = zip(names.tolist(), found[given[0]].tolist(), strict=True)
    for number, (key, scores) in enumerate(pairs):
        yield f"{path}: row {number}", {"id": key, given[0]: scores}


def _answers(path: Path, samples: Mapping[str, Sample]) -> Iterator[tuple[str, dict[str, Any]]]:
    subset = _named_subset(path, samples)
    # A group's id is its subset and its key there.
    ids = {key: i for key in json_object(path) if (i := f"{subset}/{key}") in samples}
    known = {key: _captions(samples[i]) for key, i in ids.items()}
    for key, scores in read_answers(path, known).items():
        # Published answers have groups that the published captions lack.
        if key in ids:
            yield f"{path}: {key}", {"id": ids[key], "source_scores": [scores]}


def _named_subset(path: Path, samples: Mapping[str, Sample]) -> str:
    """The subset that the file's name ends with, as in `gpt4v-swap_obj.json`."""
    known = subsets_of(samples.values())
    fits = [name for name in known or [path.stem] if path.stem.endswith(name)]
    if not fits:
        raise BadData(
            f"{path}: expected a name that ends with the subset's: "
            f"{', '.join(f'{name}.json' for name in known)}"
        )
    return max(fits, key=len)


def _captions(sample: Sample) -> list[str]:
    """The group's captions in the source's order."""
    shown = sample.inputs["captions"]
    return [shown[place] for place in np.argsort(sample.truth.captions)]


def _known(where: str, row: Mapping[str, Any], samples: Mapping[str, Sample]) -> Sample:
    key = row.get("id")
    if not isinstance(key, str) or key not in samples:
        raise BadData(f"{where}: id: expected a group of the dataset, found {key!r}")
    return samples[key]


def _prediction(where: str, row: Mapping[str, Any], truth: Truth) -> Scores:
    given = [key for key in ORDERS if key in row]
    if len(given) != 1:
        raise BadData(f"{where}: expected one of {' and '.join(ORDERS)}, found {given or 'none'}")
    scores = row[given[0]]
    shape = (len(scores), *truth.shape) if _depth(scores) == 3 else truth.shape
    found = matrix(where, scores, shape).reshape(-1, *truth.shape)
    return truth.as_shown(found) if given[0] == "source_scores" else found


def _depth(value: Any) -> int:
    return 1 + _depth(value[0]) if isinstance(value, list) and value else 0


def read_answers(path: Path, known: Mapping[str, Sequence[str]]) -> dict[str, list[float]]:
    """{id: [score of the right caption, of the negative one]}: 1 for the chosen, 0 where unparsed.

    known  the two captions of each group by id: ids are bare numbers, in every subset the same
    Raises BadData where the file is none of answers, its options have no order, or a row is of
    other captions than its group's.
    """
    named = {key: row for key, row in json_object(path).items() if isinstance(row, dict)}
    if not named or not all(isinstance(row.get("answer"), dict) for row in named.values()):
        raise BadData(f"{path}: expected answers by id, found another file")
    for key in (key for key in named if key in known):
        for name, caption in zip(CAPTIONS, known[key], strict=True):
            if named[key].get(name, caption) != caption:
                raise BadData(
                    f"{path}: {key}: {name}: expected '{caption}', found '{named[key][name]}'"
                )
    options = {key: _option(row["answer"].get("free_form_answer")) for key, row in named.items()}
    right = _right_option(path, named, options)
    scores = {0: [0.0, 0.0], right: [1.0, 0.0], 3 - right: [0.0, 1.0]}
    return {key: scores[option] for key, option in options.items()}


def _option(answer: Any) -> int:
    text = str(answer)
    named = [number for number in (1, 2) if f"({number})" in text]
    return named[0] if len(named) == 1 else 0


def _right_option(
    path: Path, rows: Mapping[str, Mapping[str, Any]], options: Mapping[str, int]
) -> int:
    """The number of the right option, which the file has to agree on."""
    found = set()
    for key, row in rows.items():
        chosen = row["answer"].get("multiple_choice_answer")
        if options[key] and chosen in (row.get("caption"), row.get("negative_caption")):
            found.add(options[key] if chosen == row["caption"] else 3 - options[key])
    if len(found) != 1:
        raise BadData(f"{path}: expected one order of the options, found {len(found)}")
    return int(found.pop())


def write_predictions(table: pd.DataFrame, model: str) -> str:
    """The score file of a run's statistics: `source_scores`, after the last iteration."""
    return "".join(_line(row) for row in table.to_dict("records"))


def _line(row: Mapping[Any, Any]) -> str:
    shape = (-1, int(row["images"]), int(row["captions"]))
    scores = np.asarray(row["scores"], dtype=np.float32).reshape(shape)
    kept = scores[0] if len(scores) == 1 else scores
    return score_line(row["sample_id"], kept.tolist())


def score_line(key: str, scores: Sequence[Any]) -> str:
    """A line of a score file, in the source's order."""
    return json.dumps({"id": key, "source_scores": scores}) + "\n"
