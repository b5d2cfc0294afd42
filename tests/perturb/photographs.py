"""Real photographs that the installed packages carry, for comparisons with a reference."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from tests.house.source import SHARED

NAMES = ("astronaut.png", "coffee.png", "chelsea.png", "rocket.jpg", "motorcycle_left.png")


@cache
def photographs() -> dict[str, np.ndarray]:
    """uint8 RGB photographs by name: scikit-image's own, and those of the shared data if there."""
    skimage = pytest.importorskip("skimage", reason="photographs come from scikit-image")
    from PIL import Image

    folder = Path(skimage.__file__).parent / "data"
    paths = [folder / name for name in NAMES]
    paths += sorted((SHARED / "data" / "voc3" / "JPEGImages").glob("*.jpg"))
    return {p.stem: np.asarray(Image.open(p).convert("RGB")) for p in paths if p.exists()}
