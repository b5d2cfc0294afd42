"""The compiled kernels against slow, obvious implementations of what they say they compute."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba.core import caching
from scipy import ndimage, stats

from benchsuite import compiled
from benchsuite.condition import generator
from benchsuite.perturb.image import (
    blur,
    digital,
    disk,
    draws,
    line,
    noise,
    textures,
    zoom,
)

MASK = 2**64 - 1


def split_mix(seed: int, counter: int) -> int:
    """SplitMix64, in Python's integers."""
    z = (seed + (counter + 1) * 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def picture(height: int, width: int, key: object = 0) -> np.ndarray:
    return generator("picture", key).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_bits_are_splitmix64() -> None:
    # The first three outputs for the seed 1234567, as its authors' C program prints them.
    known = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    assert [int(compiled.bits(np.uint64(1234567), i)) for i in range(3)] == known
    assert [split_mix(1234567, i) for i in range(3)] == known


@given(seed=st.integers(0, MASK), counter=st.integers(0, 2**40))
def test_bits_depend_on_seed_and_counter_alone(seed: int, counter: int) -> None:
    assert int(compiled.bits(np.uint64(seed), counter)) == split_mix(seed, counter)


def test_noise_takes_each_value_from_its_table_by_twelve_bits() -> None:
    image, seed = picture(33, 47), 12345
    table = noise._shot_table(12)
    drawn = [split_mix(seed, i) for i in range(image.size // 5 + 1)]
    columns = [drawn[i // 5] >> 12 * (i % 5) & 4095 for i in range(image.size)]
    expected = table[image.ravel(), columns].reshape(image.shape)
    np.testing.assert_array_equal(noise._from_table(image, table, np.uint64(seed)), expected)


@pytest.mark.parametrize("level", [0, 3, 60, 128, 200, 255])
@pytest.mark.parametrize("severity", [1, 3, 5])
def test_the_tables_have_the_distribution_of_the_formula(level: int, severity: int) -> None:
    rng, x, n = generator("formula", level, severity), level / 255, 400_000
    sd, c = noise.GAUSSIAN_SD[severity - 1], noise.SHOT_PHOTONS[severity - 1]
    speckle = noise.SPECKLE_SD[severity - 1]
    cases = {
        "gaussian": (noise._gaussian_table(sd), x + rng.normal(0, sd, n)),
        "shot": (noise._shot_table(c), rng.poisson(x * c, n) / c),
        "speckle": (noise._speckle_table(speckle), x + x * rng.normal(0, speckle, n)),
    }
    for name, (table, values) in cases.items():
        ours = np.bincount(table[level], minlength=256) / noise.OUTCOMES
        formula = np.bincount(noise.quantised(values), minlength=256) / n
        apart = np.abs(np.cumsum(ours) - np.cumsum(formula)).max()
        # 1.95 / sqrt(n) is the 99.9 % point of Kolmogorov's statistic; the table has its own steps.
        assert apart < 1.95 / np.sqrt(n) + 1 / noise.OUTCOMES, name


@pytest.mark.parametrize("severity", [1, 3, 5])
def test_impulses_come_at_the_stated_share_half_each(severity: int) -> None:
    image = np.full((400, 400, 3), 100, np.uint8)
    made = noise.impulse_noise(image, severity, generator("impulse", severity))
    share = noise.IMPULSE_SHARE[severity - 1]
    for level in (0, 255):
        count = int((made == level).sum())
        assert stats.binomtest(count, made.size, share / 2).pvalue > 1e-4
    assert set(np.unique(made)) == {0, 100, 255}


def test_normals_and_uniforms_have_their_moments() -> None:
    drawn = draws.normals(generator("n"), 500, 801, 0.5, 2.0)
    assert drawn.mean() == pytest.approx(0.5, abs=0.02)
    assert drawn.std() == pytest.approx(2.0, abs=0.01)
    assert stats.kurtosis(drawn, axis=None) == pytest.approx(0, abs=0.03)
    flat = draws.uniforms(generator("u"), 500, 801, -1, 3)
    assert (flat.min(), flat.max()) == pytest.approx((-1, 3), abs=1e-3)
    assert flat.var() == pytest.approx(16 / 12, rel=0.01)
    neighbours = np.corrcoef(flat[:, 1:].ravel(), flat[:, :-1].ravel())[0, 1]
    assert abs(neighbours) < 0.01


@settings(deadline=None)
@given(angle=st.floats(-180, 180), radius=st.integers(2, 20), sigma=st.floats(1, 15))
def test_a_line_blur_is_the_weighted_sum_of_shifted_images(
    angle: float, radius: int, sigma: float
) -> None:
    image = picture(32, 35)
    taps = np.exp(-(np.arange(2 * radius + 1) ** 2) / (2 * sigma**2))
    expected = np.zeros(image.shape)
    for i, weight in enumerate(taps / taps.sum()):
        down = int(np.ceil(i * np.sin(np.radians(angle)) - 0.5))
        right = int(np.ceil(i * np.cos(np.radians(angle)) - 0.5))
        if abs(down) >= 32 or abs(right) >= 35:
            break
        rows = np.clip(np.arange(32) + down, 0, 31)
        columns = np.clip(np.arange(35) + right, 0, 34)
        expected += weight * image[rows][:, columns]
    np.testing.assert_allclose(line.line_blur(image, radius, sigma, angle), expected, atol=1e-3)


@pytest.mark.parametrize(("radius", "soft"), blur.DEFOCUS)
def test_running_sums_give_the_same_as_a_filter(radius: int, soft: float) -> None:
    image, kernel = picture(60, 71), blur._disk(radius, soft)
    exact = cv2.filter2D(image.astype(float), -1, kernel.astype(float))
    ours = disk.symmetric_filter(image, kernel).astype(float)
    assert (ours - np.clip(exact, 0, 255)).max() < 0.01
    assert (np.clip(exact, 0, 255) - ours).max() < 1.01


@pytest.mark.parametrize(("sigma", "reach", "rounds"), blur.GLASS)
def test_glass_copies_one_pixel_over_another_in_order(
    sigma: float, reach: int, rounds: int
) -> None:
    image, seed, counter = picture(20, 24), 99, 0
    expected = image.copy()
    for _ in range(rounds):
        for y in range(20 - reach, reach, -1):
            for x in range(24 - reach, reach, -1):
                drawn = split_mix(seed, counter)
                counter += 1
                right = (drawn % 2**32 * 2 * reach >> 32) - reach
                down = ((drawn >> 32) * 2 * reach >> 32) - reach
                expected[y, x] = expected[y + down, x + right]
    blur._scatter(image, reach, rounds, np.uint64(seed))
    np.testing.assert_array_equal(image, expected)


@pytest.mark.parametrize("size", [(20, 31, 60, 90), (13, 9, 33, 20)])
def test_enlarging_is_scipys_zoom(size: tuple[int, int, int, int]) -> None:
    height, width, tall, wide = size
    layer = generator("layer").random((height, width)).astype(np.float32)
    expected = ndimage.zoom(layer, (tall / height, wide / width), order=1)
    np.testing.assert_allclose(zoom.enlarged(layer, *expected.shape), expected, atol=1e-5)


def test_elastic_pixels_are_interpolated_and_mirrored_as_scipy_does() -> None:
    image = picture(40, 50)
    down, right = (draws.uniforms(generator(key), 40, 50, -70, 70) for key in "dr")
    y, x = np.mgrid[:40, :50]
    exact = np.stack(
        [
            ndimage.map_coordinates(
                image[..., c].astype(float), [y + down, x + right], order=1, mode="reflect"
            )
            for c in range(3)
        ],
        axis=2,
    )
    # Truncated, with weights of 11 bits.
    apart = exact - digital._moved(image, down, right)
    assert apart.min() > -0.3
    assert apart.max() < 1.3
    assert apart.mean() == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("index", range(len(textures.ICES)))
def test_textures_have_the_stated_statistics_and_are_the_same_again(index: int) -> None:
    ice = textures.ICES[index]
    made = textures.ice(ice, index)
    assert made.shape == (ice.height, ice.width, 3)
    np.testing.assert_allclose(made.reshape(-1, 3).mean(axis=0), ice.means, atol=1)
    np.testing.assert_allclose(made.reshape(-1, 3).std(axis=0), ice.sds, rtol=0.03)
    light = made.mean(axis=2)
    power = np.abs(np.fft.fft2(light - light.mean())) ** 2
    rows, columns = (np.fft.fftfreq(n) for n in light.shape)
    octave = np.searchsorted(textures.OCTAVES, np.hypot(rows[:, None], columns), side="right") - 1
    shares = np.bincount(octave.ravel(), power.ravel(), len(ice.bands)) / power.sum()
    np.testing.assert_allclose(shares, np.array(ice.bands) / sum(ice.bands), atol=0.03)
    np.testing.assert_array_equal(made, textures.ice(ice, index))


def test_where_nothing_can_be_cached_kernels_still_compile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caching.CacheImpl, "_locator_classes", [])

    def twice(x: int) -> int:
        return 2 * x

    assert compiled.compiled(twice)(21) == 42
