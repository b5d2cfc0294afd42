"""The two scores of a pair of sentences: people's, and the model's."""

from collections.abc import Mapping
from typing import Any

from benchsuite.dataset import Sample


def measure(sample: Sample, prediction: Any, shared: Mapping[str, Any]) -> dict[str, float]:
    """Both scores."""
    return {"gold": sample.truth, "prediction": float(prediction)}
