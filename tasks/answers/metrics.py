"""The metrics, all of the same n answers a question: k is a part of a metric, no condition."""

from collections.abc import Sequence

from benchsuite.estimation import Mean

KS = (4, 16)


def metrics_of(ks: Sequence[int]) -> tuple[Mean, ...]:
    """Means over questions: avg@k, which any k has, as pass@1 has it; pass@k and maj@k for each."""
    several = [(f"pass@{k}", "") for k in ks] + [(f"maj@{k}", "voted") for k in ks]
    rest = (Mean(name, name, where=where, bounds=(0.0, 1.0)) for name, where in several)
    return (Mean("avg@k", "avg@k", bounds=(0.0, 1.0), equity=True), *rest)
