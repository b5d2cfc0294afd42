"""What a model says of a group, and the row of statistics that is measured from it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from benchsuite.dataset import Sample
from benchsuite.errors import BadData
from benchsuite.estimation.cells import QUESTIONS, UNREAD

from . import metrics as rules
from .datasets.groups import Truth
from .metrics import ASKED, PLACES, Scores


@dataclass(frozen=True)
class Answer:
    """The answer to a question with two options.

    asked   `text`: which caption fits the image `number`; `image`: which image fits the caption
    number  from 1, in the order of the dataset's own files
    right   the place of the right option, 1 or 2; 0 where it is not known
    chosen  the place of the option that was chosen; 0 where the answer could not be read
    """

    asked: Literal["text", "image"]
    number: Literal[1, 2]
    right: Literal[0, 1, 2]
    chosen: Literal[0, 1, 2]


@dataclass(frozen=True, eq=False)
class Prediction:
    """Scores of a group in the order shown, over S repeats and T iterations of an adaptation.

    scores    (S, T+1, m, k) before the first iteration and after each; T = 0 without adaptation.
              Repeats are seeds, splits, or orders in which the options were asked.
    by_caption  the same of the images for each caption, where that was asked apart: `scores` are
              then those of the captions for each image
    labels    (S, T, m) the pseudo-label of an image, a caption, -1 for another group's
    selected  (S, T, m) whether it was trained on
    assigned  (S, T+1, m) the caption that a global matching gives an image, -1 for another group's;
              None where groups are matched one by one
    seen      (S, m, k) under the held-out protocol, the scores after adapting to the group itself
    control   (S, 2, m, k) before and after the same adaptation with images permuted across groups
    first     (S,) under the held-out protocol, whether the group is in the first half of the split
    questions, unread  of a model that is asked: how many, and how many answers could not be read
    answers   those that the scores stand for, where there are any
    """

    scores: Scores
    by_caption: Scores | None = None
    labels: NDArray[np.int64] | None = None
    selected: NDArray[np.bool_] | None = None
    assigned: NDArray[np.int64] | None = None
    seen: Scores | None = None
    control: Scores | None = None
    first: NDArray[np.uint8] | None = None
    questions: int = 0
    unread: int = 0
    answers: tuple[Answer, ...] = ()

    @property
    def pairs(self) -> Scores:
        """(S, T+1, m, k): the score of each pair, of both questions together."""
        return self.scores if self.by_caption is None else self.scores + self.by_caption

    def by_image(self, truth: Truth) -> "Prediction":
        """The prediction with the caption of image i in column i: what was permuted is undone."""
        images = np.argsort(truth.images)
        # The column of each place shown; the last entry, for -1, is -1.
        columns = np.append(np.argsort(truth.columns)[list(truth.captions)], -1)

        def turned(scores: Scores | None) -> Scores | None:
            return None if scores is None else truth.by_image(scores)

        def named(captions: NDArray[np.int64] | None) -> NDArray[np.int64] | None:
            return None if captions is None else columns[captions[..., images]]

        return replace(
            self,
            scores=truth.by_image(self.scores),
            by_caption=turned(self.by_caption),
            labels=named(self.labels),
            selected=None if self.selected is None else self.selected[..., images],
            assigned=named(self.assigned),
            seen=turned(self.seen),
            control=turned(self.control),
        )


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
    for each in (found.scores, found.by_caption, found.seen, found.control):
        if each is not None:
            matrix(where, each, (*each.shape[:-2], *shape))
    return found


def matrix(where: str, scores: Any, shape: tuple[int, ...]) -> Scores:
    """`scores` as float32 of that shape. Raises BadData where it is not, or not finite."""
    try:
        with np.errstate(over="ignore"):
            given = np.asarray(scores)
            if given.dtype.kind not in "biufO":
                raise TypeError(
                    "texts, dates and complex numbers are none, whatever they look like"
                )
            found = given.astype(np.float32, copy=False)
    except (TypeError, ValueError, OverflowError) as error:
        raise BadData(f"{where}: expected a matrix of numbers, found {scores!r}") from error
    if found.shape != shape:
        raise BadData(f"{where}: expected scores {shape}, found {found.shape}")
    if not np.isfinite(found).all():
        raise BadData(f"{where}: expected finite float32 scores, found {found.tolist()}")
    return found


def measure(sample: Sample, prediction: Any, shared: Mapping[str, Any]) -> dict[str, Any]:
    """The statistics of a group: its score matrix in the source's order, and what metrics need.

    Raises BadData where a score is not a finite number, or the matrix has another shape.
    """
    truth: Truth = sample.truth
    found = checked(f"group '{sample.id}'", prediction, truth.shape)
    last = truth.in_source_order(found.pairs[:, -1])
    return {
        "images": truth.shape[0],
        "captions": truth.shape[1],
        "scores": last.ravel().tolist(),
        **statistics(found.by_image(truth)),
        **({QUESTIONS: found.questions, UNREAD: found.unread} if found.questions else {}),
    }


def perfect(sample: Sample, shared: Mapping[str, Any]) -> Scores:
    """The scores of a model that knows the matching: 1 for an image's own caption, else 0."""
    truth: Truth = sample.truth
    own = np.zeros(truth.shape, np.float32)
    own[range(len(truth.matching)), truth.matching] = 1
    return truth.as_shown(own)


@cache
def columns() -> frozenset[str]:
    """The columns of the rows that `measure` returns."""
    found = statistics(Prediction(np.zeros((1, 1, 1, 1), np.float32)))
    return frozenset({"images", "captions", "scores", *found})


def statistics(prediction: Prediction) -> dict[str, Any]:
    """The statistics of a group, from its scores by image (column i is image i's own caption).

    Means over repeats of what holds after the last iteration. Lists: `curve`, `match_curve`
    (GroupScore and GroupMatch by iteration, T+1), `selected_curve`, `right_curve` (the share of
    images trained on, and of those with the right caption, T), `group_score_by_repeat`,
    `gain_by_repeat` and, held out, `first_half` (S).
    """
    by_image, pairs = prediction.scores, prediction.pairs
    by_caption = by_image if prediction.by_caption is None else prediction.by_caption
    image_scores = _by_repeat(rules.image_score, by_caption)
    group_scores = _by_repeat(rules.text_score, by_image) * image_scores
    group_matches = _by_repeat(rules.group_match, pairs)
    last = by_image[:, -1]
    repeats, iterations = group_scores.shape
    adapted = float(iterations > 1)
    gains = group_scores[:, -1] - group_matches[:, 0]
    return {
        "group_score": float(group_scores[:, -1].mean()),
        "group_match": float(group_matches[:, -1].mean()),
        "text_score": float(rules.text_score(last).mean()),
        "image_score": float(image_scores[:, -1].mean()),
        "several_images": float(last.shape[1] > 1),
        "individual_match": float(rules.individual_match(last).mean()),
        "adapted": adapted,
        "gain": float(gains.mean()),
        "paper_gain": float((group_scores[:, -1] - group_scores[:, 0]).mean()),
        "match_gain": float((group_matches[:, -1] - group_matches[:, 0]).mean()),
        "repeated": float(repeats > 1),
        "consistency": float(_agree(pairs[:, -1])),
        "curve": group_scores.mean(axis=0).tolist() if adapted else [],
        "match_curve": group_matches.mean(axis=0).tolist() if adapted else [],
        "group_score_by_repeat": group_scores[:, -1].tolist(),
        "gain_by_repeat": gains.tolist() if adapted else [],
        **_selection(prediction),
        **_seen(prediction),
        **_control(prediction),
        **_global(prediction),
        **_answers(prediction.answers),
    }


def _by_repeat(rule: Callable[[Scores], Any], scores: Scores) -> NDArray[np.float64]:
    """A rule for matrices (N, m, k), over (S, T+1, m, k)."""
    flat = scores.reshape(-1, *scores.shape[-2:])
    return np.asarray(rule(flat), dtype=np.float64).reshape(scores.shape[:2])


def _agree(last: Scores) -> bool:
    """Whether all repeats choose the same matching, and each of them chooses one."""
    labels, margins = rules.best_matching(last)
    return bool((labels == labels[0]).all() and (margins > 0).all())


def _selection(prediction: Prediction) -> dict[str, Any]:
    if prediction.selected is None:
        return {"selected": 0.0, "selected_right": 0.0, "selected_curve": [], "right_curve": []}
    assert prediction.labels is not None  # noqa: S101 - an adaptation has both or neither
    right = prediction.selected & (prediction.labels == np.arange(prediction.labels.shape[-1]))
    return {
        "selected": float(prediction.selected.sum()),
        "selected_right": float(right.sum()),
        "selected_curve": prediction.selected.mean(axis=(0, 2)).tolist(),
        "right_curve": right.mean(axis=(0, 2)).tolist(),
    }


def _seen(prediction: Prediction) -> dict[str, Any]:
    if prediction.seen is None:
        return {"held_out": 0.0, "group_score_seen": 0.0, "first_half": []}
    first = [] if prediction.first is None else prediction.first.tolist()
    seen = float(rules.group_score(prediction.seen).mean())
    return {"held_out": 1.0, "group_score_seen": seen, "first_half": first}


def _control(prediction: Prediction) -> dict[str, Any]:
    if prediction.control is None:
        return {"controlled": 0.0, "control_gain": 0.0, "control_paper_gain": 0.0}
    score = _by_repeat(rules.group_score, prediction.control)
    match = _by_repeat(rules.group_match, prediction.control)
    return {
        "controlled": 1.0,
        "control_gain": float((score[:, -1] - match[:, 0]).mean()),
        "control_paper_gain": float((score[:, -1] - score[:, 0]).mean()),
    }


def _answers(answers: Sequence[Answer]) -> dict[str, Any]:
    """How many answers there are by question and place of the right option, and how many right.

    `answers` (4 A): of each its question by number, and the other fields.
    """
    found: dict[str, Any] = {
        "answers": [n for a in answers for n in (ASKED.index(a.asked), a.number, a.right, a.chosen)]
    }
    for asked, (place, name) in product(ASKED, enumerate(PLACES, start=1)):
        there = [a for a in answers if (a.asked, a.right) == (asked, place)]
        found[f"{asked}_{name}"] = float(len(there))
        found[f"{asked}_{name}_right"] = float(sum(a.chosen == a.right for a in there))
    return found


def _global(prediction: Prediction) -> dict[str, Any]:
    if prediction.assigned is None:
        return {"matched_globally": 0.0, "global_match": 0.0}
    last = prediction.assigned[:, -1]
    right = last == np.arange(last.shape[-1])
    return {"matched_globally": 1.0, "global_match": float(right.mean())}
