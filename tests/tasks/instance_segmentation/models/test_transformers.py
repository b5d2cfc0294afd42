"""Mask2Former and MaskFormer: tiny ones with random weights, saved in the upstream layout."""

import json
import pickle
import shutil

import numpy as np
import pytest
import torch

from benchsuite.dataset import Inputs
from benchsuite.errors import BadData, WrongCall
from benchsuite.model import State

transformers = pytest.importorskip("transformers")

from benchsuite.files.masks import decoded  # noqa: E402
from benchsuite_tasks.instance_segmentation.models.transformers import (  # noqa: E402
    Transformers,
    instances,
    tight_boxes,
)
from tests.learning.changed import filled, rewritten, without  # noqa: E402

NAMES = {0: "cat", 1: "stuff", 2: "dog"}
CLASSES = {17: "cat", 18: "dog"}


def swin():
    return transformers.SwinConfig(
        image_size=64,
        embed_dim=8,
        depths=[1, 1, 1, 1],
        num_heads=[1, 1, 2, 2],
        window_size=2,
        out_features=["stage1", "stage2", "stage3", "stage4"],
    )


def mask2former():
    config = transformers.Mask2FormerConfig(
        backbone_config=swin(),
        feature_size=32,
        mask_feature_size=32,
        hidden_dim=32,
        encoder_feedforward_dim=16,
        dim_feedforward=16,
        encoder_layers=1,
        decoder_layers=2,
        num_attention_heads=2,
        num_queries=7,
        id2label=NAMES,
        label2id={name: label for label, name in NAMES.items()},
    )
    return (
        transformers.Mask2FormerForUniversalSegmentation(config),
        transformers.Mask2FormerImageProcessor(size={"shortest_edge": 48, "longest_edge": 96}),
    )


def maskformer():
    config = transformers.MaskFormerConfig(
        backbone_config=swin(),
        fpn_feature_size=32,
        mask_feature_size=32,
        decoder_config=transformers.DetrConfig(
            d_model=32,
            encoder_layers=1,
            decoder_layers=1,
            encoder_ffn_dim=16,
            decoder_ffn_dim=16,
            encoder_attention_heads=2,
            decoder_attention_heads=2,
            num_queries=7,
        ),
        id2label=NAMES,
        label2id={name: label for label, name in NAMES.items()},
    )
    return (
        transformers.MaskFormerForInstanceSegmentation(config),
        transformers.MaskFormerImageProcessor(size={"shortest_edge": 48, "longest_edge": 96}),
    )


MAKERS = {"mask2former": mask2former, "maskformer": maskformer}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    made = {}
    for kind, make in MAKERS.items():
        torch.manual_seed(0)
        network, processor = make()
        made[kind] = tmp_path_factory.mktemp(kind)
        network.save_pretrained(made[kind], safe_serialization=True)
        processor.save_pretrained(made[kind])
    return made


def images(*shapes):
    random = np.random.default_rng(0)
    return [
        Inputs(f"i{k}", {"image": random.integers(0, 256, (*shape, 3), dtype=np.uint8)})
        for k, shape in enumerate(shapes)
    ]


@pytest.mark.parametrize("kind", MAKERS)
def test_a_directory_in_the_upstream_layout_is_run(folders, kind):
    model = Transformers(path=str(folders[kind]))
    rows = images((40, 60), (64, 64))
    found = model.predict(State({"classes": CLASSES}), rows)
    for row, one in zip(rows, found, strict=True):
        height, width = row.fields["image"].shape[:2]
        assert len(one) > 0
        assert set(one.labels.tolist()) <= set(CLASSES)
        assert np.isfinite(one.scores).all()
        masks = np.stack([decoded(mask) for mask in one.masks])
        assert masks.shape[1:] == (height, width)
        assert np.array_equal(tight_boxes(masks), one.boxes)


@pytest.mark.parametrize("kind", MAKERS)
def test_a_prediction_depends_on_its_image_alone(folders, kind):
    model = pickle.loads(pickle.dumps(Transformers(path=str(folders[kind]))))
    state, rows = State({"classes": CLASSES}), images((40, 60), (64, 64))
    both, alone = model.predict(state, rows), model.predict(state, rows[1:])
    assert np.array_equal(both[1].scores, alone[0].scores)
    assert both[1].masks == alone[0].masks


def test_the_fingerprint_covers_weights_and_config_and_not_the_place(folders, tmp_path):
    here = folders["maskformer"]
    there = shutil.copytree(here, tmp_path / "there")
    print_ = Transformers(path=str(here)).fingerprint
    assert Transformers(name="other", path=str(there)).fingerprint == print_
    config = json.loads((there / "config.json").read_text())
    (there / "config.json").write_text(json.dumps({**config, "dropout": 0.3}))
    assert Transformers(path=str(there)).fingerprint != print_


def test_design_factors_are_declared(folders):
    factors = Transformers(
        path=str(folders["mask2former"]), factors_of={"augmentation": "lsj"}
    ).factors
    assert factors["backbone"] == "swin"
    assert factors["norm"] == "layer"
    assert factors["augmentation"] == "lsj"


def test_what_is_missing_or_another_thing_is_told(folders, tmp_path):
    with pytest.raises(WrongCall, match=r"model\.path"):
        Transformers()
    other = shutil.copytree(folders["maskformer"], tmp_path / "other")
    (other / "model.safetensors").unlink()
    with pytest.raises(BadData, match=r"expected weights as \.safetensors"):
        Transformers(path=str(other)).predict(State({"classes": CLASSES}), images((40, 40)))
    (other / "config.json").write_text(json.dumps({"model_type": "bert"}))
    with pytest.raises(BadData, match=r"expected one of mask2former, maskformer, found 'bert'"):
        _ = Transformers(path=str(other)).factors


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (filled("class_predictor", torch.nan), "class_predictor.*: expected finite weights"),
        (filled("class_predictor.weight", 3e38), "^sample 'i0': expected finite outputs"),
        (without("class_predictor"), r"missing class_predictor\.bias, class_predictor\.weight$"),
        (
            lambda tensors: {**tensors, "class_predictor.more": torch.ones(1)},
            "unexpected class_pre",
        ),
    ],
)
def test_odd_weights_do_not_find_nothing(folders, tmp_path, kind, change, message):
    folder = rewritten(folders[kind], tmp_path / "odd", change)
    with pytest.raises(BadData, match=message):
        Transformers(path=str(folder)).predict(State({"classes": CLASSES}), images((40, 60)))


def test_instances_are_the_best_pairs_of_query_and_class():
    torch.manual_seed(1)
    classes, masks = torch.randn(5, 4), torch.randn(5, 6, 8)
    ids = np.array([3, 5, 9])
    found = instances(classes, masks, (6, 8), ids, limit=4)
    slow = []
    for query in range(5):
        for label in range(3):
            chance = classes[query].exp()[label] / classes[query].exp().sum()
            inside = masks[query] > 0
            slow.append(
                (
                    float(chance),
                    float(chance * masks[query].sigmoid()[inside].mean()),
                    ids[label],
                    inside,
                )
            )
    slow = sorted(slow, key=lambda row: -row[0])[:4]
    assert found.labels.tolist() == [row[2] for row in slow]
    assert np.allclose(found.scores, [row[1] for row in slow], atol=1e-6)
    assert all(
        np.array_equal(decoded(m), row[3].numpy()) for m, row in zip(found.masks, slow, strict=True)
    )
