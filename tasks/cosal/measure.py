"""How a map fits the mask of the shared object: F, S and MAE by the rules of eval-co-sod."""

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchsuite.dataset import Sample
from benchsuite.estimation import ClusterMean, Mean, greatest_of_mean
from benchsuite.files.images import png_bytes, resized
from benchsuite.files.maps import grey

Floats = NDArray[np.float64]
BETA2 = 0.3
"""β² of F: precision counts more than recall (Achanta et al., CVPR 2009)."""


def measure(sample: Sample, prediction: Any, shared: Mapping[str, Any]) -> dict[str, Any]:
    """`f` at 256 thresholds and `s` of a map that is stretched to 0..1; `mae` of it as it is.

    `map` is the map as a PNG.
    """
    mask, kept = sample.truth["mask"], grey(prediction)
    found = resized(kept, mask.shape) / 255
    wide = (found - found.min()) / np.ptp(found) if np.ptp(found) else found
    f = np.float32(f_curve(wide, mask))  # 256 numbers an image, in half the bytes
    scores = {"f": f, "mae": np.abs(found - mask).mean(), "s": s_measure(wide, mask)}
    return {**scores, "map": png_bytes(kept)}


def f_curve(found: Floats, mask: NDArray[np.bool_]) -> Floats:
    """F (256,) where pixels of t/255 and more are taken for the object, for t of 0 to 255."""
    level = (found * 255).astype(np.uint8)
    counts = (np.bincount(values, minlength=256) for values in (level.ravel(), level[mask]))
    taken, right = (count[::-1].cumsum()[::-1] for count in counts)
    # (1 + β²) P R / (β² P + R) with P = right / taken and R = right / mask
    f: Floats = np.minimum((1 + BETA2) * right / np.maximum(BETA2 * mask.sum() + taken, 1e-9), 1)
    return f


def s_measure(found: Floats, mask: NDArray[np.bool_]) -> float:
    """S with α = .5 (Fan et al., ICCV 2017): object and background, and parts around its centre."""
    share, total = mask.mean(), 0.0
    if share in (0, 1):
        return float(np.abs(1 - share - found).mean())
    for size, values in ((share, found[mask]), (1 - share, 1 - found[~mask])):
        mean, spread = values.mean(), values.std(ddof=min(1, values.size - 1))
        total += size * 2 * mean / (mean**2 + 1 + spread)
    y, x = (int(places.mean().round()) + 1 for places in np.nonzero(mask))
    for part in product((slice(y), slice(y, None)), (slice(x), slice(x, None))):
        total += mask[part].size / mask.size * _alike(found[part], mask[part])
    return float(max(0, total / 2))


def _alike(found: Floats, mask: NDArray[np.bool_]) -> float:
    if mask.size < 2:
        return float(mask.size)
    x, y, ((a, c), (_, b)) = found.mean(), mask.mean(), np.cov(found.ravel(), mask.ravel())
    above, below = 4 * x * y * c, (x**2 + y**2) * (a + b)
    return float(above / below if above else below == 0)


METRICS = (
    greatest_of_mean("max-F", "f", bounds=(0.0, 1.0)),
    Mean("S-measure", "s", bounds=(0.0, 1.0), equity=True),
    Mean("MAE", "mae", bounds=(0.0, 1.0), higher_is_better=False),
    ClusterMean("S-measure by group", "s", bounds=(0.0, 1.0)),
)
