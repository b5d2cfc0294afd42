"""Results of the Language Model Evaluation Harness: `results_*.json` of lm-eval 0.3 and later.

A file is of one model. `results` has the metrics of each task as `metric,filter` (before 0.4
`metric`), and each metric's standard error as `metric_stderr,filter`. A task in a group that has
metrics of its own is a group of samples of that group's dataset.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchsuite.boards.imports.numbers import (
    SHARE,
    UNBOUNDED,
    Found,
    LeftOut,
    Number,
    gathered,
)
from benchsuite.errors import BadData
from benchsuite.files.text import finite

KIND: Final = "lm-eval"
ABOUT: Final = ("alias", "name", "sample_len", "sample_count", "samples")
"""Keys of a task's results that are no metrics."""
ERROR: Final = "_stderr"
"""How the key of a metric's standard error ends."""
SHORT: Final = 8
"""Digits of a hash that a protocol names."""
PLAIN_FILTER: Final = "none"
BESIDE: Final = ("versions", "configs", "config", "n-shot", "n-samples", "group_subtasks")
"""Keys that stand beside `results`."""
SHARES: Final = (
    "acc", "acc_norm", "acc_mutual_info", "acc_bytes", "acc_all", "exact_match", "em", "f1",
    "likelihood", "prompt_level_strict_acc", "prompt_level_loose_acc", "inst_level_strict_acc",
    "inst_level_loose_acc", "mc1", "mc2", "pass@1", "word_accuracy",
)  # fmt: skip
"""Metrics that are shares, of which more is better."""
LOWER: Final = (
    "perplexity", "ppl", "word_perplexity", "byte_perplexity", "bits_per_byte", "brier_score",
    "ter", "wer",
)  # fmt: skip
HIGHER: Final = ("mcc", "bleu", "chrf", "chrf++", "rouge1", "rouge2", "rougeL")
"""Directions of the harness's own metrics (lm_eval/api/metrics.py), for files without them."""
NAMED_BY: Final = ("peft", "delta", "pretrained", "model", "path", "engine")
"""Arguments that name a model, in the order in which the harness looks for them."""


def is_lm_eval(value: Any) -> bool:
    """Whether a value of JSON is a file of results."""
    results = value.get("results") if isinstance(value, dict) else None
    if not isinstance(results, dict) or not results:
        return False
    tasks = all(isinstance(one, dict) for one in results.values())
    return tasks and any(key in value for key in BESIDE)


def read_lm_eval(path: Path, value: Mapping[str, Any], model: str = "") -> Found:
    """The numbers of a file, of the model that is given or that it names.

    Raises BadData where no model is named.
    """
    file = _File(path, value, model or _model(value))
    if not file.model:
        raise BadData(f"{path}: expected the key 'model_name', found none; give --model NAME")
    tasks = value["results"].items()
    return gathered(one for task, entry in tasks for one in file.of_task(task, entry))


def _model(value: Mapping[str, Any]) -> str:
    """The model that a file names; empty where it names none."""
    config = _object(value, "config")
    options = config.get("model_args")
    if isinstance(options, str):
        pairs = (pair.partition("=") for pair in options.split(","))
        options = {key.strip(): told.strip() for key, _, told in pairs}
    known = options if isinstance(options, dict) else {}
    told = [value.get("model_name"), *(known.get(key) for key in NAMED_BY), config.get("model")]
    return next((one for one in told if isinstance(one, str) and one), "")


def _object(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = value.get(key)
    return found if isinstance(found, dict) else {}


@dataclass(frozen=True, eq=False)
class _File:
    """A file of results, and the model that it is of."""

    path: Path
    value: Mapping[str, Any]
    model: str

    def of_task(self, task: str, entry: Mapping[str, Any]) -> Iterator[Number | LeftOut]:
        """The metrics of a task; those that are no numbers are left out."""
        for key, told in entry.items():
            word, _, filtered = key.partition(",")
            if word in ABOUT or not word.strip() or word.endswith(ERROR):
                continue
            if (found := finite(told)) is None:
                yield LeftOut(f"{task} {word}", f"no number, but {json.dumps(told)[:40]}")
                continue
            stderr = finite(entry.get(f"{word}{ERROR},{filtered}" if filtered else word + ERROR))
            yield self._number((task, word, filtered), found, stderr)

    def _number(self, at: tuple[str, str, str], found: float, stderr: float | None) -> Number:
        task, metric, filtered = at
        better, bounds = self._direction(task, metric)
        root = self._root(task)
        return Number(
            f"{self.path}: {task}: {metric}", self.model, root, metric, found, self._source,
            names=(root, task) if root != task else (task,),
            attribute="subtask" if root != task else "", group=task if root != task else "",
            protocol=self._protocol(task, root, filtered), stderr=stderr, n=self._samples(task),
            higher_is_better=better, bounds=bounds,
        )  # fmt: skip

    def _root(self, task: str) -> str:
        """The first group with metrics of its own that a task is in; else the task itself."""
        for group, members in _object(self.value, "group_subtasks").items():
            inside = isinstance(members, list) and task in members and group != task
            told = self.value["results"].get(group, {}).values()
            if inside and any(finite(one) is not None for one in told):
                return self._root(group)
        return task

    def _direction(self, task: str, metric: str) -> tuple[bool | None, tuple[float, float]]:
        told = _object(_object(self.value, "higher_is_better"), task).get(metric)
        known = {**dict.fromkeys((*SHARES, *HIGHER), True), **dict.fromkeys(LOWER, False)}
        better = told if isinstance(told, bool) else known.get(metric)
        return better, SHARE if metric in SHARES else UNBOUNDED

    def _samples(self, task: str) -> int | None:
        counts = _object(_object(self.value, "n-samples"), task)
        n = finite(counts.get("effective", self.value["results"][task].get("sample_len")))
        return int(n) if n and n > 0 else None

    def _protocol(self, task: str, root: str, filtered: str) -> str:
        """What two files must have in common to be ranked together."""
        version = _object(self.value, "versions").get(root)
        shots = _object(self.value, "n-shot").get(root)
        limit = _object(self.value, "config").get("limit")
        parts = {
            "version": version, "shots": shots, "limit": limit,
            "filter": "" if filtered == PLAIN_FILTER else filtered,
            "chat template": str(self.value.get("chat_template_sha") or "")[:SHORT],
            "system prompt": str(self.value.get("system_instruction_sha") or "")[:SHORT],
        }  # fmt: skip
        said = [f"{key} {told}" for key, told in parts.items() if told not in (None, "")]
        return "reported: lm-eval" + (f" ({', '.join(said)})" if said else "")

    @property
    def _source(self) -> str:
        version, commit = self.value.get("lm_eval_version"), self.value.get("git_hash")
        told = [f" {version}" if version else "", f" (git {commit})" if commit else ""]
        return f"lm-evaluation-harness{''.join(told)}, {self.path.name}"
