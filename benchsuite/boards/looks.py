"""What a task shows of single samples, under the condition in which a run saw them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import numpy as np

from benchsuite.boards.samples import ERROR, ID
from benchsuite.condition import with_sampled
from benchsuite.dataset import RESERVED, Dataset, Sample
from benchsuite.errors import BadData, NotAvailable, of_others
from benchsuite.runs.statistics import Statistics
from benchsuite.task import Look, load_task


def check_same(statistics: Statistics, dataset: Dataset) -> None:
    """Raise BadData unless the dataset is the one that a run was measured on."""
    if (expected := statistics.identity.dataset_fingerprint) != dataset.fingerprint:
        raise BadData(
            f"dataset {dataset.name}: expected the fingerprint {expected} of {statistics.path}, "
            f"found {dataset.fingerprint}"
        )


def looks(
    statistics: Statistics, dataset: Dataset, shown: Iterable[tuple[str, str]]
) -> Iterator[Look]:
    """The look of each (condition, sample id), in their order.

    A sample that cannot be shown has the reason as its text. Raises NotAvailable where the task
    shows no samples, BadData where the dataset is another one than the run's.
    """
    check_same(statistics, dataset)
    task = load_task(statistics.identity.task)
    if (look := task.look) is None:
        raise NotAvailable(f"task {task.name} shows no samples")
    known = with_sampled(task.on(dataset).known_conditions(dataset))
    samples = cache(lambda domain: {one.id: one for one in dataset.samples(domain)})
    rows = cache(lambda condition: _rows(statistics, condition))

    def one(condition: str, sample_id: str) -> Look:
        row = rows(condition)[sample_id]
        if error := row.get(ERROR):
            return Look(f"failed: {error}", absent=True)
        if condition not in known:
            other = f"{condition}: the task makes it with another `backend` or `textures`"
            return Look(other, absent=True)
        how = known[condition]
        sample: Sample = samples(how.domain)[sample_id]
        view = how.view(statistics.identity.seed, dataset.name, sample)
        with of_others(f"{condition}, sample '{sample_id}', look"):
            return _checked(look(sample, view, _measured(row), dataset.shared))

    for condition, sample_id in shown:
        try:
            yield one(condition, sample_id)
        except BadData as error:
            yield Look(f"cannot be shown: {error}", absent=True)


def _rows(statistics: Statistics, condition: str) -> dict[str, dict[str, Any]]:
    """The rows of a condition without attributes, by sample id."""
    table = statistics.tables[condition].drop(columns=list(statistics.attributes))
    names, columns = [str(name) for name in table], [table[name] for name in table]
    rows = (dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True))
    return {row[ID]: row for row in rows}


def _measured(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in RESERVED}


def _checked(look: Look) -> Look:
    """The look. Raises TypeError where a picture is not uint8 RGB."""
    for picture in (look.picture, look.small):
        if picture is None:
            continue
        rgb = picture.ndim == 3 == picture.shape[2] and picture.size
        if not rgb or picture.dtype != np.uint8:
            found = f"{picture.dtype} {picture.shape}"
            raise TypeError(f"expected a picture uint8 (H, W, 3), found {found}")
    return look
