"""Scores and answers made elsewhere are read strictly, and ours are read again as they were."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchsuite.condition import CLEAN
from benchsuite.dataset import Dataset
from benchsuite.errors import BadData
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.exchange import Recorded
from benchsuite.runs.exchange import read_predictions as predictions_of
from benchsuite.runs.plan import Run
from benchsuite.task import silent
from benchsuite_tasks.compositional.datasets.groups import Group, of_features
from benchsuite_tasks.compositional.datasets.sugarcrepe import sugarcrepe
from benchsuite_tasks.compositional.formats import read_predictions, write_predictions
from benchsuite_tasks.compositional.measure import measure
from benchsuite_tasks.compositional.models.features import Features
from benchsuite_tasks.compositional.reports.answers import answers
from benchsuite_tasks.compositional.task import TASK
from tests.house.source import SHARED

CREPE = SHARED / "data/sugarcrepe"
needs_answers = pytest.mark.skipif(not CREPE.exists(), reason=f"{CREPE} is not there")
PUBLISHED = {
    "swap_att": (607, 593, 666),
    "swap_obj": (211, 198, 246),
    "add_att": (604, 666, 692),
    "replace_att": (734, 740, 788),
}


def toy() -> Dataset:
    key = np.random.default_rng(0)
    vectors = key.normal(size=(2, 4, 3)).astype(np.float32)
    return of_features("toy", [Group("t", str(n), v[:2], v[2:]) for n, v in enumerate(vectors)])


def read(tmp_path: Path, *rows: object) -> dict[str, np.ndarray]:
    path = tmp_path / "s.jsonl"
    path.write_text(
        "".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows)
    )
    return read_predictions(path, toy())


def test_scores_in_the_sources_order_and_as_shown(tmp_path):
    matrix = [[4.0, 1.0], [2.0, 3.0]]
    found = read(tmp_path, {"id": "0", "source_scores": matrix}, {"id": "1", "scores": matrix})
    rows = [measure(s, found[s.id], {}) for s in toy().samples()]
    assert rows[0]["scores"] == [4.0, 1.0, 2.0, 3.0]
    assert rows[0]["group_score"] == 1
    assert found["1"][0].tolist() == matrix


def test_repeats_are_averaged_and_their_consistency_is_counted(tmp_path):
    right, wrong = [[1, 0], [0, 1]], [[0, 1], [1, 0]]
    found = read(
        tmp_path,
        {"id": "0", "source_scores": [right, wrong]},
        {"id": "1", "source_scores": [right, right]},
    )
    rows = [measure(s, found[s.id], {}) for s in toy().samples()]
    assert [row["group_match"] for row in rows] == [0.5, 1.0]
    assert [row["consistency"] for row in rows] == [0.0, 1.0]
    assert [row["repeated"] for row in rows] == [1.0, 1.0]


GOOD = {"id": "0", "scores": [[1, 2], [3, 4]]}


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            {"id": "9", "scores": [[1, 2], [3, 4]]},
            "2: id: expected a group of the dataset, found '9'",
        ),
        (GOOD, "2: group '0' occurs twice"),
        (
            {"id": "1"},
            "2: group '1': expected one of scores, source_scores and answers, found none",
        ),
        ({"id": "1", "scores": [[1, 2, 3], [3, 4, 5]]}, "expected scores (2, 2), found (2, 3)"),
        ({"id": "1", "scores": [[1, 2], [3]]}, "expected a matrix of numbers"),
        ('{"id": "1", "scores": [[1, 2], [3, NaN]]}', "expected finite float32 scores"),
        ({"id": "1", "scores": 3}, "expected scores (2, 2), found ()"),
        ({"id": "1", "scores": [[1, 2], [3, "4"]]}, "expected a matrix of numbers"),
        ({"id": "1", "scores": [[1, 2], [3, 10**400]]}, "2: group '1': expected a matrix of"),
        ("[1]", "2: expected an object, found [1]"),
        ("{", "2: expected JSON, found"),
    ],
)
def test_what_is_wrong_in_a_score_file_is_one_line(tmp_path, row, message):
    with pytest.raises(BadData) as error:
        read(tmp_path, GOOD, row)
    assert message in str(error.value)


def test_matrices_in_an_npz_score_as_their_lines(tmp_path):
    key = np.random.default_rng(1)
    ids, scores = ["1", "0"], key.normal(size=(2, 2, 2))
    lines = [{"id": i, "source_scores": s.tolist()} for i, s in zip(ids, scores, strict=True)]
    expected = read(tmp_path, *lines)
    np.savez(tmp_path / "s.npz", id=np.array(ids), source_scores=scores)
    found = read_predictions(tmp_path / "s.npz", toy())
    assert all((found[name] == expected[name]).all() for name in ids)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (
            {"scores": np.zeros((2, 2, 2))},
            r"expected id \(N,\) and scores \(N, m, k\), found scores",
        ),
        ({"id": np.array(["0"]), "scores": np.zeros((2, 2, 2))}, r"found id \(1,\), scores"),
        ({"id": np.array("0"), "scores": np.zeros((2, 2, 2))}, r"found id \(\), scores"),
        ({"id": np.array(["0", "1"]), "scores": np.zeros(())}, r"found id \(2,\), scores \(\)"),
        (
            {"id": np.array(["0", {}], dtype=object), "scores": np.zeros(2)},
            "expected id: a readable array without pickle",
        ),
        ({"id": np.array(["0", "1"]), "scores": np.full((2, 2, 2), np.nan)}, "row 0: group '0'"),
        ({"id": np.array(["0", "1"]), "scores": np.zeros((2, 3, 2))}, r"expected scores \(2, 2\)"),
    ],
)
def test_what_is_wrong_in_an_npz_is_one_line(tmp_path, arrays, message):
    np.savez(tmp_path / "s.npz", **arrays)
    with pytest.raises(BadData, match=message):
        read_predictions(tmp_path / "s.npz", toy())


def test_an_empty_npz_is_one_line(tmp_path):
    (tmp_path / "s.npz").write_bytes(b"")
    with pytest.raises(BadData, match="expected an npz file"):
        read_predictions(tmp_path / "s.npz", toy())


def test_a_group_that_a_file_lacks_is_named(tmp_path):
    with pytest.raises(BadData, match="expected all 2 groups of dataset toy, found 1 without '1'"):
        read(tmp_path, GOOD)


def test_exported_scores_score_as_the_run_itself(tmp_path):
    run = Run(TASK, toy(), Features(), (CLEAN,))
    table = evaluate(run, tmp_path, replicates=10).statistics("clean").to_pandas()
    path = tmp_path / "e.jsonl"
    path.write_text(write_predictions(table, "features"))
    found = read_predictions(path, toy())
    rows = {s.id: measure(s, found[s.id], {}) for s in toy().samples()}
    for row in table.to_dict("records"):
        assert rows[row["sample_id"]]["scores"] == row["scores"].tolist()
        assert rows[row["sample_id"]]["group_score"] == row["group_score"]


@needs_answers
@pytest.mark.parametrize("subset", PUBLISHED)
@pytest.mark.parametrize("order", [0, 1])
def test_a_real_models_answers_have_the_published_accuracy(subset, order):
    folder = CREPE / ("gpt4v-positive-first", "gpt4v-negative-first")[order]
    dataset = sugarcrepe(str(folder), subsets=subset)
    found = read_predictions(folder / f"{subset}.json", dataset)
    right = sum(measure(s, found[s.id], {})["text_score"] for s in dataset.samples())
    assert (right, len(found)) == (PUBLISHED[subset][order], PUBLISHED[subset][2])


@needs_answers
@pytest.mark.parametrize("order", ["positive", "negative"])
def test_all_of_a_models_answers_are_one_row(order):
    folder = CREPE / f"gpt4v-{order}-first"
    dataset = sugarcrepe(str(folder))
    found = read_predictions(folder, dataset)
    right = sum(measure(s, found[s.id], {})["text_score"] for s in dataset.samples())
    place = order == "negative"
    assert (right, len(found)) == (sum(row[place] for row in PUBLISHED.values()), 2392)


def published(folder: Path, subset: str, groups: int = 5, name: str = "") -> Path:
    """A subset's captions, and a model's answers to it that miss the last one, as upstream has them."""
    rows = {
        str(key): {"filename": f"{key}.jpg", "caption": f"{subset} {key}", "negative_caption": "no"}
        for key in range(groups)
    }
    answers = {
        key: {**row, "answer": {
            "free_form_answer": "(1)" if int(key) < groups - 1 else "Both.",
            "multiple_choice_answer": row["caption"] if int(key) < groups - 1 else "",
        }}
        for key, row in rows.items()
    }  # fmt: skip
    for part in ("captions", "answers"):
        (folder / part).mkdir(exist_ok=True)
    (folder / "captions" / f"{subset}.json").write_text(json.dumps(rows))
    (folder / "answers" / (name or f"gpt4v-{subset}.json")).write_text(
        json.dumps({**answers, "accuracy": 0.8})
    )
    return folder


def right_of(folder: Path, predictions: str, **options: str) -> list[float]:
    dataset = sugarcrepe(str(folder / "captions"), **options)
    found = read_predictions(folder / predictions, dataset)
    return [measure(s, found[s.id], {})["text_score"] for s in dataset.samples()]


@pytest.mark.parametrize("name", ["gpt4v-swap_obj.json", "my_swap_obj.json", "swap_obj.json"])
def test_answers_are_read_under_any_name_that_ends_with_the_subsets(tmp_path, name):
    published(tmp_path, "swap_obj", name=name)
    published(tmp_path, "obj")
    assert right_of(tmp_path, f"answers/{name}", subsets="swap_obj") == [1, 1, 1, 1, 0]


def test_the_answers_to_several_subsets_are_one_run(tmp_path):
    for subset, groups in (("swap_obj", 5), ("obj", 3), ("add_att", 4)):
        published(tmp_path, subset, groups)
    (tmp_path / "answers/.DS_Store").write_bytes(b"")
    assert sorted(right_of(tmp_path, "answers")) == [0] * 3 + [1] * 9
    dataset = sugarcrepe(str(tmp_path / "captions"))
    run = Run(TASK, dataset, Recorded("gpt4v", {}, ""), (CLEAN,))
    model, conditions = predictions_of(run, tmp_path / "answers", [CLEAN])
    assert conditions == [CLEAN]
    assert (
        len(evaluate(replace(run, model=model), tmp_path / "r", replicates=10).statistics("clean"))
        == 12
    )
    (tmp_path / "answers/clear").mkdir()
    (tmp_path / "answers/clear/x.json").write_text("{}")
    with pytest.raises(BadData, match=r"no condition is called 'clear' \(did you mean clean"):
        predictions_of(run, tmp_path / "answers", [CLEAN])


def test_what_answers_lack_or_are_called_says_what_helps(tmp_path):
    published(tmp_path, "swap_obj")
    published(tmp_path, "add_att", name="gpt4v.json")
    with pytest.raises(BadData, match=r"found 5 without 'add_att/0'; dataset.subsets=swap_obj "):
        right_of(tmp_path, "answers/gpt4v-swap_obj.json")
    with pytest.raises(
        BadData, match=r"gpt4v.json: expected a name that ends .*: add_att.json, swap_obj.json$"
    ):
        right_of(tmp_path, "answers/gpt4v.json")
    published(tmp_path, "swap_obj", name="again-swap_obj.json")
    with pytest.raises(BadData, match=r"gpt4v-swap_obj.json: 0: group 'swap_obj/0' occurs twice"):
        (tmp_path / "answers/gpt4v.json").unlink()
        right_of(tmp_path, "answers")


@needs_answers
def test_both_orders_of_the_options_in_one_file(tmp_path):
    name = "swap_obj.json"
    files = [CREPE / f"gpt4v-{order}-first" / name for order in ("positive", "negative")]
    made = answers([], silent, str(CREPE / "data" / name), *map(str, files))
    assert made.tables["swap_obj"]["right"].tolist() == [210, 197]
    path = tmp_path / "both.jsonl"
    path.write_bytes(made.files["swap_obj.jsonl"])
    dataset = sugarcrepe(str(CREPE / "data"), subsets="swap_obj")
    found = read_predictions(path, dataset)
    rows = [measure(s, found[s.id], {}) for s in dataset.samples()]
    by_hand = 0
    both = [json.loads(file.read_text()) for file in files]
    for key in json.loads((CREPE / "data" / name).read_text()):
        chosen = [a[key]["answer"]["multiple_choice_answer"] for a in both]
        by_hand += bool(chosen[0]) and chosen[0] == chosen[1]
    assert len(rows) == 245, "the published captions lack one that was answered"
    assert sum(row["consistency"] for row in rows) == by_hand


def test_both_orders_of_the_subsets_that_were_asked_about(tmp_path):
    for subset in ("swap_obj", "add_att"):
        published(tmp_path, subset)
    (tmp_path / "answers/gpt4v-add_att.json").unlink()
    folders = [str(tmp_path / name) for name in ("captions", "answers", "answers")]
    with pytest.raises(BadData, match=r"dataset.subsets=swap_obj scores these alone"):
        answers([], silent, *folders)
    made = answers([], silent, *folders, subsets="swap_obj")
    assert made.tables["answers"]["right"].tolist() == [4, 4]
    assert made.files["answers.jsonl"].count(b"\n") == 5


def test_answers_without_an_order_are_refused(tmp_path):
    path = tmp_path / "swap_att.json"
    row = {
        "caption": "a",
        "negative_caption": "b",
        "answer": {"free_form_answer": "(1)", "multiple_choice_answer": "a"},
    }
    other = {**row, "answer": {"free_form_answer": "(2)", "multiple_choice_answer": "a"}}
    path.write_text(json.dumps({"0": row, "1": other}))
    with pytest.raises(BadData, match="expected one order of the options, found 2"):
        read_predictions(path, toy())


def test_answers_to_another_subset_are_refused(tmp_path):
    """Ids are bare numbers, and every subset has them."""
    row = {"filename": "x.jpg", "caption": "a", "negative_caption": "b"}
    answer = {"free_form_answer": "(1)", "multiple_choice_answer": "c"}
    (tmp_path / "data").mkdir()
    source, answered = tmp_path / "data/swap_att.json", tmp_path / "swap_att.json"
    source.write_text(json.dumps({"0": row}))
    answered.write_text(json.dumps({"0": {**row, "caption": "c", "answer": answer}}))
    message = "swap_att.json: 0: caption: expected 'a', found 'c'"
    with pytest.raises(BadData, match=message):
        read_predictions(answered, sugarcrepe(str(source.parent)))
    with pytest.raises(BadData, match=message):
        answers([], silent, str(source), str(answered), str(answered))


def test_an_answer_that_is_missing_is_named(tmp_path):
    row = {"filename": "x.jpg", "caption": "a", "negative_caption": "b"}
    answer = {"free_form_answer": "(1)", "multiple_choice_answer": "a"}
    (tmp_path / "data").mkdir()
    source, answered = tmp_path / "data/swap_att.json", tmp_path / "swap_att.json"
    source.write_text(json.dumps({"0": row, "1": row}))
    answered.write_text(json.dumps({"0": {**row, "answer": answer}}))
    with pytest.raises(
        BadData, match=r"swap_att.json: expected all 2 groups .* without 'swap_att/1'"
    ):
        answers([], silent, str(source), str(answered), str(answered))
