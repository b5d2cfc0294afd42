"""A question and its n sampled answers -> one row. Questions are drawn; the answers stay inside."""

from collections.abc import Mapping, Sequence
from typing import Any

from benchsuite.dataset import Sample
from benchsuite.errors import BadData
from benchsuite.estimation.sampled import maj_at, pass_at
from benchsuite.files.answers import Sampled, normal


def measure(
    sample: Sample, prediction: Sequence[Sampled | str], shared: Mapping[str, Any]
) -> dict[str, Any]:
    """The statistics of a question. Raises BadData for too few answers, or none to compare with."""
    given = [one if isinstance(one, Sampled) else Sampled(one) for one in prediction]
    where, most = f"question '{sample.id}'", max(shared["k"])
    if len(given) < most:
        raise BadData(f"{where}: expected {most} answers or more (dataset.k), found {len(given)}")
    if sample.truth is None and any(one.correct is None for one in given):
        raise BadData(f"{where}: expected a right answer, or `correct` with each answer")
    texts, truth = [normal(one.answer or "") for one in given], normal(sample.truth or "")
    right = [
        text == truth if one.correct is None else one.correct
        for text, one in zip(texts, given, strict=True)
    ]
    return {
        "avg@k": sum(right) / len(right),
        "voted": float(all(one.answer is not None for one in given)),
        **{f"pass@{k}": pass_at(k, len(right), sum(right)) for k in shared["k"]},
        **{f"maj@{k}": maj_at(k, texts, right) for k in shared["k"]},
        "answers": texts,
        "right": right,
    }
