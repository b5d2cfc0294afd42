"""The generated scenes: the same for everybody, exact, and paired across their domains."""

import numpy as np
import pytest

from benchsuite.dataset import fingerprint
from benchsuite.errors import WrongCall
from benchsuite.files.masks import decoded
from benchsuite_tasks.instance_segmentation.datasets import mini
from benchsuite_tasks.instance_segmentation.datasets.mini import (
    BACKGROUND,
    CROWDING,
    LIGHTING,
    SCALE,
)
from benchsuite_tasks.instance_segmentation.datasets.scenes import CLASSES, SIDE

N = 60


@pytest.fixture(scope="module")
def dataset():
    return mini.scenes_mini(images=N)


def test_a_scene_depends_on_its_split_and_number_alone(dataset):
    before = dataset.samples()
    mini._samples.cache_clear()
    mini._clean.cache_clear()
    alone = mini._sample("test", 7, "night")
    assert np.array_equal(alone.inputs["image"], dataset.samples("night")[7].inputs["image"])
    assert fingerprint(dataset.samples(), {}) == fingerprint(before, {})
    assert mini.scenes_mini(images=N).fingerprint == dataset.fingerprint


def test_the_generator_draws_what_it_drew_when_the_weights_were_trained(dataset):
    # Another value here is another dataset: give mini.VERSION a new number, and train again.
    assert dataset.fingerprint == "d11038290ee23ae6ce18d6d8dd0df1fa"


def test_training_never_sees_a_test_scene(dataset):
    train = mini.scenes_mini(split="train", images=N)
    assert not {s.id for s in train.samples()} & {s.id for s in dataset.samples()}
    pixels = {s.inputs["image"].tobytes() for s in dataset.samples()}
    assert not pixels & {s.inputs["image"].tobytes() for s in train.samples()}
    assert train.population_of() != dataset.population_of()
    assert train.domains == ()


def test_there_are_enough_scenes_and_every_group_is_there():
    whole = mini.IMAGES["test"]
    assert whole >= 200
    levels = {
        "lighting": LIGHTING,
        "crowding": CROWDING,
        "object_scale": SCALE,
        "background": BACKGROUND,
    }
    samples = [mini._clean("test", number) for number in range(whole)]
    for name, values in levels.items():
        found = [sample.attributes[name] for sample in samples]
        assert set(found) == set(values)
        assert min(found.count(value) for value in values) >= 50, name


def test_masks_are_exact_disjoint_and_described_truly(dataset):
    ids = set()
    for sample in dataset.samples():
        assert sample.inputs["image"].shape == (SIDE, SIDE, 3)
        assert sample.inputs["image"].dtype == np.uint8
        taken = np.zeros((SIDE, SIDE), dtype=int)
        for annotation in sample.truth["annotations"]:
            mask = decoded(annotation["segmentation"])
            taken += mask
            rows, columns = np.nonzero(mask)
            x, y, width, height = annotation["bbox"]
            assert (x, y) == (columns.min(), rows.min())
            assert (x + width, y + height) == (columns.max() + 1, rows.max() + 1)
            assert annotation["area"] == mask.sum() > 0
            assert 1 <= annotation["category_id"] <= len(CLASSES)
            ids.add(annotation["id"])
        assert taken.max() == 1
    assert len(ids) == sum(len(s.truth["annotations"]) for s in dataset.samples())
    assert 0 not in ids


def test_an_object_is_where_its_mask_says():
    # Drawing one more object changes the pixels of its mask, and none far from it.
    from benchsuite_tasks.instance_segmentation.datasets.scenes import (
        KINDS,
        _background,
        _blend,
        _covered,
        _object,
    )

    for seed, kind in enumerate(KINDS.values()):
        random = np.random.default_rng(seed)
        before = _background("smooth", random)
        made = _object(kind, 20.0, random)
        after = before.copy()
        _blend(after, made)
        mask = _covered(np.zeros((SIDE, SIDE), dtype=np.int64), made, 1).astype(bool)
        touched = (before != after).any(axis=2)
        assert touched[mask].all()
        edge = np.pad(mask, 1)
        near = edge[:-2, 1:-1] | edge[2:, 1:-1] | edge[1:-1, :-2] | edge[1:-1, 2:] | mask
        assert (touched & ~near).sum() <= 0.02 * mask.sum()


def test_a_dense_scene_has_many_objects(dataset):
    covered = [s for s in dataset.samples() if s.attributes["crowding"] == "dense"]
    assert np.mean([len(s.truth["annotations"]) for s in covered]) > 6


def test_a_domain_shows_the_same_scenes_and_truths_in_other_pixels(dataset):
    assert dataset.domains == ("night", "sketch")
    for domain in dataset.domains:
        assert dataset.population_of(domain) == dataset.population_of()
        for clean, other in zip(dataset.samples(), dataset.samples(domain), strict=True):
            assert (clean.id, clean.cluster_id, clean.truth) == (
                other.id,
                other.cluster_id,
                other.truth,
            )
            assert other.inputs["image"].shape == clean.inputs["image"].shape
            assert other.inputs["image"].dtype == np.uint8
            assert np.abs(other.inputs["image"].astype(int) - clean.inputs["image"]).mean() > 10


def test_a_split_or_number_that_does_not_exist_is_told():
    with pytest.raises(WrongCall, match=r"dataset\.split: there is no split 'tset'"):
        mini.scenes_mini(split="tset")
    with pytest.raises(WrongCall, match=r"dataset\.images: expected 0 to 240, found 999"):
        mini.scenes_mini(images=999)
