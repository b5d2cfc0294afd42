"""Training a task's own models by its recipes: `benchsuite train`.

A recipe is `(dataset, out, progress, **options)`. It trains on the dataset's samples, writes
`model.safetensors` and `card.json` (data, licence, recipe, seed, figures) under `out`, keeps
checkpoints there, and continues from them when it is called again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from benchsuite.cli.config import dataset_of, settings
from benchsuite.errors import WrongCall, near
from benchsuite.task import Plug, Task, load_task

GIVEN = ("dataset", "out", "progress")
"""The parameters of a recipe that are not options."""


@dataclass(frozen=True)
class Training:
    """One call of a recipe; `dataset` is the settings of the data that it gets."""

    task: Task
    model: str
    dataset: dict[str, Any]
    out: Path
    recipe: Plug
    options: Mapping[str, Any]

    def run(self, progress: Callable[[str, int, int], None]) -> None:
        """Train, or go on where an earlier call stopped."""
        dataset = dataset_of(self.task, self.dataset)
        self.recipe(dataset=dataset, out=self.out, progress=progress, **self.options)


def training(words: Sequence[str]) -> Training:
    """What `task=NAME model=NAME out=DIR dataset=NAME dataset.KEY=VALUE key=value` asks for.

    A dataset with a `split` gives its training split unless the words name another. Raises
    WrongCall for a recipe or option that does not exist, and where `out` is missing.
    """
    pairs = dict(_pair(word) for word in words)
    task = load_task(pairs.pop("task", ""))
    model = pairs.pop("model", next(iter(task.train), ""))
    recipe = task.recipe(model)
    if not (out := pairs.pop("out", "")):
        raise WrongCall("train: expected out=DIR, the folder that gets the weights")
    mine = {key: pairs.pop(key) for key in list(pairs) if key.split(".")[0] == "dataset"}
    config = settings([f"task={task.name}", *(f"{k}={v}" for k, v in mine.items())])[0].dataset
    if "split" in config and "dataset.split" not in mine:
        config = {**config, "split": "train"}
    return Training(task, model, config, Path(out), recipe, _options(model, recipe, pairs))


def _pair(word: str) -> tuple[str, str]:
    key, sign, value = word.partition("=")
    if not sign:
        raise WrongCall(f"'{word}': expected key=value")
    return key, value


def _options(model: str, recipe: Plug, pairs: Mapping[str, str]) -> dict[str, Any]:
    known = [name for name in recipe.options() if name not in GIVEN]
    for key in pairs:
        if key not in known:
            raise WrongCall(f"train: recipe {model} has no option '{key}'{near(key, known)}")
    return {key: yaml.safe_load(value) for key, value in pairs.items()}
