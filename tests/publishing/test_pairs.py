"""Pairs of a board say what `compare` says, and what its sets of ranks say."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from benchsuite.boards.board import load_boards
from benchsuite.boards.compare import compare
from benchsuite.boards.table import leaderboard
from benchsuite.condition import CLEAN
from benchsuite.estimation import differences_at_once
from benchsuite.estimation.contrasts import to_t
from benchsuite.publishing.folder import publish
from benchsuite.publishing.pairs import MOST_PAIRS, PAIRS, compared, pairs
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from tests.estimation import test_ranks
from tests.toys import MEAN, NOISE, Linear, numbers


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    root = tmp_path_factory.mktemp("results")
    run = Run(MEAN, numbers(), Linear("biased", bias=1.5), (CLEAN, *NOISE))
    evaluate(run, root, replicates=200)
    evaluate(replace(run, model=Linear("good")), root, replicates=200)
    evaluate(
        replace(run, model=Linear("near", bias=0.02), conditions=(CLEAN,)), root, replicates=200
    )
    return root


@pytest.fixture(scope="module")
def found(results) -> pd.DataFrame:
    return pairs(load_boards(results))


def test_a_pair_is_b_minus_a_as_compare_computes_it_where_a_is_the_better(results, found):
    boards = {board.manifest.run_id: board for board in load_boards(results)}
    for (a, b), rows in found.groupby(["run_a", "run_b"], sort=False):
        keys = ["condition", "attribute", "group", "metric", "form"]
        whole = compare(boards[a], boards[b]).set_index(keys)
        told = rows.set_index(keys)
        assert told.index.isin(whole.index).all()
        numbers = ["a", "b", "difference", "ci_low", "ci_high", "n", "clusters"]
        pd.testing.assert_frame_equal(told[numbers], whole.loc[told.index, numbers])
        assert rows.iloc[0]["condition"] == "clean"
        assert rows.iloc[0]["difference"] <= 0


def test_pairs_are_of_clean_means_groups_and_conditions(found):
    both = found[found["pairs"] == 1]  # `near` has no grid
    assert set(both["condition"]) == {"corruption", *(c.full_name for c in NOISE)}
    assert set(found["attribute"]) == {"", "colour", "size", "colour×size"}
    assert set(found.loc[found["attribute"] != "", "condition"]) == {"clean"}


def test_intervals_at_once_exclude_0_where_a_rank_is_certain(results, found):
    ranks = leaderboard(results).set_index(["run_id", "condition", "attribute", "group", "form"])
    headline = ranks[ranks["metric"] == found["metric"].iloc[0]]
    cells = ["condition", "attribute", "group", "form"]
    for cell, rows in found.groupby(cells):
        for run in {*rows["run_a"], *rows["run_b"]}:
            sure = (rows["at_once_high"] < 0) | (rows["at_once_low"] > 0)
            own = rows[sure & ((rows["run_a"] == run) | (rows["run_b"] == run))]
            row = headline.loc[(run, *cell)]
            of = rows["pairs"].iloc[0]
            models = (1 + math.isqrt(1 + 8 * of)) // 2
            assert row["rank_low"] - 1 + models - row["rank_high"] == len(own)


def test_differences_at_once_are_those_of_a_plain_computation():
    estimates = test_ranks.rows([0.5, 0.52, 0.9, 0.1], n=40)
    low, high = differences_at_once(estimates)
    drawn = np.array([one.replicates for one in estimates])
    most, se = np.zeros(drawn.shape[1]), {}
    for i, a in enumerate(estimates):
        for j, b in enumerate(estimates):
            if i != j:
                change = drawn[i] - drawn[j]
                sd = change.std(ddof=1)
                most = np.maximum(most, np.abs(change - (a.value - b.value)) / sd)
                se[i, j] = sd * a.inflation
    reach = float(to_t(np.quantile(most, 0.95), estimates[0].df))
    for (i, j), error in se.items():
        difference = estimates[i].value - estimates[j].value
        assert low[i, j] == pytest.approx(difference - reach * error)
        assert high[i, j] == pytest.approx(difference + reach * error)
    assert np.isnan(np.diag(low)).all()


def test_nothing_is_inferred_from_too_few_clusters():
    few, *others = test_ranks.rows([0.5, 0.9, 0.1])
    low, _ = differences_at_once([replace(few, clusters=4), *others])
    alone, _ = differences_at_once(others)
    assert np.isnan(low[0]).all()
    np.testing.assert_array_equal(low[1:, 1:], alone)


def test_a_large_board_compares_the_best_with_each_and_neighbours():
    assert len(compared(25)) == MOST_PAIRS
    many = compared(100)
    assert len(many) == 197
    assert {(0, j) for j in range(1, 100)} | {(i, i + 1) for i in range(99)} == {*many}
    assert compared(1) == []


def test_published_pairs_are_a_table_beside_the_board_and_the_same_when_written_again(
    results, found, tmp_path
):
    (folder,) = publish(results, tmp_path)
    first = (folder / "pairs.parquet").read_bytes()
    stored = pd.read_parquet(folder / "pairs.parquet")
    assert tuple(stored.columns) == PAIRS
    assert len(stored) == len(found)
    [*publish(results, tmp_path)]
    assert (folder / "pairs.parquet").read_bytes() == first
    runs = pd.read_csv(folder / "runs.csv", keep_default_na=False)
    assert {*stored["run_a"], *stored["run_b"]} <= {*runs["run_id"]}
