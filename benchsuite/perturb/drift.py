"""Drift of what is seen while a stream goes on: from one concept to another.

The second concept mirrors every 8th, 4th or 2nd feature in [0, 1], by severity. In an abrupt drift
it begins in the middle of the stream. In a gradual one, a sample is of it with a probability: the
share of the stream before the sample (Gama et al. 2014, https://doi.org/10.1145/2523813).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchsuite.condition import Condition

from .order import FIELD, Keys

EVERY: Final = {1: 8, 2: 4, 3: 2}
Seen = tuple[NDArray[np.float64], Keys]
"""The features of a sample, and when it arrives: first the share of the stream before it."""


def abrupt(seen: Seen, severity: int, generator: np.random.Generator) -> NDArray[np.float64]:
    """The features, mirrored in the second half."""
    return _mirrored(seen[0], severity) if seen[1][0] >= 0.5 else seen[0]


def gradual(seen: Seen, severity: int, generator: np.random.Generator) -> NDArray[np.float64]:
    """The features, mirrored more often the later it is."""
    return _mirrored(seen[0], severity) if generator.random() < seen[1][0] else seen[0]


def _mirrored(x: NDArray[np.float64], severity: int) -> NDArray[np.float64]:
    found, changed = x.copy(), slice(None, None, EVERY[severity])
    found[changed] = 1 - found[changed]
    return found


DRIFTS: Final = tuple(
    Condition("drift", alter.__name__, severity, "drift", "x", alter, summary, beside=FIELD)
    for alter, summary in (
        (abrupt, "features are mirrored in the second half"),
        (gradual, "features are mirrored more often the later it is"),
    )
    for severity in EVERY
)
