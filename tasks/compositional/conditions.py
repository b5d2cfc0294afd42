"""The task's conditions: every image of a group corrupted, every caption perturbed."""

from benchsuite.condition import CLEAN, Condition, of_each
from benchsuite.perturb import image, text


def conditions(backend: str = "benchsuite", textures: str = "") -> tuple[Condition, ...]:
    """Clean, the image corruptions and the text perturbations."""
    single = (*image.conditions("images", backend, textures), *text.conditions("captions"))
    return (CLEAN, *of_each(single))
