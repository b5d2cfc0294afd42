"""What a score matrix says of a group, against the reference's outcomes and slow definitions."""

import json
import os
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from benchsuite_tasks.compositional import metrics as rules
from benchsuite_tasks.compositional.models.adaptation.matching import Layout, best_share, by_group
from benchsuite_tasks.compositional.models.adaptation.recipe import Recipe, rate_factor

SHARED = Path(os.environ.get("BENCHSUITE_SHARED", Path(__file__).parents[4] / "shared"))
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
