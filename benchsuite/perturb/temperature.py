"""The temperature at which a model samples, in tenths: an input `temperature` of each sample."""

import numpy as np

from benchsuite.condition import Condition


def _tenths(before: float | None, severity: int, generator: np.random.Generator) -> float:
    return severity / 10


def conditions() -> tuple[Condition, ...]:
    """Temperatures of 0.1 to 1, the suite `sampling`, and of 1.1 to 2, the suite `hot`.

    `clean` is whatever the model or the dataset has.
    """
    return tuple(
        Condition("temperature", "tenths", tenths, field="temperature",
                  suite="sampling" if tenths <= 10 else "hot", alter=_tenths,
                  summary="the temperature of the sampling", adds=True)
        for tenths in range(1, 21)
    )  # fmt: skip
