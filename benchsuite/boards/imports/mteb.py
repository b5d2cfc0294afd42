"""Results of MTEB: a file a task, or all tasks of a model in one file.

A task's file has `task_name` and `scores`, a list of subsets by split. Before MTEB 1.11 it had
`mteb_dataset_name`, and its splits stood beside that. The model is named by `model_meta.json` in a
folder above, or by the folders themselves: `<organisation>__<model>/<revision>/<task>.json`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchsuite.boards.imports.numbers import Found, LeftOut, Number, gathered
from benchsuite.errors import BadData
from benchsuite.files.text import finite, json_object, string

KIND: Final = "mteb"
MAIN: Final = "main_score"
"""The key of the figure that MTEB itself reports of a task; it has no unit but the task's."""
WHOLE: Final = "default"
"""The subset of a task that has only one."""
USUAL_SPLIT: Final = "test"
META: Final = "model_meta.json"
ABOVE: Final = 4
"""Folders above a file that may say its model."""
NEWER, OLDER, WHOLE_MODEL = "task_name", "mteb_dataset_name", "task_results"
TIME: Final = "evaluation_time"
OLDER_ABOUT: Final = (OLDER, "dataset_revision", "mteb_version", TIME)
SCORERS: Final = ("cos_sim", "euclidean", "manhattan", "dot", "max")
"""Scores by these were objects of their own before 1.11; they are no subsets."""


def is_mteb(value: Any) -> bool:
    """Whether a value of JSON is the results of a task, or of a model."""
    if not isinstance(value, dict):
        return False
    newer = NEWER in value and isinstance(value.get("scores"), dict)
    return newer or OLDER in value or isinstance(value.get(WHOLE_MODEL), list)


def read_mteb(path: Path, value: Mapping[str, Any], model: str = "") -> Found:
    """The numbers of a file, of the model that is given, or named there or by its folders.

    Raises BadData where no model is named, and for scores in another layout.
    """
    whole = value.get(WHOLE_MODEL)
    results = whole if isinstance(whole, list) else [value]
    told = value.get("model_name") if isinstance(whole, list) else ""
    of = (str(told), str(value.get("model_revision") or "")) if told else _model(path)
    of = (model or of[0], of[1])
    if not of[0]:
        raise BadData(f"{path}: expected {META} in a folder above, found none; give --model NAME")
    return gathered(one for result in results for one in _of_task(path, result, of))


def _model(path: Path) -> tuple[str, str]:
    """The model of a file and its revision, by what lies above it; empty where nothing says so."""
    above = path.resolve().parents[:ABOVE]
    for folder in above:
        if (folder / META).is_file():
            meta = json_object(folder / META)
            return string(str(folder / META), meta, "name"), str(meta.get("revision") or "")
    folders = path.resolve().parts[:-1]
    for text, below in zip(folders[-ABOVE:], [*folders[1 - ABOVE :], ""], strict=False):
        organisation, _, called = text.partition("__")
        if organisation and called:
            return f"{organisation}/{called}", below
    return "", ""


def _of_task(path: Path, value: Any, of: tuple[str, str]) -> Iterator[Number | LeftOut]:
    if not is_mteb(value) or WHOLE_MODEL in value:
        raise BadData(f"{path}: expected '{NEWER}' and 'scores' of each task, found another layout")
    task = string(str(path), value, NEWER if NEWER in value else OLDER)
    scores = value["scores"] if NEWER in value else _older(value)
    version = value.get("mteb_version")
    source = f"MTEB{f' {version}' if version else ''}{f', revision {of[1]}' if of[1] else ''}"
    for split, subsets in scores.items():
        if not isinstance(subsets, list):
            raise BadData(f"{path}: scores: {split}: expected a list of subsets, found another")
        for entry in subsets:
            if not isinstance(entry, dict) or not isinstance(entry.get("hf_subset"), str):
                raise BadData(f"{path}: scores: {split}: expected 'hf_subset' in each, found none")
            at = _Place(path, of[0], source, (task, split, entry["hf_subset"]))
            yield from at.numbers(entry)


def _older(value: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The scores of a file before 1.11, as those of a later one."""
    found: dict[str, list[dict[str, Any]]] = {}
    for split, told in value.items():
        if split in OLDER_ABOUT or not isinstance(told, dict):
            continue
        nested = {key: one for key, one in told.items() if isinstance(one, dict)}
        subsets = {key: one for key, one in nested.items() if key not in SCORERS}
        of_scorers = [(f"{key}_{k}", v) for key in SCORERS for k, v in nested.get(key, {}).items()]
        plain = {key: one for key, one in (*told.items(), *of_scorers) if key != TIME}
        own = [] if subsets else [{**plain, "hf_subset": WHOLE}]
        found[split] = [*own, *({**one, "hf_subset": key} for key, one in subsets.items())]
    return found


@dataclass(frozen=True)
class _Place:
    """A subset of a split of a task, and what its numbers have in common."""

    path: Path
    model: str
    source: str
    names: tuple[str, str, str]

    def numbers(self, entry: Mapping[str, Any]) -> Iterator[Number]:
        """The measures of the subset; what is no number tells about them."""
        task, split, subset = self.names
        part = subset if subset != WHOLE else ""
        for key, told in entry.items():
            if (found := finite(told)) is not None and key != TIME:
                yield Number(
                    f"{self.path}: {task}: {split}: {subset}: {key}", self.model, task, key, found,
                    self.source, names=self.names, attribute="subset" if part else "", group=part,
                    protocol=f"reported: mteb {task}"
                    + (f" ({split})" if split != USUAL_SPLIT else ""),
                    higher_is_better=True if key == MAIN else None,
                )  # fmt: skip
