"""The task measures what its page says, of its own solvers, of a function, and of files."""

import json
import math
import re
from pathlib import Path

import pytest

import benchsuite as bs
from benchsuite.cli.parser import main
from benchsuite.condition import resolve
from benchsuite.dataset import Sample
from benchsuite.errors import BadData, WrongCall
from benchsuite.estimation import mde
from benchsuite.files.answers import Sampled
from benchsuite_tasks.answers.datasets.mini import sums_mini, worked
from benchsuite_tasks.answers.datasets.questions import questions
from benchsuite_tasks.answers.measure import measure
from benchsuite_tasks.answers.task import TASK
from tests.house.source import ROOT

PAGE = (ROOT / "tasks/answers/README.md").read_text()


def rows(title: str) -> list[list[float]]:
    """The numbers of the page's table with this first column."""
    _, _, rest = PAGE.partition(f"| {title} |")
    return [
        [float(one) for one in re.findall(r"[\d.]+", line)]
        for line in rest.split("\n\n")[0].splitlines()[2:]
    ]


def test_a_row_has_the_expectations_of_all_answers():
    shared = {"k": (2, 3)}
    row = measure(Sample("q", {}, "1/2"), ["0.5", r"\boxed{\frac15}", "3", r"\frac12"], shared)
    assert row["avg@k"] == 0.5 and row["voted"] == 1.0
    assert row["pass@2"] == pytest.approx(5 / 6)
    assert row["pass@3"] == 1.0 and row["maj@2"] == pytest.approx(0.5)
    assert row["maj@3"] == pytest.approx((1 + 1 + 1 / 3 + 1 / 3) / 4)


def test_the_suite_of_sampling_is_the_temperatures_up_to_1(capsys):
    assert main(["list", "answers"]) == 0
    shown = capsys.readouterr().out
    assert "condition temperature/tenths (severities 1-20)" in shown
    cool = resolve(["sampling"], TASK.known_conditions())
    assert [one.severity for one in cool] == [*range(1, 11)]


def test_answers_that_are_only_judged_have_no_vote():
    row = measure(Sample("q", {}, None), [Sampled(None, True), Sampled(None, False)], {"k": (2,)})
    assert (row["avg@k"], row["voted"], row["pass@2"]) == (0.5, 0.0, 1.0)


@pytest.mark.parametrize(
    ("truth", "answers", "why"),
    [
        ("1", ["1"] * 3, r"question 'q': expected 4 answers or more \(dataset.k\), found 3"),
        (None, ["1"] * 4, "question 'q': expected a right answer, or `correct` with each answer"),
    ],
)
def test_too_few_answers_and_none_to_compare_with_are_refused(truth, answers, why):
    with pytest.raises(BadData, match=why):
        measure(Sample("q", {}, truth), answers, {"k": (2, 4)})


def test_generated_papers_are_the_same_everywhere_and_have_the_size_of_aime():
    made = sums_mini(papers=2)
    samples = made.samples()
    assert len(samples) == 30 and made.fingerprint == sums_mini(papers=2).fingerprint
    assert all(str(worked(one.inputs["question"])) == one.truth for one in samples)
    assert worked("100 + 5 x 3 - 20") == 295
    assert worked("100 + 5 x 3 - 20", [True, False, True]) == 300


def test_the_formula_of_the_page_gives_its_table():
    for spread, *found in rows("s"):
        variances = [(spread**2 + 2 / 6 / n) / 30 for n in (1, 16, 32, 64, math.inf)]
        assert found == [round(mde(1.96, math.sqrt(one)), 3) for one in variances]


@pytest.mark.parametrize(("samples", "expected"), [(int(n), rest) for n, *rest in rows("answers")])
def test_the_suite_measures_what_the_page_says_of_30_questions(samples, expected, tmp_path):
    for name, slip in (("careful", 0.03), ("hasty", 0.05)):
        model = TASK.model("slips", name=name, samples=samples, slip=slip)
        bs.evaluate("answers", model, dataset=sums_mini("aime-size", papers=2), results=tmp_path)
    table = bs.leaderboard(tmp_path)
    mine = table[(table["form"] == "mde") & (table["model"] == "hasty")].set_index("metric")[
        "value"
    ]
    assert [round(mine[name], 3) for name in ("avg@k", "pass@16", "maj@16")] == expected


def test_a_function_is_called_for_each_answer_and_gets_the_temperature(tmp_path):
    asked = []

    def solve(question, temperature=1.0):
        asked.append((question, temperature))
        return worked(question) if temperature < 1 else "no idea"

    run = bs.evaluate(
        "answers", solve, dataset=sums_mini(papers=1, k=[3]), model_options={"samples": 3}, results=tmp_path,
        conditions=["clean", "temperature/tenths/5"], fingerprint="mine",
    )  # fmt: skip
    table = run.table()
    values = table[
        (table["form"] == "value") & (table["metric"] == "maj@3") & (table["attribute"] == "")
    ]
    found = values.set_index("condition")["value"].to_dict()
    assert found["clean"] == 0.0 and found["temperature/tenths/5"] == 1.0
    assert len(asked) == 2 * 15 * 3 and {heat for _, heat in asked} == {0.5, 1.0}


@pytest.mark.parametrize("ks", [[], [0], [2, 2], [1.5]])
def test_other_k_are_refused(ks):
    with pytest.raises(WrongCall, match=r"dataset.k: expected different whole numbers above 0"):
        sums_mini(k=ks)


def written(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_questions_have_their_groups_clusters_and_temperature(tmp_path):
    path = written(
        tmp_path / "q.jsonl",
        {"id": 1, "question": "1+1?", "answer": 2, "subject": "sums", "text": "a", "cluster": "c"},
        {"id": 2, "question": "2+2?", "answer": "4", "subject": None, "samples": ["4", "5"]},
    )
    made = questions(str(path), attributes=["subject", "text"], k=[2], temperature=0.6)
    first, second = made.samples()
    assert (first.id, first.truth, first.cluster_id) == ("1", "2", "c")
    assert first.attributes == {"subject": "sums", "text": "a"}
    assert first.inputs == {"question": "1+1?", "temperature": 0.6}
    assert (second.cluster_id, second.attributes["subject"]) == ("2", "")
    assert [one.name for one in made.metrics] == ["avg@k", "pass@2", "maj@2"]
