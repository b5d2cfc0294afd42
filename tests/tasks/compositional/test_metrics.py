"""What a score matrix says of a group, against the reference's outcomes and slow definitions."""

import json
from fractions import Fraction
from itertools import permutations
from math import ceil, floor
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from benchsuite_tasks.compositional import metrics as rules
from benchsuite_tasks.compositional.models.adaptation.matching import Layout, best_share, by_group
from benchsuite_tasks.compositional.models.adaptation.recipe import Recipe, rate_factor
from tests.house.source import SHARED

REFERENCE = SHARED / "data/reference/ttm_cases.json"
needs_reference = pytest.mark.skipif(not REFERENCE.exists(), reason=f"{REFERENCE} is not there")


def cases(key: str) -> Any:
    return json.loads(REFERENCE.read_text())[key]


def stacked(key: str) -> tuple[np.ndarray, list[dict[str, Any]]]:
    found = cases(key)
    return np.array([c["scores"] for c in found], dtype=np.float32), [c["expected"] for c in found]


@needs_reference
@pytest.mark.parametrize(
    ("rule", "theirs"),
    [("text_score", "text"), ("image_score", "image"), ("group_score", "group"),
     ("individual_match", "individual_match"), ("group_match", "group_match")],
)  # fmt: skip
def test_every_2x2_case_is_scored_as_the_reference_did(rule: str, theirs: str) -> None:
    scores, expected = stacked("cases_2x2")
    assert getattr(rules, rule)(scores).tolist() == [case[theirs] for case in expected]


@needs_reference
def test_2x2_margins_are_the_references_to_the_bit() -> None:
    scores, expected = stacked("cases_2x2")
    signed = np.array([case["oracle_margin"] for case in expected], dtype=np.float32)
    assert (rules.signed_margin(scores) == signed).all()
    assert (rules.best_matching(scores)[1] == np.abs(signed)).all()


@needs_reference
def test_every_1x4_case_is_scored_and_matched_as_the_reference_did() -> None:
    scores, expected = stacked("cases_1x4")
    right = [case["individual_match"] for case in expected]
    labels, margins = rules.best_matching(scores)
    for rule in (rules.group_match, rules.group_score, rules.text_score):
        assert rule(scores).tolist() == right
    assert margins.tolist() == [np.float32(case["pseudo_margin"]) for case in expected]
    for found, case, margin in zip(labels[:, 0], expected, margins, strict=True):
        assert margin == 0 or found == case["selected_caption_at_threshold0"]


@needs_reference
@pytest.mark.parametrize(
    "case", cases("global_cases") if REFERENCE.exists() else [], ids=lambda c: str(c["id"])
)
def test_a_global_matching_and_its_selection_are_the_references(case: dict[str, Any]) -> None:
    scores, expected = np.array(case["scores"], dtype=np.float32), case["expected"]
    labels = rules.global_assignment(scores)
    images = np.arange(len(labels))
    total = scores.astype(np.float64)[images, labels].sum()
    assert total == pytest.approx(expected["assignment_total"], abs=1e-4)
    if case["has_ties"]:
        return  # several assignments are the best
    assert labels.tolist() == expected["assignment"]
    assert 100 * (labels == images).mean() == pytest.approx(expected["global_match_pct"])
    for run in expected["ratio_runs"]:
        kept = best_share(scores[images, labels], run["ratio_threshold"])
        pairs = [[int(i), int(labels[i])] for i in np.flatnonzero(kept)]
        assert pairs == sorted(run["selected"]), run["ratio_threshold"]


@needs_reference
@pytest.mark.parametrize(
    "case",
    cases("lr_schedules") if REFERENCE.exists() else [],
    ids=lambda c: f"{c['schedule']}-{c['total_steps']}",
)
def test_learning_rates_within_an_iteration_are_the_references(case: dict[str, Any]) -> None:
    found = [
        rate_factor(case["schedule"], step, case["total_steps"], case["min_lr_factor"])
        for step in range(len(case["factors"]))
    ]
    assert found == pytest.approx(case["factors"], abs=1e-9)


def test_thresholds_include_both_ends() -> None:
    linear = Recipe(iterations=5, schedule="linear", start=2.0, end=0.0)
    assert linear.levels().tolist() == [2.0, 1.5, 1.0, 0.5, 0.0]
    cosine = Recipe(iterations=3, schedule="cosine", start=1.0, end=0.0).levels()
    assert cosine == pytest.approx([1.0, 0.5, 0.0], abs=1e-12)
    assert Recipe(iterations=2, schedule="constant", start=0.3).levels().tolist() == [0.3, 0.3]
    assert Recipe(iterations=3).rate_at(2, 0, 10) == pytest.approx(4e-5 * 0.95**2)


def test_a_threshold_is_reached_inclusively_and_a_quantile_leaves_its_share_out() -> None:
    scores = np.array([[[m, 0], [0, 0]] for m in (0, 1, 2, 3)], dtype=np.float32)
    layout = Layout(np.full((4, 2), 2))
    everybody = np.ones(4, dtype=bool)
    at = by_group(scores.ravel(), layout, 1.0, Recipe(), everybody).selected[::2]
    assert at.tolist() == [False, True, True, True]
    half = by_group(scores.ravel(), layout, 0.5, Recipe(schedule="quantile"), everybody)
    assert half.selected[::2].tolist() == [False, False, True, True]
    pool = np.array([True, True, False, True])
    held = by_group(scores.ravel(), layout, 0.0, Recipe(), pool).selected[::2]
    assert held.tolist() == pool.tolist(), "groups outside of the pool are never selected"


def selected(margins: np.ndarray, level: float, recipe: Recipe) -> list[bool]:
    scores = np.zeros((len(margins), 2, 2), np.float32)
    scores[:, 0, 0] = margins
    layout, everybody = Layout(np.full((len(margins), 2), 2)), np.ones(len(margins), dtype=bool)
    return by_group(scores.ravel(), layout, level, recipe, everybody).selected[::2].tolist()


@pytest.mark.parametrize("shape", [(2, 2), (1, 4), (2, 3), (3, 3)])
def test_a_level_is_not_rounded_to_a_margin_below_it(shape: tuple[int, int]) -> None:
    level = float(Recipe(iterations=7, schedule="cosine", start=2.0, end=0.0).levels()[4])
    assert level > 0.5 and np.float32(level) == 0.5
    scores = np.zeros((2, *shape), np.float32)
    scores[:, 0, 0] = [0.5, np.nextafter(np.float32(0.5), 1)]
    if shape != (2, 2):  # whose float32 sums are then not exact
        scores[:, 1:] = 9 * np.eye(*shape)[1:]
        scores[:, 1:, 0] = 9
    layout, everybody = Layout(np.tile(shape, (2, 1))), np.ones(2, dtype=bool)
    found = by_group(scores.ravel(), layout, level, Recipe(), everybody).selected
    assert found[:: shape[0]].tolist() == [False, True]


@pytest.mark.parametrize("rule", [rules._best_listed, lambda scores: [
    np.array(each) for each in zip(*map(rules._best_assigned, scores), strict=True)
]])  # fmt: skip
def test_a_margin_of_many_matchings_is_not_rounded_to_a_level_above_it(rule: Any) -> None:
    scores = np.diag([0.5, 1.0, 1.0]).astype(np.float32)[None]
    scores[0, 0, 1] = 2.0**-30  # of the second best: 1 + 2**-30
    assert np.float32(1.5 - 2.0**-30) == 1.5
    assert rule(scores)[1].tolist() == [1.5 - 2.0**-30]


@given(
    st.sampled_from(["cosine", "linear", "constant"]), st.integers(2, 12),
    st.floats(0, 4), st.integers(-2, 2),
)  # fmt: skip
def test_margins_are_compared_with_levels_as_python_does(
    schedule: str, iterations: int, start: float, steps: int
) -> None:
    recipe = Recipe(iterations=iterations, schedule=schedule, start=start, end=0.0)
    for level in recipe.levels().tolist():
        near = np.float32(level)  # and its neighbours
        for _ in range(abs(steps)):
            near = np.nextafter(near, np.float32(np.sign(steps) * np.inf))
        margins = np.abs(np.array([near, level], dtype=np.float32))
        assert selected(margins, level, recipe) == [m >= level for m in margins.tolist()]


@given(st.lists(st.integers(0, 6), min_size=1, max_size=30), st.integers(0, 20))
def test_a_quantile_is_that_of_exact_arithmetic(values: list[int], twentieths: int) -> None:
    place = Fraction(twentieths, 20) * (len(values) - 1)
    low, high = floor(place), ceil(place)
    ordered = sorted(Fraction(v, 10) for v in values)
    threshold = ordered[low] + (place - low) * (ordered[high] - ordered[low])
    expected = [Fraction(v, 10) >= threshold for v in values]
    share = float(np.linspace(0, 1, 21)[twentieths])
    margins = np.array(values, dtype=np.float32) / np.float32(10)
    assert selected(margins, share, Recipe(schedule="quantile")) == expected


@given(st.lists(st.integers(0, 9), min_size=1, max_size=40), st.integers(0, 20))
def test_a_share_of_pairs_is_that_of_exact_arithmetic(values: list[int], twentieths: int) -> None:
    kept = floor(len(values) * (1 - Fraction(twentieths, 20)))
    last = sorted(values)[len(values) - kept] if kept else 10
    share = float(np.linspace(0, 1, 21)[twentieths])
    scores = np.array(values, dtype=np.float32) / np.float32(7)
    assert best_share(scores, share).tolist() == [v >= last for v in values]


matrices = st.tuples(st.integers(1, 3), st.integers(0, 2)).flatmap(
    lambda shape: arrays(
        np.float32, (4, shape[0], shape[0] + shape[1]), elements=st.integers(-3, 3).map(float)
    )
)


@given(scores=matrices)
def test_group_match_is_a_strict_maximum_over_all_matchings(scores: np.ndarray) -> None:
    images, captions = scores.shape[1:]
    for group, found in zip(scores, rules.group_match(scores), strict=True):
        totals = {
            labels: sum(float(group[i, c]) for i, c in enumerate(labels))
            for labels in permutations(range(captions), images)
        }
        right = totals.pop(tuple(range(images)))
        assert found == all(right > other for other in totals.values())


@given(scores=matrices)
def test_text_and_image_scores_are_those_of_their_definitions(scores: np.ndarray) -> None:
    images, captions = scores.shape[1:]
    for n, s in enumerate(scores):
        text = all(s[i, i] > s[i, c] for i in range(images) for c in range(captions) if c != i)
        image = all(s[i, i] > s[j, i] for i in range(images) for j in range(images) if j != i)
        assert rules.text_score(scores)[n] == text
        assert rules.image_score(scores)[n] == image
        assert rules.group_score(scores)[n] == (text and image)


@given(scores=matrices)
def test_assignment_agrees_with_listing(scores: np.ndarray) -> None:
    if scores.shape[1] == 1:
        return
    labels, margins = rules._best_listed(scores)
    for n, group in enumerate(scores):
        found, margin = rules._best_assigned(group)
        rows = np.arange(len(found))
        assert margin == pytest.approx(float(margins[n]), abs=1e-5)
        assert group[rows, found].sum() == group[rows, labels[n]].sum()


@pytest.mark.parametrize("shape", [(1, 2), (1, 4), (2, 2), (2, 3), (3, 3)])
def test_chance_is_what_random_scores_get(shape: tuple[int, int]) -> None:
    scores = np.random.default_rng(0).normal(size=(40_000, *shape)).astype(np.float32)
    for name, expected in rules.chance(*shape).items():
        found = np.asarray(getattr(rules, name)(scores), dtype=float)
        assert found.mean() == pytest.approx(expected, abs=5 * max(found.std(), 1e-3) / 200), name


def test_chance_of_square_groups_is_the_closed_form() -> None:
    assert rules.chance(2, 2)["group_score"] == pytest.approx(1 / 6)
    assert rules.chance(3, 3)["group_score"] == pytest.approx(2 / 120)
    assert rules.chance(3, 3)["group_match"] == pytest.approx(1 / 6)
