"""`protocol=grouprank`: the reranking of arXiv 2511.11653 as its authors released it.

For comparison with their numbers, and not the default, since documents can vanish or be graded by
an answer that was not about them: a number 0 is the last passage of its group, one beyond the group
gives the whole group 0, as does an answer that cannot be read, and a passage that no answer lists
is left out of the ranking. Groups begin every `interval` candidates of a shuffled list, so that
they overlap where the interval is less than the size.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchsuite.condition import generator
from benchsuite.endpoint import Answer

from ..partition import merged
from .answers import State
from .thought import said

_GRADE = re.compile(r'"(\[?\d{1,30}\]?)\]{0,9}"\s{0,99}:\s{0,99}(\d{1,30}(?:\.\d{1,99})?)')


def groups(
    shown: Sequence[str], size: int, interval: int, epochs: int, key: str
) -> Iterator[list[str]]:
    """The groups of every epoch: windows of `size`, one every `interval`, of a new shuffle."""
    for epoch in range(epochs):
        order = [shown[i] for i in generator("epoch", key, epoch).permutation(len(shown))]
        for start in range(0, len(order), interval):
            yield order[start : start + size]


@dataclass(frozen=True)
class Said:
    """The text that is read, and whether it has grades."""

    text: str
    state: State


def reading(answer: Answer, number: int) -> Said:
    """What is read of an answer: its text, or nothing where it is a thought that was cut off."""
    text = answer.text if said(answer.text, answer.complete) else ""
    try:
        group_answer(text)
    except ValueError:
        return Said(text, "unusable")
    return Said(text, "good")


def group_answer(text: str) -> dict[str, float]:
    """The last object of the answer, by its keys as written, less what brackets are too many.

    Raises ValueError where there is none.
    """
    body = text.rpartition("<answer>")[2].partition("</answer>")[0]
    pairs = _GRADE.findall(body[max(body.rfind("{"), 0) :])
    if not pairs:
        raise ValueError("no grades")
    return {key: float(value) for key, value in pairs}


def group_scores(shown: Sequence[str], text: str) -> list[tuple[str, float]]:
    """The scores, grade / 10, that an answer gives to the passages of a group."""
    try:
        return [
            (shown[int(key.strip("[]")) - 1], grade / 10)
            for key, grade in group_answer(text).items()
        ]
    except (ValueError, IndexError):
        return [(document, 0.0) for document in shown]


def ranked(answers: Sequence[tuple[Sequence[str], str]], depth: int) -> list[tuple[str, float]]:
    """The first `depth` passages by mean score; ties by who was graded first."""
    scores = merged([{d: s} for shown, text in answers for d, s in group_scores(shown, text)])
    return sorted(scores.items(), key=lambda pair: -pair[1])[:depth]
