"""Oracle prompts: what a dataset adds to the inputs from the truth, where it is asked to.

Every row of such a run says `oracle prompt`: its score is that of a model that was told where to
look, and is compared with others of that protocol alone.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from benchsuite.dataset import Sample
from benchsuite.errors import WrongCall

from .files import Lazy
from .structures import Structures

BOXES = "oracle_boxes"
"""The input that `oracle=box` adds."""
ORACLES = ("", "box")


def prompted(samples: Sequence[Sample], oracle: str, structures: Structures) -> Sequence[Sample]:
    """The samples with the input of that oracle; as they are where it is empty.

    Raises WrongCall for an oracle that does not exist.
    """
    if oracle not in ORACLES:
        raise WrongCall(f"dataset.oracle: expected box or nothing, found '{oracle}'")
    if not oracle:
        return samples
    return [replace(sample, inputs=_with_boxes(sample, structures)) for sample in samples]


def _with_boxes(sample: Sample, structures: Structures) -> Lazy:
    own = {name: partial(sample.inputs.__getitem__, name) for name in sample.inputs}
    return Lazy({**own, BOXES: partial(_boxes, sample, structures.classes)})


def _boxes(sample: Sample, classes: int) -> NDArray[np.int64]:
    """The box around each label 1 … classes - 1 of the truth that is there: int64 (P, 5).

    A row is the label and x0, y0, x1, y1 in pixels; the box ends behind its last pixel.
    """
    labels, found = sample.truth["labels"], []
    for label in range(1, classes):
        rows, columns = np.nonzero(labels == label)
        if rows.size:
            ends = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
            found.append([label, *map(int, ends)])
    return np.array(found, np.int64).reshape(-1, 5)
