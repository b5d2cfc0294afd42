"""The reference's equity figures, and fairlearn's, come out of the statistics alone."""

import math
import statistics

import numpy as np
import pandas as pd
import pytest

from benchsuite.errors import BadData
from benchsuite.estimation import Mean, Weights, between_sd, es_std, es_sum, gap, ratio
from benchsuite.estimation.cells import EVERYBODY, Group, condition_cells
from benchsuite_tasks.fairseg.reports.frame import metric_frame

from .shared import cases

KINDS = {"dice": "dice", "hd95": "hd95", "iou": "jaccard"}
STRUCTURES = ("rim", "cup")


def table(case) -> pd.DataFrame:
    """The statistics of a case; its groups are named by their codes, -1 is unknown."""
    n = len(case["attr"])
    ids = [str(i) for i in range(n)]
    columns = {f"{ours}_{s}": case[s][theirs] for s in STRUCTURES for ours, theirs in KINDS.items()}
    made = pd.DataFrame({"sample_id": ids, "cluster": ids, **columns})
    for ours in KINDS:
        made[ours] = (made[f"{ours}_rim"] + made[f"{ours}_cup"]) / 2
    return made.assign(group=["" if a < 0 else str(a) for a in case["attr"]])


def group(value: str, attribute: str = "group") -> Group:
    return Group((attribute,), (value,))


def estimates(case, column):
    groups = [EVERYBODY, *(group(str(g)) for g in range(case["no_of_attr"]))]
    metric = Mean(column, column)
    cells = condition_cells([table(case)], [metric], groups, Weights(0, "x", 0))
    overall, *parts = (cells[one, column] for one in groups)
    return overall, parts


def same(ours, theirs):
    assert ours == pytest.approx(math.nan if theirs is None else theirs, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("column", [f"{k}_{s}" for k in KINDS for s in STRUCTURES])
def test_means_of_everybody_and_of_groups_are_the_reference_s(column):
    kind, _, structure = column.partition("_")
    for case in cases("fairseg_cases.json"):
        overall, parts = estimates(case, column)
        same(overall.value, case["expected"]["overall"][structure][KINDS[kind]])
        expected = case["expected"]["group_means"][structure][KINDS[kind]]
        for part, mean in zip(parts, expected, strict=True):
            same(part.value, mean)


@pytest.mark.parametrize("kind", list(KINDS))
def test_the_mean_of_the_structures_is_the_reference_s_mean_of_classes(kind):
    for case in cases("fairseg_cases.json"):
        overall, parts = estimates(case, kind)
        same(overall.value, case["expected"]["overall_mean_of_classes"][KINDS[kind]])
        expected = case["expected"]["group_means_of_class_average"][KINDS[kind]]
        for part, mean in zip(parts, expected, strict=True):
            same(part.value, mean)


@pytest.mark.parametrize("column", ["dice_rim", "dice_cup", "iou_rim", "iou_cup"])
def test_the_equity_scaled_scores_are_the_reference_s(column):
    kind, _, structure = column.partition("_")
    variants = f"{structure}_{KINDS[kind]}"
    seen = 0
    for case in cases("fairseg_cases.json"):
        overall, parts = estimates(case, column)
        found, by_sd = es_sum(overall, parts), es_std(overall, parts)
        if any(math.isnan(p.value) for p in parts):
            # there an empty group makes it NaN; here the group is left out, and said to be
            assert found.left_out
            assert case["expected"]["es"][f"{structure}_es_{kind}"] is None
            continue
        same(found.value, case["expected"]["es"][f"{structure}_es_{kind}"])
        for alpha in (0.0, 0.5, 1.0, 2.0):
            by_alpha = es_sum(overall, parts, alpha=alpha).value
            same(by_alpha, case["expected"]["es_variants"][f"{variants}_abs_alpha{alpha}"])
        same(by_sd.value, case["expected"]["es_variants"][f"{variants}_std_alpha1.0"])
        seen += 1
    assert seen > 15


@pytest.mark.parametrize("column", ["dice_rim", "hd95_rim", "iou_cup", "hd95_cup"])
def test_gaps_and_standard_deviations_are_those_worked_out_beside_the_reference(column):
    kind, _, structure = column.partition("_")
    for case in cases("fairseg_cases.json"):
        _, parts = estimates(case, column)
        expected = case["derived_not_reference"][f"{structure}_{KINDS[kind]}"]
        if all(not math.isnan(p.value) for p in parts):
            same(gap(parts).value, expected["max_gap"])
            same(between_sd(parts).value, expected["std_sample"])
            same(between_sd(parts, population=True).value, expected["std_pop"])


def counts(case) -> pd.DataFrame:
    """fairlearn's selection as a column: its rates are means of it over rows."""
    frame = pd.DataFrame({"y": case["y_true"], "p": case["y_pred"], "group": case["attr"]})
    ids = [str(i) for i in range(len(frame))]
    return frame.assign(
        sample_id=ids, cluster=ids, group=frame["group"].astype(str),
        sr=frame["p"].astype(float),
    )  # fmt: skip


def rates(rows: pd.DataFrame, column: str) -> dict[str, float]:
    names = sorted(set(rows["group"]))
    groups = [EVERYBODY, *(group(name) for name in names)]
    cells = condition_cells([rows], [Mean("m", column)], groups, Weights(0, "x", 0))
    return {name: cells[group(name), "m"] for name in names}


def test_fairlearn_s_group_means_differences_and_ratios_are_ours():
    for case in cases("fairlearn_cases.json"):
        rows = counts(case)
        selected = rates(rows, "sr")
        for name, estimate in selected.items():
            same(estimate.value, case["by_group"][name]["sr"])
        same(gap(list(selected.values())).value, case["expected"]["dpd"])
        parts = list(selected.values())
        same(ratio(parts[0], parts).value, case["expected"]["dpr"])
        for rate, truth in (("tpr", 1), ("fpr", 0)):
            found = rates(rows[rows["y"] == truth], "sr")
            for name, expected in case["by_group"].items():
                # a group without positives has rate 0 there; it has no rate here
                if name in found:
                    same(found[name].value, expected[rate])
                else:
                    assert expected[rate] == 0


def test_the_table_is_a_metric_frame():
    pytest.importorskip("fairlearn")
    rng = np.random.default_rng(0)
    n = 60
    rows = pd.DataFrame(
        {"dice": rng.random(n), "hd95": rng.random(n) * 9, "race": rng.choice([*"abc", ""], n),
         "gender": rng.choice([*"fm"], n)}
    ).assign(sample_id=[str(i) for i in range(n)], cluster=[str(i) for i in range(n)])  # fmt: skip
    frame = metric_frame(rows, "race", ("dice", "hd95"))
    weights = Weights(0, "x", 0)
    groups = [EVERYBODY, *(group(value, "race") for value in "abc")]
    cells = condition_cells([rows], [Mean("dice", "dice"), Mean("hd95", "hd95")], groups, weights)
    for metric in ("dice", "hd95"):
        same(rows[rows["race"] != ""][metric].mean(), frame.overall[metric])
        for one in groups[1:]:
            same(cells[one, metric].value, frame.by_group.loc[one.value, metric])
        ours = [cells[one, metric] for one in groups[1:]]
        same(gap(ours).value, frame.difference()[metric])
        same(ratio(cells[EVERYBODY, metric], ours).value, frame.ratio()[metric])
    assert set(frame.by_group.index) == {"a", "b", "c"}
    crossed = metric_frame(rows, ["race", "gender"]).by_group
    a_f = rows[(rows["race"] == "a") & (rows["gender"] == "f")]["dice"].mean()
    same(crossed.loc[("a", "f"), "dice"], a_f)


def test_a_column_that_is_not_there_has_no_metric_frame():
    pytest.importorskip("fairlearn")
    rows = pd.DataFrame({"dice": [1.0], "race": ["a"]})
    with pytest.raises(BadData, match=r"no column 'rase' \(did you mean race"):
        metric_frame(rows, "rase")


def test_the_sample_and_the_population_form_differ_as_their_denominators():
    overall, parts = estimates(cases("fairseg_cases.json")[0], "dice_rim")
    sd = statistics.pstdev([p.value for p in parts])
    same(es_std(overall, parts, population=True).value, overall.value / (1 + sd))
