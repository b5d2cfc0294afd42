"""Seeds of one recipe make one row, with an interval of these weights and one of the recipe."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

import benchsuite
from benchsuite.boards.board import load_boards
from benchsuite.boards.compare import compare, open_board
from benchsuite.boards.seeds import by_recipe, spread_of
from benchsuite.condition import CLEAN
from benchsuite.errors import BadData
from benchsuite.estimation import Code, Note
from benchsuite.estimation.cells import EVERYBODY, Group
from benchsuite.estimation.intervals import around
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.forms import Key
from benchsuite.runs.plan import Run
from tests.toys import MEAN, NOISE, Linear, numbers

CLEAN_ROW = "condition == 'clean' and attribute == '' and form == 'value'"
CLEAN_KEY = Key("clean", EVERYBODY, "accuracy")
COLOURS = ("red", "green", "blue")
BIASES = {"steady": (0.3, 0.4, 0.5), "other": (0.2, 0.9)}


def evaluated(root, name, biases, conditions=(CLEAN,)):
    for seed, bias in enumerate(biases):
        model = Linear(name, bias=bias, seed=str(seed))
        evaluate(Run(MEAN, numbers(), model, conditions), root, replicates=200)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    root = tmp_path_factory.mktemp("results")
    for name, biases in BIASES.items():
        evaluated(root, name, biases)
    return root


def rows(root, query=CLEAN_ROW):
    return benchsuite.leaderboard(root).query(query).set_index("model")


def by_seed(root, name):
    boards = [b for b in load_boards(root) if b.identity.model == name]
    return [b.estimates[CLEAN_KEY] for b in boards]


def test_a_recipe_is_one_row_whose_value_is_the_mean_over_its_seeds(results):
    found = rows(results)
    assert sorted(found.index) == ["other", "steady"]
    for name, biases in BIASES.items():
        values = [e.value for e in by_seed(results, name)]
        assert found.loc[name, "value"] == pytest.approx(np.mean(values))
        assert found.loc[name, "seed_sd"] == pytest.approx(np.std(values, ddof=1))
        assert found.loc[name, "seeds"] == len(biases)
        assert f"mean of {len(biases)} trainings" in found.loc[name, "note"]


def half_width(change, spreads):
    """√(t² · SE² + Σ t'² · s²/S) of 45 clusters; spreads are (s², df, S)."""
    whole = [(change.sd**2, 44, 1), *spreads]
    return np.sqrt(sum(stats.t.ppf(0.975, df) ** 2 * v / count for v, df, count in whole))


def spread(results, name):
    """The recipe's own variance between seeds, or that of both where its own is under half of it."""
    values = {n: [e.value for e in by_seed(results, n)] for n in BIASES}
    pooled = sum(np.var(v) * len(v) for v in values.values()) / 3
    own, count = np.var(values[name], ddof=1), len(values[name])
    return (own, count - 1, count) if own >= pooled / 2 else (pooled, 3, count)


def test_the_recipe_s_interval_has_its_own_spread_unless_that_is_luck(results):
    found = {}
    for name in BIASES:
        board = open_board(results / "toy-mean/numbers" / name)
        half = half_width(board.estimates[CLEAN_KEY], [spread(results, name)])
        row = rows(results).loc[name]
        assert (row["ci_recipe_low"], row["ci_recipe_high"]) == pytest.approx(
            around(board.estimates[CLEAN_KEY], half, (0.0, 1.0))[:2], abs=1e-6
        )
        assert row["ci_recipe_low"] < row["ci_low"] < row["ci_high"] < row["ci_recipe_high"]
        found[name] = row["note"]
    assert "spread of trainings: this recipe's own" in found["other"]
    assert "spread of trainings: pooled over 2 recipes" in found["steady"]


def test_two_seeds_say_that_they_cannot_settle_a_recipe(results):
    found = rows(results)
    assert "only 2 trainings: the interval is too wide to conclude" in found.loc["other", "note"]
    assert "2 trainings" not in found.loc["steady", "note"]


def test_a_condition_that_one_seed_saw_is_that_seed_s_and_says_so(tmp_path):
    evaluated(tmp_path, "steady", [0.1], (CLEAN, *NOISE))
    evaluated(tmp_path, "steady", [0.1, 0.4], (CLEAN,))
    table = benchsuite.leaderboard(tmp_path)
    whole = table.query("attribute == '' and form == 'value'").set_index("condition")
    assert whole.loc["clean", "seeds"] == 2
    assert whole.loc["corruption", "seeds"] == 1
    assert np.isnan(whole.loc["corruption", "ci_recipe_low"])
    first = next(b for b in load_boards(tmp_path) if len(b.manifest.conditions) > 1)
    assert first.manifest.factors["seed"] == "0"
    clean = first.estimates[CLEAN_KEY].value
    relative = table.query("form == 'relative' and attribute == ''")
    kept = relative.set_index("condition").loc["corruption", "value"]
    assert kept == pytest.approx(whole.loc["corruption", "value"] / clean), "of that seed's clean"


def test_runs_of_one_name_without_a_seed_stay_apart(tmp_path):
    for bias in (0.1, 0.4):
        evaluate(
            Run(MEAN, numbers(), Linear("linear", bias=bias), (CLEAN,)), tmp_path, replicates=50
        )
    assert list(rows(tmp_path).index) == ["linear", "linear"]
    assert rows(tmp_path)["seeds"].tolist() == [1, 1]


def test_recipes_are_compared_with_their_seeds(results, tmp_path):
    a, b = (open_board(results / "toy-mean/numbers" / name) for name in BIASES)
    found = compare(a, b).query(CLEAN_ROW).iloc[0]
    assert found["difference"] == pytest.approx(found["b"] - found["a"])
    change = b.estimates[CLEAN_KEY] - a.estimates[CLEAN_KEY]
    half = half_width(change, [spread(results, name) for name in BIASES])
    assert found["ci_recipe_high"] - found["ci_recipe_low"] == pytest.approx(2 * half, rel=1e-5)
    assert Note(Code.TWO_TRAININGS) in found["note"]


def test_a_folder_of_several_recipes_is_none(results, tmp_path):
    for bias in (0.1, 0.4):
        evaluate(Run(MEAN, numbers(), Linear("x", bias=bias), (CLEAN,)), tmp_path, replicates=20)
    with pytest.raises(BadData, match="expected one run, or seeds of one recipe, found 2"):
        open_board(tmp_path / "toy-mean/numbers/x")


def test_a_gap_grows_from_the_clean_inputs_of_the_same_trainings(tmp_path):
    task = replace(MEAN, metrics=(replace(MEAN.metrics[0], equity=True),))
    for seed, conditions in enumerate([(CLEAN, *NOISE), (CLEAN,)]):
        model = Linear("steady", bias=0.3 * seed, seed=str(seed))
        evaluate(Run(task, numbers(), model, conditions), tmp_path, replicates=100)
    found = benchsuite.leaderboard(tmp_path).query("attribute == 'colour'")
    growth = found[found["form"] == "gap_growth"].set_index("condition")
    first = next(b for b in load_boards(tmp_path) if len(b.manifest.conditions) > 1)
    for condition in ("corruption/noise/1", "corruption"):
        gap = {
            c: np.ptp(
                [
                    first.estimates[Key(c, Group(("colour",), (g,)), "accuracy")].value
                    for g in COLOURS
                ]
            )
            for c in ("clean", condition)
        }
        expected = gap[condition] - gap["clean"]
        assert growth.loc[condition, "value"] == pytest.approx(expected), "of that seed alone"
    gaps = found[found["form"] == "gap"].set_index("condition")
    assert gaps.loc["clean", "seeds"] == 2
    assert "mean of 2 trainings" in gaps.loc["clean", "note"]
    assert gaps.loc["corruption/noise/1", "seeds"] == 1


def test_a_training_with_a_missing_cell_takes_no_other_recipe_s_interval(results):
    boards = by_recipe(load_boards(results))
    cell = ("clean", EVERYBODY, "accuracy")
    broken = next(board for board in boards if board.identity.model == "other")
    other = next(board for board in boards if board is not broken)
    whole = spread_of(other, boards, CLEAN_KEY)
    first, *others = broken.trainings
    estimates = {**first.cells, cell: replace(first.cells[cell], value=np.nan)}
    marred = replace(broken, trainings=(replace(first, cells=estimates), *others))
    left = spread_of(other, [marred, other], CLEAN_KEY)
    assert whole is not None and whole.recipes == 2
    assert left is not None and left.recipes == 1
    assert np.isfinite(left.variance)
