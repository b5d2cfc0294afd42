"""The contest of gates: what is simulated is what it says, and a stopped file goes on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchsuite.gates.policy import Policy
from benchsuite.gates.regression import gate
from tests.estimation.shown import Row, share
from tests.gates.contest import Key, finished, keys, lines, told
from tests.gates.made import SCORE, TASK, judged
from tests.gates.populations import (
    CONDITION,
    GROUP,
    SCENARIOS,
    UNCHANGED,
    average_precision,
    ranked,
)
from tests.gates.rivals import ALPHA, OURS, RIVALS
from tests.gates.standings import standings

QUICK = "Pareto sizes, 25 clusters, 20 conditions"


@pytest.mark.parametrize("name", [name for name in SCENARIOS if "AP" not in name])
def test_a_population_loses_what_it_says_on_average(name: str) -> None:
    scenario = SCENARIOS[name]
    owners, fall = np.arange(60_000), np.zeros((60_000, 2))
    fall[:, 1] = scenario.falls[0]
    before, after = scenario.population(np.random.default_rng(1), owners, fall)
    change = after - before
    error = 4 * change.std(axis=0) / np.sqrt(len(owners))
    assert (np.abs(change.mean(axis=0) + fall[0]) < error).all()


def test_neither_detector_is_better_and_a_lowered_one_is_worse() -> None:
    fall = np.repeat([[0.0, 0.5]], 4000, axis=0)
    both = SCENARIOS["AP, 6 × 4, 150 images"].population(
        np.random.default_rng(0), np.arange(4000), fall
    )
    same, worse = (
        [average_precision(ranked(pd.DataFrame({"x": side[:, k]})), np.ones((1, 4000)))[0] for side in both]
        for k in (0, 1)
    )  # fmt: skip
    assert same[0] == pytest.approx(same[1], abs=0.02)
    assert worse[1] < worse[0] - 0.05


def test_average_precision_is_the_sum_over_its_definition() -> None:
    rng = np.random.default_rng(0)
    images = [np.column_stack([rng.random(4), rng.random(4) < 0.5]) for _ in range(6)]
    weights = rng.poisson(1, (5, 6)).astype(float)
    found = average_precision(ranked(pd.DataFrame({"x": images})), weights)
    for weight, value in zip(weights, found, strict=True):
        drawn = [row for w, image in zip(weight, images, strict=True) for row in [*image] * int(w)]
        drawn.sort(key=lambda row: -row[0])
        truth = np.array([row[1] for row in drawn])
        last = {row[0]: i for i, row in enumerate(drawn)}
        seen = [truth[: last[row[0]] + 1].mean() for row in drawn if row[1]]
        assert value == pytest.approx(np.mean(seen))


def test_what_falls_is_what_is_to_be_found() -> None:
    scenario = SCENARIOS["a group of 8 of 82, 20 conditions"]
    for case, fallen in ((UNCHANGED, 0), (CONDITION, 3), (GROUP, 20)):
        before, after = scenario.pair(case, np.random.default_rng(0), case)
        cells = gate([(before, after)], {TASK: (SCORE,)}, Policy(replicates=200)).judged
        assert sum(scenario.fell(case, c) for c in cells) == fallen
    assert {c.baseline.clusters for c in cells if scenario.fell(GROUP, c)} == {8}


def test_rivals_call_what_their_rules_call() -> None:
    before = np.random.default_rng(0).normal(0.6, 0.1, (100, 3))
    noise = np.random.default_rng(1).normal(0, 0.1, (100, 3))
    after = before + noise - noise.mean(axis=0) - [0.001, 0.03, -0.02]
    cells = sorted(judged(before, after).judged, key=lambda c: c.condition)
    called = {name: [bool(b) for b in rival(cells)] for name, rival in RIVALS.items()}
    assert called == {
        "any drop": [True, True, False],
        "2 % tolerance": [False, True, False],
        "t-test a cell": [False, True, False],
        "Holm": [False, True, False],
        "Holm, one family": [False, True, False],
    }


def test_a_stopped_contest_goes_on_to_the_same_bytes(tmp_path) -> None:
    wanted = keys([QUICK], 2)
    whole, stopped = tmp_path / "whole.csv", tmp_path / "stopped.csv"
    said = {key: lines(key, told(key, replicates=200)) for key in wanted}
    assert finished(whole) == set()
    with whole.open("a") as file:
        file.writelines(said.values())
    stopped.write_text(whole.read_text()[:-9])
    held = finished(stopped)
    assert held == {*wanted[:-1]}
    with stopped.open("a") as file:
        file.writelines(text for key, text in said.items() if key not in held)
    assert stopped.read_bytes() == whole.read_bytes()
    assert finished(whole) == {*wanted}


def test_what_a_gate_says_is_a_function_of_the_seed() -> None:
    key = Key(QUICK, CONDITION, 3)
    again = [told(key, seed, 200) for seed in (0, 0, 1)]
    assert again[0] == again[1]
    one, other = (SCENARIOS[QUICK].pair(CONDITION, np.random.default_rng(s), "p") for s in (0, 1))
    assert not np.allclose(one[0].tables["clean"]["x"][:10], other[0].tables["clean"]["x"][:10])


def test_the_tables_say_what_each_gate_told() -> None:
    rows = [
        (QUICK, case, pair, gate, pair == 0 or gate == "any drop", float(pair == 0))
        for case in (UNCHANGED, CONDITION)
        for pair in range(4)
        for gate in (OURS, *RIVALS)
    ]
    text = standings(
        pd.DataFrame(rows, columns=["scenario", "case", "pair", "gate", "fails", "finds"])
    )
    alarms, power = (line for line in text.splitlines() if QUICK in line)
    assert alarms.startswith(f"| {QUICK} | 4 | .14–.17 | 0.250 | 1.000 | 0.250 |")
    assert alarms.endswith("| within error |")
    assert (
        power
        == f"| {CONDITION}: {QUICK} | 4 | 0.250 | 0.250 | 0.250 | 0.250 | +0.000 | 0.000 | kept |"
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", SCENARIOS)
def test_the_gate_fails_few_unchanged_runs(name: str) -> None:
    """With fewer pairs than the table, and within the error that these leave."""
    pairs = 20 if SCENARIOS[name].shape.conditions > 20 else 60
    said = [told(Key(name, UNCHANGED, pair), 1, 500)[0] for pair in range(pairs)]
    assert all(one.gate == OURS for one in said)
    row = Row("", name, share(one.fails for one in said), pairs, (0.0, ALPHA))
    assert row.consistent, f"{row.share:.3f} of {pairs} unchanged pairs fail"
