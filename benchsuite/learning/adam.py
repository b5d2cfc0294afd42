"""Adam (Kingma and Ba 2015) of one array, for models that take a step for every sample."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass
class Adam:
    """The state of the optimizer: how many steps it took, and the moments of their gradients."""

    rate: float
    count: int = 0
    mean: Array | float = 0.0
    square: Array | float = 0.0

    def step(self, gradient: Array) -> Array:
        """What is added to the parameters for this gradient."""
        self.count += 1
        self.mean = 0.9 * self.mean + 0.1 * gradient
        self.square = 0.999 * self.square + 0.001 * gradient**2
        slope, scale = self.mean / (1 - 0.9**self.count), self.square / (1 - 0.999**self.count)
        return np.asarray(-self.rate * slope / (np.sqrt(scale) + 1e-7))
