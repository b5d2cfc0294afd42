"""Simulated coverage: of cells, of extremes over groups, of rank sets, of one-sided bounds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from benchsuite.estimation import (
    Estimate,
    Extremal,
    between_sd,
    es_cost,
    es_std,
    es_sum,
    gap,
    gap_growth,
    interval,
    lower_bound,
    rank_sets,
    ratio,
    recipe_interval,
    worst_group,
)
from tests.estimation import scenarios
from tests.estimation.luck import UNIT
from tests.estimation.scenarios import Array, Draw, Groups, draws
from tests.estimation.shown import ANY, Row, Rows, mean, share

Sizes = NDArray[np.int64]
Scenario = Callable[[Draw, int], tuple[Estimate, float]]

LINEAR = (scenarios.plain, scenarios.clustered, scenarios.macro, scenarios.paired)
SMOOTH = (scenarios.ratio, scenarios.retained, scenarios.precision)
BOUNDS = (0.0, 1.0)
BOUNDED = {
    scenarios.plain, scenarios.macro, scenarios.ratio, scenarios.precision, scenarios.right,
    scenarios.hits, scenarios.mean_precision, scenarios.rare_precision,
}  # fmt: skip
"""Scores that declare their bounds, as metrics do."""


def cells(runs: int, seed: int) -> Rows:
    for scenario in (*LINEAR, *SMOOTH):
        for n in (20, 50, 100, 300):
            yield cell(scenario, n, runs, seed)


HARD: dict[Scenario, dict[int, str]] = {
    scenarios.pareto: {100: ".91", 400: ".925"},
    scenarios.lognormal: {100: ".91", 400: ".925"},
    scenarios.right: {30: ".81", 100: ".86", 400: ".93"},
    scenarios.hits: {100: "", 400: ""},
    scenarios.mean_precision: {100: ".89–.91", 300: ""},
    scenarios.rare_precision: {100: "", 300: ".90–.93"},
}
"""Scenarios by their numbers of clusters, and what was covered before."""

FROM = {
    scenarios.precision: 300,
    scenarios.mean_precision: 300,
    scenarios.rare_precision: 1000,  # under 25 objects in a class, the row is marked
    scenarios.right: 30,
}
"""From how many clusters coverage is promised, where it is not 100."""


def hard(runs: int, seed: int) -> Rows:
    for scenario, sizes in HARD.items():
        for n, was in sizes.items():
            yield cell(scenario, n, runs, seed, was)


def cell(scenario: Scenario, n: int, runs: int, seed: int, was: str = "") -> Row:
    """Coverage of the 95 % interval: promised from 100 clusters, for AP from 300 images.

    Of the intervals that exist: a split of few clusters may leave a run without one.
    """
    case = f"{scenario.__name__}, n={n}"
    sampled = [scenario(draw, n) for draw in draws(runs, seed, case)]
    bounds = BOUNDS if scenario in BOUNDED else (-np.inf, np.inf)
    found = [(interval(e, lower=bounds[0], upper=bounds[1]), truth) for e, truth in sampled]
    given = [(i, truth) for i, truth in found if i.method != "withheld"]
    covered = share(i.low <= truth <= i.high for i, truth in given) if given else 0.0
    promised = (0.93, 1.0) if n >= FROM.get(scenario, 100) else ANY
    if len(given) < len(found):
        case = f"{case}, {1 - len(given) / len(found):.0%} withheld"
    what = f"coverage, {sampled[0][0].kind}"
    return Row(
        what, case, covered, max(len(given), 1), promised,
        mean(i.high - i.low for i, _ in given), was=was,
    )  # fmt: skip


STEADY, NOISY = 0.015, 0.06
"""σ of a training: the samples' own standard error, and four times that."""


def recipes(runs: int, seed: int) -> Rows:
    """Coverage of a recipe's score, over new samples and new trainings: equal, or one is noisy."""
    for count in (3, 6):
        for seeds, was in ((2, ".78"), (3, ".83"), (5, "")):
            case = f"noisy one of {count} recipes, {seeds} seeds"
            yield recipe(case, [NOISY] + [STEADY] * (count - 1), seeds, runs, seed, was)
    for seeds in (2, 3, 5):
        yield recipe(f"one of 3 alike, {seeds} seeds", [STEADY] * 3, seeds, runs, seed)
        yield recipe(
            f"steady one beside 2 noisy, {seeds} seeds", [STEADY, NOISY, NOISY], seeds, runs, seed
        )
        yield difference(f"noisy minus steady, {seeds} seeds", [NOISY, STEADY], seeds, runs, seed)
        yield difference(f"two alike, {seeds} seeds", [STEADY, STEADY], seeds, runs, seed)


def recipe(case: str, spreads: list[float], seeds: int, runs: int, seed: int, was: str = "") -> Row:
    """Coverage of the first of these recipes."""
    firsts = [scenarios.recipes(draw, spreads, seeds)[0] for draw in draws(runs, seed, case)]
    found = [recipe_interval(estimate, [spread]) for estimate, spread in firsts]
    covered = share(i.low <= 0.8 <= i.high for i in found)
    width = float(np.median([i.high - i.low for i in found]))
    return Row("coverage, recipe", case, covered, runs, (0.93, 1.0), width, was)


def difference(case: str, spreads: list[float], seeds: int, runs: int, seed: int) -> Row:
    """Coverage of the difference of two recipes, which is 0."""
    pairs = [scenarios.recipes(draw, spreads, seeds) for draw in draws(runs, seed, case)]
    found = [recipe_interval(a - b, [one, two]) for (a, one), (b, two) in pairs]
    covered = share(i.low <= 0 <= i.high for i in found)
    width = float(np.median([i.high - i.low for i in found]))
    return Row("coverage, difference of recipes", case, covered, runs, (0.93, 1.0), width)


def groups(runs: int, seed: int) -> Rows:
    for count in (2, 3, 5, 10):
        for unequal in (False, True):
            for disparity in (0.0, 0.1):
                # 1,024 sign vectors are slow
                yield from extremes(
                    count, unequal, disparity, runs if count < 10 else runs // 4, seed
                )


def extremes(count: int, unequal: bool, disparity: float, runs: int, seed: int) -> Rows:
    """Coverage of gap, worst group and ES; of equal groups, how often a gap is claimed."""
    truth = Groups.of(count, unequal, disparity)
    case = f"G={count}, {'unequal' if unequal else 'equal'}, gap={disparity:g}"
    sampled = [truth.sample(draw) for draw in draws(runs, seed, case, 500)]
    gaps = [gap(g, bounds=UNIT) for _, *g in sampled]
    for name, true, found in (
        ("gap", disparity, gaps),
        (
            "worst group",
            float(truth.means.min()),
            [worst_group(g, bounds=UNIT) for _, *g in sampled],
        ),
        ("ES", truth.es, [es_sum(o, g, bounds=UNIT) for o, *g in sampled]),
    ):
        covered = share(e.low - 1e-9 <= true <= e.high + 1e-9 for e in found)
        width = mean(e.high - e.low for e in found)
        yield Row(f"coverage, {name}", case, covered, runs, (0.93, 1.0), width)
    if not disparity:
        yield Row("gap claimed, none is", case, share(e.low > 0 for e in gaps), runs, (0.0, 0.05))
        yield Row(
            "gap > its null", case, share(e.value > e.null95 for e in gaps), runs, (0.0, 0.05)
        )


def equity(runs: int, seed: int) -> Rows:
    for count in (2, 3, 5, 10):
        for unequal in (False, True):
            for disparity in (0.0, 0.1):
                truth = Groups.of(count, unequal, disparity)
                case = f"G={count}, {'unequal' if unequal else 'equal'}, gap={disparity:g}"
                yield from forms(truth, case, runs if count < 10 else runs // 4, seed)
    for disparity in (0.0, 0.3):
        means, sds = np.array([0.8, 0.8 - disparity]), np.array([0.2, 0.2])
        truth = Groups(means, sds, np.array([74, 8]))
        yield from forms(truth, f"74 against 8, gap={disparity:g}", runs, seed)


def forms(truth: Groups, case: str, runs: int, seed: int) -> Rows:
    """Coverage of the further forms of inequity, and the share under a fair model's 5 %."""
    m, o = truth.means, truth.overall
    sampled = [truth.sample(draw) for draw in draws(runs, seed, case, 500)]
    found: dict[str, tuple[float, list[Extremal]]] = {
        "SD": (m.std(ddof=1), [between_sd(g, bounds=UNIT) for _, *g in sampled]),
        "ES, SD": (o / (1 + m.std(ddof=1)), [es_std(o_, g, bounds=UNIT) for o_, *g in sampled]),
        "ES, population SD": (
            o / (1 + m.std()),
            [es_std(o_, g, True, bounds=UNIT) for o_, *g in sampled],
        ),
        "min/max": (m.min() / m.max(), [ratio(o_, g, bounds=UNIT) for o_, *g in sampled]),
        "ES of a cost": (
            o + np.abs(m - o).sum(),
            [es_cost(o_, g, bounds=UNIT) for o_, *g in sampled],
        ),
    }
    for name, (true, several) in found.items():
        covered = share(e.low - 1e-9 <= true <= e.high + 1e-9 for e in several)
        width = mean(e.high - e.low for e in several)
        yield Row(f"coverage, {name}", case, covered, runs, (0.93, 1.0), width)
    if np.ptp(m) == 0:
        under = share(e.value > e.null95 for e in found["SD"][1])
        yield Row("SD > its null", case, under, runs, (0.0, 0.05))
        claimed = share(e.low > 0 for e in found["SD"][1])
        yield Row("SD claimed, none is", case, claimed, runs, (0.0, 0.05))
        unfair = share(e.value < e.fair.low for e in found["ES, SD"][1] if e.fair)
        yield Row("ES under a fair model's 5 %", case, unfair, runs, (0.0, 0.1))


ALPHA = 3.0


def alpha(runs: int, seed: int) -> Rows:
    """Coverage of the equity-scaled forms where disparity weighs more."""
    for disparity in (0.0, 0.1):
        truth = Groups.of(3, True, disparity)
        case = f"α={ALPHA:g}, G=3, unequal, gap={disparity:g}"
        m, o = truth.means, truth.overall
        sampled = [truth.sample(draw) for draw in draws(runs, seed, case, 500)]
        apart = float(np.abs(m - o).sum())
        for name, form, true in (
            ("ES", es_sum, o / (1 + ALPHA * apart)),
            ("ES, SD", es_std, o / (1 + ALPHA * m.std(ddof=1))),
            ("ES of a cost", es_cost, o + ALPHA * apart),
        ):
            found = [form(o_, g, bounds=UNIT, alpha=ALPHA) for o_, *g in sampled]
            covered = share(e.low - 1e-9 <= true <= e.high + 1e-9 for e in found)
            width = mean(e.high - e.low for e in found)
            yield Row(f"coverage, {name}", case, covered, runs, (0.93, 1.0), width)


def growth(runs: int, seed: int) -> Rows:
    """The growth of a gap, from clean inputs to altered ones, of subjects that are the same."""
    for count in (2, 3, 5):
        rising = np.arange(count) / (count - 1)
        for case, before, after in (
            ("none to none", 0 * rising, 0 * rising),
            (".1 stays", 0.1 * rising, 0.1 * rising),
            ("none to .1", 0 * rising, 0.1 * rising),
            (".1 turned round", 0.1 * rising, 0.1 * rising[::-1]),
        ):
            yield from grown(f"G={count}, {case}", before, after, runs, seed)
    before, after = np.array([0.0, 0.1]), np.array([0.0, 0.3])
    yield from grown("74 against 8, .1 to .3", before, after, runs, seed, np.array([74, 8]))


def grown(
    case: str, before: Array, after: Array, runs: int, seed: int, sizes: Sizes | None = None
) -> Rows:
    """Coverage of the growth, and how often one is claimed where there is none."""
    sizes = np.full(len(before), 80) if sizes is None else sizes
    group = np.repeat(np.arange(len(sizes)), sizes)
    inside = np.where(group[:, None] == np.arange(len(sizes)), 1.0, np.nan)
    found = []
    for draw in draws(runs, seed, case, 500):
        own = draw.rng.normal(0.8, 0.1, (len(group), 1))
        noise = draw.rng.normal(0, 0.05, (2, len(group), 1)) * np.array([1, 3])[:, None, None]
        here, there = (own + noise[i] - m for i, m in enumerate((before, after)))
        found.append(gap_growth(draw.means(here * inside), draw.means(there * inside)))
    truth = float(np.ptp(after) - np.ptp(before))
    covered = share(e.low - 1e-9 <= truth <= e.high + 1e-9 for e in found)
    width = mean(e.high - e.low for e in found)
    yield Row("coverage, growth of the gap", case, covered, runs, (0.93, 1.0), width)
    if not truth:
        claimed = share(e.low > 0 for e in found)
        yield Row("growth claimed, none is", case, claimed, runs, (0.0, 0.025))


def ranks(runs: int, seed: int) -> Rows:
    for n in (50, 100, 300):
        yield rank_coverage(n, runs, seed)


def rank_coverage(n: int, runs: int, seed: int) -> Row:
    """All sets of 8 models right at once: two are identical, two pairs equal in truth only.

    A tie in truth may be broken either way, so a set has to hold every rank between its ends.
    """
    means = np.array([0.0, 0.0, 0.01, 0.02, 0.02, 0.05, 0.05, 0.1])
    first = 1 + (means[None] > means[:, None]).sum(axis=1)
    last = 8 - (means[None] < means[:, None]).sum(axis=1)
    case = f"8 models with ties, n={n}"
    found = []
    for draw in draws(runs, seed, case):
        rng = draw.rng
        scores = rng.normal(0, 0.1, (n, 1)) + rng.normal(0, 0.08, (n, 8)) + means
        scores[:, 1] = scores[:, 0]
        sets = rank_sets(draw.means(scores))
        found.append(np.array([(r.low, r.high) for r in sets]))
    right = share(bool(np.all((s[:, 0] <= first) & (last <= s[:, 1]))) for s in found)
    width = float(np.mean([s[:, 1] - s[:, 0] for s in found]))
    return Row("rank sets, all right", case, right, runs, (0.95, 1.0), width)


def bounds(runs: int, seed: int) -> Rows:
    for n in (50, 100, 300):
        yield from misses(n, runs, seed)


def misses(n: int, runs: int, seed: int) -> Rows:
    """How often a 2.5 % lower bound is above the truth, where 1 sample in 20 collapses."""
    case = f"left-skewed differences, n={n}"
    corrected, plain = [], []
    for draw in draws(runs, seed, case):
        rng = draw.rng
        scores = rng.normal(0, 0.05, n) - 0.5 * (rng.random(n) < 0.05)
        (estimate,) = draw.means(scores[:, None])
        corrected.append(lower_bound(estimate, 0.025) > -0.025)
        plain.append(interval(estimate).low > -0.025)
    promised = (0.0, 0.04) if n >= 100 else ANY
    yield Row("2.5 % bound misses, corrected", case, share(corrected), runs, promised)
    yield Row("2.5 % bound misses, plain t", case, share(plain), runs)
