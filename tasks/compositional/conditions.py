"""The task's conditions: every image of a group corrupted, every caption perturbed."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from benchsuite.condition import CLEAN, Alter, Condition
from benchsuite.perturb import image, text


@dataclass(frozen=True)
class Each:
    """An alteration of one value as one of a list of them."""

    alter: Alter

    def __call__(self, values: Any, severity: int, generator: np.random.Generator) -> list[Any]:
        """Each value altered in turn, with the one generator."""
        return [self.alter(value, severity, generator) for value in values]


def conditions(backend: str = "benchsuite", textures: str = "") -> tuple[Condition, ...]:
    """Clean, the image corruptions and the text perturbations."""
    single = (*image.conditions("images", backend, textures), *text.conditions("captions"))
    return (CLEAN, *(replace(c, alter=Each(c.alter)) for c in single if c.alter is not None))
