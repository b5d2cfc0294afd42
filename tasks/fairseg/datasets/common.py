"""What the datasets of the task have in common.

An oracle prompt is what a dataset adds to the inputs from the truth, if it is asked to. Every row
of such a run says `oracle prompt`, and is compared only with rows of that protocol.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchsuite.dataset import Constant, Dataset, Lazy, Sample
from benchsuite.errors import WrongCall, one_of

from ..measure import PROTOCOLS, Structures
from ..metrics import Made

MetricsOf = Callable[[Structures, Sequence[str]], tuple[Made, ...]]
"""Makes the metrics of structures, of which some are absent."""
BOXES = "oracle_boxes"
"""The input that `oracle=box` adds."""


def shared(
    structures: Structures, protocol: str, areas: Sequence[Mapping[str, int]]
) -> dict[str, Any]:
    """What `measure` needs of a dataset; `areas` are the pixels of each structure by sample.

    A structure that no sample has is `absent`: nothing of it could be found, so that it has no
    score and no part in the headline. Raises WrongCall for a protocol that does not exist.
    """
    one_of("dataset.protocol", protocol, PROTOCOLS)
    absent = [name for name in structures.labels if not any(area[name] for area in areas)]
    known = structures.without(absent)
    sizes = [sum(area[name] for name in known.reported) for area in areas]
    present = [size for size in sizes if size > 0]
    edges = np.quantile(present, [0.25, 0.5, 0.75]).tolist() if present else []
    made = {"structures": known.shared(), "protocol": protocol, "size_edges": edges}
    return {**made, "absent": absent} if absent else made


def described(
    dataset: Dataset, protocol: str, metrics: MetricsOf, oracle: str, alpha: float
) -> Dataset:
    """The dataset with its protocol, its metrics, and the oracle prompt that is asked for.

    Its shared part tells the cluster of each sample, so that a model knows what it was trained on.
    The fingerprint stays: it covers clusters and truths, from which all of this is made. `alpha` is
    that of the equity-scaled scores.
    Raises WrongCall for an oracle that does not exist, and an alpha below 0.
    """
    if oracle not in ("", "box"):
        raise WrongCall(f"dataset.oracle: expected box or nothing, found '{oracle}'")
    if not 0 <= alpha < math.inf:
        raise WrongCall(f"dataset.alpha: expected a number of 0 or more, found {alpha}")
    structures = Structures(**dataset.shared["structures"])
    absent = dataset.shared.get("absent", ())
    samples, classes = dataset.samples(), structures.classes
    if oracle:
        samples = [replace(sample, inputs=_with_boxes(sample, classes)) for sample in samples]
    clusters = {sample.id: sample.cluster_id for sample in samples}
    return replace(
        dataset,
        load=Constant(tuple(samples)),
        shared={**dataset.shared, "clusters": clusters},
        protocol="; ".join(
            [
                protocol,
                *(f"no {name} in any truth" for name in absent),
                *(["oracle prompt"] if oracle else []),
                *([f"ES α={alpha:g}"] if alpha != 1 else []),
            ]
        ),
        metrics=tuple(
            replace(metric, equity_alpha=float(alpha)) for metric in metrics(structures, absent)
        ),
    )


def _with_boxes(sample: Sample, classes: int) -> Lazy:
    own = {key: partial(sample.inputs.__getitem__, key) for key in sample.inputs}
    return Lazy({**own, BOXES: partial(_boxes, sample, classes)})


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
