"""torchvision's Mask R-CNNs: random weights, saved to disk in the upstream layout."""

import pickle

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torchvision.models import get_model

from benchsuite.dataset import Inputs
from benchsuite.errors import BadData, WrongCall
from benchsuite.files.masks import decoded
from benchsuite.model import State
from benchsuite_tasks.instance_segmentation.models.torchvision import (
    ARCHITECTURES,
    TorchVision,
    coco_names,
)
from tests.learning.changed import filled, without

CLASSES = {3: "cat", 8: "dog"}
OPTIONS = {"classes": ["cat", "dog"], "min_size": 96, "max_size": 128, "score": 0.0, "limit": 9}


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    made = get_model(
        "maskrcnn_resnet50_fpn",
        weights=None,
        weights_backbone=None,
        num_classes=3,
        min_size=96,
        max_size=128,
        box_score_thresh=0.0,
        box_detections_per_img=9,
    )
    return made.eval()


@pytest.fixture(scope="module")
def file(network, tmp_path_factory):
    path = tmp_path_factory.mktemp("torchvision") / "weights.safetensors"
    save_file(network.state_dict(), path)
    return path


@pytest.fixture(scope="module")
def rows():
    random = np.random.default_rng(0)
    shapes = ((60, 80, 3), (100, 50, 3))
    return [
        Inputs(f"i{k}", {"image": random.integers(0, 256, s, dtype=np.uint8)})
        for k, s in enumerate(shapes)
    ]


def test_predictions_are_torchvisions_own(network, file, rows):
    found = TorchVision(weights=str(file), **OPTIONS).predict(State({"classes": CLASSES}), rows)
    for row, one in zip(rows, found, strict=True):
        image = torch.from_numpy(row.fields["image"]).permute(2, 0, 1) / 255
        with torch.inference_mode():
            theirs = network([image])[0]
        assert np.array_equal(one.labels, np.array([3, 8])[theirs["labels"] - 1])
        assert np.allclose(one.scores, theirs["scores"], atol=1e-6)
        corners = np.concatenate([one.boxes[:, :2], one.boxes[:, :2] + one.boxes[:, 2:]], axis=1)
        assert np.allclose(corners, theirs["boxes"], atol=1e-3)
        masks = np.stack([decoded(mask) for mask in one.masks])
        assert (masks != (theirs["masks"][:, 0] > 0.5).numpy()).mean() < 1e-3


def test_a_model_is_pickled_without_its_weights_and_predicts_the_same(file, rows):
    model = TorchVision(weights=str(file), **OPTIONS)
    assert len(pickle.dumps(model)) < 1000
    state = State({"classes": CLASSES})
    first = model.predict(state, rows)
    again = pickle.loads(pickle.dumps(model)).predict(state, rows[1:])
    assert np.array_equal(first[1].scores, again[0].scores)
    assert first[1].masks == again[0].masks


def test_the_fingerprint_covers_weights_and_config_and_not_name_or_place(file, tmp_path):
    there = tmp_path / "copy.safetensors"
    there.write_bytes(file.read_bytes())
    model = TorchVision(weights=str(file), **OPTIONS)
    assert TorchVision(name="other", weights=str(there), **OPTIONS).fingerprint == model.fingerprint
    assert (
        TorchVision(weights=str(file), **{**OPTIONS, "min_size": 97}).fingerprint
        != model.fingerprint
    )
    assert (
        TorchVision(weights="random").fingerprint
        != TorchVision(weights="random", seed=1).fingerprint
    )


def test_a_checkpoint_of_a_training_script_is_read_and_code_in_it_is_not_run(
    network, tmp_path, rows
):
    ran = tmp_path / "ran"

    class Code:
        def __reduce__(self):
            return (ran.write_text, ("code",))

    path = tmp_path / "hostile.pth"
    torch.save({"model": network.state_dict(), "epoch": Code()}, path)
    with pytest.raises(BadData, match=r"hostile\.pth: expected weights"):
        TorchVision(weights=str(path), **OPTIONS).predict(State({"classes": CLASSES}), rows)
    assert not ran.exists()


def test_weights_of_another_network_are_told(tmp_path, rows):
    path = tmp_path / "other.pth"
    torch.save({"model": {"layer.weight": torch.zeros(3)}}, path)
    with pytest.raises(BadData, match=r"other\.pth: expected a Mask R-CNN's weights"):
        TorchVision(weights=str(path)).predict(State({"classes": CLASSES}), rows)
    with pytest.raises(WrongCall, match=r"model\.architecture: .* \(did you mean maskrcnn"):
        TorchVision(architecture="maskrcnn_resnet50")


def test_the_labels_of_coco_weights_are_cocos_ids():
    names = coco_names()
    assert len(names) == 90
    assert [names[i - 1] for i in (1, 12, 13, 90)] == ["person", "", "stop sign", "toothbrush"]
    assert sum(map(bool, names)) == 80


def test_design_factors_say_what_is_known():
    for architecture in ARCHITECTURES:
        factors = TorchVision(architecture=architecture).factors
        assert "unknown" not in factors.values()
    own = TorchVision(weights="mine.pth", factors_of={"augmentation": "flip"}).factors
    assert (own["augmentation"], own["initialisation"]) == ("flip", "unknown")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (filled("fpn", torch.nan), "fpn.*: expected finite weights, found NaN"),
        (filled("cls_score.weight", 3e38), "^sample 'i0': expected finite outputs of the network"),
        (filled("layer3.0.conv1.weight", 3e38), "^sample 'i0': expected finite outputs"),
        (without("rpn.head.conv"), r"missing rpn\.head\.conv"),
        (without("num_batches_tracked"), None),
    ],
)
def test_odd_weights_do_not_find_nothing(network, tmp_path, rows, change, message):
    path = tmp_path / "odd.safetensors"
    save_file(change(network.state_dict()), path)
    model = TorchVision(weights=str(path), **OPTIONS)
    if message is None:
        assert model.predict(State({"classes": CLASSES}), rows)
        return
    with pytest.raises(BadData, match=message):
        model.predict(State({"classes": CLASSES}), rows)
