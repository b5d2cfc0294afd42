"""Training is a function of data, recipe and seed, however often it is stopped."""

import json
import re
import shutil

import numpy as np
import pytest

pytest.importorskip("torch")

import torch
from safetensors.torch import save_file

from benchsuite.dataset import Inputs
from benchsuite.errors import BadData, NotAvailable, WrongCall
from benchsuite.learning.card import read_card
from benchsuite.model import State
from benchsuite_tasks.fairseg.datasets.masks import masks
from benchsuite_tasks.fairseg.models.unet import UNet, prepared
from benchsuite_tasks.fairseg.training.recipe import rate_at, train_unet

QUICK = {"size": 24, "epochs": 3, "batch": 4}
APART = {**QUICK, "epochs": 8}
"""Until the networks of two folds differ in what they predict."""


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
    train_unet(made, tmp_path / "cv", silent, **APART)
    model = UNet(str(tmp_path / "cv"))
    inputs = [Inputs(s.id, dict(s.inputs)) for s in made.samples()]
    assert differ(*(model._labels(model._networks[f], inputs_of(made)) for f in "01"))
    together = model.predict(State(made.shared), inputs)
    for fold in "01":
        mine = [i for i, one in enumerate(inputs) if one.fields["fold"] == fold]
        alone = model._labels(model._networks[fold], [inputs[i] for i in mine])
        assert all((together[i] == a).all() for i, a in zip(mine, alone, strict=True))
    card = json.loads((tmp_path / "cv" / "card.json").read_text())
    seen = {fold: figures["images"] for fold, figures in card["figures"].items()}
    counts = {fold: sum(i.fields["fold"] == fold for i in inputs) for fold in "01"}
    assert seen == {fold: 12 - count for fold, count in counts.items()}


def predicted(model, dataset, chosen=slice(None)):
    inputs = [Inputs(s.id, dict(s.inputs)) for s in dataset.samples()[chosen]]
    return model.predict(State(dataset.shared), inputs)


@pytest.fixture(scope="module")
def trained(tmp_path_factory, slices):
    """Networks trained with two folds, with none, and with one institution left out."""
    root = tmp_path_factory.mktemp("trained")
    for name, options in (("cv", {"folds": 2}), ("one", {}), ("site", {"folds": "institution"})):
        train_unet(data(slices, **options), root / name, silent, **APART)
    return root


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("cv", {}, r"'s00': .*cv: expected fold '.', whose network .* cluster 'p0', found no fold"),
        ("cv", {"folds": 3}, "expected fold '.', whose network has not seen its cluster"),
        ("cv", {"folds": "institution"}, "expected fold '.', whose .* found fold 'A'"),
        ("site", {"folds": 2}, "expected fold 'A', whose network has not seen"),
        ("one", {}, "expected a cluster that training has not seen, found 'p0', which is"),
        (
            "one",
            {"folds": 2},
            "expected a cluster that training has not seen, found 'p0', which is",
        ),
    ],
)
def test_no_network_predicts_what_it_was_trained_on(slices, trained, name, options, message):
    with pytest.raises(BadData, match=message):
        predicted(UNet(str(trained / name)), data(slices, **options))


def renamed(slices, folder):
    """The same slices as those of other patients, in a directory of its own."""
    shutil.copytree(slices, folder)
    table = folder / "attributes.csv"
    table.write_text(re.sub(r",p(\d)", r",q\1", table.read_text()))
    return folder


def test_other_patients_are_predicted_by_networks_that_have_seen_none_of_them(
    slices, trained, tmp_path
):
    other = renamed(slices, tmp_path / "other")
    model = UNet(str(trained / "cv"))
    alone = {f: model._labels(model._networks[f], inputs_of(data(other))) for f in "01"}
    assert differ(alone["0"], alone["1"])
    by_lot = predicted(model, data(other))
    clusters = [s.cluster_id for s in data(other).samples()]
    took = [[f for f in "01" if (alone[f][i] == by_lot[i]).all()] for i in range(12)]
    assert all(took)
    for patient in set(clusters):
        mine = [set(t) for t, c in zip(took, clusters, strict=True) if c == patient]
        assert set.intersection(*mine), "a patient is given to one network"
    by_fold = predicted(model, data(other, folds=2))
    for i, sample in enumerate(data(other, folds=2).samples()):
        assert (by_fold[i] == alone[sample.inputs["fold"]][i]).all()
    assert len(predicted(UNet(str(trained / "one")), data(other))) == 12
    with pytest.raises(BadData, match=r"expected a fold of \['0', '1'\], found fold '.'"):
        predicted(model, data(other, folds="institution"))
    with pytest.raises(BadData, match=r"expected no fold \(dataset\.folds=\), found fold '.'"):
        predicted(UNet(str(trained / "one")), data(other, folds=2))


def inputs_of(dataset):
    return [Inputs(s.id, dict(s.inputs)) for s in dataset.samples()]


def differ(some, others):
    return any((a != b).any() for a, b in zip(some, others, strict=True))


def test_the_same_command_trains_nothing_again(slices, tmp_path):
    made, epochs = data(slices, folds=2), []
    train_unet(made, tmp_path / "m", silent, **QUICK)
    before = {path.name: path.read_bytes() for path in (tmp_path / "m").iterdir()}
    train_unet(made, tmp_path / "m", lambda stage, done, total: epochs.append(done), **QUICK)
    assert set(epochs) == {QUICK["epochs"]}
    assert {path.name: path.read_bytes() for path in (tmp_path / "m").iterdir()} == before
    assert read_card(tmp_path / "m").folds == {
        s.cluster_id: s.inputs["fold"] for s in made.samples()
    }


def earlier(card):
    """A card as benchsuite 0.1 wrote it."""
    old = {key: card[key] for key in ("model", "network", "licence", "recipe", "figures")}
    data = {"dataset": card["data"]["name"], "fingerprint": card["data"]["fingerprint"], "note": ""}
    folds = sorted(set(card["folds"].values()) - {""})
    return {**old, "data": data, "groups": ["a", "b"], "folds": folds, "clusters": card["folds"]}


@pytest.mark.parametrize("folds", ["", 2])
def test_the_card_of_an_earlier_version_is_read(slices, tmp_path, folds):
    made = data(slices, folds=folds)
    train_unet(made, tmp_path / "m", silent, **QUICK)
    path, now = tmp_path / "m" / "card.json", UNet(str(tmp_path / "m"))
    path.write_text(json.dumps(earlier(json.loads(path.read_text()))))
    old = UNet(str(tmp_path / "m"))
    assert (old.fingerprint, old.factors) == (now.fingerprint, now.factors)
    if folds:
        assert len(predicted(old, made)) == 12
    else:
        with pytest.raises(BadData, match="expected a cluster that training has not seen"):
            predicted(old, made)


def test_an_earlier_card_without_the_folds_of_clusters_says_what_to_do(slices, tmp_path):
    train_unet(data(slices, folds=2), tmp_path / "m", silent, **QUICK)
    path = tmp_path / "m" / "card.json"
    old = earlier(json.loads(path.read_text()))
    del old["clusters"]
    path.write_text(json.dumps(old))
    with pytest.raises(BadData, match=r"clusters: expected the fold .*; train again, in another"):
        _ = UNet(str(tmp_path / "m")).fingerprint


def test_a_checkpoint_of_an_earlier_version_says_what_to_do(directory, tmp_path):
    save_file({"net/x": torch.zeros(1)}, tmp_path / "model.checkpoint", {"key": "an earlier one"})
    with pytest.raises(BadData, match="choose another folder, or remove the file"):
        train_unet(data(directory), tmp_path, silent, **QUICK)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{}", "expected the key 'model'"),
        ("[]", "expected an object"),
        ("{", "expected JSON"),
        ('{"groups": []}', "data: expected an object"),
        ('{"groups": [], "data": {}}', "expected the key 'model'"),
    ],
)
def test_a_bad_card_is_one_line(tmp_path, content, message):
    save_file({"x": torch.zeros(1)}, tmp_path / "model.safetensors")
    (tmp_path / "card.json").write_text(content)
    with pytest.raises(BadData, match=rf"card\.json.*{message}"):
        _ = UNet(str(tmp_path)).fingerprint


def test_what_a_dataset_says_of_its_clusters_is_not_in_its_fingerprint(directory):
    """Else no training could be continued, and no run, that was begun without it."""
    made = data(directory)
    assert made.shared["clusters"]["s03"] == "p1"
    assert data(directory, oracle="box").fingerprint == made.fingerprint


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
    with pytest.raises(BadData, match="expected a checkpoint of this training"):
        train_unet(data(directory), tmp_path, silent, **{**QUICK, "seed": 1})


def test_a_folder_without_a_model_is_one_line(tmp_path):
    with pytest.raises(NotAvailable, match=r"model\.weights: .*\(there are erm, febs, group-dro\)"):
        _ = UNet(str(tmp_path)).fingerprint
    save_file({"x": torch.zeros(1)}, tmp_path / "model.safetensors")
    with pytest.raises(BadData, match=r"card\.json: expected a readable file"):
        _ = UNet(str(tmp_path)).fingerprint
