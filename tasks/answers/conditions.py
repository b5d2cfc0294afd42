"""The temperature of the sampling, in tenths. `clean` is whatever the model or the dataset has."""

import numpy as np

from benchsuite.condition import CLEAN, Condition


def _tenths(before: float | None, severity: int, generator: np.random.Generator) -> float:
    return severity / 10


CONDITIONS = (
    CLEAN,
    *(
        Condition(
            "temperature",
            "tenths",
            tenths,
            field="temperature",
            alter=_tenths,
            summary="the temperature of the sampling",
            suite="sampling" if tenths <= 10 else "hot",
            adds=True,
        )
        for tenths in range(1, 21)
    ),
)
