"""Simulated false alarms and power: of max-T, of the whole gate, of the derived verdicts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from scipy import stats

from benchsuite.estimation import (
    Change,
    Estimate,
    Moves,
    difference,
    family_test,
    step_down,
    together,
)
from benchsuite.estimation.exact import FEW
from tests.estimation.scenarios import Array, correlated, draws, unchanged
from tests.estimation.shown import Row, Rows, mean, share

CELLS = 60


def families(runs: int, seed: int) -> Rows:
    for n in (50, 100, 200):
        for rho in (0.5, 0.9):
            yield false_alarms(n, rho, False, runs, seed)
    yield false_alarms(200, 0.9, True, runs, seed)
    yield any_drop(100, 0.5, runs, seed)
    for rho in (0.5, 0.9):
        yield from power(rho, runs, seed)
    for n in (50, 200):
        yield planned_power(n, runs, seed)
    yield from discordant(runs, seed)


def false_alarms(n: int, rho: float, skewed: bool, runs: int, seed: int) -> Row:
    """How often any of 60 unchanged cells is called worse at 5 %."""
    case = f"60 cells, n={n}, ρ={rho}{', left-skewed' if skewed else ''}"
    families = _families(case, n, rho, 0, runs, seed, skewed)
    alarms = share(any(step_down(d, 0.05).worse) for d in families)
    return Row("false alarms, max-T", case, alarms, runs, (0.0, 0.08 if skewed else 0.05))


def any_drop(n: int, rho: float, runs: int, seed: int) -> Row:
    """What a gate does that tests each cell by itself at 5 %."""
    case = f"60 cells, n={n}, ρ={rho}"
    families = _families(case, n, rho, 0, runs, seed, False)
    alarms = share(bool((_p_values(d) <= 0.05).any()) for d in families)
    return Row("false alarms, each cell at 5 %", case, alarms, runs)


def power(rho: float, runs: int, seed: int) -> Rows:
    """The share of 3 true drops of 3 SE among 60 cells that is found."""
    case = f"3 of 60 cells drop by 3 SE, n=100, ρ={rho}"
    families = list(_families(case, 100, rho, 3, runs, seed, False))
    by_max_t = mean(float(np.mean(step_down(d, 0.05).worse[:3])) for d in families)
    by_holm = mean(
        float(np.mean(np.array(holm(_p_values(d).tolist()))[:3] <= 0.05)) for d in families
    )
    yield Row("power, max-T", case, by_max_t, runs, (by_holm, 1.0))
    yield Row("power, Holm", case, by_holm, runs)


def planned_power(n: int, runs: int, seed: int) -> Row:
    """One cell that drops by what the gate prints as its MDE: found in 80 %, ± 3 points."""
    case = f"1 cell drops by its MDE, n={n}"
    found = []
    for draw in draws(runs, seed, case):
        scores = draw.rng.normal(0, 1, (n, 1))
        (cell,) = step_down(draw.means(scores), 0.05).cells
        drop = (abs(cell.critical) + float(stats.norm.ppf(0.8))) / math.sqrt(n)
        found.append(step_down(draw.means(scores - drop), 0.05).worse[0])
    return Row("power at the MDE", case, share(found), runs, (0.77, 0.83))


def discordant(runs: int, seed: int) -> Rows:
    """A real drop of 3 SE beside 40 cells in each of which one sample of 100 differs."""
    case = "1 of 41 cells drops by 3 SE, 1 sample differs in the others"
    found, all_in = [], []
    for draw in draws(runs, seed, case):
        rng = draw.rng
        scores = np.zeros((100, 41))
        scores[:, 0] = rng.normal(-0.3, 1, 100)
        scores[rng.integers(0, 100, 40), np.arange(1, 41)] = rng.choice([-1.0, 1.0], 40)
        d = draw.means(scores)
        found.append(family_test(_changes(d, scores), 0.05).worse[0])
        all_in.append(step_down(d, 0.05).worse[0])
    yield Row("power, with exact tests", case, share(found), runs, (0.7, 1.0))
    yield Row("power, all in max-T", case, share(all_in), runs)


def gates(runs: int, seed: int) -> Rows:
    for n in (100, 200):
        for changed in (1.0, 0.1, 0.02):
            yield whole_gate(n, changed, runs, seed)


def whole_gate(n: int, changed: float, runs: int, seed: int) -> Row:
    """A/A with one distribution: one headline cell, and 6 conditions × 5 groups.

    Half of α is for the headline family, half for the details.
    """
    case = f"n={n}, {changed:.0%} of samples differ"
    failed = []
    for draw in draws(runs, seed, case):
        candidate, baseline = unchanged(draw.rng, n, changed)
        pairs = zip(draw.means(candidate), draw.means(baseline), strict=True)
        d = [difference(*pair) for pair in pairs]
        changes = _changes(d, candidate - baseline)
        headline = family_test(changes[:1], 0.025)
        details = family_test(changes[1:], 0.025)
        failed.append(any(headline.worse + details.worse))
    return Row("A/A: the gate fails", case, share(failed), runs, (0.0, 0.05))


STILL = np.array([0.7, 0.7, 0.8, 0.8])


def derived(runs: int, seed: int) -> Rows:
    for case, base, candidate in (
        ("nothing moves", STILL, STILL),
        ("another group falls to the worst", STILL, np.array([0.7, 0.7, 0.7, 0.8])),
        ("groups change places", STILL, STILL[::-1]),
        ("all equal", np.full(4, 0.8), np.full(4, 0.8)),
    ):
        yield from moved(case, base, candidate, (0.0, 0.05), runs, seed)
    fallen = STILL - np.array([0.1, 0, 0, 0])
    yield from moved("a worst group falls by .1", STILL, fallen, (0.8, 1.0), runs, seed)


def moved(
    case: str, base: Array, candidate: Array, promised: tuple[float, float], runs: int, seed: int
) -> Rows:
    """How often the worst group is said to have fallen, and the gap to have grown; 100 a group."""
    fell, grew = [], []
    for draw in draws(runs, seed, case, 500):
        rng = draw.rng
        inside = np.where(np.arange(400)[:, None] % 4 == np.arange(4), 1.0, np.nan)
        shared = rng.normal(0, 0.12, (400, 1))
        before = draw.means((shared + rng.normal(0, 0.08, (400, 1)) + base) * inside)
        after = draw.means((shared + rng.normal(0, 0.08, (400, 1)) + candidate) * inside)
        changes = [difference(*pair) for pair in zip(after, before, strict=True)]
        shown = [i for i, worse in enumerate(step_down(changes, 0.05).worse) if worse]
        moves = Moves.of((before, after), shown)
        for claims, told in ((moves.worst_fell(), fell), (moves.gap_grew(), grew)):
            (found,) = together([claims], 0.05)
            told.append(found.cell.worse)
    yield Row("worst group called worse", case, share(fell), runs, promised)
    yield Row("gap called grown", case, share(grew), runs, promised)


def _families(
    case: str, n: int, rho: float, dropped: int, runs: int, seed: int, skewed: bool
) -> Iterator[list[Estimate]]:
    """60 cells of n samples of which the first few drop by 3 standard errors."""
    drops = np.where(np.arange(CELLS) < dropped, 3 / math.sqrt(n), 0.0)
    for draw in draws(runs, seed, case):
        yield draw.means(correlated(draw.rng, n, CELLS, rho, skewed) - drops)


def _p_values(differences: list[Estimate]) -> Array:
    return np.array([float(stats.t.cdf(d.value / d.sd, d.df)) for d in differences])


def _changes(differences: list[Estimate], scores: Array) -> list[Change]:
    """What the test has to know of the columns of `scores` (N, C), NaN outside of a cell."""
    parts = scores / (~np.isnan(scores)).sum(axis=0)
    differing = [column[(column != 0) & ~np.isnan(column)] for column in parts.T]
    return [
        Change(d, 0.0, len(found), found if len(found) < FEW else None)
        for d, found in zip(differences, differing, strict=True)
    ]


def holm(p: Sequence[float]) -> list[float]:
    """Holm's (1979) adjusted p-values, in the order given; reject where they are ≤ α."""
    raw = np.asarray(p, dtype=np.float64)
    order = np.argsort(raw, kind="stable")
    scaled = np.maximum.accumulate(raw[order] * np.arange(len(raw), 0, -1))
    adjusted = np.empty_like(raw)
    adjusted[order] = np.minimum(scaled, 1.0)
    return [float(value) for value in adjusted]
