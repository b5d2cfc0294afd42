"""Every form and scope that a row can have is one that a board makes."""

from dataclasses import replace

import pandas as pd
import pytest

from benchsuite.boards.table import leaderboard
from benchsuite.condition import CLEAN, Condition, resolve, with_sampled
from benchsuite.estimation import Mean
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.forms import Form, Scope
from benchsuite.runs.plan import Run
from tests.toys import MEAN, Linear, add_noise, numbers

ALTERED = tuple(
    Condition("corruption", name, severity, family, "x", add_noise)
    for name, family in (("hiss", "noise"), ("hum", "noise"), ("click", "pulse"))
    for severity in (1, 2, 3)
)
DOMAIN = Condition("domain", "far", family="domain")
TASK = replace(
    MEAN,
    metrics=(
        Mean("accuracy", "hit", bounds=(0, 1), equity=True),
        Mean("error", "miss", bounds=(0, 1), equity=True, higher_is_better=False),
    ),
    measure=lambda s, p, shared: {"hit": float((p > 0) == s.truth), "miss": float((p > 0) != s.truth)},
    conditions=ALTERED,
    chance={"accuracy": 0.5},
    perfect=lambda s, shared: 1.0 if s.truth else -1.0,
)  # fmt: skip


class Twice:
    """The numbers, and the same again elsewhere."""

    def __call__(self, domain):
        return numbers().samples()


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> pd.DataFrame:
    root = tmp_path_factory.mktemp("results")
    dataset = replace(numbers(), load=Twice(), domains=("far",))
    sampled = resolve(["corruption@sampled"], with_sampled(TASK.known_conditions()))
    run = Run(TASK, dataset, Linear("one", bias=0.2), (CLEAN, *ALTERED, DOMAIN, *sampled))
    evaluate(run, root, replicates=200)
    for bias in (0.3, 0.4, 0.5, 0.6):
        evaluate(replace(run, model=Linear(f"other {bias}", bias=bias)), root, replicates=200)
    return leaderboard(root)


def test_every_form_is_in_a_table_of_toys(found):
    assert set(found["form"]) == set(Form)


def test_every_scope_is_in_a_table_of_toys(found):
    assert set(found["scope"]) == set(Scope)


def test_a_form_is_of_a_metric_whose_direction_it_fits(found):
    forms = found.groupby("metric")["form"].agg(set)
    better, worse = forms["accuracy"], forms["error"]
    assert better - worse == {
        Form.ES_SUM, Form.FAIR, Form.ES_STD, Form.ES_STD_FAIR, Form.ES_STD_POPULATION,
        Form.ES_STD_POPULATION_FAIR, Form.CHANCE,
    }  # fmt: skip
    assert worse - better == {Form.ES_COST, Form.ES_COST_FAIR}


@pytest.mark.parametrize(
    ("form", "where"),
    [
        (Form.RELATIVE, "scope != 'condition'"),
        (Form.DROP, "condition == 'domain/far'"),
        (Form.CHANCE, "condition == 'clean' and attribute == ''"),
        (Form.CEILING, "kind in ('clean', 'domain')"),
        (Form.MDE, "attribute == ''"),
        (Form.EFFECTIVE, "attribute == '' and (scope == 'suite' or kind == 'domain')"),
        (Form.GAP, "attribute != '' and group == ''"),
        (Form.GAP_GROWTH, "attribute != '' and condition != 'clean'"),
    ],
)
def test_a_form_stands_only_where_it_means_something(found, form, where):
    rows = found[found["form"] == form]
    assert len(rows.query(where)) == len(rows) > 0


def test_a_scope_says_what_its_conditions_have_in_common(found):
    rows = found.query("form == 'value' and metric == 'accuracy' and attribute == ''")
    rows = rows[rows["model"] == "one"].set_index("condition")
    shown = ["kind", "name", "family", "severity"]
    expected = {
        "corruption": (Scope.SUITE, "", "", 0), "corruption/hiss": (Scope.NAME, "hiss", "noise", 0),
        "corruption:noise": (Scope.FAMILY, "", "noise", 0), "corruption@2": (Scope.SEVERITY, "", "", 2),
        "corruption@odd": (Scope.ODD, "", "", 0), "corruption/hum/3": (Scope.CONDITION, "hum", "noise", 3),
    }  # fmt: skip
    for label, (scope, *fields) in expected.items():
        row = rows.loc[label]
        assert row["scope"] == scope
        assert list(row[shown].fillna(0)) == ["corruption", *fields]
        members = [c.full_name for c in ALTERED if label_of(c, scope) == label]
        assert row["value"] == pytest.approx(rows.loc[members, "value"].mean())
        assert len(members) > 1 or scope == Scope.CONDITION


def label_of(c: Condition, scope: Scope) -> str:
    """The label of the set of that scope in which a condition is."""
    odd = "corruption@odd" if c.severity % 2 else ""
    return {
        Scope.CONDITION: c.full_name, Scope.SUITE: "corruption", Scope.NAME: f"corruption/{c.name}",
        Scope.FAMILY: f"corruption:{c.family}", Scope.SEVERITY: f"corruption@{c.severity}",
        Scope.ODD: odd,
    }[scope]  # fmt: skip
