"""Prequential numbers are those of fairlearn and of a plain loop, on streams of any order."""

import gzip

import numpy as np
import pandas as pd
import pytest
from fairlearn.metrics import (
    demographic_parity_difference,
    equal_opportunity_difference,
    selection_rate,
)

import benchsuite as bs
from benchsuite.api.assembly import dataset_of
from benchsuite.api.config import settings
from benchsuite.condition import CLEAN
from benchsuite.dataset import Sample
from benchsuite.errors import BadData, WrongCall
from benchsuite.files.table import csv_rows
from benchsuite.learning.prequential import Answer, along
from benchsuite.model import State
from benchsuite.task import load_task
from benchsuite_tasks.streams.datasets.mini import applicants_mini
from benchsuite_tasks.streams.formats import read_answers, write_numbers
from benchsuite_tasks.streams.measure import measure
from benchsuite_tasks.streams.models.reductions import reductions
from benchsuite_tasks.streams.task import TASK
from tests.house.source import SHARED

REAL = SHARED / "data/tabular"
needs_real = pytest.mark.skipif(not REAL.is_dir(), reason=f"{REAL} is not there")


class Running:
    """The share of positives so far, as river has it."""

    def __init__(self):
        self.met = self.positive = 0

    def predict_proba_one(self, x):
        return {True: self.positive / self.met if self.met else 0.0}

    def predict_one(self, x):
        return None

    def learn_one(self, x, y):
        self.met, self.positive = self.met + 1, self.positive + y


def noticed(x):
    """A rule that never learns: the mean of the features that tell most."""
    return float(np.clip(x[1:4].mean() * 2 - 0.55, 0, 1))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return bs.evaluate("streams", noticed, dataset=applicants_mini(size=400), replicates=200,
                       conditions="clean,sorted/sex", results=tmp_path_factory.mktemp("r"))  # fmt: skip


def cells(run, form="value", condition="clean"):
    table = run.table()
    rows = table[(table["form"] == form) & (table["condition"] == condition)]
    return rows.set_index(["metric", "attribute", "group"])["value"]


def test_gaps_are_the_differences_of_fairlearn(run):
    table = run.statistics.tables["clean"]
    gaps, values = cells(run, "gap"), cells(run)
    truth, said = table["positive in"], table["selected"]
    for attribute, groups in {"sex": table["sex"], "race": table["race"],
                              "race×sex": table["race"] + table["sex"]}.items():  # fmt: skip
        told = {"sensitive_features": groups}
        parity = demographic_parity_difference(truth, said, **told)
        opportunity = equal_opportunity_difference(truth, said, **told)
        assert gaps["selection rate", attribute, ""] == pytest.approx(parity)
        assert gaps["true positive rate", attribute, ""] == pytest.approx(opportunity)
    assert values["selection rate", "", ""] == pytest.approx(selection_rate(truth, said))
    assert values["accuracy", "", ""] == pytest.approx((truth == said).mean())


@pytest.mark.parametrize("condition", ["clean", "sorted/sex"])
def test_a_quarter_is_a_quarter_of_the_arrivals(run, condition):
    table = run.statistics.tables[condition].sort_values("place")
    assert table["place"].tolist() == list(range(400))
    values = cells(run, condition=condition)
    for n in range(1, 5):
        part = table[100 * (n - 1) : 100 * n]
        assert values[f"accuracy, quarter {n}", "", ""] == pytest.approx(part["right"].mean())
        women = part[part["sex"] == "Female"]
        found = values.get((f"selection rate, quarter {n}", "sex", "Female"), np.nan)
        assert found == pytest.approx(women["selected"].mean(), nan_ok=True)
        positive = part[part["positive in"] == 1]["selected"].mean()
        assert values[f"true positive rate, quarter {n}", "", ""] == pytest.approx(positive)


def test_a_person_is_decided_on_by_those_who_came_before_alone(tmp_path):
    """The learner is told a truth after its prediction: what follows changes nothing before it."""
    whole = applicants_mini(size=120)
    samples = sorted(whole.samples(), key=lambda one: one.inputs["arrival"])
    changed = [
        *samples[:60],
        *(Sample(s.id, s.inputs, 1 - s.truth, s.attributes) for s in samples[60:]),
    ]
    for kind in ("aranyani", "reductions"):
        found = []
        for stream in (samples, changed):
            model = along(
                TASK.model(kind, **({"first": 20} if kind == "reductions" else {})), TASK.arrival
            )
            views = ((CLEAN.view(0, "d", s), s) for s in stream)
            state = State(whole.shared, model.prepare(State(whole.shared), model.arrivals(views)))
            views = [CLEAN.view(0, "d", s) for s in stream]
            found.append([float(answer.value) for answer in model.predict(state, views)])
        assert found[0][:61] == found[1][:61]
        assert found[0] != found[1]


def test_a_learner_of_a_persons_own_is_led_along_each_stream_anew(tmp_path):
    mine = Running()
    run = bs.evaluate("streams", mine, dataset=applicants_mini(size=60), replicates=200,
                      conditions="clean,shuffled/a", results=tmp_path)  # fmt: skip
    assert mine.met == 0
    for condition in ("clean", "shuffled/a"):
        table = run.statistics.tables[condition].sort_values("place")
        before = table["positive in"].cumsum() - table["positive in"]
        expected = (before / np.maximum(np.arange(60), 1)).tolist()
        assert table["prediction"].tolist() == pytest.approx(expected)


def test_predictions_come_back_in_the_order_in_which_they_were_made(run, tmp_path):
    table = run.statistics.tables["clean"]
    file = tmp_path / "said.csv"
    file.write_text(write_numbers(table, "m"))
    found = read_answers(file, applicants_mini(size=400))
    for row in table.itertuples():
        assert found[row.sample_id] == Answer(row.prediction, row.place, 400)


@pytest.mark.parametrize("value", [1.5, -0.1, np.array([0.5]), np.nan])
def test_what_is_no_probability_is_refused(value):
    with pytest.raises(BadData, match="expected a probability"):
        measure(Sample("1", {}, 1.0), Answer(value, 0, 1), {})


def test_fairlearns_reductions_select_nobody_before_their_first_fit_and_are_fair_after(tmp_path):
    pytest.importorskip("fairlearn")
    dataset = applicants_mini(size=600)
    model = along(reductions(first=300), TASK.arrival)
    run = bs.evaluate(
        "streams", reductions(first=300), dataset=dataset, results=tmp_path, replicates=200
    )
    table = run.statistics.tables["clean"].sort_values("place")
    assert model.prepares_on == "condition"
    assert table["selected"][:300].sum() == 0
    later = table[300:]
    assert later["right"].mean() > 0.7
    rates = later.groupby("sex")["selected"].mean()
    assert abs(rates["Male"] - rates["Female"]) < 0.12
    with pytest.raises(WrongCall, match=r"model.group: expected .*, found 'sex=Mal'"):
        bs.evaluate(
            "streams", reductions(group="sex=Mal", first=20), dataset=dataset, results=tmp_path
        )


COMPAS = (
    "id,compas_screening_date,sex,age,race,juv_fel_count,juv_misd_count,juv_other_count,priors_count,"
    "days_b_screening_arrest,c_charge_degree,is_recid,score_text,priors_count,two_year_recid\n"
    "1,2013-08-14,Male,69,Other,0,0,0,3,-1,F,0,Low,3,0\n"
    "2,2013-01-27,Female,34,Asian,0,0,0,0,30,M,1,High,0,1\n"
    "3,2013-02-01,Male,40,Other,0,0,0,0,31,F,0,Low,0,0\n"
    "4,2013-02-01,Male,40,Other,0,0,0,0,,F,0,Low,0,0\n"
    "5,2013-02-01,Male,40,Other,0,0,0,0,1,O,0,Low,0,0\n"
    "6,2013-02-01,Male,40,Other,0,0,0,0,1,F,-1,Low,0,0\n"
    "7,2013-02-01,Male,40,Other,0,0,0,0,1,F,0,N/A,0,0\n"
)


def registered(name, path, task="streams"):
    (config,) = settings([f"task={task}", f"dataset={name}", f"dataset.path={path}"])
    return dataset_of(load_task(task), config.dataset)


def test_compas_is_read_as_propublica_filtered_it_in_the_order_of_screening(tmp_path):
    (tmp_path / "compas-scores-two-years.csv").write_text(COMPAS)
    found = registered("compas", tmp_path)
    assert [(one.attributes["race"], one.truth) for one in found.samples()] == [
        ("Asian", 1),
        ("Other", 0),
    ]
    assert found.crossed == (("race", "sex"),)


@pytest.mark.parametrize("task", ["streams", "regret"])
@pytest.mark.parametrize(
    ("name", "before", "after"),
    [("adult.data.gz", "", "\n"), ("adult.test", "|1x3 Cross validator\n", ".\n")],
)
def test_adult_is_read_as_uci_has_it(tmp_path, task, name, before, after):
    row = "39, State-gov, 77516, Bachelors, 13, Never-married, Adm-clerical, Not-in-family, {}, Male, 2174, 0, 40, United-States, {}"
    rows = [row.format("White", "<=50K"), row.format("?", ">50K")]
    text = (before + after.join(rows) + after + "\n").encode()
    path = tmp_path / name
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    given = tmp_path if path.suffix == ".gz" else path
    first, second = registered("adult", given, task).samples()
    assert (first.truth, second.truth) == (0, 1)
    assert (first.attributes["race"], second.attributes["race"]) == ("White", "")


@needs_real
def test_the_real_files_have_their_published_counts():
    adult, compas = (registered(name, REAL).samples() for name in ("adult", "compas"))
    rates = pd.DataFrame([{"y": s.truth, **s.attributes} for s in adult]).groupby("sex")["y"].mean()
    assert len(adult) == 32561
    assert np.mean([s.truth for s in adult]) == pytest.approx(0.2408, abs=5e-5)
    assert rates.round(4).to_dict() == {"Female": 0.1095, "Male": 0.3057}
    assert len(compas) == 6172
    late = [s for s in compas if float(s.inputs["arrival"][0]) > 0.9]
    assert all(s.truth for s in late)  # a fault of the file: Barenstein 2019, arXiv 1906.04711


@needs_real
def test_the_misses_of_the_compas_score_are_those_that_propublica_published():
    """Not Low is selected, on all 7,214 people."""
    rows = [row for _, row in csv_rows(REAL / "compas.csv.gz")]
    misses = {}
    for race in ("African-American", "Caucasian"):
        samples = [
            Sample(row["id"], {}, float(row["two_year_recid"]))
            for row in rows
            if row["race"] == race
        ]
        said = [float(row["score_text"] != "Low") for row in rows if row["race"] == race]
        measured = pd.DataFrame(
            [measure(s, Answer(v, 0, 1), {}) for s, v in zip(samples, said, strict=True)]
        )
        misses[race] = 1 - measured[measured["positive in"] == 1]["selected"].mean()
    assert len(rows) == 7214
    assert misses == pytest.approx({"African-American": 0.2799, "Caucasian": 0.4772}, abs=5e-5)
