"""A drift that no single gate fails is seen, and an unchanged model drifts in at most 5 %."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchsuite.estimation import Mean
from benchsuite.estimation.cells import Group
from benchsuite.gates.history import Cell, changes, drifts, line_of
from benchsuite.gates.verdict import Verdict
from benchsuite.publishing.history import Told as Shown
from benchsuite.publishing.history import said, shown
from benchsuite.runs.baselines import Kept
from benchsuite.runs.log import Accepted, Number, Told, alike, numbers_of
from tests.gates.made import SCORE, judged, statistics

KEY = ("made-up", "d", "m")


def kept(scores, name, groups=None, lost=False, metric=SCORE):
    """A baseline of these scores (N,), as it was at one time."""
    run = statistics(scores[:, None], groups=groups, metrics=[metric])
    told = Told("a", "2026-11-28T20:15:00Z", "", f"{name}")
    file, numbers = f"{name:>064}", numbers_of(run, [metric])
    accepted = Accepted(*KEY, told, "r", file, alike(run.manifest), numbers)
    return Kept(accepted, None if lost else run)


def line(versions, cell=None, **more):
    every = [kept(scores, str(k), **more) for k, scores in enumerate(versions)]
    return line_of(KEY, every, cell or Cell(SCORE, "clean"))


def drifting(rng, step=-0.002, steps=9, n=200):
    """Scores that fall by `step` each time, each version with errors of its own."""
    base = rng.beta(8, 2, n)
    return [base + k * step + rng.normal(0, 0.03, n) for k in range(steps)]


def test_a_slow_drift_that_no_single_gate_fails_is_seen():
    versions = drifting(np.random.default_rng(1))
    for before, after in pairwise(versions):
        assert judged(before[:, None], after[:, None]).verdict == Verdict.PASS
    followed = line(versions)
    (drift,) = drifts([followed])
    assert (drift.start, drift.stop) == (0, 8)
    assert drift.change.value == pytest.approx(versions[8].mean() - versions[0].mean())
    assert changes([followed])


def test_a_drift_of_a_cost_is_a_rise():
    cost = replace(SCORE, higher_is_better=False)
    rising = drifting(np.random.default_rng(1), step=0.002)
    for metric, found in ((cost, 1), (SCORE, 0)):
        assert len(drifts([line(rising, Cell(metric, "clean"), metric=metric)])) == found


def test_a_jump_is_found_between_the_two_versions_that_it_is_between():
    rng = np.random.default_rng(1)
    base = rng.beta(8, 2, 200)
    level = [0.0, 0.0, 0.0, 0.05, 0.05, 0.01, 0.01]
    versions = [base + one + rng.normal(0, 0.03, 200) for one in level]
    found = changes([line(versions)])
    assert [(one.start, one.stop) for one in found] == [(2, 3), (4, 5)]
    assert [one.change.value > 0 for one in found] == [True, False]
    assert all(one.p <= 0.025 for one in found)


def test_spans_of_a_line_do_not_overlap_and_every_one_holds_a_change():
    rng = np.random.default_rng(2)
    found = changes([line(drifting(rng, -0.004, 12))])
    assert len(found) > 1
    for one, other in pairwise(found):
        assert one.stop <= other.start


def test_a_group_can_drift_alone():
    rng = np.random.default_rng(3)
    red = np.arange(200) < 40
    versions = [one - 0.01 * k * red for k, one in enumerate(drifting(rng, 0.0))]
    groups = {"colour": ["red" if one else "blue" for one in red]}
    shown = {
        value: len(drifts([line(versions, Cell(SCORE, "clean", Group(("colour",), (value,))),
                                groups=groups)]))
        for value in ("red", "blue")
    }  # fmt: skip
    assert shown == {"red": 1, "blue": 0}


def test_without_samples_the_intervals_of_the_log_count_and_are_wider():
    versions = drifting(np.random.default_rng(1))
    followed = [
        line_of(KEY, [kept(one, str(k), lost=k == lost) for k, one in enumerate(versions)],
                Cell(SCORE, "clean"))
        for lost in (-1, 0)
    ]  # fmt: skip
    paired, alone = (one.change(0, 8) for one in followed)
    assert alone.value == pytest.approx(paired.value, abs=1e-6)
    assert alone.sd > 2 * paired.sd
    error = np.std(versions[0], ddof=1) / np.sqrt(200)
    assert alone.sd == pytest.approx(error * np.sqrt(2), rel=0.1)
    assert drifts(followed[:1])
    assert not drifts(followed[1:])


ANY = st.none() | st.floats() | st.just(1e308)


@settings(max_examples=40)
@given(ANY, ANY, ANY, ANY, st.integers(-2, 10**9), st.integers(-2, 10**9))
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_whatever_a_log_says_is_shown_or_left_out(value, low, high, error, n, clusters):
    one = Number("score", "clean", value, low, high, error, n, clusters)
    told = Told("a", "2026-11-28T20:15:00Z", "", "1")
    known = kept(np.random.default_rng(7).random(60), "2")
    odd = replace(known.accepted, told=told, new=(one,))
    followed = line_of(KEY, [Kept(odd, None), known], Cell(SCORE, "clean"))
    assert len(followed.points) == (1 if value is None else 2)
    assert len(list(shown(Shown.of([followed])))) == 1
    assert said(Shown.of([followed]))


def test_baselines_of_other_samples_are_left_out():
    rng = np.random.default_rng(4)
    every = [kept(rng.random(60), str(k)) for k in range(4)]
    other = replace(every[0], accepted=replace(every[0].accepted, alike="other"))
    found = line_of(KEY, [other, *every[1:]], Cell(SCORE, "clean"))
    assert (len(found.points), found.left_out) == (3, 1)


def test_a_metric_that_nobody_kept_is_left_out():
    every = [kept(np.random.default_rng(5).random(60), "0")]
    found = line_of(KEY, every, Cell(Mean("other", "y"), "clean"))
    assert (found.points, found.left_out) == ((), 1)
    assert drifts([found]) == changes([found]) == []


def unchanged(kind, rng, n, base):
    """A version whose expected score is that of every other version of its kind."""
    if kind == "binary":  # a tenth of the answers is given anew
        return np.where(rng.random(n) < 0.1, rng.random(n) < base, base > 0.5) * 1.0
    if kind == "rare gains":
        return base + np.where(rng.random(n) < 0.05, 0.4, -0.4 / 19)
    if kind == "lognormal":
        return base + 0.05 * (rng.lognormal(0, 1, n) - np.exp(0.5))
    return base + (rng.normal(0, 0.05, n) if kind == "normal" else 0.0)


def alarms(kind, runs, n=120, versions=5):
    """In how many of `runs` histories of a model that never changed some change is shown."""
    found = 0
    for k in range(runs):
        rng = np.random.default_rng([6, n, k])
        base = rng.beta(8, 2, n)
        followed = [line([unchanged(kind, rng, n, base) for _ in range(versions)])]
        found += bool(drifts(followed) or changes(followed))
    return found


@pytest.mark.parametrize(("kind", "most"), [("normal", 3), ("binary", 3), ("identical", 0)])
def test_an_unchanged_model_seldom_drifts_or_changes(kind, most):
    assert alarms(kind, 15) <= most


@pytest.mark.slow
@pytest.mark.parametrize("n", [100, 400])
@pytest.mark.parametrize("kind", ["normal", "binary", "lognormal", "rare gains"])
def test_an_unchanged_model_drifts_or_changes_in_at_most_5_percent(kind, n):
    runs = 200
    assert alarms(kind, runs, n, versions=8) <= runs * 0.05 + 3 * (runs * 0.05 * 0.95) ** 0.5
