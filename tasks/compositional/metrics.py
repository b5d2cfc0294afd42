"""The task's metrics, and the statistics of a group that they are means of."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchsuite.estimation import Mean, Metric, Ratio, Weights
from benchsuite.estimation.sums import Sums

from . import scores as rules
from .prediction import Prediction

ITERATIONS = 10
"""Iterations of an adaptation that have a metric of their own; the paper runs as many."""


@dataclass(frozen=True)
class MeanWhere(Mean):
    """The mean over the samples to which the column applies: where `applies` is not 0. Linear.

    A group is a set of samples, and these are one; where there are none, n = 0.
    """

    applies: str

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.column, self.applies)

    def accumulate(self, table: pd.DataFrame, weights: Weights, groups: NDArray[np.bool_]) -> Sums:
        rows = ~(table[self.applies] == 0).to_numpy(dtype=np.bool_)
        return super().accumulate(table[rows], weights, groups[rows])


@dataclass(frozen=True)
class MeanAfter(Mean):
    """The mean of a list column's entry `index` over the samples whose list has it. Linear."""

    index: int

    def accumulate(self, table: pd.DataFrame, weights: Weights, groups: NDArray[np.bool_]) -> Sums:
        lists = [
            value if isinstance(value, np.ndarray | list) else [] for value in table[self.column]
        ]
        rows = np.array([len(value) > self.index for value in lists], dtype=np.bool_)
        entries = [value[self.index] for value in lists if len(value) > self.index]
        part = table[rows].assign(**{self.column: entries})
        return super().accumulate(part, weights, groups[rows])


def _share(name: str, applies: str = "", column: str = "") -> Metric:
    column = column or name
    if applies:
        return MeanWhere(name=name, column=column, applies=applies, bounds=(0.0, 1.0))
    return Mean(name=name, column=column, bounds=(0.0, 1.0))


def _gain(name: str, applies: str) -> Metric:
    return MeanWhere(name=name, column=name, applies=applies, bounds=(-1.0, 1.0))


METRICS: tuple[Metric, ...] = (
    _share("group_score"),
    _share("group_match"),
    _share("text_score"),
    _share("image_score", applies="several_images"),
    _share("individual_match"),
    _share("global_match", applies="matched_globally"),
    _gain("gain", applies="adapted"),
    _gain("paper_gain", applies="adapted"),
    _gain("match_gain", applies="adapted"),
    _gain("control_gain", applies="controlled"),
    _gain("control_paper_gain", applies="controlled"),
    _share("group_score_seen", applies="held_out"),
    Ratio(
        name="pseudo_label_accuracy",
        numerator="selected_right",
        denominator="selected",
        bounds=(0.0, 1.0),
    ),
    _share("consistency", applies="repeated"),
    *(
        MeanAfter(f"group_score after {i}", column="curve", index=i, bounds=(0.0, 1.0))
        for i in range(ITERATIONS + 1)
    ),
)
"""gain = GroupScore after the adaptation - GroupMatch before it; the paper's gain is against
GroupScore before it, and match_gain is that of GroupMatch; the control's are those of the same
adaptation with images permuted across groups.
consistency: whether every repeat (order of the options, seed, split) chooses the same matching."""


def statistics(prediction: Prediction) -> dict[str, Any]:
    """The statistics of a group, from its scores by truth (column i is image i's own caption).

    Means over repeats of what holds after the last iteration. Lists: `curve`, `match_curve`
    (GroupScore and GroupMatch by iteration, T+1), `selected_curve`, `right_curve` (the share of
    images trained on, and of those with the right caption, T), `group_score_by_repeat`,
    `gain_by_repeat` (S).
    """
    group_scores = _by_repeat(rules.group_score, prediction.scores)
    group_matches = _by_repeat(rules.group_match, prediction.scores)
    last = prediction.scores[:, -1]
    repeats, iterations = group_scores.shape
    adapted = float(iterations > 1)
    gains = group_scores[:, -1] - group_matches[:, 0]
    return {
        "group_score": float(group_scores[:, -1].mean()),
        "group_match": float(group_matches[:, -1].mean()),
        "text_score": float(rules.text_score(last).mean()),
        "image_score": float(rules.image_score(last).mean()),
        "several_images": float(last.shape[1] > 1),
        "individual_match": float(rules.individual_match(last).mean()),
        "adapted": adapted,
        "gain": float(gains.mean()),
        "paper_gain": float((group_scores[:, -1] - group_scores[:, 0]).mean()),
        "match_gain": float((group_matches[:, -1] - group_matches[:, 0]).mean()),
        "repeated": float(repeats > 1),
        "consistency": float(_agree(last)),
        "curve": group_scores.mean(axis=0).tolist() if adapted else [],
        "match_curve": group_matches.mean(axis=0).tolist() if adapted else [],
        "group_score_by_repeat": group_scores[:, -1].tolist(),
        "gain_by_repeat": gains.tolist() if adapted else [],
        **_selection(prediction),
        **_seen(prediction),
        **_control(prediction),
        **_global(prediction),
    }


def _by_repeat(rule: Any, scores: NDArray[np.float32]) -> NDArray[np.float64]:
    """A rule for matrices (N, m, k), over (S, T+1, m, k)."""
    flat = scores.reshape(-1, *scores.shape[-2:])
    return np.asarray(rule(flat), dtype=np.float64).reshape(scores.shape[:2])


def _agree(last: NDArray[np.float32]) -> bool:
    """Whether all repeats choose the same matching, and each of them chooses one."""
    labels, margins = rules.best_matching(last)
    return bool((labels == labels[0]).all() and (margins > 0).all())


def _selection(prediction: Prediction) -> dict[str, Any]:
    if prediction.selected is None:
        return {"selected": 0.0, "selected_right": 0.0, "selected_curve": [], "right_curve": []}
    assert prediction.labels is not None  # noqa: S101 - an adaptation tells both or neither
    right = prediction.selected & (prediction.labels == np.arange(prediction.labels.shape[-1]))
    selected = prediction.selected.mean(axis=(0, 2))
    return {
        "selected": float(prediction.selected.sum()),
        "selected_right": float(right.sum()),
        "selected_curve": selected.tolist(),
        "right_curve": right.mean(axis=(0, 2)).tolist(),
    }


def _seen(prediction: Prediction) -> dict[str, Any]:
    if prediction.seen is None:
        return {"held_out": 0.0, "group_score_seen": 0.0}
    return {
        "held_out": 1.0,
        "group_score_seen": float(rules.group_score(prediction.seen).mean()),
    }


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


def _global(prediction: Prediction) -> dict[str, Any]:
    if prediction.assigned is None:
        return {"matched_globally": 0.0, "global_match": 0.0}
    last = prediction.assigned[:, -1]
    return {
        "matched_globally": 1.0,
        "global_match": float((last == np.arange(last.shape[-1])).mean()),
    }
