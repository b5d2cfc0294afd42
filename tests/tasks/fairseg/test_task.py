"""The task as a person uses it: score masks, find the group that is worse off, draw it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from benchsuite import leaderboard
from benchsuite.cli import main
from benchsuite.condition import CLEAN
from benchsuite.dataset import Dataset, Inputs
from benchsuite.errors import BadData, WrongCall
from benchsuite.estimation import TailMean, interval
from benchsuite.estimation.cells import EVERYBODY, Group
from benchsuite.gates import equity
from benchsuite.gates.chosen import metrics_of
from benchsuite.gates.equity import equity_gate
from benchsuite.gates.pairs import compare_pair
from benchsuite.gates.policy import Policy
from benchsuite.gates.regression import gate
from benchsuite.gates.verdict import Verdict
from benchsuite.model import State
from benchsuite.publishing.verdicts import report, summary
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.find import find_runs
from benchsuite.runs.plan import Run
from benchsuite.runs.statistics import Statistics, run_statistics
from benchsuite_tasks.fairseg.datasets.mini import SUBJECTS, fundus_mini, fundus_samples
from benchsuite_tasks.fairseg.measure import OPTIC, Structures
from benchsuite_tasks.fairseg.metrics import cluster_metrics, sample_metrics
from benchsuite_tasks.fairseg.models.unet import WEIGHTS, UNet
from benchsuite_tasks.fairseg.reports.figures import draw
from benchsuite_tasks.fairseg.task import TASK

POLICY = Policy(replicates=400)


@dataclass(frozen=True)
class Damaged:
    """`unet-mini` that sees the pictures of some samples blurred: damage to one group alone."""

    inner: UNet
    ids: frozenset[str]
    name: str = "unet-erm"

    @property
    def fingerprint(self) -> str:
        return self.inner.fingerprint + "-damaged"

    def predict(self, state: State, inputs: Sequence[Inputs]) -> Sequence[Any]:
        return self.inner.predict(state, [self._seen(one) for one in inputs])

    def _seen(self, one: Inputs) -> Inputs:
        if one.id not in self.ids:
            return one
        blurred = cv2.GaussianBlur(one.fields["image"], (0, 0), 3)
        return Inputs(one.id, {"image": blurred})


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("torch")
    return tmp_path_factory.mktemp("results")


@pytest.fixture(scope="module")
def mini() -> Dataset:
    return fundus_mini()


def statistics(dataset: Dataset, model: Any, root: Path) -> Statistics:
    run = Run(TASK.on(dataset), dataset, model, (CLEAN,))
    return run_statistics(evaluate(run, root, replicates=200))


@pytest.fixture(scope="module")
def measured(mini: Dataset, root: Path) -> Statistics:
    return statistics(mini, UNet("erm", "unet-erm"), root)


def test_with_the_mechanism_the_gate_fails_and_names_the_attribute(measured):
    outcome = equity_gate([measured], equity.Policy(replicates=400))
    assert outcome.verdict == Verdict.FAIL
    assert {gap.attribute for gap in outcome.judged if gap.low > 0} == {"race", "race×gender"}
    assert "race dice" in outcome.line
    assert "Black worse than White" in outcome.line


def test_without_the_mechanism_no_gap_is_shown(root):
    fair = fundus_mini("fundus-mini-fair", bias="none")
    outcome = equity_gate(
        [statistics(fair, UNet("erm", "unet-erm"), root)], equity.Policy(replicates=400)
    )
    assert outcome.verdict == Verdict.PASS, outcome.line


def test_damage_to_one_group_keeps_the_mean_and_fails_the_gate(mini, measured, root):
    ids = frozenset(s.id for s in mini.samples() if s.attributes["race"] == "Asian")
    damaged = statistics(mini, Damaged(UNet("erm"), ids), root)
    pairs = [(measured, damaged)]
    metrics = metrics_of(pairs, POLICY)
    cells = {c.group: c for c in compare_pair(pairs[0], metrics["fairseg"][0], 0, 400)}
    overall = cells[EVERYBODY]
    assert interval(overall.baseline).low < overall.candidate.value, "within the mean's noise"
    outcome = gate(pairs, metrics, POLICY)
    assert outcome.verdict == Verdict.FAIL
    worse = {c.group: c.change.value for c in outcome.judged if not c.headline and c.cell.worse}
    assert "Asian" in min(worse, key=lambda group: worse[group]).values
    assert Group(("race",), ("Asian",)) in worse
    assert not {Group(("race",), (race,)) for race in ("Black", "White")} & set(worse)
    assert "race=Asian dice" in summary(report(outcome))


def test_two_eyes_of_a_subject_are_one_cluster_and_some_attributes_are_unknown(mini):
    samples = mini.samples()
    clusters = {s.cluster_id for s in samples}
    assert len(samples) >= 400
    assert len(clusters) >= 400
    assert len(samples) > len(clusters)
    assert any("ethnicity" not in s.attributes for s in samples)
    assert {s.inputs["image"].shape for s in samples} == {(128, 128)}


def test_without_the_mechanism_only_the_contrast_is_another(mini):
    fair = fundus_mini("other", bias="none")
    for a, b in zip(mini.samples()[:40], fair.samples()[:40], strict=True):
        assert (a.id, a.attributes) == (b.id, b.attributes)
        assert (a.truth["labels"] == b.truth["labels"]).all()
        white = a.attributes["race"] == "White"
        assert (a.inputs["image"] == b.inputs["image"]).all() == white
    assert mini.population_of() == fair.population_of(), "the same subjects, so they are paired"


def test_the_first_subjects_are_those_of_the_whole(mini):
    few = fundus_mini(subjects=20)
    assert len({sample.cluster_id for sample in few.samples()}) == 20
    for a, b in zip(few.samples(), mini.samples(), strict=False):
        assert (a.id, a.attributes) == (b.id, b.attributes)
        assert (a.inputs["image"] == b.inputs["image"]).all()
    assert few.fingerprint != mini.fingerprint
    for wrong in (-1, 441):
        with pytest.raises(WrongCall, match=r"dataset\.subjects: expected 1 to 440, or 0 for all"):
            fundus_mini(subjects=wrong)


def test_training_and_test_subjects_are_others(mini):
    assert SUBJECTS["train"] >= 1200
    train = list(islice(fundus_samples("train", "pigment"), 40))
    assert not {s.cluster_id for s in train} & {s.cluster_id for s in mini.samples()}
    test = mini.samples()[0]
    assert all((test.inputs["image"] != s.inputs["image"]).any() for s in train)


def test_the_weights_that_ship_have_cards_and_are_small():
    folders = [path for path in WEIGHTS.iterdir() if path.is_dir()]
    assert folders
    for folder in folders:
        assert {path.name for path in folder.iterdir()} == {"card.json", "model.safetensors"}
        assert UNet(folder.name).factors["loss"] == folder.name
    assert sum(p.stat().st_size for p in WEIGHTS.rglob("*")) < 15e6


def named(metrics) -> dict[str, Any]:
    return {made.name: made for made in metrics}


def test_a_dataset_s_metrics_are_made_of_its_structures():
    tumour = Structures({"tumour": (1,)}, ["tumour"])
    assert list(named(sample_metrics(tumour))) == [
        "dice", "iou", "hd95", "dice_equal_size", "tail_dice", "tail_hd95",
    ]  # fmt: skip
    assert list(named(cluster_metrics(tumour))) == [
        "patient_dice_tumour", "patient_iou_tumour", "patient_hd95_tumour",
        "patient_tail_dice_tumour", "patient_tail_hd95_tumour", "patient_false_alarm_tumour",
    ]  # fmt: skip
    optic = named(sample_metrics(OPTIC))
    assert list(optic)[:3] == ["dice", "iou", "hd95"]
    assert list(optic)[3:6] == ["dice_rim", "dice_cup", "dice_disc"]
    assert list(optic)[-4:] == ["cdr_error", "dice_equal_size", "tail_dice", "tail_hd95"]
    for made in [*sample_metrics(OPTIC), *cluster_metrics(tumour)]:
        assert made.equity != isinstance(made, TailMean)
        falls = {"px"} if made.unit == "px" else {"cdr_error", "patient_false_alarm_tumour"}
        assert made.higher_is_better == (made.unit not in falls and made.name not in falls)


@pytest.mark.parametrize(
    "name", ["alarm", "hd95", "a_b", "lower is better", "dice_x", "20×", "tail", "tail_dice"]
)
def test_a_structure_may_have_any_name(name):
    odd = Structures({name: (1,), "other": (2,)}, [name])
    for metrics in (sample_metrics(odd), cluster_metrics(odd)):
        assert len(named(metrics)) == len(metrics)
    assert named(sample_metrics(odd))[f"dice_{name}"].higher_is_better
    made = named(cluster_metrics(odd))[f"patient_dice_{name}"]
    assert (made.higher_is_better, made.unit) == (True, "")
    assert set(made.columns) >= {f"dice_{name}", f"present_{name}"}


def test_masks_of_one_s_own_are_scored_by_one_command(directory, tmp_path, capsys):
    words = [
        "score", "task=fairseg", "dataset=masks", f"dataset.path={directory}", "dataset.name=mine",
        "dataset.cluster=patient", "dataset.groups=[race]", "dataset.estimand=clusters",
        "dataset.structures={tumour:[1]}", "dataset.protocol=strict", "replicates=200",
        f"predictions={directory / 'masks'}", "model.name=perfect", f"results={tmp_path / 'r'}",
    ]  # fmt: skip
    assert main(words) == 0
    table = leaderboard(tmp_path / "r")
    clean = (table["attribute"] == "") & (table["condition"] == "clean")
    rows = table[clean & (table["form"] == "value")].set_index("metric")
    assert rows.loc["patient_dice_tumour", "value"] == 1
    assert rows.loc["patient_dice_tumour", "clusters"] == 6
    assert rows.loc["patient_dice_tumour", "n"] == 8, "slices with a tumour"
    assert rows.loc["patient_false_alarm_tumour", "value"] == 0
    assert rows.loc["patient_false_alarm_tumour", "n"] == 4
    assert set(rows["protocol"].dropna()) == {"strict"}


@pytest.mark.parametrize("option", ["", "dataset.binary=true", "dataset.threshold=128"])
def test_exported_label_maps_score_the_same(directory, tmp_path, option):
    rng = np.random.default_rng(0)
    (tmp_path / "pred").mkdir()
    for path in (directory / "masks").iterdir():
        mask = np.asarray(Image.open(path)) ^ (rng.random((24, 24)) < 0.1)
        Image.fromarray(np.uint8(mask * (255 if option else 1))).save(tmp_path / "pred" / path.name)

    def scored(predictions, out):
        words = ["score", "task=fairseg", "dataset=masks", f"dataset.path={directory}", option]
        more = [f"predictions={predictions}", "replicates=200", f"results={out}", "model.name=m"]
        assert main([word for word in [*words, *more] if word]) == 0
        (run,) = find_runs(out, "*")
        return run

    first = scored(tmp_path / "pred", tmp_path / "first")
    assert main(["export", str(first.path), "--out", str(tmp_path / "x")]) == 0
    assert len([*(tmp_path / "x" / "clean").iterdir()]) == 12
    again = scored(tmp_path / "x", tmp_path / "again")
    assert again.cells().column("value").equals(first.cells().column("value"))
    assert 0.1 < first.cells().column("value")[0].as_py() < 1


def test_label_maps_of_an_earlier_version_are_not_exported():
    with pytest.raises(BadData, match="expected the column 'label_map', found none"):
        TASK.write_predictions(pd.DataFrame([{"sample_id": "a", "error": ""}]), "m")


def test_fairlearn_s_tables_are_a_report(measured, tmp_path, capsys):
    pytest.importorskip("fairlearn")
    words = ["report", "fairlearn", str(measured.path), "attributes=[race]", "columns=[dice,hd95]"]
    assert main([*words, "--out", str(tmp_path)]) == 0
    table = pd.read_csv(tmp_path / "by_group.csv").set_index("race")
    (row,) = pd.read_csv(tmp_path / "disparity.csv").query("metric == 'dice'").to_dict("records")
    rows = measured.tables["clean"]
    for race in ("Asian", "Black", "White"):
        assert table.loc[race, "dice"] == pytest.approx(rows[rows["race"] == race]["dice"].mean())
    assert row["difference"] == pytest.approx(table["dice"].max() - table["dice"].min())
    assert row["model"] == "unet-erm"
    assert main([*words, "condition=fog"]) == 65
    assert "no condition 'fog' (there are clean)" in capsys.readouterr().err


def test_values_of_attributes_may_hold_the_sign_of_a_cross(directory, tmp_path, capsys):
    """A microscope's 20× is a value like any other, crossed with others, too."""
    table = directory / "attributes.csv"
    table.write_text(table.read_text().replace(",a,", ",20×,").replace(",b,", ",40×,"))
    words = [
        "score", "task=fairseg", "dataset=masks", f"dataset.path={directory}", "dataset.name=mine",
        "dataset.groups=[race,institution]", "dataset.crossed=[[race,institution]]",
        f"predictions={directory / 'masks'}", "replicates=200", f"results={tmp_path / 'r'}",
    ]  # fmt: skip
    assert main(words) == 0
    table = leaderboard(tmp_path / "r").query("metric == 'dice' and form == 'value'")
    shown = {(row.attribute, row.group): row.n for row in table.itertuples()}
    assert shown["race", "20×"] == 4
    assert shown["race×institution", "20××A"] == 2
    (run,) = (tmp_path / "r").glob("*/*/*/*")
    assert main(["gate", "--equity", str(run)]) in {0, 2}
    assert main(["leaderboard", "--results", str(tmp_path / "r"), "--by", "group"]) == 0


def test_a_prediction_of_another_size_is_one_line(directory, tmp_path, capsys):
    made = tmp_path / "pred"
    made.mkdir()
    for i in range(12):
        np.save(made / f"s{i:02d}.npy", np.zeros((24, 25 if i == 4 else 24), np.uint8))
    words = ["score", "task=fairseg", "dataset=masks", f"dataset.path={directory}",
             f"predictions={made}", f"results={tmp_path / 'r'}"]  # fmt: skip
    assert main(words) == 65
    assert "sample 's04', measure: prediction: expected the truth's size" in capsys.readouterr().err


def tidy(model: str = "m", name: str = "fog", severities: Sequence[int] = (0, 1, 3, 5)):
    rows = []
    for severity in severities:
        for group, shift in (("a", 0.0), ("b", 0.1)):
            value = 0.9 - 0.05 * severity - shift
            rows.append(
                {"dataset": "d", "model": model, "metric": "dice", "attribute": "race/x",
                 "group": group, "value": value, "ci_low": value - 0.02, "ci_high": value + 0.02,
                 "clusters": 50, "condition": f"corruption/{name}/{severity}" if severity else "clean",
                 "form": "value", "scope": "condition",
                 "kind": "corruption" if severity else "clean", "name": name if severity else "",
                 "severity": severity or np.nan}
            )  # fmt: skip
    return pd.DataFrame(rows)


def test_groups_are_drawn_against_severity(tmp_path):
    pytest.importorskip("matplotlib")
    (path,) = draw(tidy(), tmp_path)
    assert path.name == "d-race-x.png"
    assert path.read_bytes()[:4] == b"\x89PNG"
    first = path.read_bytes()
    assert draw(tidy(), tmp_path)[0].read_bytes() == first, "the same table, the same bytes"


@pytest.fixture
def figures(monkeypatch) -> list[Any]:
    """The figures that were written, as matplotlib holds them."""
    pyplot = pytest.importorskip("matplotlib.pyplot")
    kept: list[Any] = []
    monkeypatch.setattr(pyplot, "close", kept.append)
    yield kept
    monkeypatch.undo()
    for figure in kept:
        pyplot.close(figure)


def test_a_panel_is_a_model_under_a_corruption_that_it_was_measured_under(tmp_path, figures):
    parts = [tidy(), tidy("m", "snow", (5,)), tidy("other", "snow"), tidy("clean", severities=[0])]
    draw(pd.concat(parts, ignore_index=True), tmp_path)
    (figure,) = figures
    shown = [axis.get_title() for axis in figure.axes if axis.get_visible()]
    assert shown == ["m: fog", "m: snow", "other: snow"]
    assert list(figure.axes[0].get_xticks()) == [0, 1, 3, 5]


def test_the_legend_covers_no_line(tmp_path, figures):
    draw(tidy(), tmp_path)
    (figure,) = figures
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        "a (50 clusters)",
        "b (50 clusters)",
    ]
    for axis in figure.axes:
        assert axis.get_legend() is None
        assert not axis.get_window_extent().overlaps(legend.get_window_extent())


def test_without_severities_nothing_is_drawn(tmp_path):
    assert draw(tidy().query("condition == 'clean'"), tmp_path) == []


def test_alpha_of_the_equity_scaled_scores_is_an_option_that_each_of_their_rows_states(tmp_path):
    words = ["run", "task=fairseg", "dataset.subjects=40", "model=erm", "replicates=200"]
    for name, alpha in (("plain", "1"), ("strict", "2.5")):
        assert main([*words, f"dataset.alpha={alpha}", f"results={tmp_path / name}"]) == 0
    found = {}
    for name in ("plain", "strict"):
        table = leaderboard(tmp_path / name)
        rows = table[(table["metric"] == "dice") & (table["attribute"].isin(["gender", ""]))]
        found[name] = rows.set_index(["form", "group"])
    plain, strict = found["plain"], found["strict"]
    overall = plain.loc[("value", ""), "value"]
    assert strict.loc[("value", ""), "value"] == overall
    disparity = overall / plain.loc[("es_sum", ""), "value"] - 1
    assert strict.loc[("es_sum", ""), "value"] == pytest.approx(overall / (1 + 2.5 * disparity))
    for form in ("es_sum", "fair", "es_std", "es_std_fair"):
        assert "equity-scaled with α = 2.5" in strict.loc[(form, ""), "note"]
        assert "α" not in plain.loc[(form, ""), "note"]
    assert "α" not in strict.loc[("gap", ""), "note"]
    assert set(strict["protocol"].dropna()) == {"strict; ES α=2.5"}
    assert set(plain["protocol"].dropna()) == {"strict"}


@pytest.mark.parametrize("alpha", ["-1", "nan", "inf", "much", "null"])
def test_an_alpha_below_0_or_of_no_number_is_refused_in_one_line(alpha, tmp_path, capsys):
    words = ["run", "task=fairseg", "dataset.subjects=4", "model=erm", f"results={tmp_path / 'r'}"]
    assert main([*words, f"dataset.alpha={alpha}"]) == 64
    error = capsys.readouterr().err
    assert "dataset.alpha: expected a" in error
    assert len(error.splitlines()) == 1
