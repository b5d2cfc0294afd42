"""Four pictures in one keep their proportions, and white is between them."""

import numpy as np
import pytest

from benchsuite.publishing.panels import GAP, quarters
from benchsuite.task import SMALL


@pytest.mark.parametrize("size", [(40, 60), (60, 40), (500, 8), (60, 900)])
def test_four_pictures_of_one_size_stand_two_above_two(size):
    grey, red = np.zeros(size, np.uint8), np.full((*size, 3), (200, 0, 0), np.uint8)
    made = quarters([grey, red, red, grey], SMALL)
    high, wide = ((side - GAP) // 2 for side in made.shape[:2])
    assert made.shape == (2 * high + GAP, 2 * wide + GAP, 3)
    assert SMALL - 2 <= max(made.shape) <= SMALL
    assert high / wide == pytest.approx(size[0] / size[1], rel=0.2)
    assert (made[:high, :wide] == 0).all()
    assert (made[:high, wide + GAP :] == (200, 0, 0)).all()
    assert (made[high + GAP :, :wide] == (200, 0, 0)).all()
    assert (made[high : high + GAP] == 255).all()
    assert (made[:, wide : wide + GAP] == 255).all()
