"""`questions`: those of a file, which may be one of sampled answers."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchsuite.dataset import Dataset, Sample, in_memory
from benchsuite.files.answers import answers_of

from ..metrics import KS, metrics_of


def questions(
    path: str,
    name: str = "questions",
    attributes: Sequence[str] = ("subject", "difficulty"),
    k: Sequence[int] = KS,
    temperature: float | None = None,
) -> Dataset:
    """The questions of a file, each once, with their groups. `cluster` is resampled together.

    temperature  that of clean, where rows or models tell one
    """
    told = {} if temperature is None else {"temperature": temperature}
    samples: dict[str, Sample] = {}
    for row in answers_of(Path(path)):
        inputs, groups = {"question": row.question, **told}, {a: row.text(a) for a in attributes}
        samples.setdefault(row.id, Sample(row.id, inputs, row.target, groups, row.text("cluster")))
    return replace(in_memory(name, [*samples.values()], {"k": tuple(k)}), metrics=metrics_of(k))
