from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest

import benchsuite
from benchsuite.boards.compare import compare, open_board
from benchsuite.boards.table import COLUMNS, leaderboard
from benchsuite.condition import CLEAN, Condition, SuiteNames
from benchsuite.dataset import Sample
from benchsuite.errors import BadData
from benchsuite.estimation import Code, Mean, note
from benchsuite.publishing.folder import publish
from benchsuite.publishing.formats import encode, markdown
from benchsuite.publishing.views import VIEWS, view, without_value
from benchsuite.publishing.words import legend
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.forms import condition_sets
from benchsuite.runs.manifest import ConditionRecord
from benchsuite.runs.plan import Run
from tests.toys import MEAN, NOISE, Linear, numbers


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    root = tmp_path_factory.mktemp("results")
    run = Run(MEAN, numbers(), Linear("good"), (CLEAN, *NOISE))
    evaluate(run, root, replicates=200)
    evaluate(replace(run, model=Linear("biased", bias=1.5)), root, replicates=200)
    evaluate(
        replace(run, model=Linear("partial", bias=0.1), conditions=(CLEAN, NOISE[0])),
        root,
        replicates=200,
    )
    return root


def one(table: pd.DataFrame, **keys: object) -> pd.Series:
    for name, value in keys.items():
        table = table[table[name] == value]
    assert len(table) == 1, table
    return table.iloc[0]


def test_the_table_has_the_contract_s_columns(results):
    assert tuple(benchsuite.leaderboard(results).columns) == COLUMNS


def test_the_better_model_ranks_first_and_its_set_excludes_the_worse(results):
    table = leaderboard(results)
    keys = {"condition": "clean", "attribute": "", "form": "value"}
    assert one(table, model="good", **keys)["rank"] == 1
    assert one(table, model="biased", **keys)["rank"] == 3
    assert one(table, model="biased", **keys)["rank_low"] == 3


def test_an_incomplete_grid_has_no_mean_and_no_rank_and_says_so(results):
    row = one(
        benchsuite.leaderboard(results),
        model="partial",
        condition="corruption",
        metric="accuracy",
        attribute="",
    )
    assert np.isnan(row["value"])
    assert row["note"] == "incomplete grid: 1 of 3 conditions"
    assert pd.isna(row["rank"])


def test_the_mean_under_perturbation_is_the_mean_of_its_cells(results):
    table = leaderboard(results)
    cells = table[(table["model"] == "good") & (table["attribute"] == "")]
    by = cells[cells["form"] == "value"].set_index("condition")["value"]
    expected = np.mean([by[f"corruption/noise/{s}"] for s in (1, 2, 3)])
    assert by["corruption"] == pytest.approx(expected)
    relative = one(cells, condition="corruption", metric="accuracy", form="relative")
    assert relative["value"] == pytest.approx(expected / by["clean"])


def test_the_gap_s_growth_is_the_gap_there_minus_the_gap_on_clean_inputs(tmp_path):
    metric = replace(MEAN.metrics[0], equity=True)
    task = replace(MEAN, metrics=(metric, *MEAN.metrics[1:]))
    evaluate(Run(task, numbers(), Linear("m"), (CLEAN, *NOISE)), tmp_path, replicates=200)
    table = leaderboard(tmp_path)
    assert {*table["metric"]} == {metric.name}
    rows, gaps = table[table["form"] == "gap_growth"], table[table["form"] == "gap"]
    assert set(rows["condition"]) == {*gaps["condition"]} - {"clean"}
    assert {"corruption", "corruption/noise/3"} <= {*rows["condition"]}
    assert set(rows["attribute"]) == {"colour", "size"}
    keys = {"model": "m", "attribute": "colour", "form": "gap"}
    clean = one(table, condition="clean", **keys)["value"]
    for row in rows[rows["attribute"] == "colour"].itertuples():
        there = one(table, condition=row.condition, **keys)["value"]
        assert row.value == pytest.approx(there - clean)
        assert row.ci_low <= row.value <= row.ci_high
        assert not row.higher_is_better


def test_a_gap_never_stands_without_its_null(results):
    table = leaderboard(results)
    gaps, nulls = table[table["form"] == "gap"], table[table["form"] == "null95"]
    assert len(gaps) == len(nulls) > 0
    assert (gaps["ci_low"].dropna() >= 0).all()


def test_adding_a_model_moves_no_value_and_no_interval(results, tmp_path):
    evaluate(Run(MEAN, numbers(), Linear("good"), (CLEAN, *NOISE)), tmp_path, replicates=200)
    alone = leaderboard(tmp_path)
    among = leaderboard(results)
    among = among[among["model"] == "good"]
    keys = ["condition", "attribute", "group", "metric", "form"]
    both = alone.merge(among, on=keys, suffixes=("", "_among"))
    both = both[both["form"] != "mde"]
    assert len(both) > 50
    for column in ("value", "ci_low", "ci_high"):
        np.testing.assert_array_equal(both[column], both[f"{column}_among"])


@pytest.mark.parametrize("by", VIEWS)
def test_every_view_lists_every_model(results, by):
    made = view(leaderboard(results), by)
    models = list(made["model"]) if "model" in made else list(made.columns[-3:])
    assert models == ["good", "partial", "biased"]


@pytest.mark.parametrize("ending", ["csv", "json", "parquet", "md"])
def test_every_format_holds_every_row(results, ending, tmp_path):
    table = leaderboard(results)
    data = encode(table, ending)
    path = tmp_path / "table"
    path.write_bytes(data)
    if ending == "md":
        assert len(data.decode().splitlines()) == len(table) + 2
    else:
        read = {"csv": pd.read_csv, "json": pd.read_json, "parquet": pd.read_parquet}[ending]
        assert len(read(path)) == len(table)


def test_a_name_in_a_table_is_never_markup():
    assert "<script>" not in markdown(pd.DataFrame({"a|b": ["<script>|"]}))


def test_compare_is_paired(results):
    a, b = [
        open_board(next((results / "toy-mean/numbers" / m).iterdir())) for m in ("good", "biased")
    ]
    row = one(compare(a, b), condition="clean", attribute="", form="value")
    assert row["difference"] == pytest.approx(row["b"] - row["a"])
    assert row["ci_high"] < 0
    same = compare(a, a)
    assert (same["difference"].dropna() == 0).all()


def test_no_runs_is_one_line(tmp_path):
    with pytest.raises(BadData, match="expected at least one finished run, found none"):
        leaderboard(tmp_path)


def test_the_sets_of_conditions_are_suites_names_families_and_severities():
    known = [
        ConditionRecord(f"{kind}/{name}/{s}", kind, name, s, family, suite)
        for kind, name, family, suite in (
            ("corruption", "fog", "weather", "common"), ("corruption", "snow", "weather", "common"),
            ("corruption", "blur", "blur", "common"), ("corruption", "spatter", "weather", "held"),
        )
        for s in (1, 2, 3)
    ]  # fmt: skip
    sets = {some.label: len(some.members) for some in condition_sets(known)}
    assert sets == {
        "common": 9, "held": 3, "corruption/fog": 3, "corruption/snow": 3, "corruption/blur": 3,
        "common:weather": 6, "common@1": 3, "common@2": 3, "common@3": 3, "common@odd": 6,
        "held@odd": 2,
    }  # fmt: skip


def test_a_board_without_the_clean_condition_is_published_too(tmp_path):
    evaluate(Run(MEAN, numbers(), Linear(), NOISE[:1]), tmp_path / "runs", replicates=200)
    (folder,) = publish(tmp_path / "runs", tmp_path)
    assert "90 samples in 45 clusters" in (folder / "README.md").read_text()


def test_the_published_folder_holds_every_view_and_the_whole_table(results, tmp_path):
    (folder,) = publish(results, tmp_path)
    assert folder == tmp_path / "toy-mean" / "numbers"
    page = (folder / "README.md").read_text()
    for by in VIEWS:
        assert f"## By {by}" in page
    assert "90 samples in 45 clusters; 200 bootstrap replicates, seed 0" in page
    assert "† too few clusters" in page
    again = pd.read_parquet(folder / "table.parquet")
    assert len(again) == len(leaderboard(results))
    runs = pd.read_csv(folder / "runs.csv").set_index("run_id")
    assert set(again["run_id"]) == set(runs.index)


def test_a_suite_is_incomplete_only_where_some_model_has_the_whole_of_it(results):
    table = leaderboard(results)
    alone = view(table[table["model"] == "partial"], "condition")
    assert list(alone["condition"]) == ["clean", "corruption/noise/1"], "nobody asked for the suite"
    among = view(table, "condition").set_index("condition")
    assert among.loc["corruption", "partial"] == "◌ 1/3"


def test_a_suite_s_mean_is_called_as_the_task_says(results):
    table, names = leaderboard(results), {"corruption": SuiteNames("mPC", "rPC")}
    shown = view(table, "robustness", names=names)
    assert list(shown.columns[:6]) == ["dataset", "rank", "model", "clean", "mPC", "rPC"]
    assert "mPC" in set(view(table, "condition", names=names)["condition"])
    marks = legend(shown, names, {})
    assert "mPC: the mean over corruption; rPC: mPC / clean" in marks
    plain = view(table, "robustness")
    assert {"corruption", "corruption / clean"} <= {*plain}
    assert list(plain["corruption"]) == list(shown["mPC"])


def test_groups_are_shown_with_their_size_and_single_ones_not_at_all(results):
    table = leaderboard(results)
    of_size = (table["attribute"] == "size") & (table["form"] == "value")
    few = table.assign(group=table["group"].mask(of_size, "all"))
    assert "size" in set(view(few, "group")["attribute"]), "some have no size"
    table = few.assign(n=table["n"].mask(of_size, table["n"].max()))
    shown = view(table, "group")
    assert "size" not in set(shown["attribute"])
    shown = shown[shown["attribute"] == "colour"]
    values = table[(table["kind"] == "clean") & (table["attribute"] == "colour")]
    values = values[values["form"] == "value"].drop_duplicates("group").set_index("group")
    sizes = shown[shown["n"] != ""].set_index("group")
    assert sizes["n"].to_dict() == values["n"].astype(int).astype(str).to_dict()
    assert "clusters" not in shown, "they are the samples"
    slices = table.assign(clusters=table["clusters"] // 2)
    assert "15" in set(view(slices, "group")["clusters"])
    gaps = shown[shown["group"].isin(["gap", "null95", "worst"])]
    assert (gaps["n"] == "").all()


def test_a_metric_that_nobody_has_is_no_column_and_says_why(results):
    table = leaderboard(results)
    clean = table[(table["condition"] == "clean") & (table["attribute"] == "")]
    rows = clean[(clean["form"] == "value") & (clean["metric"] == "accuracy")]
    empty = rows.assign(metric="gain", value=np.nan, note=[note(Code.EMPTY)] * len(rows))
    lost = rows.assign(metric="found", value=np.nan, note=[note(Code.NO_OBJECT)] * len(rows))
    every = pd.concat([table, empty, lost], ignore_index=True)
    shown = view(every)
    assert not {"gain", "found"} & {*shown}
    assert legend(shown, {}, without_value(every))[-1] == "found: no object of any class"
    every.loc[len(table), "value"] = 0.5
    assert list(view(every)["gain"]).count("–") == len(rows) - 1, (
        "a raw model beside an adapted one"
    )


@dataclass(frozen=True)
class Near:
    """The first 90 numbers; `far` are 60 others that answer to the same ids."""

    def __call__(self, domain: str) -> list[Sample]:
        return list(numbers(60, "far").samples() if domain else numbers().samples())


def test_the_drop_in_a_domain_is_that_of_two_independent_samples(tmp_path):
    dataset = replace(numbers(), load=Near(), domains=("far",), unrelated=("far",))
    conditions = (CLEAN, Condition("domain", "far", family="domain"))
    for bias in (0.3, 1.5):
        run = Run(MEAN, dataset, Linear(f"bias {bias}", bias=bias), conditions)
        evaluate(run, tmp_path, replicates=400)
    table = leaderboard(tmp_path)
    rows = table[(table["model"] == "bias 0.3") & (table["attribute"] == "")]
    drop = one(rows, condition="domain/far", form="drop")
    clean = one(rows, condition="clean", form="value")
    there = one(rows, condition="domain/far", form="value")
    assert drop["value"] == pytest.approx(clean["value"] - there["value"])
    assert not drop["higher_is_better"]
    half = [(row["ci_high"] - row["ci_low"]) / 2 for row in (drop, clean, there)]
    assert half[0] == pytest.approx(np.hypot(half[1], half[2]), rel=0.15)
    assert "domain/far: drop" in view(table, "robustness")


def test_a_row_of_another_protocol_is_labelled_in_every_view_of_models(results):
    table = leaderboard(results)
    assert "protocol" not in view(table)
    table.loc[table["model"] == "biased", "protocol"] = "adapted: transductive"
    for by in ("overall", "robustness"):
        shown = view(table, by).set_index("model")["protocol"]
        assert (shown["biased"], shown["good"]) == ("adapted: transductive", "")


@pytest.mark.parametrize("by", VIEWS)
def test_runs_of_one_model_s_name_are_told_apart(tmp_path, by):
    run = Run(MEAN, numbers(), Linear("twin"), (CLEAN, NOISE[0]))
    evaluate(run, tmp_path, replicates=200)
    evaluate(replace(run, model=Linear("twin", bias=1.5)), tmp_path, replicates=200)
    evaluate(replace(run, dataset=numbers(88)), tmp_path, replicates=200)
    table = leaderboard(tmp_path)
    shown = view(table, by)
    assert shown["dataset"].nunique() == 2, "two fingerprints of one name"
    assert all(name.startswith("numbers ") for name in shown["dataset"])
    models = set(shown["model"]) if "model" in shown else {*shown} - {
        "dataset", "condition", "attribute", "group", "n", "clusters"}  # fmt: skip
    twins = {f"twin {run_id[:6]}" for run_id in table["run_id"]}
    assert models == {"twin", *sorted(models & twins)}
    assert len(models) == 3


def test_each_dataset_is_shown_by_its_own_headline(tmp_path):
    evaluate(Run(MEAN, numbers(), Linear("one"), (CLEAN,)), tmp_path, replicates=200)
    other = replace(MEAN, metrics=(Mean("hits", "hit", bounds=(0, 1)),))
    evaluate(Run(other, numbers(80, "more"), Linear("two"), (CLEAN,)), tmp_path, replicates=200)
    table = leaderboard(tmp_path)
    assert list(view(table)["rank"]) == ["1", "1"]
    for by in ("group", "condition"):
        shown = view(table, by).set_index("dataset")["metric"]
        assert set(shown.loc[["numbers"]]) == {"accuracy"}
        assert set(shown.loc[["more"]]) == {"hits"}


def test_runs_of_two_versions_of_a_task_are_neither_ranked_nor_compared(tmp_path):
    run = Run(MEAN, numbers(), Linear("one"), (CLEAN,))
    old = evaluate(run, tmp_path, replicates=200)
    newer = replace(run, task=replace(MEAN, version=2), model=Linear("two", bias=1.5))
    new = evaluate(newer, tmp_path, replicates=200)
    table = leaderboard(tmp_path)
    overall = table[(table["condition"] == "clean") & (table["attribute"] == "")]
    assert list(overall[overall["form"] == "value"]["rank"]) == [1, 1]
    with pytest.raises(BadData, match="task_version: expected 1 as in A, found 2"):
        compare(open_board(old.path), open_board(new.path))


def test_a_thinned_grid_is_shown_where_some_model_has_no_more(tmp_path):
    run = Run(MEAN, numbers(), Linear("whole"), (CLEAN, *NOISE))
    evaluate(run, tmp_path, replicates=50)
    shown = view(leaderboard(tmp_path), "robustness")
    assert "corruption@odd" not in shown, "the mean of all says more"
    odd = replace(run, model=Linear("odd", bias=0.1), conditions=(CLEAN, NOISE[0], NOISE[2]))
    evaluate(odd, tmp_path, replicates=50)
    shown = view(leaderboard(tmp_path), "robustness").set_index("model")
    assert (shown["corruption@odd"] != "").all()
    assert shown.loc["odd", "corruption"] == "◌ 2/3"


def test_a_view_by_condition_shows_a_model_that_has_no_clean_inputs(tmp_path):
    evaluate(Run(MEAN, numbers(), Linear("noisy"), NOISE), tmp_path, replicates=50)
    shown = view(leaderboard(tmp_path), "condition").set_index("condition")
    assert shown.loc["corruption/noise/1", "noisy"]


def test_an_overview_leaves_out_details_which_their_name_still_shows(tmp_path):
    finer = Mean("finer accuracy", "hit", bounds=(0, 1), detail=True)
    run = replace(
        Run(MEAN, numbers(60), Linear(), (CLEAN,)),
        task=replace(MEAN, metrics=(*MEAN.metrics, finer)),
    )
    evaluate(run, tmp_path, replicates=200)
    table = leaderboard(tmp_path)
    assert "finer accuracy" not in view(table)
    assert "finer accuracy" in view(table, metric="finer accuracy")
