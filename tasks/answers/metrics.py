"""The metrics, all of the same n answers a question: k is a part of a metric, no condition."""

from collections.abc import Sequence

from benchsuite.errors import WrongCall
from benchsuite.estimation import Mean

KS = (4, 16)


def metrics_of(ks: Sequence[int]) -> tuple[Mean, ...]:
    """Means over questions: avg@k, which any k has, as pass@1 has it; pass@k and maj@k for each.

    Raises WrongCall for k that are no different whole numbers above 0.
    """
    if not ks or len({*ks}) < len(ks) or not all(isinstance(k, int) and k > 0 for k in ks):
        raise WrongCall(f"dataset.k: expected different whole numbers above 0, found {ks}")
    several = [(f"pass@{k}", "") for k in ks] + [(f"maj@{k}", "voted") for k in ks]
    rest = (Mean(name, name, where=where, bounds=(0.0, 1.0)) for name, where in several)
    return (Mean("avg@k", "avg@k", bounds=(0.0, 1.0), equity=True), *rest)
