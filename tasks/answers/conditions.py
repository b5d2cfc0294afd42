"""The temperature of the sampling, in tenths. `clean` is whatever the model or the dataset has."""

import numpy as np

from benchsuite.condition import CLEAN, Condition


def _tenths(before: float | None, severity: int, generator: np.random.Generator) -> float:
    return severity / 10


CONDITIONS = (
    CLEAN,
    *(
        Condition(
            kind,
            "temperature",
            s,
            "",
            "temperature",
            _tenths,
            "of the sampling, in tenths",
            adds=True,
        )
        for kind, several in (("sampling", range(1, 11)), ("hot", range(11, 21)))
        for s in several
    ),
)
