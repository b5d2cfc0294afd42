"""Masks as run lengths: they come back as they were, and what does not fit never reaches C."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pycocotools import mask as rle

from benchsuite.errors import BadData
from benchsuite.files.limits import LONGEST_OUTLINE
from benchsuite.files.masks import (
    FAR,
    area_of,
    box_of,
    check_runs,
    compressed,
    decoded,
    encoded,
    resized,
)

SIZE = (40, 60)
MASKS = arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9)))


def rectangle(top, left, height, width, size=SIZE):
    mask = np.zeros(size, np.uint8)
    mask[top : top + height, left : left + width] = 1
    return mask


@settings(max_examples=60, deadline=None)
@given(MASKS)
def test_a_mask_comes_back_from_its_run_lengths(mask):
    runs = encoded(mask)
    assert runs["size"] == list(mask.shape)
    assert np.array_equal(decoded(runs), mask)
    assert np.array_equal(decoded({**runs, "counts": runs["counts"].encode()}), mask)
    assert area_of(runs) == mask.sum()
    check_runs("mask", runs["counts"], mask.size)


@settings(max_examples=60, deadline=None)
@given(MASKS)
def test_text_bytes_and_lists_of_runs_are_one_mask(mask):
    runs, (height, width) = encoded(mask), mask.shape
    flat = np.concatenate([[0], mask.T.ravel()])
    edges = np.flatnonzero(np.diff(flat)) if len(flat) > 1 else []
    counts = np.diff([0, *edges, mask.size]).tolist()
    for one in (
        runs,
        {**runs, "counts": runs["counts"].encode()},
        {"size": [height, width], "counts": counts},
        [{"size": [height, width], "counts": counts}],
    ):
        assert compressed("x", one, height, width) == runs


def test_polygons_are_drawn_and_joined():
    square, other = [10, 5, 30, 5, 30, 15, 10, 15], [40, 5, 50, 5, 50, 15, 40, 15]
    joined = rectangle(5, 10, 10, 20) | rectangle(5, 40, 10, 10)
    assert np.array_equal(decoded(compressed("x", [square, other], *SIZE)), joined)


@pytest.mark.parametrize("counts", [[5, 0, 0, 5, 10], [5, 5, 10, 0], [5, 2, 0, 3, 10], b"5005:"])
def test_runs_of_no_pixel_are_joined_since_pycocotools_stops_at_them(counts):
    plain = compressed("x", runs([5, 5, 10], (1, 20)), 1, 20)
    assert compressed("x", runs(counts, (1, 20)), 1, 20) == plain
    with pytest.raises(BadData, match="expected runs of 20 pixels in all, found a run of none"):
        check_runs("x", "5005:", 20)


def text(mask) -> str:
    return encoded(mask)["counts"]


def runs(counts, size=SIZE):
    return {"size": list(size), "counts": counts}


BAD = {
    "mask: expected the size [40, 60], found [60, 40]": encoded(rectangle(1, 1, 5, 5, (60, 40))),
    "mask: expected the size [40, 60], found None": {"counts": [2400]},
    "expected runs of 2400 pixels in all, found runs of 2000 pixels": runs(text(np.ones((40, 50)))),
    "found runs that go on beyond them": runs(text(np.ones((40, 70)))),
    "found runs of 0 pixels": runs(""),
    "found runs that are malformed": runs("not\x01runs"),
    " found runs that are malformed": runs("\ud800"),
    "  found runs that are malformed": runs("o" * 20),
    "   found runs that are malformed": runs("4O"),
    "expected counts as text, found NoneType": runs(None),
    "segmentation: expected polygons or an RLE, found None": None,
    "segmentation: expected polygons or an RLE, found []": [],
    "segmentation: expected polygons or an RLE, found text": "text",
    "segmentation: expected polygons of at least 3 points": [[1, 2]],
    " segmentation: expected polygons of at least 3 points": [1, 2, 3, 4, 5, 6],
    "points, x and y each, within ±600 pixels, found [5, 5, 15, 5, 15, 15, 5]": [[5, 5, 15, 5, 15, 15, 5]],
    "found [5, 5, 15, nan, 15, 15]": [[5, 5, 15, float("nan"), 15, 15]],
    "found [5, 5, 15, 601, 15, 15]": [[5, 5, 15, 601, 15, 15]],
    "found [5, 5, 15, inf, 15, 15]": [[5, 5, 15, float("inf"), 15, 15]],
    "found [5, 5, 15, True, 15, 15]": [[5, 5, 15, True, 15, 15]],
    "found [5, 5, 15, '5', 15, 15]": [[5, 5, 15, "5", 15, 15]],
    "found [5, 5, 15, 15]": [[5, 5, 15, 15]],
    "expected whole runs of 2400 pixels in all, found runs of 115 pixels": runs([100, 10, 5]),
    "found runs of 2410 pixels": [runs([100, 2310])],
    "found [100, -10, 2310]": runs([100, -10, 2310]),
    "found [100.5, 2299.5]": runs([100.5, 2299.5]),
    "found ['a', 2400]": runs(["a", 2400]),
    "found [True, 2399]": runs([True, 2399]),
    "found [nan, 2400]": runs([float("nan"), 2400]),
    "found [1000": runs([10**400, 2400]),
}  # fmt: skip


@pytest.mark.parametrize("message", BAD)
def test_a_mask_that_does_not_fit_is_named(message):
    with pytest.raises(BadData) as caught:
        compressed("annotation 1", BAD[message], *SIZE)
    assert message.strip() in str(caught.value)
    assert str(caught.value).startswith("annotation 1: ")


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=[chr(c) for c in range(48, 112)], max_size=12))
def test_runs_that_pass_are_runs_that_pycocotools_reads_within_the_mask(counts):
    pixels = 24
    try:
        check_runs("x", counts, pixels)
    except BadData:
        return
    mask = {"size": [4, 6], "counts": counts.encode()}
    assert rle.decode(mask).shape == (4, 6)
    assert 0 <= rle.area(mask) <= pixels


def test_a_resized_mask_takes_the_pixels_under_its_centres():
    small = resized(encoded(rectangle(5, 10, 10, 20)), 20, 30)
    # a row takes the one under its centre: 1, 3, 5 ...
    assert np.array_equal(decoded(small), rectangle(2, 5, 5, 10, (20, 30)))
    assert box_of(small) == [5, 2, 10, 5]
    assert box_of(encoded(np.zeros(SIZE))) == [0, 0, 0, 0]


def test_outlines_that_run_to_and_fro_are_refused_before_they_are_drawn():
    high, wide = SIZE
    far = [float(FAR * max(SIZE) * (-1) ** (n // 2)) for n in range(2 * LONGEST_OUTLINE // 1000)]
    assert compressed("a", [far[:600]], high, wide)["size"] == [high, wide]
    for parts in ([far], [far[:6000]] * 100):
        with pytest.raises(BadData, match="expected outlines of at most 4,194,304 pixels, found"):
            compressed("a", parts, high, wide)
