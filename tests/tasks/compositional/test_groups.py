"""Groups are shown in keyed order, and what was permuted is undone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchsuite.dataset import Sample
from benchsuite.errors import BadData
from benchsuite_tasks.compositional.datasets import groups
from benchsuite_tasks.compositional.datasets.groups import Group, of_arrays
from benchsuite_tasks.compositional.datasets.mini import SWAPS, contents_of, shapes_mini
from benchsuite_tasks.compositional.measure import Prediction, measure, perfect
from benchsuite_tasks.compositional.metrics import chance_on
from benchsuite_tasks.compositional.task import TASK


def named(key: str, images: int, captions: int, matching: list[int] | None = None) -> Sample:
    """A group whose images and captions are called by their places in the source."""
    made = Group(
        "toy", key, [f"i{n}" for n in range(images)], [f"c{n}" for n in range(captions)], matching
    )
    return groups.sample(made, lambda i, c, _: {"images": i, "captions": c})


shapes = st.integers(1, 4).flatmap(lambda m: st.tuples(st.just(m), st.integers(m, 5)))


@given(key=st.text(min_size=1), shape=shapes, data=st.data())
def test_scores_by_truth_and_by_source_undo_the_order_shown(key, shape, data):
    images, captions = shape
    matching = data.draw(st.permutations(range(captions)))[:images]
    sample = named(key, images, captions, matching)
    shown = [
        [10 * int(i[1:]) + int(c[1:]) for c in sample.inputs["captions"]]
        for i in sample.inputs["images"]
    ]
    source = sample.truth.in_source_order(np.array(shown))
    assert source.tolist() == [[10 * i + c for c in range(captions)] for i in range(images)]
    assert (sample.truth.as_shown(source) == shown).all()
    right = sample.truth.by_image(np.array(shown))
    assert np.diagonal(right).tolist() == [10 * i + c for i, c in enumerate(matching)]
    assert sorted(right.ravel().tolist()) == sorted(source.ravel().tolist())


@given(key=st.text(min_size=1), shape=shapes)
def test_assigned_captions_and_selected_images_follow_their_image(key, shape):
    images, captions = shape
    sample = named(key, images, captions)
    right = [sample.inputs["captions"].index(i.replace("i", "c")) for i in sample.inputs["images"]]
    marked = [i == "i0" for i in sample.inputs["images"]]
    found = Prediction(
        np.zeros((1, 2, images, captions), np.float32),
        selected=np.array([[marked]]),
        assigned=np.array([[right, [-1] * images]]),
    ).by_image(sample.truth)
    assert found.assigned[0].tolist() == [list(range(images)), [-1] * images]
    assert found.selected[0, 0].tolist() == [True] + [False] * (images - 1)


def test_the_right_matching_is_shown_straight_in_half_of_the_groups():
    straight = [
        s.inputs["images"][0][1:] == s.inputs["captions"][0][1:]
        for s in (named(str(n), 2, 2) for n in range(2000))
    ]
    assert np.mean(straight) == pytest.approx(0.5, abs=0.04)
    first = [named(str(n), 1, 4).inputs["captions"][0] == "c0" for n in range(2000)]
    assert np.mean(first) == pytest.approx(0.25, abs=0.04)


@pytest.mark.parametrize(
    ("images", "captions", "matching", "message"),
    [
        (["a", "b"], ["x", "x"], None, "expected different captions, found 'x' twice"),
        (["a", "b"], ["x", " "], None, "expected captions with characters, found ' '"),
        (["a", "b"], ["x"], None, "found 2 images and 1 captions"),
        ([], ["x"], None, "found 0 images and 1 captions"),
        (["a", "b"], ["x", "y"], [0, 0], "expected 2 different captions of 0 to 1, one an image"),
        (["a", "b"], ["x", "y"], [0, 2], "one an image, found [0, 2]"),
        (["a", "b"], ["x", "y"], [0], "one an image, found [0]"),
        (["a", "b"], ["x", "y"], ["0", "1"], "one an image, found ['0', '1']"),
    ],
)
def test_what_is_no_group_is_one_line(images, captions, matching, message):
    with pytest.raises(BadData) as error:
        groups.sample(Group("f.jsonl:3", "g", images, captions, matching), lambda *_: {})
    assert str(error.value).startswith("f.jsonl:3: group 'g': ")
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("prediction", "message"),
    [
        ([[1.0, float("nan")], [0.0, 0.0]], "expected finite float32 scores"),
        ([[1.0, 1e300], [0.0, 0.0]], "expected finite float32 scores"),
        ([[1.0, 0.0]], "expected scores (2, 2), found (1, 2)"),
        ([[1.0, 0.0], [1.0]], "expected a matrix of numbers"),
        ("high", "expected a matrix of numbers"),
    ],
)
def test_scores_that_are_no_matrix_are_one_line(prediction, message):
    with pytest.raises(BadData) as error:
        measure(named("g", 2, 2), prediction, {})
    assert str(error.value).startswith("group 'g': ")
    assert message in str(error.value)


def test_a_group_scores_as_it_should():
    sample = named("g", 2, 2)
    perfect = [
        [float(i[1:] == c[1:]) for c in sample.inputs["captions"]] for i in sample.inputs["images"]
    ]
    row = measure(sample, perfect, {})
    assert row["group_score"] == row["group_match"] == row["text_score"] == row["image_score"] == 1
    assert row["scores"] == [1.0, 0.0, 0.0, 1.0], "in the source's order"
    assert (row["adapted"], row["controlled"], row["matched_globally"]) == (0, 0, 0)


@pytest.mark.parametrize(("images", "captions"), [(1, 1), (1, 4), (2, 2), (2, 3), (3, 3)])
def test_a_perfect_model_gets_all_that_a_group_asks(images, captions):
    for key in "abcdef":
        group = named(key, images, captions)
        row = measure(group, perfect(group, {}), {})
        names = ("group_score", "group_match", "text_score", "image_score", "individual_match")
        assert [row[name] for name in names] == [1.0] * 5


def test_chance_is_the_mean_over_the_shapes_of_a_dataset():
    pixels = np.zeros((4, 4, 3), np.uint8)
    both = [Group("toy", "a", [pixels] * 2, ["x", "y"]), Group("toy", "b", [pixels], ["x", "y"])]
    found = chance_on(of_arrays("toy", both))
    assert found["group_score"] == pytest.approx((1 / 6 + 1 / 2) / 2)
    assert found["group_match"] == pytest.approx(1 / 2)
    assert "image_score" not in found, "which 1×k groups do not have"
    assert TASK.chance_on(of_arrays("toy", both[:1]))["image_score"] == pytest.approx(1 / 4)


def test_shapes_mini_is_what_it_says():
    dataset = shapes_mini()
    samples = dataset.samples()
    sizes = [s.attributes["shape"] for s in samples]
    assert (sizes.count("2x2"), sizes.count("1x4")) == (480, 240)
    assert {s.attributes["swap"] for s in samples} == set(SWAPS)
    assert shapes_mini().fingerprint == dataset.fingerprint
    assert shapes_mini(seed=1).fingerprint != dataset.fingerprint
    assert samples[0].inputs["images"][0].shape == (64, 64, 3)


def test_the_splits_of_shapes_mini_share_no_pair_of_colours_with_a_pair_of_shapes():
    test, train = contents_of("test"), contents_of("train")
    assert len(test) + len(train) == 15 * 10
    assert not {*test} & {*train}
    assert 40 <= len(test) <= 60
