"""Average precision of many replicates at once is that of a plain loop over each."""

from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchsuite_tasks.instance_segmentation.kernels import IOU_THRESHOLDS
from benchsuite_tasks.instance_segmentation.metrics import (
    F1,
    RECALLS,
    Precision,
    Recall,
    Records,
    records,
)
from tests.tasks.instance_segmentation.reference import random_case

THRESHOLDS = range(len(IOU_THRESHOLDS))


def made(seed: int, images: int = 30, classes: int = 4, found: int = 300) -> Records:
    """Random outcomes of detections, and at least as many objects as are found."""
    rng = np.random.default_rng(seed)
    counts = rng.multinomial(found, rng.dirichlet(np.ones(classes)))
    image = rng.integers(images, size=found)
    matched, ignored = rng.integers(2**10, size=(2, found)).astype(np.uint16)
    ignored &= rng.integers(2**10, size=found).astype(np.uint16)
    hits = matched & ~ignored
    true = np.zeros((10, images, classes), np.int64)
    for t in THRESHOLDS:
        np.add.at(true[t], (image, np.repeat(np.arange(classes), counts)), hits >> t & 1)
    positives = true.max(axis=0) + (rng.random((images, classes)) < 0.2)
    starts = np.append(0, np.cumsum(counts))
    return Records(
        np.arange(classes), starts, image, np.zeros(found, np.int64), -np.arange(found) // 3 * 0.1,
        matched, ignored, positives,
    )  # fmt: skip


def plain(found: Records, weight: np.ndarray, thresholds: tuple[int, ...]) -> list[float]:
    """Of each class, pycocotools' `accumulate`, where a detection counts `weight` times."""
    figures = []
    for c in range(len(found.classes)):
        mine = slice(found.starts[c], found.starts[c + 1])
        times, objects = weight[found.image[mine]], weight @ found.positives[:, c]
        each = []
        for t in thresholds:
            counted = (found.ignored[mine] >> t & 1) == 0
            hit = counted & (found.matched[mine] >> t & 1 == 1)
            true, false = np.cumsum(times * hit), np.cumsum(times * (counted & ~hit))
            precision = true / (true + false + np.spacing(1))
            envelope = np.maximum.accumulate(precision[::-1])[::-1]
            with np.errstate(invalid="ignore"):
                places = np.searchsorted(true / objects, RECALLS, side="left")
            each.append(np.append(envelope, np.zeros(102))[places].mean())
        figures.append(np.mean(each) if objects else np.nan)
    return figures


def drawn(seed: int, images: int) -> np.ndarray:
    """Weights (B, N): each image once, not at all, in halves, and as a bootstrap draws them."""
    rng = np.random.default_rng(seed)
    halves, poisson = rng.integers(2, size=(5, images)), rng.poisson(1.0, size=(20, images))
    return np.concatenate([np.ones((1, images)), np.zeros((1, images)), halves, poisson])


@given(seed=st.integers(0, 10_000), thresholds=st.sampled_from([tuple(THRESHOLDS), (0,), (5, 9)]))
@settings(max_examples=20, deadline=None)
def test_replicates_are_those_of_a_plain_loop(seed, thresholds):
    found = made(seed)
    weights = drawn(seed, len(found.positives))
    expected = [plain(found, weight, thresholds) for weight in weights]
    np.testing.assert_allclose(Precision(thresholds)(found, weights), expected, rtol=0, atol=1e-12)


def test_a_replicate_does_not_depend_on_those_beside_it():
    found = made(0)
    weights = drawn(0, len(found.positives))
    alone = np.concatenate([Precision()(found, weights[b : b + 1]) for b in range(len(weights))])
    np.testing.assert_array_equal(Precision()(found, weights), alone)


def plain_f1(found: Records, weight: np.ndarray) -> list[float]:
    """Of each class: F1 with every score as the threshold, from sets of detections."""
    figures = []
    for c in range(len(found.classes)):
        mine = np.arange(found.starts[c], found.starts[c + 1])
        objects, best = weight @ found.positives[:, c], 0.0
        for threshold in {*found.score[mine].tolist()}:
            kept = mine[found.score[mine] >= threshold]
            counted = kept[found.ignored[kept] & 1 == 0]
            true = weight[found.image[counted[found.matched[counted] & 1 == 1]]].sum()
            taken = weight[found.image[counted]].sum()
            if objects:
                best = max(best, 2 * true / (taken + objects))
        figures.append(best if objects else np.nan)
    return figures


@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_f1_is_the_best_over_all_scores_as_thresholds(seed):
    found = made(seed)
    weights = drawn(seed, len(found.positives))
    expected = [plain_f1(found, weight) for weight in weights]
    np.testing.assert_allclose(F1()(found, weights), expected, rtol=0, atol=1e-12)


def test_detections_of_one_score_stand_or_fall_together():
    # the true one alone would have F1 1; no threshold parts it from the false ones
    image, hit = np.zeros(3, np.int64), np.array([1, 0, 0], np.uint16)
    tied = Records(
        np.array([1]), np.array([0, 3]), image, np.arange(3), np.full(3, 0.5), hit, 0 * hit,
        np.ones((1, 1), np.int64),
    )  # fmt: skip
    assert F1()(tied, np.ones((1, 1))) == pytest.approx(2 / (3 + 1))


@pytest.mark.parametrize("objects", [7, 100, 300, 700])
def test_recall_points_are_compared_as_the_floats_that_they_are(objects):
    # 35 of 100 objects do not reach the point 35 · .01, which is above .35 in floating point
    ones = np.ones((1, objects))
    for found in range(1, objects + 1):
        every = np.full(found, 1023, np.uint16)
        image = np.arange(found)
        case = Records(
            np.array([1]), np.array([0, found]), image, 0 * image, 1.0 * image, every, 0 * every,
            np.ones((objects, 1), np.int64),
        )  # fmt: skip
        ((value,),) = Precision()(case, ones)
        assert value == pytest.approx(np.mean(found / objects >= RECALLS), abs=1e-12), found


def test_a_threshold_that_does_not_exist_is_refused():
    with pytest.raises(IndexError):
        Precision((10,))(made(0), np.ones((1, 30)))


@given(seed=st.integers(0, 10_000), area=st.sampled_from(["all", "small", "large"]))
@settings(max_examples=20, deadline=None)
def test_the_records_of_a_group_are_those_of_its_images_alone(seed, area):
    table = random_case(seed, images=8).table()
    members = np.random.default_rng(seed).random(8) < 0.5
    alone = records(table[members], "mask", area)
    part = records(table, "mask", area).of(members)
    for name, expected in asdict(alone).items():
        np.testing.assert_array_equal(getattr(part, name), expected, err_msg=name)


def test_recall_counts_each_threshold_once():
    found = made(3)
    weights = drawn(3, len(found.positives))
    owner = np.repeat(found.classes, np.diff(found.starts))
    for weight, values in zip(weights, Recall()(found, weights), strict=True):
        for c, value in enumerate(values):
            hits = [found.hits[owner == c] >> t & 1 for t in THRESHOLDS]
            true = np.mean([weight[found.image[owner == c]] @ one for one in hits])
            objects = weight @ found.positives[:, c]
            assert value == pytest.approx(true / objects if objects else np.nan, nan_ok=True)
