import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from benchsuite_tasks.fairseg.kernels import hd95

SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, max_side=40)


def surface(mask):
    """The pixels (P, 2) of which one of the four beside it is outside, one by one."""

    def inside(y, x):
        return 0 <= y < mask.shape[0] and 0 <= x < mask.shape[1] and mask[y, x]

    beside = ((-1, 0), (1, 0), (0, -1), (0, 1))
    return np.array(
        [(y, x) for y, x in np.argwhere(mask) if not all(inside(y + j, x + i) for j, i in beside)]
    )


def slow_hd95(a, b):
    between = np.linalg.norm(surface(a)[:, None] - surface(b)[None], axis=2)
    return np.percentile(np.concatenate([between.min(axis=0), between.min(axis=1)]), 95)


@st.composite
def pairs(draw):
    """Two masks of a shape, each with pixels of some density within a box of its own."""
    height, width = draw(SHAPES)
    made = []
    for _ in range(2):
        rng = np.random.default_rng(draw(st.integers(0, 2**32)))
        mask = np.zeros((height, width), bool)
        (top, bottom), (left, right) = np.sort(rng.integers(0, [[height], [width]], (2, 2)))
        density = draw(st.sampled_from([0.02, 0.3, 0.9, 1.0]))
        mask[top : bottom + 1, left : right + 1] = (
            rng.random((bottom + 1 - top, right + 1 - left)) < density
        )
        mask[top, left] = True
        made.append(mask)
    return made


@settings(max_examples=200, deadline=None)
@given(pairs())
def test_hd95_is_that_of_its_definition_to_the_last_bit(masks):
    a, b = masks
    assert hd95(a, b) == hd95(b, a) == slow_hd95(a, b)


@settings(max_examples=200, deadline=None)
@given(pairs())
def test_hd95_is_medpy_s_to_the_last_bit(masks):
    medpy = pytest.importorskip("medpy.metric.binary")
    assert hd95(*masks) == medpy.hd95(*masks)


def test_hd95_is_medpy_s_on_large_masks_of_every_kind():
    medpy = pytest.importorskip("medpy.metric.binary")
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:250, :301]
    disc = np.hypot(y - 120, x - 160) < 90
    specks = np.zeros_like(disc)
    specks[tuple(rng.integers(0, 250, (2, 5)))] = True
    noise, corner, line = rng.random(disc.shape) < 0.4, np.hypot(y, x) < 30, x == y
    frame = (y == 0) | (x == 0) | (y == 249) | (x == 300)
    kinds = [disc, np.roll(disc, 9, 1) | specks, specks, noise, corner, line, x == 300, frame]
    for a in kinds:
        for b in kinds:
            assert hd95(a, b) == medpy.hd95(a, b)


def test_hd95_does_not_depend_on_how_a_mask_lies_in_memory():
    rng = np.random.default_rng(1)
    a, b = rng.random((2, 30, 44)) < 0.1
    expected = hd95(a, b)
    assert hd95(np.asfortranarray(a), b) == expected
    assert hd95(np.repeat(a, 2, axis=1)[:, ::2], b.astype(np.uint8) * 255) == expected
    assert hd95(a.T, b.T) == hd95(a[::-1], b[::-1]) == expected


def test_a_distance_to_nothing_is_not_a_number_by_accident():
    some, none = np.ones((3, 3), bool), np.zeros((3, 3), bool)
    for pair in ((some, none), (none, some), (none, none), (none[:0], none[:0])):
        with pytest.raises(ValueError, match="empty"):
            hd95(*pair)
    with pytest.raises(ValueError, match="shape"):
        hd95(some, np.ones((3, 4), bool))
