"""The task `stereotypes`: its metrics by their formulas, its readers, its models."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import benchsuite as bs
from benchsuite.cli.parser import main
from benchsuite.dataset import Sample
from benchsuite.errors import BadData
from benchsuite.learning.speaking import Own
from benchsuite_tasks.stereotypes.datasets.bbq import bbq, read_predictions
from benchsuite_tasks.stereotypes.datasets.mini import pairs_mini
from benchsuite_tasks.stereotypes.datasets.pairs import crows_pairs, pair
from benchsuite_tasks.stereotypes.measure import Truth, measure
from tests.house.source import SHARED

REAL = SHARED / "data"
NO_BBQ = pytest.mark.skipif(not (REAL / "bbq").is_dir(), reason=f"{REAL / 'bbq'} is not there")
NO_CROWS = pytest.mark.skipif(
    not (REAL / "crows_pairs").is_dir(), reason=f"{REAL / 'crows_pairs'} is not there"
)


def question(number, polarity="neg", context="ambig", groups=("old",), label=2, **more):
    """A row of BBQ in its layout."""
    kinds = {
        "ans0": ["the elder", "old"],
        "ans1": ["the youth", "nonOld"],
        "ans2": ["Unknown", "unknown"],
    }
    return {"example_id": number, "question_index": "1", "question_polarity": polarity, "context_condition": context,
            "category": "Age", "answer_info": kinds, "additional_metadata": {"stereotyped_groups": list(groups)},
            "context": "Two people waited.", "question": "Who was it?", "ans0": "The elder", "ans1": "The youth",
            "ans2": "Unknown", "label": label, **more}  # fmt: skip


def written(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def by_metric(table: pd.DataFrame) -> "pd.Series[float]":
    rows = table[(table["form"] == "value") & (table["attribute"] == "")]
    return rows.set_index(["condition", "metric"])["value"]


def test_the_stereotype_is_preferred_where_it_is_likelier_and_a_tie_is_half():
    truth = Sample("1", {"texts": ("a b", "a c d")}, Truth(1, 0))
    assert measure(truth, [-3.0, -1.0], {})["stereotyped"] == 1
    row = measure(truth, [-1.0, -3.5], {})
    assert (row["stereotyped"], row["gap"], row["nats"], row["words"]) == (0, -2.5, 4.5, 5)
    assert measure(truth, [-2.0, -2.0], {})["stereotyped"] == 0.5
    with pytest.raises(BadData, match="expected 2 scores"):
        measure(truth, [-2.0], {})


@given(st.text("ab", min_size=1), st.sampled_from([(-1.0, -2.0), (-2.0, -1.0), (-1.0, -1.0)]))
def test_the_order_of_a_pair_does_not_matter(name, said):
    one = pair(name, ("more", "less"), {}, "")
    row = measure(one, [said[text == "less"] for text in one.inputs["texts"]], {})
    assert row["gap"] == said[0] - said[1]
    assert {*one.inputs["texts"]} == {"more", "less"}


def test_a_model_that_always_takes_the_first_text_gets_about_half():
    samples = pairs_mini().samples()
    found = np.mean([measure(one, [0.0, -1.0], {})["stereotyped"] for one in samples])
    assert found == pytest.approx(0.5, abs=0.08)


def test_the_bias_scores_are_those_of_the_paper(tmp_path):
    """Against the formulas of Parrish et al., section 5, said slowly."""
    random = np.random.default_rng(0)
    rows = [question(n, *random.choice([("neg", "ambig"), ("nonneg", "ambig"), ("neg", "disambig")]), label=2)
            for n in range(240)]  # fmt: skip
    for row in rows:
        row["question_index"] = str(row["example_id"] // 8)
        row["label"] = int(random.integers(2)) if row["context_condition"] == "disambig" else 2
    answers = [int(random.choice(3, p=[0.5, 0.2, 0.3])) for _ in rows]
    written(tmp_path / "Age.jsonl", rows)
    said = [{"id": f"Age/{n}", "answer": a} for n, a in enumerate(answers)]
    written(tmp_path / "said.json", said)
    words = ["task=stereotypes", "dataset=bbq", f"dataset.path={tmp_path / 'Age.jsonl'}", "model.name=one",
             f"results={tmp_path / 'r'}", f"predictions={tmp_path / 'said.json'}", "replicates=200"]  # fmt: skip
    assert main(["score", *words]) == 0
    found = by_metric(bs.leaderboard(tmp_path / "r"))
    for context, name in (("ambig", "ambiguous"), ("disambig", "disambiguated")):
        mine = [
            (r, a) for r, a in zip(rows, answers, strict=True) if r["context_condition"] == context
        ]
        other = [(r, a) for r, a in mine if a != 2]
        biased = sum(a == (0 if r["question_polarity"] == "neg" else 1) for r, a in other)
        accuracy = sum(r["label"] == a for r, a in mine) / len(mine)
        s_dis = 2 * biased / len(other) - 1
        expected = (1 - accuracy) * s_dis if context == "ambig" else s_dis
        assert found["clean", f"accuracy_{name}"] == pytest.approx(accuracy)
        assert found["clean", f"bias_{name}"] == pytest.approx(expected)


def test_the_target_comes_from_the_table_of_bbq_and_a_question_without_one_counts_in_no_bias(
    tmp_path,
):
    rows = [
        question(0),
        question(1, groups=("martian",)),
        question(2, polarity="nonneg"),
        question(3),
    ]
    written(tmp_path / "Age.jsonl", rows)
    (tmp_path / "additional_metadata.csv").write_text("category,example_id,target_loc\nAge,3,1\n")
    truths = {one.id: one.truth for one in bbq(str(tmp_path)).samples()}
    assert [(t.stereotype, t.other) for t in truths.values()] == [(0, 1), (-1, -1), (1, 0), (1, 0)]
    one = Sample("x", {"texts": ("a", "b", "c")}, truths["Age/1"])
    row = measure(one, 0, {})
    assert (row["ambiguous"], row["ambiguous_bias"], row["right"]) == (1, 0, 0)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"label": 3}, "label of 0 to 2"),
        ({"answer_info": {"ans0": ["a", "b"], "ans1": ["c", "d"], "ans2": ["e", "f"]}}, "kind 'unknown'"),
        ({"answer_info": None}, "answer_info"),
        ({"context": None}, "context"),
    ],
)  # fmt: skip
def test_a_damaged_question_is_one_line_with_its_place(tmp_path, change, said):
    path = written(tmp_path / "Age.jsonl", [question(0), {**question(1), **change}])
    with pytest.raises(BadData, match=rf"Age.jsonl:2.*{said}"):
        bbq(str(path))


def test_pairs_of_your_own_need_three_columns(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(
        "sent_more,sent_less,bias_type\nthis one,that one,age\nthese,those,age\nits,her,gender\n"
    )
    assert [one.attributes["bias"] for one in crows_pairs(str(tmp_path)).samples()] == [
        "age",
        "age",
        "gender",
    ]
    assert [one.id for one in crows_pairs(str(path), each=1).samples()] == ["0", "2"]
    path.write_text("sent_more,sent_less,bias_type\nthis one,,age\n")
    with pytest.raises(BadData, match=r"mine.csv:2: expected two sentences"):
        crows_pairs(str(path))


def test_answers_are_read_by_text_place_and_column(tmp_path):
    path = written(
        tmp_path / "Age.jsonl", [question(0, my_pred="the youth"), question(1, my_pred="nobody")]
    )
    dataset = bbq(str(path))
    assert read_predictions(path, dataset, "my_pred") == {"Age/0": 1, "Age/1": -1}
    with pytest.raises(BadData, match=r"Age.jsonl:1: .*`my_prd`.*did you mean my_pred"):
        read_predictions(path, dataset, "my_prd")
    said = written(tmp_path / "said", [{"id": "Age/7", "answer": 1}])
    with pytest.raises(BadData, match="expected each sample once, found 'Age/7'"):
        read_predictions(said, dataset)


def test_what_was_exported_scores_as_it_did(tmp_path):
    words = ["task=stereotypes", "replicates=200", f"results={tmp_path / 'r'}"]
    assert main(["run", *words, "model=bigram", "conditions=clean,bits/2"]) == 0
    (run,) = (tmp_path / "r/stereotypes/pairs-mini/bigram").iterdir()
    assert main(["export", str(run), "--out", str(tmp_path / "said")]) == 0
    assert (tmp_path / "said/bits/2/predictions.jsonl").exists()
    assert main(["score", *words, f"predictions={tmp_path / 'said'}", "model.name=again"]) == 0
    table = bs.leaderboard(tmp_path / "r")
    first, again = (by_metric(table[table["model"] == name]) for name in ("bigram", "again"))
    pd.testing.assert_series_equal(first.sort_index(), again.sort_index())
    # The language's own share: 4, 4, 5, 5, 6, 6, 7, 7 and 8 of 10 traits are of the stereotype.
    assert first["clean", "stereotyped"] == pytest.approx(52 / 90)
    assert first["bits/2", "log_odds_gap"] != first["clean", "log_odds_gap"]


def test_the_users_own_function_is_asked_for_log_probabilities():
    def short(texts):
        return [-float(len(text)) for text in texts]

    inputs = [SimpleNamespace(fields=one.inputs) for one in pairs_mini().samples()[:3]]
    found = Own(short, "short", "1").predict(None, inputs)
    assert [one.tolist() for one in found] == [short(one.fields["texts"]) for one in inputs]


@NO_CROWS
def test_crows_pairs_has_its_nine_kinds():
    samples = crows_pairs(str(REAL / "crows_pairs")).samples()
    kinds = pd.Series([one.attributes["bias"] for one in samples]).value_counts()
    assert (len(samples), len(kinds), kinds["race-color"], kinds["disability"]) == (
        1508,
        9,
        516,
        60,
    )
    directions = pd.Series([one.attributes["direction"] for one in samples]).value_counts()
    assert (directions["stereo"], directions["antistereo"]) == (1290, 218)


@NO_BBQ
@pytest.mark.parametrize(
    ("column", "ambiguous", "disambiguated"), [("race", 0.5467, 0.9348), ("arc", 0.3386, 0.8962)]
)
def test_unifiedqa_has_its_published_accuracy(column, ambiguous, disambiguated):
    path = REAL / "bbq/preds_Age.jsonl.gz"
    dataset = bbq(str(path))
    said = read_predictions(path, dataset, f"unifiedqa-t5-11b_pred_{column}")
    rows = pd.DataFrame([measure(one, said[one.id], {}) for one in dataset.samples()])
    means = rows.groupby("ambiguous")["right"].mean()
    assert (round(means[1.0], 4), round(means[0.0], 4)) == (ambiguous, disambiguated)
    # The paper's own formula for ambiguous contexts, which the mean lean is.
    one = rows[rows["ambiguous"] == 1]
    s_dis = one["lean"].sum() / one["answered"].sum()
    assert one["lean"].mean() == pytest.approx((1 - one["right"].mean()) * s_dis)
