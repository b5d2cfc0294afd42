import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from benchsuite.dataset import Sample
from benchsuite.errors import BadData
from benchsuite_tasks.fairseg.measure import (
    IGNORED,
    OPTIC,
    PROTOCOLS,
    agreement,
    measure,
    perfect,
    size_stratum,
)

from .shared import reference

SHARED = {"structures": OPTIC.shared(), "protocol": "strict", "size_edges": [10.0, 20.0, 30.0]}
MASKS = hnp.arrays(np.bool_, hnp.array_shapes(min_dims=2, max_dims=2, max_side=14))


def row(truth, found, protocol="strict"):
    return measure(Sample("a", {}, {"labels": truth}), found, {**SHARED, "protocol": protocol})


def test_the_reference_s_cases_come_out_to_the_last_bit():
    with np.load(reference("fairseg_masks.npz")) as held:
        pred, truth, names = held["pred"], held["gt"], held["names"]
        expected, ratio = held["percase"], held["cdr_distance"]
    for i, name in enumerate(names):
        found = row(truth[i].astype(np.uint8), pred[i].astype(np.uint8), "fairseg")
        for s, structure in enumerate(("rim", "cup", "disc")):
            ours = [found[f"{kind}_{structure}"] for kind in ("dice", "hd95", "iou")]
            assert ours == pytest.approx(expected[i, s], abs=1e-12), (name, structure)
        # Without a disc the reference's ratio is not a number; ours has an error of its own.
        if math.isfinite(ratio[i]):
            assert found["cdr_error"] == pytest.approx(ratio[i], abs=1e-12), name


@pytest.mark.parametrize(
    ("truth", "found", "strict", "fairseg"),
    [
        (0, 0, (1, 1, 0), (0, 0, 0)),
        (0, 1, (0, 0, 5), (1, 1, 0)),
        (1, 0, (0, 0, 5), (0, 0, 0)),
        (1, 1, (1, 1, 0), (1, 1, 0)),
    ],
)
def test_each_protocol_says_what_an_empty_mask_is_worth(truth, found, strict, fairseg):
    t, f = np.full((3, 4), truth, bool), np.full((3, 4), found, bool)
    assert agreement(t, f, "strict") == strict
    assert agreement(t, f, "fairseg") == fairseg


def test_the_truth_is_perfect_by_the_strict_protocol_and_not_where_the_reference_has_no_structure():
    cases = {"both": [[1, 2], [0, 0]], "rim": [[1, 1], [0, 0]], "none": [[0, 0], [0, 0]]}
    expected = {"both": 1.0, "rim": 0.5, "none": 0.0}
    for name, labels in cases.items():
        sample = Sample("a", {}, {"labels": np.array(labels, np.uint8)})
        found = {p: row(sample.truth["labels"], perfect(sample, {}), p) for p in PROTOCOLS}
        assert (found["strict"]["dice"], found["strict"]["hd95"]) == (1, 0)
        assert (found["fairseg"]["dice"], found["fairseg"]["hd95"]) == (expected[name], 0)


def test_a_perfect_model_is_not_asked_about_pixels_that_do_not_count():
    sample = Sample("a", {}, {"labels": np.array([[1, IGNORED], [2, 0]], np.uint8)})
    found = measure(sample, perfect(sample, {"ignore": 255}), {**SHARED, "ignore": 255})
    assert (found["dice"], found["iou"], found["hd95"]) == (1, 1, 0)


@given(MASKS)
def test_a_mask_agrees_with_itself(mask):
    assert agreement(mask, mask) == (1, 1, 0)


@given(st.data())
def test_iou_is_a_function_of_dice(data):
    a = data.draw(MASKS.filter(np.any))
    b = data.draw(hnp.arrays(np.bool_, a.shape).filter(np.any))
    dice, iou, _ = agreement(a, b)
    assert iou == pytest.approx(dice / (2 - dice))


def test_derived_structures_are_unions_and_the_headline_is_the_mean_of_the_reported():
    truth = np.array([[0, 1, 2, 2]], np.uint8)
    found = np.array([[0, 2, 2, 1]], np.uint8)
    made = row(truth, found)
    assert made["dice_disc"] == 1
    assert made["dice_rim"] == 0
    assert made["dice_cup"] == pytest.approx(0.5)
    assert made["dice"] == pytest.approx(0.25)
    assert made["cdr_error"] == 0
    assert made["area_disc"] == 3


@pytest.mark.parametrize("protocol", ["strict", "fairseg"])
@pytest.mark.parametrize(
    ("truth", "found", "error"),
    [([1, 2], [0, 0], 1), ([0, 0], [1, 2], 1), ([0, 0], [0, 0], 0), ([1, 2], [1, 1], 0.5)],
)
def test_a_missed_disc_has_the_largest_error_of_the_ratio(truth, found, error, protocol):
    maps = np.array([[truth], [found]], np.uint8)
    assert row(*maps, protocol)["cdr_error"] == error


def test_sizes_fall_into_strata():
    assert [size_stratum(a, [10, 20, 30]) for a in (5, 10, 11, 30, 31)] == ["1", "1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (np.zeros((2, 2), np.uint8), r"expected the truth's size \(1, 2\), found \(2, 2\)"),
        (np.full((1, 2), 3, np.uint8), "expected labels 0 to 2, found 3 to 3"),
        (np.full((1, 2), -1, np.int64), "expected labels 0 to 2, found -1 to -1"),
        (np.full((1, 2), 0.5), "expected labels, whole numbers, found 0.5"),
        (np.full((1, 2), np.inf), "expected labels, whole numbers, found inf"),
        (np.zeros((1, 2, 3), np.uint8), r"expected a label map \(H, W\)"),
    ],
)
def test_a_prediction_that_is_no_label_map_is_refused(found, message):
    with pytest.raises(BadData, match=message):
        row(np.array([[1, 2]], np.uint8), found)


def test_the_diagonal_is_the_distance_of_a_miss():
    assert agreement(np.ones((6, 8), bool), np.zeros((6, 8), bool))[2] == math.hypot(6, 8)
