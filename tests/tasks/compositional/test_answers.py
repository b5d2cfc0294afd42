"""Answers to questions with two options are read as their authors read them, and counted by hand."""

import csv
import gzip
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchsuite.condition import CLEAN
from benchsuite.dataset import Dataset
from benchsuite.errors import BadData, WrongCall
from benchsuite.estimation.cells import EVERYBODY
from benchsuite.runs.cells import read_cells
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.exchange import Recorded
from benchsuite.runs.exchange import read_predictions as predictions_of
from benchsuite.runs.plan import Run
from benchsuite_tasks.compositional.datasets.colorswap import colorswap
from benchsuite_tasks.compositional.datasets.groups import Group, of_captions, of_features
from benchsuite_tasks.compositional.formats import read_predictions, write_predictions
from benchsuite_tasks.compositional.formats.answers import prediction_of
from benchsuite_tasks.compositional.formats.colorswap import chosen_caption, chosen_image
from benchsuite_tasks.compositional.measure import Answer, measure
from benchsuite_tasks.compositional.metrics import chance_on
from benchsuite_tasks.compositional.task import TASK
from tests.house.source import SHARED

PUBLISHED = SHARED / "data/colorswap_answers"
needs_answers = pytest.mark.skipif(not PUBLISHED.exists(), reason=f"{PUBLISHED} is not there")
ACCURACY = {"gpt4v": (91.33, 76.33, 72.00, 2), "llava": (69.67, 54.33, 42.00, 12)}
"""Text, image and group score in per cent, by the authors' script; answers that it cannot read."""
CAPTIONS = ("a red cat with a blue hat", "a blue cat with a red hat")


def table(folder: Path, groups: int = 3) -> Path:
    """`groups.csv.gz` of groups that swap two colours."""
    folder.mkdir(exist_ok=True)
    rows = [["id", "caption_1", "caption_2"], *([n, *CAPTIONS] for n in range(groups))]
    with gzip.open(folder / "groups.csv.gz", "wt", newline="") as file:
        csv.writer(file).writerows(rows)
    return folder


def entry(asked: str, key: int, right: Sequence[int], said: Sequence[str]) -> dict[str, Any]:
    """A group's two questions and answers as ColorSwap's authors publish them."""
    found: dict[str, Any] = {"id": key}
    for n in (1, 2):
        own, other = CAPTIONS[n - 1], CAPTIONS[2 - n]
        if asked == "text":
            options = (own, other) if right[n - 1] == 1 else (other, own)
            log = {"caption_1": options[0], "caption_2": options[1], "image_url": f"img_{n}.png"}
            found[f"response_image_{n}"] = said[n - 1]
        else:
            log = {"caption": own}
            found[f"response_caption_{n}"] = said[n - 1]
        name = ("AB" if asked == "text" else ("first", "second"))[right[n - 1] - 1]
        found[f"log_{n}"] = {**log, "correct_answer": name}
    return found


def answered(folder: Path, model: str = "mine", packed: bool = False) -> Path:
    """The answers to three groups: all right; two unread and two wrong; one an error."""
    text = [
        entry("text", 0, (1, 2), ("A", "(B) a red hat")),
        entry("text", 1, (1, 2), ("I cannot tell.", "Option (A)")),
        entry("text", 2, (2, 2), ("It is (B).", "A blue cat with a red hat!")),
    ]
    image = [
        entry("image", 0, (1, 1), ("The first image.", "first")),
        entry("image", 1, (2, 1), ("Neither image aligns.", "The second image aligns better.")),
        {"id": 2, "error": "timeout"},
    ]
    for name, rows in (("text", text), ("image", image)):
        content = json.dumps(rows).encode()
        path = folder / f"{name}-{model}.json{'.gz' if packed else ''}"
        path.write_bytes(gzip.compress(content) if packed else content)
    return folder / f"text-{model}.json{'.gz' if packed else ''}"


def rows_of(dataset: Dataset, path: Path) -> dict[str, dict[str, Any]]:
    found = read_predictions(path, dataset)
    return {s.id: measure(s, found[s.id], {}) for s in dataset.samples()}


@needs_answers
@pytest.mark.parametrize("model", ACCURACY)
@pytest.mark.parametrize("file", ["choices-{}.csv.gz", "text-{}.json.gz", "image-{}.json.gz"])
def test_published_answers_have_the_published_accuracy(model, file):
    dataset = colorswap(str(PUBLISHED), images="none")
    rows = list(rows_of(dataset, PUBLISHED / file.format(model)).values())
    text, image, group, unread = ACCURACY[model]
    for name, expected in (("text_score", text), ("image_score", image), ("group_score", group)):
        assert round(100 * sum(row[name] for row in rows) / len(rows), 2) == expected
    assert (len(rows), sum(row["unread"] for row in rows)) == (300, unread)
    assert {row["questions"] for row in rows} == {4}


@needs_answers
@pytest.mark.parametrize("model", ACCURACY)
def test_each_published_answer_is_read_as_its_authors_do(model):
    dataset = colorswap(str(PUBLISHED / "groups.csv.gz"), images="none")
    files = [
        PUBLISHED / f"{name.format(model)}" for name in ("text-{}.json.gz", "choices-{}.csv.gz")
    ]
    ours, theirs = (read_predictions(file, dataset) for file in files)
    for key, one in ours.items():
        assert sorted(map(str, one.answers)) == sorted(map(str, theirs[key].answers))


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("first", ["text", "image"])
def test_the_two_files_of_a_model_are_one_run_under_either_name(tmp_path, packed, first):
    dataset = colorswap(str(table(tmp_path)), images="none")
    path = answered(tmp_path, packed=packed)
    rows = rows_of(dataset, path.with_name(path.name.replace("text", first)))
    assert [rows[k]["text_score"] for k in "012"] == [1, 0, 1]
    assert [rows[k]["image_score"] for k in "012"] == [1, 0, 0]
    assert [rows[k]["group_score"] for k in "012"] == [1, 0, 0]
    assert [rows[k]["unread"] for k in "012"] == [0, 2, 2]
    by_place = {k: v for k, v in rows["1"].items() if k.startswith(("text_f", "text_s"))}
    assert by_place == {"text_first": 1, "text_first_right": 0, "text_second": 1,
                        "text_second_right": 0, "text_score": 0}  # fmt: skip
    assert rows["2"]["image_first"] == rows["2"]["image_second"] == 0, "nobody knows what was right"


def test_a_folder_of_one_models_files_is_one_run_and_its_note_counts_what_was_not_read(tmp_path):
    dataset = colorswap(str(table(tmp_path / "data")), images="none")
    (tmp_path / "mine").mkdir()
    answered(tmp_path / "mine")
    run = Run(TASK, dataset, Recorded("mine", {}, ""), (CLEAN,))
    model, _ = predictions_of(run, tmp_path / "mine", [CLEAN])
    made = evaluate(replace(run, model=model), tmp_path / "runs", replicates=20)
    cells = {m: e for (_, g, m), e in read_cells(made.cells()).items() if g == EVERYBODY}
    assert cells["group_score"].value == pytest.approx(1 / 3)
    assert ("unread", (4, 12)) in [(n.code, n.arguments) for n in cells["group_score"].notes]
    exported = tmp_path / "again.jsonl"
    exported.write_text(write_predictions(made.statistics("clean").to_pandas(), "mine"))
    again, before = rows_of(dataset, exported), rows_of(dataset, tmp_path / "mine")
    assert again == before, "export leaves nothing out"


@pytest.mark.parametrize(
    ("answer", "place"),
    [
        ("A", 1), ("B", 2), ("B) anything", 2), ("(A) anything", 1), ("Option A", 1),
        ("Option (B), as it seems", 2), ("I choose option (B).", 2), ("It is (A).", 1),
        ("The image presents (B) something.", 2), ("a.", 0), ("", 0), ("Neither.", 0),
        ("This is a RED cat with a blue hat.", 1), ("red cat blue hat", 1),
        ("a red cat and a blue hat", 1), ("a red cat in a blue hat", 0),
        ("a red cat with a blue hat, not a blue cat with a red hat", 0),
        ("option a rather than (b)", 0),
    ],
)  # fmt: skip
def test_an_answer_names_a_caption_by_its_letter_or_its_words(answer, place):
    assert chosen_caption(answer, CAPTIONS) == place
    swapped = {"A": "B", "B": "A", "a.": "b."}.get(answer)
    if swapped is not None:
        assert chosen_caption(swapped, CAPTIONS) == (place and 3 - place)


@pytest.mark.parametrize(
    ("answer", "place"),
    [
        ("The first image.", 1), ("Second", 2), ("Neither.", 0), ("first and second", 0),
        ("The second image better aligns; the first image shows a dog.", 2),
        ("The first image is more relevant than the second.", 1),
        ("The first image aligns better, the second image better aligns", 0),
    ],
)  # fmt: skip
def test_an_answer_names_an_image(answer, place):
    assert chosen_image(answer) == place


def group_of(matching: Sequence[int], images: int = 2) -> Dataset:
    names = [f"{n}.png" for n in range(images)]
    return of_captions("toy", [Group("toy", "g", names, CAPTIONS, matching=matching)])


answers_to = st.lists(
    st.tuples(st.integers(1, 2), st.integers(0, 2)), min_size=4, max_size=4
).map(
    lambda drawn: [
        Answer(asked, n, *given)
        for (asked, n), given in zip(product(("text", "image"), (1, 2)), drawn, strict=True)
    ]
)  # fmt: skip


@given(answers_to, answers_to, st.sampled_from([(0, 1), (1, 0)]))
def test_scores_of_answers_are_those_counted_by_hand(first, second, matching):
    (sample,) = group_of(matching).samples()
    for repeats in ([first], [first, second]):
        given = [answer for repeat in repeats for answer in repeat]
        row = measure(sample, prediction_of("here", given, sample.truth), {})
        expected: dict[str, float] = dict.fromkeys(
            ("text_score", "image_score", "group_score", "group_match"), 0.0
        )
        for repeat in repeats:
            right = {(a.asked, a.number): a.chosen == a.right for a in repeat}
            wrong = sum(a.chosen not in (0, a.right) for a in repeat)
            text, image = (right[asked, 1] and right[asked, 2] for asked in ("text", "image"))
            found = (text, image, text and image, sum(right.values()) > wrong)
            for name, value in zip(expected, found, strict=True):
                expected[name] += value / len(repeats)
        assert {name: row[name] for name in expected} == expected
        assert row["questions"] == len(given)
        assert row["unread"] == sum(a.chosen == 0 for a in given)
        for asked, (place, name) in product(("text", "image"), ((1, "first"), (2, "second"))):
            there = [a for a in given if (a.asked, a.right) == (asked, place)]
            assert row[f"{asked}_{name}"] == len(there)
            assert row[f"{asked}_{name}_right"] == sum(a.chosen == place for a in there)


def test_a_question_that_is_answered_again_in_another_order_is_a_repeat(tmp_path):
    dataset = group_of([0], images=1)
    path = tmp_path / "answers.jsonl"

    def row(*answers: tuple[int, int]) -> Mapping[str, Any]:
        each = [{"asked": "text", "number": 1, "right": r, "chosen": c} for r, c in answers]
        path.write_text(json.dumps({"id": "g", "answers": each}) + "\n")
        return rows_of(dataset, path)["g"]

    both = row((1, 1), (2, 1))
    assert (both["text_score"], both["consistency"], both["repeated"]) == (0.5, 0, 1)
    assert row((1, 1), (2, 2))["consistency"] == 1
    assert row((1, 1))["repeated"] == 0
    path.unlink()
    for name, right in (("a.csv", "A"), ("b.csv", "B")):
        lines = ["id,question,number,correct,chosen", f"g,text,1,{right},A"]
        (tmp_path / name).write_text("\n".join(lines) + "\n")
    assert rows_of(dataset, tmp_path)["g"]["text_score"] == 0.5
    (tmp_path / "c.csv").write_text("id,question,number,correct,chosen\ng,text,1,first,\n")
    with pytest.raises(BadData, match=r"c.csv:2: group 'g' occurs twice"):
        read_predictions(tmp_path, dataset)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["0,text,1,A,C"], "2: chosen: expected one of a, b, first, second, 1, 2, found 'C'"),
        (["0,both,1,A,A"], "2: asked: expected "),
        (["0,text,one,A,A"], "2: number: expected "),
        (["0,text,3,A,A"], "2: number: expected "),
        (["0,text,1,,A"], "2: right: expected the place of the right option, found none"),
        (["7,text,1,A,A"], "id: expected a group of the dataset, found '7'"),
        (
            ["0,text,1,A,A", "0,text,2,A,A"],
            "group '0': expected 1 answers to each question, found 0 to 'image 1'",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_table_of_answers_is_one_line(tmp_path, lines, message):
    dataset = colorswap(str(table(tmp_path, 1)), images="none")
    path = tmp_path / "choices.csv"
    path.write_text("\n".join(["id,question,number,correct,chosen", *lines]) + "\n")
    with pytest.raises(BadData) as error:
        read_predictions(path, dataset)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_what_is_wrong_in_lines_of_answers_is_one_line(tmp_path):
    dataset, path = group_of([0], images=1), tmp_path / "answers.jsonl"
    good = {"asked": "text", "number": 1, "right": 1, "chosen": 0}
    for answers, message in (
        ([], "expected 1 answers to each question, found 0 to 'text 1'"),
        (3, "1: answers: expected a list, found 3"),
        ([{**good, "chosen": 3}], "1: answers: 0: chosen: expected "),
        ([{**good, "asked": "image"}], "no question is 'image 1'"),
        ([good, 7], "1: answers: 1: expected an object"),
    ):
        path.write_text(json.dumps({"id": "g", "answers": answers}) + "\n")
        with pytest.raises(BadData, match=re.escape(message)):
            read_predictions(path, dataset)
    both = {"id": "g", "answers": [good], "scores": [[1, 0]]}
    path.write_text(json.dumps(both) + "\n")
    with pytest.raises(BadData, match="expected one of scores, source_scores and answers"):
        read_predictions(path, dataset)


def test_published_answers_to_groups_without_captions_are_read(tmp_path):
    vectors = np.eye(4, dtype=np.float32)
    groups = [Group("toy", str(n), vectors[:2], vectors[2:]) for n in range(3)]
    rows = rows_of(of_features("features", groups), answered(tmp_path))
    assert [row["group_score"] for row in rows.values()] == [1, 0, 0]


def test_answers_about_other_captions_or_without_questions_are_refused(tmp_path):
    dataset = colorswap(str(table(tmp_path)), images="none")
    path = answered(tmp_path)
    rows = json.loads(path.read_text())
    rows[1]["log_2"]["caption_1"] = "a green cat"
    path.write_text(json.dumps(rows))
    with pytest.raises(BadData, match="entry 1: question 2: expected a caption of the group"):
        read_predictions(path, dataset)
    rows[1]["log_2"] = {**rows[0]["log_2"], "correct_answer": "C"}
    path.write_text(json.dumps(rows))
    with pytest.raises(BadData, match="correct_answer: expected A or B, found 'C'"):
        read_predictions(path, dataset)
    path.write_text("[]")
    with pytest.raises(BadData, match="expected answers, response_image_1 or response_caption_1"):
        read_predictions(path, dataset)
    answered(tmp_path, "alone").with_name("image-alone.json").unlink()
    with pytest.raises(BadData, match="found 0 to 'image 1'; predictions=FOLDER reads several"):
        read_predictions(tmp_path / "text-alone.json", dataset)
    long = of_captions("long", [Group("toy", "0", ["i"], [*CAPTIONS, "a cat"])])
    answers = [Answer("text", 1, 1, 1)]
    with pytest.raises(BadData, match="expected one image or two, and two captions"):
        prediction_of("here", answers, long.samples()[0].truth)


def test_captions_alone_are_a_dataset_whatever_they_are_read_from(tmp_path):
    table(tmp_path)
    listed = [{"id": n, "image_1": "a.png", "image_2": "b.png", "caption_1": CAPTIONS[0],
               "caption_2": CAPTIONS[1]} for n in range(3)]  # fmt: skip
    (tmp_path / "json").mkdir()
    (tmp_path / "json/test.json").write_text(json.dumps(listed))
    made = [colorswap(str(tmp_path / p), images="none") for p in ("", "groups.csv.gz", "json")]
    assert len({dataset.fingerprint for dataset in made}) == 1
    with pytest.raises(BadData, match=r"dataset.images=none reads the captions of its table"):
        colorswap(str(tmp_path))
    with pytest.raises(WrongCall, match=r"dataset.images: expected one of read, none, found 'non'"):
        colorswap(str(tmp_path), images="non")


def test_nothing_is_said_of_chance_where_questions_may_have_been_asked_apart(tmp_path):
    several = chance_on(colorswap(str(table(tmp_path)), images="none"))
    assert several == {"text_score": 0.25, "image_score": 0.25, "individual_match": 0.5}
    assert chance_on(group_of([0], images=1))["group_score"] == 0.5
