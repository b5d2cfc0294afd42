"""A question as a person looks at it: the right answer, and the sampled ones by their number."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from benchsuite.dataset import Inputs, Sample
from benchsuite.task import Look, one_line

MOST = 8
"""Different answers that are shown."""
OF_QUESTION, OF_ANSWER = 400, 120
"""Characters of a text that are shown."""


def look(sample: Sample, view: Inputs, row: Mapping[str, Any], shared: Mapping[str, Any]) -> Look:
    """The question, its right answer, and how often each answer was given, the most frequent first.

    Of the statistics, `answers` (their final parts) and `right` (whether each is right) are read.
    """
    lines = [*_asked(sample, view), *(_given(row) if "right" in row else ())]
    return Look("\n".join(lines))


def _asked(sample: Sample, view: Inputs) -> Iterator[str]:
    question = one_line(sample.inputs["question"], OF_QUESTION)
    yield f"question: {question or 'the dataset has no text of it'}"
    if (temperature := view.fields.get("temperature")) is not None:
        yield f"temperature: {temperature:g}"
    if sample.truth is not None:
        yield f"right answer: {one_line(sample.truth, OF_ANSWER)}"


def _given(row: Mapping[str, Any]) -> Iterator[str]:
    """A grader may find one of two equal answers right: then they have a line each."""
    right = [bool(one) for one in row["right"]]
    counts = Counter(zip(row["answers"], right, strict=True)).most_common()
    yield f"answers: {sum(right)} of {len(right)} right, {len({*row['answers']})} different"
    for (answer, is_right), times in counts[:MOST]:
        mark = "right" if is_right else "wrong"
        yield f"  {times:3} times, {mark}: {one_line(answer, OF_ANSWER) or '(empty)'}"
    if len(counts) > MOST:
        yield f"  and {len(counts) - MOST} more"
