"""From a person and a prediction to a row: right or not, selected or not, and when it counts."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from benchsuite.dataset import Sample
from benchsuite.errors import BadData
from benchsuite.learning.prequential import Answer

QUARTERS: Final = (1, 2, 3, 4)


def measure(sample: Sample, answer: Answer, shared: Mapping[str, Any]) -> dict[str, float]:
    """Above ½ is selected. Raises BadData for a prediction that is no probability."""
    if np.shape(answer.value) or not 0 <= (said := float(answer.value)) <= 1:
        raise BadData(f"expected a probability, found {answer.value}")
    positive, quarter = float(sample.truth), 1 + answer.place * len(QUARTERS) // answer.of
    row = {"prediction": said, "place": float(answer.place), "selected": float(said > 0.5)}
    row |= {"right": float((said > 0.5) == positive), "in": 1.0, "positive in": positive}
    for n in QUARTERS:
        row |= {f"in {n}": float(n == quarter), f"positive in {n}": positive * (n == quarter)}
    return row
