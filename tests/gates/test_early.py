"""The verdict of a whole run, told from a part of it: only when nothing can turn it any more."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from benchsuite.api.judged import equity as judge_equity
from benchsuite.condition import CLEAN
from benchsuite.estimation import Change, Code, Estimate, Part, interval, repeated
from benchsuite.estimation.foreseen import GAMMA, most
from benchsuite.estimation.repeated import widening
from benchsuite.gates.early import Watch, foreseen, gate
from benchsuite.gates.policy import Policy
from benchsuite.gates.verdict import Verdict
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from benchsuite.runs.statistics import run_statistics
from tests.estimation.scenarios import Draw
from tests.gates.made import SCORE, TASK, statistics
from tests.gates.stopped import CASES, ended, kept, up_to
from tests.toys import MEAN, NOISE, Linear, install, numbers

LOOKS = 20
METRICS = {TASK: (SCORE,)}
POLICY = Policy(replicates=300)
RNG = np.random.default_rng(5)
BEFORE = RNG.normal(0.6, 0.1, (400, 2))
NOISE_OF = RNG.normal(0, 0.05, (400, 2))
GROUPS = {"race": ["a", "b"] * 200}


def run(change, groups=GROUPS):
    return statistics(BEFORE + change, groups=groups)


def part(candidate, last):
    """The first looks of a run whose samples are in a random order."""
    look = np.random.default_rng(2).permutation(np.arange(400) % LOOKS) + 1
    return up_to(candidate, {f"s{i:06d}": int(k) for i, k in enumerate(look)}, last)


def told(candidate, last, policy=POLICY):
    found = foreseen([(run(0), part(candidate, last))], METRICS, policy)
    return None if found is None else found.verdict


def test_what_breaks_fails_at_once_and_what_is_unchanged_needs_most_of_the_samples():
    look = np.random.default_rng(2).permutation(np.arange(400) % LOOKS) + 1
    broken = ended(run(0), run(NOISE_OF - 0.3), look, POLICY)
    assert (broken.early, broken.whole) == (Verdict.FAIL, Verdict.FAIL)
    assert broken.share <= 0.2
    same = ended(run(0), run(NOISE_OF), look, POLICY)
    assert (same.early, same.whole) == (Verdict.PASS, Verdict.PASS)
    assert 0.5 < same.share < 1


@pytest.mark.parametrize(
    "name", ["skewed to gains (lognormal)", "binary, 10 % flip", "AP, 150 images"]
)
def test_simulated_runs_at_the_edge_of_a_fail_keep_their_verdict(name):
    found = [CASES[name].ended(Draw(3, name, run), 2.0) for run in range(2)]
    assert kept(found) == 1
    assert min(one.share for one in found) > 0.1


def test_damage_to_one_group_is_told_early_and_named():
    hurt = NOISE_OF - 0.15 * (np.arange(400) % 2 == 1)[:, None]
    found = foreseen([(run(0), part(run(hurt), 14))], METRICS, POLICY)
    assert found.verdict == Verdict.FAIL
    assert "race=b" in found.reason
    worse = [cell.finding for cell in found.judged if cell.cell.worse]
    assert all("stopped early at 70%" in one.note for one in worse)
    whole = gate([(run(0), run(hurt))], METRICS, POLICY).judged
    widths = {cell.finding.name: cell.finding.high - cell.finding.low for cell in whole}
    assert all(one.high - one.low > widths[one.name] for one in worse)


def test_nothing_is_certain_of_a_group_that_the_part_hardly_has():
    few = {"race": ["rare" if i < 8 else "" for i in range(400)]}
    candidate = run(NOISE_OF, groups=few)
    look = np.where(np.arange(400) < 8, LOOKS, 1 + np.arange(400) % (LOOKS - 1))
    seen = up_to(candidate, {f"s{i:06d}": int(k) for i, k in enumerate(look)}, LOOKS - 1)
    assert foreseen([(run(0, groups=few), seen)], METRICS, POLICY) is None


def test_a_run_of_which_nothing_differs_so_far_is_no_pass_until_few_samples_are_left():
    assert told(run(0), 4) is None
    assert told(run(0), 19) == Verdict.PASS


def test_what_can_never_be_judged_is_invalid_at_the_first_look():
    other = run(NOISE_OF)
    lost = replace(other, tables={"clean": other.tables["clean"]})
    assert told(lost, 1) == Verdict.INVALID
    gone = NOISE_OF.copy()
    gone[:, 0] = np.nan
    assert told(run(gone), 2) == Verdict.INVALID


def test_assure_is_told_early_too():
    policy = Policy(replicates=300, mode="assure", margin=0.2)
    assert told(run(NOISE_OF), 16, policy) == Verdict.PASS
    assert told(run(NOISE_OF - 0.4), 8, policy) == Verdict.FAIL


def test_a_part_of_which_the_policy_is_not_sure_is_invalid():
    pair = run(0), part(run(NOISE_OF), 19)
    assert gate([pair], METRICS, POLICY).verdict == Verdict.PASS
    short = gate([(run(0), part(run(NOISE_OF), 10))], METRICS, POLICY)
    assert short.verdict == Verdict.INVALID
    assert "50% of the samples, and the verdict of the whole run is not certain" in short.reason


def test_the_gate_stops_a_run_and_judges_the_part_alike(tmp_path, monkeypatch):
    install(monkeypatch, MEAN)
    asked = Run(MEAN, numbers(300), Linear("a", bias=0.1), (CLEAN, NOISE[0]))
    baseline = run_statistics(evaluate(asked, tmp_path, replicates=20))
    metrics = {MEAN.name: MEAN.metrics}
    watch = Watch(baseline, metrics, POLICY)
    worse = replace(asked, model=Linear("b", bias=2.0), order="random", batch_size=30, enough=watch)
    stopped = evaluate(worse, tmp_path, replicates=20)
    assert stopped.manifest.stopped.share < 0.7
    found = gate([(baseline, run_statistics(stopped))], metrics, POLICY)
    assert found.verdict == Verdict.FAIL
    assert any("stopped early at look" in line for line in found.remarks)
    whole = run_statistics(evaluate(replace(worse, enough=None), tmp_path, replicates=20))
    assert gate([(baseline, whole)], metrics, POLICY).verdict == Verdict.FAIL
    assert judge_equity(stopped.path).verdict != Verdict.INVALID  # it is whole now
    other = evaluate(replace(worse, model=Linear("c", bias=2.0)), tmp_path, replicates=20)
    assert judge_equity(other.path).verdict == Verdict.INVALID


def estimate(value, se, n):
    return Estimate.of(value, value + se * np.random.default_rng(1).normal(size=300), n, n)


@given(
    n=st.integers(30, 400), share=st.floats(0.1, 0.95), seed=st.integers(0, 10**6),
    skewed=st.booleans(),
)  # fmt: skip
def test_the_whole_lies_between_its_ends(n, share, seed, skewed):
    rng = np.random.default_rng(seed)
    every = rng.exponential(1, n) - 1 if skewed else rng.normal(0, 1, n)
    seen = every[: max(int(share * n), 25)]
    k = len(seen)
    skewness = float(stats.skew(seen)) / np.sqrt(k)
    change = Change(estimate(seen.mean(), seen.std(ddof=1) / np.sqrt(k), k), skewness, k)
    whole = Part(change, estimate(1.0, 0.1, n))
    worst, middle, best = (whole.at(end).difference.value for end in (-1, 0, 1))
    assert worst <= middle <= best
    if k == n:
        assert worst == middle == best == pytest.approx(every.mean())
    assert worst <= every.mean() <= best


@given(part=st.integers(1, 30), rest=st.integers(0, 30), seen=st.integers(0, 30))
def test_the_most_that_is_believable_is_that_of_a_plain_count(part, rest, seen):
    seen, whole = min(seen, part), part + rest
    expected = seen
    for count in range(seen, rest + seen + 1):
        few = sum(stats.hypergeom.pmf(k, whole, count, part) for k in range(seen + 1))
        if few > GAMMA / 2:
            expected = count
    assert most(seen, part, whole) == expected


@pytest.mark.parametrize(("looks", "published"), [(2, 2.178), (5, 2.413), (10, 2.555), (20, 2.672)])
def test_repeated_intervals_are_those_of_pocock(looks, published):
    """Jennison and Turnbull 2000, table 2.1, α = .05."""
    assert 1.959964 * widening(looks) == pytest.approx(published, abs=1e-3)
    assert widening(1) == 1.0


def test_a_repeated_interval_says_so():
    once = estimate(0.5, 0.1, 100)
    wide = repeated(once, 0.7, 20)
    assert wide.notes[0].code == Code.STOPPED
    narrow, broad = interval(once), interval(wide)
    assert broad.high - broad.low == pytest.approx(widening(20) * (narrow.high - narrow.low))
