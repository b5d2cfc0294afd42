"""A baseline that looks at the colours of the images of a group together."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from benchsuite.dataset import digest
from benchsuite.learning.together import Together, own_maps


def colours(name: str = "colours", consensus: bool = True) -> Together:
    """Shows what has another colour than the border; with `consensus`, one that the group has."""
    return own_maps(partial(cues, consensus=consensus), name, digest(["colours", consensus]))


def cues(images: list[NDArray[np.uint8]], consensus: bool) -> list[NDArray[np.float64]]:
    """Maps of contrast, times correspondence: cues of Fu et al., IEEE TIP 2013."""
    cells = [image // 32 @ np.array([64, 8, 1]) for image in images]
    has = [np.bincount(cell.ravel(), minlength=512) > cell.size / 200 for cell in cells]
    borders = [np.concatenate([i[0], i[-1], i[:, 0], i[:, -1]]).mean(axis=0) for i in images]
    contrasts = [np.linalg.norm(i - b, axis=2) for i, b in zip(images, borders, strict=True)]
    shares = [np.mean(has, axis=0)[cell] if consensus else 1.0 for cell in cells]
    return [c / (c.max() + 1e-9) * share for c, share in zip(contrasts, shares, strict=True)]
