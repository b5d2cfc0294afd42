"""The 19 image corruptions at 5 severities against the package imagecorruptions, on one core."""

from collections.abc import Iterable, Iterator

import cv2
import imagecorruptions
import numpy as np
from PIL import Image

from benchsuite.condition import generator
from benchsuite.perturb.image import SEVERITIES, Corruption
from tests.perf import Ratio, cpu_seconds
from tests.perturb.corruptions import NAMES
from tests.perturb.photographs import photographs

SIZES = (((640, 480), 30.0), ((224, 224), 20.0))
"""Width and height, and the factor that is promised for all 95 variants together."""
SHORT = 0.02
"""Seconds."""
PEER = "imagecorruptions-imaug"


def measure() -> Iterator[Ratio]:
    """For each size: every corruption, the slowest variant against its peer, and the total.

    A corruption's row sums its severities. Textures, tables and compiled code are warm on both
    sides; what the first call costs is in `python -m tests.perf.first_call`.
    """
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        for size, promised in SIZES:
            yield from _at(size, promised)
    finally:
        cv2.setNumThreads(threads)


def _at(size: tuple[int, int], promised: float) -> Iterator[Ratio]:
    image = np.array(
        Image.fromarray(photographs()["coffee"]).resize(size, Image.Resampling.BICUBIC)
    )
    where = f"{size[0]}x{size[1]}"
    variants = {(n, s): _variant(n, s, image) for n in NAMES for s in SEVERITIES}
    for name in NAMES:
        ours, peer = _total(variants[name, s] for s in SEVERITIES)
        yield Ratio(f"{where} {name}", PEER, ours, peer, 1.0)
    (name, severity), (ours, peer) = min(variants.items(), key=lambda v: v[1][1] / v[1][0])
    yield Ratio(f"{where} least: {name} {severity}", PEER, ours, peer, 1.0)
    yield Ratio(f"{where} all {len(variants)} variants", PEER, *_total(variants.values()), promised)


def _variant(name: str, severity: int, image: np.ndarray) -> tuple[float, float]:
    alter, key = Corruption(name), generator("perf")
    ours = lambda: alter(image, severity, key)  # noqa: E731
    peer = lambda: imagecorruptions.corrupt(image, severity, corruption_name=name)  # noqa: E731
    ours()
    # Short calls are disturbed the most by the machine's other tenants.
    repeats = 15 if cpu_seconds(peer, 1) < SHORT else 4
    return cpu_seconds(ours, repeats), cpu_seconds(peer, repeats)


def _total(pairs: Iterable[tuple[float, float]]) -> tuple[float, float]:
    ours, peer = zip(*pairs, strict=True)
    return sum(ours), sum(peer)
