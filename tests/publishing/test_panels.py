"""Pictures side by side keep their proportions, and white is between them."""

import numpy as np
import pytest

from benchsuite.publishing.panels import GAP, beside
from benchsuite.task import SMALL


@pytest.mark.parametrize("size", [(40, 60), (60, 40), (500, 8), (12, 900)])
def test_pictures_of_one_size_stand_in_a_row(size):
    grey, red = np.zeros(size, np.uint8), np.full((*size, 3), (200, 0, 0), np.uint8)
    made = beside([grey, red, grey], SMALL)
    third = (made.shape[1] - 2 * GAP) // 3
    assert made.shape[1] == 3 * third + 2 * GAP
    assert max(made.shape) <= SMALL
    assert made.shape[0] / third == pytest.approx(size[0] / size[1], rel=0.2)
    assert (made[:, :third] == 0).all()
    assert (made[:, third : third + GAP] == 255).all()
    assert (made[:, third + GAP : 2 * third + GAP] == (200, 0, 0)).all()
