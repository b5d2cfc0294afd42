import math

import numpy as np
import pytest
from scipy import special, stats

from benchsuite.errors import BadData, WrongCall
from benchsuite.estimation import Change, Estimate, family_test
from benchsuite.estimation.exact import FEW
from benchsuite.estimation.power import POWER, Noise
from benchsuite.gates.pilot import Pilot, check_correlation
from benchsuite.gates.plan import Drop, drop_of, plan
from benchsuite.gates.policy import ErrorSet, Policy
from benchsuite.publishing.plans import cells_of, lines, shown
from tests.gates.made import SCORE, TASK, judged, statistics

METRICS = {TASK: (SCORE,)}
Z = float(special.ndtri(0.025))


def estimate(value: float, se: float, clusters: int) -> Estimate:
    """An estimate whose replicates are the quantiles of a normal variable."""
    drawn = (
        special.ndtri((np.arange(2000) + 0.5) / 2000) * se / math.sqrt(clusters / (clusters - 1))
    )
    return Estimate.of(value, value + drawn, clusters, clusters)


def smooth(clusters: int, sd: float = 1.0, skewness: float = 0.0) -> Noise:
    own = skewness / math.sqrt(clusters)
    return Noise(Change(estimate(0.0, sd / math.sqrt(clusters), clusters), own, clusters))


def pair(count: int = 200, conditions: int = 3, changed: float = 1.0):
    """Two runs of a group of three fourths and one of a fourth, of which a share differs."""
    rng = np.random.default_rng(3)
    before = rng.normal(0.6, 0.1, (count, conditions))
    noise = np.where(rng.random(before.shape) < changed, rng.normal(0, 0.1, before.shape), 0.0)
    groups = {"g": [("few", "most", "most", "most")[i % 4] for i in range(count)]}
    return statistics(before, groups=groups), statistics(before + noise, groups=groups)


@pytest.mark.parametrize("clusters", [19, 50, 400])
@pytest.mark.parametrize("drop", [0.1, 0.3, 0.6])
def test_the_power_of_a_smooth_cell_is_that_of_the_noncentral_t(clusters, drop):
    df, root = clusters - 1, math.sqrt(clusters)
    expected = stats.nct.cdf(stats.t.ppf(0.025, df), df, -drop * root)
    assert smooth(clusters).power(drop, Z) == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize("clusters", [12, 30])
def test_the_power_on_answers_is_the_sum_over_all_that_may_happen(clusters):
    share, drop = 0.2, 0.3
    noise = Noise(smooth(clusters).change, share, 1.0)
    lost, gained = share / 2 + drop, share / 2
    expected = 0.0
    for worse in range(clusters + 1):
        for better in range(clusters + 1 - worse):
            counts = [worse, better, clusters - worse - better]
            chance = stats.multinomial.pmf(counts, clusters, [lost, gained, 1 - lost - gained])
            if chance > 1e-9 and family_test([answers(*counts)], 0.025).worse[0]:
                expected += chance
    assert noise.power(drop, Z) == pytest.approx(expected, abs=0.01)


def answers(worse: int, better: int, same: int) -> Change:
    changed = np.repeat([-1.0, 1.0, 0.0], [worse, better, same])
    clusters, centred = len(changed), changed - changed.mean()
    squares = float((centred**2).sum())
    skewness = float((centred**3).sum()) / squares**1.5 if squares else 0.0
    effects = changed[changed != 0] / clusters
    se = float(changed.std(ddof=1)) / math.sqrt(clusters)
    difference = estimate(float(changed.mean()), se, clusters)
    return Change(difference, skewness, len(effects), effects if len(effects) < FEW else None)


@pytest.mark.parametrize(
    "noise", [smooth(60), smooth(200, 0.3, 1.5), Noise(smooth(300).change, 0.05, 1.0)]
)
def test_the_detectable_drop_is_found_with_the_power_that_is_promised(noise):
    found = noise.detectable(Z)
    assert noise.power(found, Z) == pytest.approx(POWER, abs=0.002)
    assert noise.times(4).detectable(Z) == pytest.approx(found / 2, rel=0.25)


def test_a_drop_below_the_smallest_that_matters_needs_no_clusters_but_is_never_found():
    noise = Noise(smooth(1000).change, least=0.5)
    assert noise.power(0.4, Z) < 0.01
    assert noise.detectable(Z) > 0.5


def test_more_cells_and_smaller_shares_of_the_error_need_more_clusters():
    def needs(**rules):
        found = plan(Pilot([both]), METRICS, Policy(**rules), Drop(0.03))
        wanted = [c for c in found.cells if c.cell.group.value == "few"]
        return next(c.clusters for c in wanted if c.cell.condition == "clean")

    both, few = pair(200, 3), ErrorSet(groups=("g=few",), name="few", share=0.8)
    assert needs(sets=(few,)) < needs()
    assert needs(conditions=("clean",)) < needs()


def test_a_group_that_needs_more_than_it_has_says_what_all_samples_have_to_be():
    found = plan(Pilot([pair()]), METRICS, Policy(), Drop(0.02))
    most = found.cells[0]
    assert most.cell.group.value == "few"
    assert most.clusters == math.ceil(most.factor * 50)
    (whole,) = [line for line in lines(found) if line.startswith("every cell")]
    assert f"every cell: {math.ceil(most.factor * 200):,} samples in all" in whole
    assert [*cells_of(found)["times"]] == sorted(cells_of(found)["times"], reverse=True)


def test_a_run_of_the_planned_size_finds_the_planned_drop():
    (head,) = plan(Pilot([pair(800, 1)]), METRICS, Policy(), Drop(0.03)).headline
    clusters, rng = int(head.clusters), np.random.default_rng(1)
    found = [
        judged(before, before + rng.normal(-0.03, 0.1, before.shape)).verdict == "FAIL"
        for before in (rng.normal(0.6, 0.1, (clusters, 1)) for _ in range(40))
    ]
    assert 0.6 <= np.mean(found) <= 0.95


def test_one_run_plans_as_two_do_whose_scores_have_the_stated_correlation():
    alone, both = pair(800, 1)
    scores = [side.tables["clean"]["x"] for side in (alone, both)]
    spread = scores[0] - scores[1]
    correlation = 1 - spread.var() / (2 * scores[0].var())
    single, paired = (
        plan(pilot, METRICS, Policy(), Drop(0.02)).headline[0].factor
        for pilot in (Pilot([(alone, alone)], correlation), Pilot([(alone, both)]))
    )
    assert single == pytest.approx(paired, rel=0.1)


def test_answers_of_one_run_change_as_the_correlation_says():
    rng = np.random.default_rng(0)
    run = statistics((rng.random((1000, 1)) < 0.8).astype(float))
    few, many = (
        plan(Pilot([(run, run)], r), METRICS, Policy(), Drop(0.05)).headline[0] for r in (0.9, 0.5)
    )
    assert few.factor < many.factor < 2
    # 1.6 % of 0.8 · 0.2 · 2 change: McNemar's test needs about (1.96 + .84)² · (.032 + .05) / .05²
    assert few.clusters == pytest.approx(7.85 * 0.082 / 0.0025, rel=0.1)


def test_where_few_samples_differ_more_of_them_do_in_a_drop():
    found = plan(Pilot([pair(1000, 1, changed=0.02)]), METRICS, Policy(), Drop(0.01)).headline[0]
    assert found.clusters > 60  # if all lost alike, 16 would show it


def test_no_plan_is_made_from_what_shows_no_noise():
    run, _ = pair()
    with pytest.raises(BadData, match="expected a pilot that differs from its baseline"):
        plan(Pilot([(run, run)]), METRICS, Policy())
    with pytest.raises(BadData, match="condition noise/grain/2 of the baseline is missing"):
        plan(Pilot([(run, pair(200, 2)[1])]), METRICS, Policy())
    with pytest.raises(WrongCall, match="--correlation: expected 0 or more, below 1, found 1"):
        check_correlation(1.0)


@pytest.mark.parametrize("text", ["much", "0", "-0.1", "nan", "inf", "0%", ""])
def test_a_drop_that_is_none_is_refused(text):
    with pytest.raises(WrongCall, match="--drop: expected a size"):
        drop_of(text)


def test_a_drop_is_in_the_metric_s_unit_or_a_share_of_the_baseline():
    assert drop_of("0.02") == Drop(0.02)
    assert drop_of("2%").of(-0.5) == pytest.approx(0.01)


def test_a_drop_that_no_number_of_clusters_finds_is_said():
    found = plan(Pilot([pair(100, 1)]), METRICS, Policy(least_drop=0.2), Drop(0.01))
    assert [*shown(found)["needs clusters"]] == ["none"] * 3
    assert any("not with 10,000 times the clusters" in line for line in lines(found))


def test_assure_plans_for_the_clusters_that_show_each_cell_to_be_within_its_margin():
    rules = Policy(mode="assure", margin=0.05)
    found = plan(Pilot([pair(400, 2)]), METRICS, rules)
    (head,) = found.headline
    # SD .1, margin 5 % of .6, and 59 clusters to have met a loss that strikes 5 %
    assert head.clusters == pytest.approx((1.66 + 0.84) ** 2 * 0.01 / 0.03**2, rel=0.2)
    assert found.whole > max(one.factor for one in found.cells)
    assert any("in all" in line and "alone needs" in line for line in lines(found))
    with pytest.raises(WrongCall, match="--drop: expected with mode detect"):
        plan(Pilot([pair()]), METRICS, rules, Drop(0.1))


def test_an_unchanged_model_of_the_planned_size_passes_as_planned():
    rules = {"mode": "assure", "margin": 0.06}
    found = plan(Pilot([pair(800, 2)]), METRICS, Policy(**rules))
    clusters, rng, passed = math.ceil(found.whole * 800), np.random.default_rng(2), []
    for _ in range(25):
        before = rng.normal(0.6, 0.1, (clusters, 2))
        groups = {"g": [("few", "most", "most", "most")[i % 4] for i in range(clusters)]}
        after = before + rng.normal(0, 0.1, before.shape)
        passed.append(judged(before, after, groups=groups, **rules).verdict == "PASS")
    assert 0.55 <= np.mean(passed) <= 0.97
