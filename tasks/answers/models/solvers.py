"""A function of your own as a model, and a toy one that leaves steps of a chain out."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from benchsuite.dataset import digest
from benchsuite.learning.sampled import Solver

from ..datasets.mini import worked


def own(object: Any, name: str, fingerprint: str, samples: int = 16) -> Solver:  # noqa: A002
    """The model of `f(question)`, or `f(question, temperature)`; a call is a sampled answer."""
    return Solver(name, digest([fingerprint, samples]), samples, lambda fields, _: object(**fields))


def slips(name: str = "slips", samples: int = 16, slip: float = 0.03) -> Solver:
    """A toy solver: it leaves out `slip` of the steps with 50, at temperature 1."""
    return Solver(name, digest(["slips", samples, slip]), samples, partial(_slipping, slip))


def _slipping(slip: float, fields: Mapping[str, Any], draw: np.random.Generator) -> int:
    numbers = np.array(fields["question"].split()[2::2], dtype=float)
    hard = slip * fields.get("temperature", 1.0) * (numbers / 50) ** 4
    return worked(fields["question"], (draw.random(len(numbers)) < hard).tolist())
