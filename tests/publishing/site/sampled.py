"""Boards of runs whose samples a site shows: pictures or words, of data that may be shown or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchsuite.boards.board import load_boards
from benchsuite.condition import CLEAN
from benchsuite.dataset import Dataset, Inputs, Sample
from benchsuite.errors import BadData, NotAvailable
from benchsuite.publishing.site.boards import Published, published_of
from benchsuite.publishing.site.build import build
from benchsuite.publishing.site.samples import Showing
from benchsuite.runs.call import Call
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from benchsuite.task import Access, Look, Origin, Task
from tests.toys import MEAN, NOISE, Linear

FREE = Origin("made up", "CC0", Access.INCLUDED, public=True)
NOISY = np.random.default_rng(0).integers(0, 256, (300, 400, 3)).astype(np.uint8)
CONDITIONS = (CLEAN, *NOISE[:2])
ABSENT = NotAvailable("/home/ann/eyes: expected a folder, found none")


def drawn(sample: Sample, seen: Inputs, row: Mapping[str, Any], shared: Any) -> Look:
    return Look(f"x {seen.fields['x']:.3f}", NOISY, "noise: what the picture shows")


def in_words(sample: Sample, seen: Inputs, row: Mapping[str, Any], shared: Any) -> Look:
    return Look(f"{sample.id}\n<script>alert(1)</script>\nhit {row['hit']:.0f}")


def broken(sample: Sample, seen: Inputs, row: Mapping[str, Any], shared: Any) -> Look:
    raise BadData("/home/ann/eyes.png: expected an image, found none")


DRAWN = replace(MEAN, look=drawn, origins={"numbers": FREE})


def board_of(root: Path, task: Task, data: Dataset, *models: Linear) -> Published:
    """The board of models on clean and noise, whose runs know their dataset's kind."""
    for model in models:
        call = Call("run", (f"task={task.name}",), dataset={"kind": "numbers", "name": data.name})
        evaluate(Run(task, data, model, CONDITIONS, call=call), root, replicates=20)
    (board,) = published_of(load_boards(root))
    return board


def texts(
    board: Published,
    out: Path,
    data: Dataset | None,
    allowed: Sequence[str] = (),
    left_out: Any = pytest.fail,
) -> dict[str, str]:
    """The pages of samples of a site, by their names."""

    def loaded(run: Path) -> Dataset:
        if data is None:
            raise ABSENT
        return data

    list(build([board], out, [Showing(loaded, allowed, left_out).pages]))
    return {path.name: path.read_text() for path in (out / board.folder / "samples").glob("*")}
