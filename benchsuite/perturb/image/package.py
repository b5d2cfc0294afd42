"""The package imagecorruptions itself, for comparison: slow, and made repeatable from outside."""

import threading
from importlib import import_module
from types import ModuleType

import numpy as np

from benchsuite.errors import NotAvailable
from benchsuite.perturb.image.types import Array

_TAKE_A_SEED = ("glass_blur", "impulse_noise")
_GLOBAL_STATE = threading.Lock()


def corrupted(name: str, image: Array, severity: int, generator: np.random.Generator) -> Array:
    """What `imagecorruptions.corrupt` makes of the image, with a seed from `generator`.

    Most of the package draws from numpy's global generator, which is seeded here under a lock and
    restored afterwards; glass_blur and impulse_noise do not, and are given `seed=`.
    """
    package = imagecorruptions()
    seed = int(generator.integers(2**32))
    given = {"seed": seed} if name in _TAKE_A_SEED else {}
    with _GLOBAL_STATE:
        before = np.random.get_state()  # noqa: NPY002 - the package has no other generator
        np.random.seed(seed)  # noqa: NPY002
        try:
            made: Array = package.corrupt(image, severity, corruption_name=name, **given)
        finally:
            np.random.set_state(before)  # noqa: NPY002
    return made


def imagecorruptions() -> ModuleType:
    """The installed package. Raises NotAvailable where it is not, or does not import."""
    try:
        return import_module("imagecorruptions")
    except ImportError as error:
        raise NotAvailable(
            f"the package imagecorruptions does not import ({error}): "
            "pip install --no-deps imagecorruptions-imaug"
        ) from error
