"""F, S and MAE are those of PySODMetrics, and max-F has one threshold for all images."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchsuite.dataset import Sample
from benchsuite.errors import BadData
from benchsuite.estimation import Weights
from benchsuite_tasks.cosal.measure import METRICS, measure
from tests.tasks.cosal.slow import f_of, s_of

BY_PYSODMETRICS = {
    "max-F": 0.5106136926344452,
    "S-measure": 0.4264429224083294,
    "MAE": 0.39264342300835814,
}
"""Of `cases(20)` by PySODMetrics 1.6.2; MAE of maps as they are, `normalize=False`."""


def cases(count):
    """Pairs of a map uint8 and a mask, of many sizes; some maps fit, some do not."""
    draw = np.random.default_rng(7)
    for n in range(count):
        height, width = draw.integers(8, 40, 2)
        y, x = np.mgrid[:height, :width]
        mask = np.hypot(y - height * draw.uniform(0.3, 0.7), x - width / 3) < min(height, width) / 4
        noise = draw.integers(0, 200, mask.shape)
        yield (np.clip(noise + mask * (n % 3) * 60, 0, 255)).astype(np.uint8), mask


def row(found, mask):
    return measure(Sample("x", {}, {"mask": mask}), found, {})


def values(rows):
    ids = [f"{n:02d}" for n in range(len(rows))]
    table = pd.DataFrame(rows).assign(sample_id=ids, cluster=ids, error="")
    weights, everybody = Weights(0, "p", 0), np.ones((len(rows), 1), dtype=bool)
    made = {m: m.finish(m.accumulate(table, weights, everybody), weights) for m in METRICS}
    return {metric.name: one.value for metric, (one,) in made.items()}


def test_the_metrics_are_those_of_pysodmetrics():
    found = values([row(*case) for case in cases(20)])
    for name, expected in BY_PYSODMETRICS.items():
        assert found[name] == pytest.approx(expected, abs=1e-7), name


def test_each_image_has_the_numbers_of_pysodmetrics_where_it_is_installed():
    reference = pytest.importorskip("py_sod_metrics", reason="pip install --no-deps pysodmetrics")
    for found, mask in cases(60):
        f, s = reference.Fmeasure(), reference.Smeasure()
        for one in (f, s):
            one.step(found, (mask * 255).astype(np.uint8))
        mine = row(found, mask)
        np.testing.assert_allclose(mine["f"], f.get_results()["fm"]["curve"][::-1], atol=1e-7)
        assert mine["s"] == pytest.approx(s.get_results()["sm"], abs=1e-12)


@given(st.integers(0, 2**32 - 1), st.integers(2, 9), st.integers(2, 9), st.integers(1, 255))
def test_an_image_has_the_numbers_that_the_papers_formulas_give(seed, height, width, most):
    draw = np.random.default_rng(seed)
    found = draw.integers(0, most + 1, (height, width)).astype(np.uint8)
    mask = draw.random((height, width)) < 0.4
    mask.flat[0], mask.flat[-1] = True, False
    made = row(found, mask)
    for threshold in (0, 1, 100, 255):
        assert made["f"][threshold] == pytest.approx(f_of(found, mask, threshold), abs=1e-7)
    level = found / 255
    wide = (level - level.min()) / np.ptp(level) if np.ptp(level) else level
    assert made["s"] == pytest.approx(s_of(wide, mask), abs=1e-9)
    assert made["mae"] == pytest.approx(np.mean(np.abs(level - mask)))


@given(st.integers(0, 2**32 - 1), st.integers(2, 12))
def test_a_perfect_map_is_perfect(seed, side):
    mask = np.random.default_rng(seed).random((side, side)) < 0.5
    mask.flat[0], mask.flat[-1] = True, False
    made = row(mask, mask)
    assert 1 - 1e-6 < float(made["f"][255]) <= 1
    assert made["s"] == pytest.approx(1.0)
    assert made["mae"] == 0.0


def test_an_image_without_an_object_or_without_a_background_has_the_papers_exceptions():
    nothing, everything = np.zeros((4, 4), bool), np.ones((4, 4), bool)
    found = np.zeros((4, 4))
    found[0] = 1.0
    assert row(found, nothing)["s"] == pytest.approx(0.75)
    assert row(found, everything)["s"] == pytest.approx(0.25)
    assert max(row(found, nothing)["f"]) == 0.0


def test_an_image_of_weight_three_counts_as_three_images():
    rows = [row(*case) for case in cases(4)]
    metric, curves = METRICS[0], np.stack([one["f"] for one in rows])
    weights = np.array([[3.0, 1, 0, 2], [0, 0, 0, 0]])
    once, never = metric.estimator(curves, weights)
    assert once == pytest.approx(np.repeat(curves, [3, 1, 0, 2], axis=0).mean(axis=0).max())
    assert np.isnan(never)


def test_one_threshold_serves_all_images():
    """Each image alone could be perfect, at a threshold that spoils the other."""
    mask = np.zeros((4, 4), bool)
    mask[:2] = True
    low = np.where(mask, 100, 0)  # with a speck of white, stretching leaves it as it is
    high = np.where(mask, 255, 150)
    low[0, 0] = 255
    high[3, 3] = 0
    rows = [row(one.astype(np.uint8), mask) for one in (low, high)]
    assert values(rows)["max-F"] < np.mean([max(one["f"]) for one in rows])


def test_a_map_of_another_size_is_resized_and_one_that_is_none_is_refused():
    mask = np.zeros((8, 8), bool)
    mask[:, :4] = True
    assert row(mask[::2, ::2], mask)["s"] > 0.8
    for wrong, said in ((np.zeros(8), "map"), (np.full((8, 8), 7.0), "7 to 7"), (mask[None, :, :, None] * [1, 1], "map")):  # fmt: skip
        with pytest.raises(BadData, match=said):
            row(wrong, mask)
