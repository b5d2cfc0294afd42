"""HD95 of masks of 512×512 against medpy: of disc and cup, and the worst case of other kinds."""

from collections.abc import Iterator
from importlib.util import find_spec

import numpy as np
from medpy.metric import binary

from benchsuite_tasks.fairseg.kernels import hd95
from tests.perf import Ratio, cpu_seconds

SIZE, PAIRS = 512, 12
y, x = np.mgrid[:SIZE, :SIZE]
Pair = tuple[np.ndarray, np.ndarray]


def ellipse(rng: np.random.Generator, low: float, high: float) -> np.ndarray:
    centre, radii = rng.uniform(235, 277, 2), rng.uniform(low, high, 2)
    return np.hypot((y - centre[0]) / radii[0], (x - centre[1]) / radii[1]) < 1


def disc(row: int, column: int, radius: float) -> np.ndarray:
    return np.hypot(y - row, x - column) < radius


def discs_and_cups() -> list[Pair]:
    """Two of them with far specks."""
    rng = np.random.default_rng(0)
    made = [
        (ellipse(rng, *size), ellipse(rng, *size))
        for size in [(60.0, 95.0), (25.0, 50.0)] * (PAIRS // 2)
    ]
    for pair in made[:2]:
        pair[1][rng.integers(0, SIZE, 4), rng.integers(0, SIZE, 4)] = True
    return made


def few_border_pixels() -> dict[str, Pair]:
    """The border is some 5,000 pixels at most."""
    rng = np.random.default_rng(1)
    frame = (x == 0) | (y == 0) | (x == SIZE - 1) | (y == SIZE - 1)
    return {
        "far apart": (disc(60, 60, 40), disc(450, 450, 40)),
        "two pixels": (disc(0, 0, 1), disc(SIZE - 1, SIZE - 1, 1)),
        "large": (disc(256, 256, 250), disc(256, 256, 240)),
        "everything": (disc(256, 256, 50), np.ones((SIZE, SIZE), bool)),
        "columns": (x == 0, x == SIZE - 1),
        "rows": (y == 0, y == SIZE - 1),
        "diagonals": (x == y, x == SIZE - 1 - y),
        "frame": (frame, disc(256, 256, 1.5)),
        "specks": (rng.random((SIZE, SIZE)) < 0.001, rng.random((SIZE, SIZE)) < 0.001),
    }


def many_border_pixels() -> dict[str, Pair]:
    """As of a model that has learnt nothing: the border is up to half of the image."""
    rng = np.random.default_rng(2)
    noise, other = rng.random((2, SIZE, SIZE)) < 0.5
    half = SIZE // 2
    return {
        "noise": (noise, other),
        "noise and a disc": (noise, disc(256, 256, 60)),
        "noise and specks": (noise, rng.random((SIZE, SIZE)) < 0.00005),
        "left and right": (noise & (x < half), other & (x >= half)),
        "top and bottom": (noise & (y < half), other & (y >= half)),
        "chequers and a column": ((x + y) % 2 == 0, x == 0),
        "chequers and a row": ((x + y) % 2 == 0, y == 0),
        "combs": ((x % 2 == 0) & (y < half), (y % 2 == 0) & (y > half)),
        "a disc with noise": (disc(256, 250, 80) ^ (rng.random((SIZE, SIZE)) < 0.02), noise),
    }


def ratio(what: str, pairs: list[Pair], promised: float) -> Ratio:
    for a, b in pairs:
        ours, theirs = hd95(a, b), binary.hd95(a, b)
        assert ours == theirs, f"{what}: HD95 is {ours}, medpy's {theirs}"
    ours_s = cpu_seconds(lambda: [hd95(a, b) for a, b in pairs], 20)
    peer_s = cpu_seconds(lambda: [binary.hd95(a, b) for a, b in pairs], 2)
    return Ratio(f"HD95 of {what}", "medpy", ours_s, peer_s, promised)


def _against_monai(pairs: list[Pair]) -> Ratio:
    from monai.metrics import compute_hausdorff_distance as peer
    from torch import from_numpy

    batches = [[from_numpy(mask[None, None].astype(np.float32)) for mask in pair] for pair in pairs]
    ours_s = cpu_seconds(lambda: [hd95(a, b) for a, b in pairs], 20)
    peer_s = cpu_seconds(lambda: [peer(a, b, True, percentile=95) for a, b in batches], 2)
    return Ratio(f"HD95 of {len(pairs)} pairs of disc and cup", "MONAI", ours_s, peer_s, 10.0)


def worst(kind: str, pairs: dict[str, Pair], promised: float) -> Ratio:
    ratios = [ratio(f"{kind}, the worst: {n}", [pair], promised) for n, pair in pairs.items()]
    return min(ratios, key=lambda one: one.factor)


def measure() -> Iterator[Ratio]:
    yield ratio(f"{PAIRS} pairs of disc and cup, {SIZE}×{SIZE}", discs_and_cups(), 100.0)
    if find_spec("monai"):
        yield _against_monai(discs_and_cups())
    yield worst("few border pixels", few_border_pixels(), 60.0)
    yield worst("many border pixels", many_border_pixels(), 5.0)
