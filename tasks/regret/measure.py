"""From a person and a prediction to a row: its loss, and what the best model in hindsight needs."""

from collections.abc import Mapping
from typing import Any, Final

from benchsuite.dataset import Sample
from benchsuite.learning.prequential import Answer

PEOPLE: Final = 100  # losses are sums over so many


def measure(sample: Sample, prediction: Any, shared: Mapping[str, Any]) -> dict[str, Any]:
    """The squared loss of a number; `features` (d,) and `target` fit the model to compare with."""
    said = float(prediction.value if isinstance(prediction, Answer) else prediction)
    return {
        "loss": PEOPLE * (said - sample.truth) ** 2,
        "prediction": said,
        "target": sample.truth,
        "features": sample.inputs["x"].tolist(),
    }
