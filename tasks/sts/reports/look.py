"""A pair as a person looks at it: both sentences, people's score and the model's."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchsuite.dataset import Inputs, Sample
from benchsuite.task import Look, one_line

OF_SENTENCE = 300
"""Characters of a sentence that are shown."""


def look(sample: Sample, view: Inputs, row: Mapping[str, Any], shared: Mapping[str, Any]) -> Look:
    """Both sentences as the model saw them, as they are where that differs, and both scores.

    Of the statistics, `gold` (people's, 0 to 5) and `prediction` (the model's) are read.
    """
    seen, clean = view.fields["sentences"], sample.inputs["sentences"]
    lines = [*_pair("", seen), *(_pair("clean ", clean) if [*seen] != [*clean] else ())]
    scores = [f"people: {row['gold']:.4g} of 5", f"model: {row['prediction']:.4g}"]
    return Look("\n".join([*lines, *scores]))


def _pair(told: str, sentences: Sequence[str]) -> Iterator[str]:
    for place, sentence in zip(("first", "second"), sentences, strict=True):
        yield f"{told}{place}: {one_line(sentence, OF_SENTENCE)}"
