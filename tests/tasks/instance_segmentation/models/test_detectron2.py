"""The detectron2 adapter: what needs no detectron2, and a real build of it where there is one."""

import pickle
from importlib.util import find_spec

import numpy as np
import pytest
import torch

from benchsuite.dataset import Inputs
from benchsuite.errors import BadData, NotAvailable, WrongCall
from benchsuite.files.masks import decoded
from benchsuite.model import State
from benchsuite_tasks.instance_segmentation.models.detectron2 import Detectron2

COCO = {1: "person", 13: "stop sign", 90: "toothbrush"}
MASK_RCNN = "COCO-InstanceSegmentation/mask_rcnn_R_50_FPN_3x.yaml"
SMALL = [
    "INPUT.MIN_SIZE_TEST",
    96,
    "INPUT.MAX_SIZE_TEST",
    128,
    "MODEL.ROI_HEADS.SCORE_THRESH_TEST",
    0.0,
]

real = pytest.mark.skipif(
    find_spec("detectron2") is None, reason="detectron2 is not installed: it is built from source"
)


@pytest.mark.skipif(find_spec("detectron2") is not None, reason="detectron2 is installed")
def test_without_detectron2_the_way_to_it_is_told():
    with pytest.raises(NotAvailable, match=r"pip install .*detectron2"):
        _ = Detectron2().fingerprint


@pytest.fixture(scope="module")
def rows():
    random = np.random.default_rng(0)
    return [
        Inputs(f"i{k}", {"image": random.integers(0, 256, (60, 80 + k, 3), dtype=np.uint8)})
        for k in range(2)
    ]


@real
def test_predictions_are_those_of_detectron2s_own_predictor(rows, tmp_path):
    from detectron2.engine import DefaultPredictor

    model = Detectron2(config=MASK_RCNN, weights="random", overrides=SMALL)
    found = model.predict(State({"classes": COCO}), rows)
    cfg = model._config()
    torch.manual_seed(0)
    cfg.MODEL.WEIGHTS = ""
    theirs = DefaultPredictor(cfg)
    kept = {0: 1, 11: 13, 79: 90}
    assert sum(map(len, found)) > 0
    for row, one in zip(rows, found, strict=True):
        instances = theirs(row.fields["image"][:, :, ::-1])["instances"]
        wanted = [i for i, label in enumerate(instances.pred_classes.tolist()) if label in kept]
        assert one.labels.tolist() == [kept[int(instances.pred_classes[i])] for i in wanted]
        assert np.allclose(one.scores, instances.scores[wanted], atol=1e-6)
        for mask, i in zip(one.masks, wanted, strict=True):
            assert np.array_equal(decoded(mask), instances.pred_masks[i].numpy())


@real
def test_weights_from_disk_are_those_that_were_saved(rows, tmp_path):
    from detectron2.modeling import build_model

    model = Detectron2(config=MASK_RCNN, weights="random", overrides=SMALL)
    torch.manual_seed(7)
    weights = build_model(model._config()).state_dict()
    torch.save({"model": weights}, tmp_path / "model_final.pth")
    arrays = {name: tensor.numpy() for name, tensor in weights.items()}
    (tmp_path / "model_final.pkl").write_bytes(pickle.dumps({"model": arrays}, protocol=2))
    state = State({"classes": COCO})
    seven = Detectron2(config=MASK_RCNN, weights="random", overrides=SMALL, seed=7).predict(
        state, rows
    )
    for name in ("model_final.pth", "model_final.pkl"):
        found = Detectron2(config=MASK_RCNN, weights=str(tmp_path / name), overrides=SMALL).predict(
            state, rows
        )
        assert [one.masks for one in found] == [one.masks for one in seven]
    del weights["roi_heads.mask_head.predictor.weight"]
    torch.save({"model": weights}, tmp_path / "short.pth")
    with pytest.raises(BadData, match=r"missing roi_heads\.mask_head\.predictor\.weight$"):
        Detectron2(config=MASK_RCNN, weights=str(tmp_path / "short.pth"), overrides=SMALL).predict(
            state, rows
        )


@real
def test_design_factors_are_those_of_the_config():
    factors = Detectron2(config=MASK_RCNN).factors
    assert factors == {
        "stages": "two",
        "backbone": "ResNet-50 FPN",
        "norm": "frozen batch",
        "initialisation": "ImageNet",
        "augmentation": "flip, scale",
        "training_resolution": "640-800",
    }
    assert Detectron2(config="Misc/mask_rcnn_R_50_FPN_3x_gn.yaml").factors["norm"] == "group"
    assert (
        Detectron2(config="Misc/cascade_mask_rcnn_R_50_FPN_3x.yaml").factors["stages"] == "cascade"
    )


@real
def test_the_fingerprint_covers_the_config_and_not_the_name():
    one = Detectron2(config=MASK_RCNN, weights="random")
    assert one.fingerprint == Detectron2(name="b", config=MASK_RCNN, weights="random").fingerprint
    larger = Detectron2(config=MASK_RCNN, weights="random", overrides=["INPUT.MIN_SIZE_TEST", 96])
    assert larger.fingerprint != one.fingerprint


@real
def test_a_config_that_is_code_or_not_there_is_refused(tmp_path):
    ran = tmp_path / "ran"
    hostile = tmp_path / "hostile.yaml"
    hostile.write_text(f"OUTPUT_DIR: !!python/object/apply:os.system ['touch {ran}']\n")
    for config in ("new_baselines/mask_rcnn_R_50_FPN_100ep_LSJ.py", "no-such.yaml", str(hostile)):
        with pytest.raises((WrongCall, NotAvailable, BadData)):
            _ = Detectron2(config=config, weights="random").fingerprint
    assert not ran.exists()
