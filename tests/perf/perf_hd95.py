"""HD95 of disc and cup masks of 512×512, two with far specks, against medpy."""

from collections.abc import Iterator

import numpy as np
from medpy.metric import binary

from benchsuite_tasks.fairseg.measure import hd95
from tests.perf import Ratio, cpu_seconds

SIZE, PAIRS = 512, 12


def ellipse(rng: np.random.Generator, low: float, high: float) -> np.ndarray:
    y, x = np.mgrid[:SIZE, :SIZE]
    centre, radii = rng.uniform(235, 277, 2), rng.uniform(low, high, 2)
    return np.hypot((y - centre[0]) / radii[0], (x - centre[1]) / radii[1]) < 1


def masks() -> list[tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(0)
    made = [
        (ellipse(rng, *size), ellipse(rng, *size))
        for size in [(60.0, 95.0), (25.0, 50.0)] * (PAIRS // 2)
    ]
    for pair in made[:2]:
        pair[1][rng.integers(0, SIZE, 4), rng.integers(0, SIZE, 4)] = True
    return made


def measure() -> Iterator[Ratio]:
    pairs = masks()
    for a, b in pairs:
        difference = abs(hd95(a, b) - binary.hd95(a, b))
        assert difference <= 1e-6, f"HD95 differs from medpy's by {difference}"
    ours = cpu_seconds(lambda: [hd95(a, b) for a, b in pairs], 5)
    peer = cpu_seconds(lambda: [binary.hd95(a, b) for a, b in pairs], 2)
    yield Ratio(f"HD95 of {PAIRS} pairs of {SIZE}×{SIZE} masks", "medpy", ours, peer, 30.0)
