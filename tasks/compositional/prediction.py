"""What a model says of a group: score matrices, and how they came about."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchsuite.errors import BadData

from . import group
from .group import Permutation
from .scores import Scores


@dataclass(frozen=True, eq=False)
class Prediction:
    """Scores of a group in the order shown, over S repeats and T iterations of an adaptation.

    scores    (S, T+1, m, k) before the first iteration and after each; T = 0 without adaptation.
              Repeats are seeds, splits, or orders in which the options were asked.
    labels    (S, T, m) the pseudo-label of an image, a caption, -1 for another group's
    selected  (S, T, m) whether it was trained on
    assigned  (S, T+1, m) the caption that a global matching gives an image, -1 for another group's;
              None where groups are matched one by one
    seen      (S, m, k) under the held-out protocol, the scores after adapting to the group itself
    control   (S, 2, m, k) before and after the same adaptation with images permuted across groups
    """

    scores: Scores
    labels: NDArray[np.int64] | None = None
    selected: NDArray[np.bool_] | None = None
    assigned: NDArray[np.int64] | None = None
    seen: Scores | None = None
    control: Scores | None = None


def checked(where: str, prediction: Any, shape: tuple[int, int]) -> Prediction:
    """The prediction; a plain (m, k) matrix, or (S, m, k) for S repeats, becomes one.

    Raises BadData unless every matrix is (m, k) of finite float32 numbers.
    """
    found: Prediction
    if isinstance(prediction, Prediction):
        found = prediction
    else:
        several = isinstance(prediction, np.ndarray) and prediction.ndim == 3
        repeats = prediction.shape[:1] if several else ()
        scores = matrix(where, prediction, (*repeats, *shape))
        found = Prediction(scores.reshape(-1, 1, *shape))
    for each in (found.scores, found.seen, found.control):
        if each is not None:
            matrix(where, each, (*each.shape[:-2], *shape))
    return found


def matrix(where: str, scores: Any, shape: tuple[int, ...]) -> Scores:
    """`scores` as float32 of that shape. Raises BadData where it is not, or not finite."""
    try:
        with np.errstate(over="ignore"):
            given = np.asarray(scores)
            if given.dtype.kind in "US":
                raise TypeError("texts are no numbers, even where they look like some")
            found = given.astype(np.float32, copy=False)
    except (TypeError, ValueError, OverflowError) as error:
        raise BadData(f"{where}: expected a matrix of numbers, found {scores!r}") from error
    if found.shape != shape:
        raise BadData(f"{where}: expected scores {shape}, found {found.shape}")
    if not np.isfinite(found).all():
        raise BadData(f"{where}: expected finite float32 scores, found {found.tolist()}")
    return found


def by_truth(prediction: Prediction, truth: Mapping[str, Permutation]) -> Prediction:
    """The prediction with the caption of image i in column i: what was permuted is undone."""

    def turned(scores: Scores | None) -> Scores | None:
        return None if scores is None else group.by_truth(scores, truth)

    images = np.argsort(truth["images"])

    def told(captions: NDArray[np.int64] | None) -> NDArray[np.int64] | None:
        return None if captions is None else _columns(truth)[captions[..., images]]

    selected = prediction.selected
    return Prediction(
        scores=group.by_truth(prediction.scores, truth),
        labels=told(prediction.labels),
        selected=None if selected is None else selected[..., images],
        assigned=told(prediction.assigned),
        seen=turned(prediction.seen),
        control=turned(prediction.control),
    )


def _columns(truth: Mapping[str, Permutation]) -> NDArray[np.int64]:
    """The column by truth of each place shown; the last entry, for -1, is -1."""
    column_of = np.argsort(group.captions_by_truth(truth))
    return np.append(column_of[truth["captions"]], -1)
