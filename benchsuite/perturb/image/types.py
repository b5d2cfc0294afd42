"""The types that the corruptions share."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Kernel = Callable[[Array, int, np.random.Generator], Array]
"""(uint8 RGB (H, W, 3), severity 1..5, generator) -> uint8 RGB (H, W, 3)."""
