"""Training is a function of data, recipe and seed, however often it is stopped."""

import json

import numpy as np
import pytest

pytest.importorskip("torch")

from benchsuite.dataset import Inputs
from benchsuite.errors import BadData, WrongCall
from benchsuite.model import State
from benchsuite_tasks.fairseg.folder import masks
from benchsuite_tasks.fairseg.models.unet import UNet, prepared
from benchsuite_tasks.fairseg.train import rate_at, train_unet

QUICK = {"size": 24, "epochs": 3, "batch": 4}


def silent(stage, done, total):
    pass


class Stop(Exception):
    pass


def stop_at(epoch):
    def progress(stage, done, total):
        if done == epoch:
            raise Stop

    return progress


def data(directory, **options):
    return masks(str(directory), cluster="patient", groups=["race"], **options)


@pytest.mark.parametrize("loss", ["erm", "febs", "group-dro"])
def test_an_interrupted_training_ends_with_the_same_bytes(directory, tmp_path, loss):
    train_unet(data(directory), tmp_path / "a", silent, loss=loss, **QUICK)
    with pytest.raises(Stop):
        train_unet(data(directory), tmp_path / "b", stop_at(2), loss=loss, **QUICK)
    train_unet(data(directory), tmp_path / "b", silent, loss=loss, **QUICK)
    a, b = ((tmp_path / x / "model.safetensors").read_bytes() for x in "ab")
    assert a == b


def test_another_seed_is_another_model_and_the_card_says_which(directory, tmp_path):
    train_unet(data(directory), tmp_path / "a", silent, seed=1, **QUICK)
    train_unet(data(directory), tmp_path / "b", silent, seed=2, **QUICK)
    assert UNet(str(tmp_path / "a")).fingerprint != UNet(str(tmp_path / "b")).fingerprint
    card = json.loads((tmp_path / "b" / "card.json").read_text())
    assert card["recipe"]["seed"] == 2
    assert card["data"]["fingerprint"] == data(directory).fingerprint
    assert UNet(str(tmp_path / "b")).factors == {"loss": "erm", "seed": "2"}


def test_a_model_learns_to_see_the_bright_circle(directory, tmp_path):
    made = data(directory)
    train_unet(made, tmp_path / "m", silent, size=24, epochs=40, batch=4)
    samples = [s for s in made.samples() if s.truth["labels"].any()]
    inputs = [Inputs(s.id, dict(s.inputs)) for s in samples]
    found = UNet(str(tmp_path / "m")).predict(State({}), inputs)
    truth = [s.truth["labels"] for s in samples]
    both = sum((f * t).sum() for f, t in zip(found, truth, strict=True))
    assert 2 * both / sum(f.sum() + t.sum() for f, t in zip(found, truth, strict=True)) > 0.5


def test_every_image_gets_labels_of_its_own_size(directory, tmp_path):
    train_unet(data(directory), tmp_path / "m", silent, **QUICK)
    rng = np.random.default_rng(0)
    shapes = [(30, 50), (24, 24), (17, 9, 3)]
    inputs = [
        Inputs(str(i), {"image": rng.integers(0, 256, s).astype(np.uint8)})
        for i, s in enumerate(shapes)
    ]
    found = UNet(str(tmp_path / "m")).predict(State({}), inputs)
    assert [f.shape for f in found] == [s[:2] for s in shapes]
    assert all(f.dtype == np.uint8 for f in found)


def test_each_fold_is_predicted_by_the_network_that_has_not_seen_it(directory, tmp_path):
    made = data(directory, folds=2)
    train_unet(made, tmp_path / "cv", silent, **QUICK)
    model = UNet(str(tmp_path / "cv"))
    inputs = [Inputs(s.id, dict(s.inputs)) for s in made.samples()]
    together = model.predict(State({}), inputs)
    for fold in "01":
        mine = [i for i, one in enumerate(inputs) if one.fields["fold"] == fold]
        alone = model._labels(model._networks[fold], [inputs[i].fields["image"] for i in mine])
        assert all((together[i] == a).all() for i, a in zip(mine, alone, strict=True))
    card = json.loads((tmp_path / "cv" / "card.json").read_text())
    seen = {fold: figures["images"] for fold, figures in card["figures"].items()}
    counts = {fold: sum(i.fields["fold"] == fold for i in inputs) for fold in "01"}
    assert seen == {fold: 12 - count for fold, count in counts.items()}
    with pytest.raises(BadData, match=r"sample 'x': expected a fold of \['0', '1'\], found ''"):
        model.predict(State({}), [Inputs("x", {"image": inputs[0].fields["image"]})])


def test_the_network_does_not_see_brightness_and_contrast():
    rng = np.random.default_rng(0)
    image = rng.integers(60, 120, (16, 16)).astype(np.uint8)
    assert prepared(image, 16) == pytest.approx(prepared(2 * image, 16), abs=1e-4)


def test_the_rate_warms_up_and_falls_to_nothing():
    assert [rate_at(x) for x in (0.0, 0.05, 0.1, 0.55)] == pytest.approx([0, 0.5, 1, 0.5])
    assert rate_at(1.0) == pytest.approx(0)


def test_wrong_calls_are_one_line(directory, tmp_path):
    with pytest.raises(WrongCall, match="loss: expected one of erm, febs, group-dro, found 'fbes'"):
        train_unet(data(directory), tmp_path, silent, loss="fbes", **QUICK)
    with pytest.raises(WrongCall, match="no sample has the attribute 'rase'"):
        train_unet(data(directory), tmp_path, silent, loss="febs", attribute="rase", **QUICK)


def test_a_checkpoint_of_another_recipe_is_refused(directory, tmp_path):
    with pytest.raises(Stop):
        train_unet(data(directory), tmp_path, stop_at(2), **QUICK)
    with pytest.raises(BadData, match="the checkpoint of another recipe"):
        train_unet(data(directory), tmp_path, silent, **{**QUICK, "seed": 1})


def test_a_folder_without_a_model_is_one_line(tmp_path):
    with pytest.raises(BadData, match=r"card\.json: expected the card of a model"):
        _ = UNet(str(tmp_path)).fingerprint
