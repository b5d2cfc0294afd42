"""Other people's networks load from local files, with prompts that never saw the truth."""

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from benchsuite.dataset import Inputs
from benchsuite.errors import BadData, WrongCall
from benchsuite.model import State
from benchsuite_tasks.fairseg.models.checkpoint import Checkpoint
from benchsuite_tasks.fairseg.models.sam import Sam, prompt
from benchsuite_tasks.fairseg.structures import OPTIC

STATE = State({"structures": OPTIC.shared()})


def pictures():
    rng = np.random.default_rng(0)
    return [
        Inputs("grey", {"image": rng.integers(0, 256, (40, 60)).astype(np.uint8)}),
        Inputs("rgb", {"image": rng.integers(0, 256, (32, 32, 3)).astype(np.uint8)}),
    ]


@pytest.fixture(scope="module")
def tiny_sam(tmp_path_factory):
    """SAM's own architecture with a few thousand random weights, as transformers writes it."""
    transformers = pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("sam")
    vision = transformers.SamVisionConfig(
        hidden_size=16, output_channels=16, num_hidden_layers=1, num_attention_heads=2,
        image_size=64, patch_size=16, window_size=2, global_attn_indexes=[0], mlp_dim=32,
        num_pos_feats=8,
    )  # fmt: skip
    prompts = transformers.SamPromptEncoderConfig(
        hidden_size=16, image_size=64, patch_size=16, mask_input_channels=4
    )
    decoder = transformers.SamMaskDecoderConfig(
        hidden_size=16, mlp_dim=32, num_hidden_layers=1, num_attention_heads=2,
        iou_head_hidden_dim=16,
    )  # fmt: skip
    torch.manual_seed(0)
    config = transformers.SamConfig(
        vision_config=vision.to_dict(), prompt_encoder_config=prompts.to_dict(),
        mask_decoder_config=decoder.to_dict(),
    )  # fmt: skip
    transformers.SamModel(config).save_pretrained(folder)
    image = transformers.SamImageProcessor(
        size={"longest_edge": 64}, pad_size={"height": 64, "width": 64}
    )
    transformers.SamProcessor(image).save_pretrained(folder)
    return folder


def test_sam_labels_images_of_any_size(tiny_sam):
    found = Sam(str(tiny_sam)).predict(STATE, pictures())
    assert [f.shape for f in found] == [(40, 60), (32, 32)]
    assert all(f.dtype == np.uint8 and f.max() <= 2 for f in found)


def test_sam_s_rule_is_part_of_its_identity(tiny_sam):
    box, point = Sam(str(tiny_sam)), Sam(str(tiny_sam), prompt="centre-point")
    assert box.fingerprint != point.fingerprint
    assert box.factors == {"prompt": "centre-box", "share": "0.5"}


def test_one_point_asks_for_the_last_label_alone_and_the_rows_say_so(tiny_sam):
    point = Sam(str(tiny_sam), prompt="centre-point")
    assert all(set(np.unique(f)) <= {0, 2} for f in point.predict(STATE, pictures()))
    assert point.factors["protocol"] == "one point: the last label alone"
    assert "protocol" not in Sam(str(tiny_sam)).factors


def test_an_oracle_prompt_is_what_the_dataset_hands_over(tiny_sam, monkeypatch):
    model = Sam(str(tiny_sam), prompt="oracle-box")
    asked = []
    real = Sam._mask
    monkeypatch.setattr(
        Sam, "_mask", lambda self, image, given: asked.append(given) or real(self, image, given)
    )
    one = pictures()[0]
    boxes = np.array([[1, 3, 4, 30, 31], [2, 8, 9, 20, 21]])
    (found,) = model.predict(STATE, [Inputs("a", {**one.fields, "oracle_boxes": boxes})])
    assert asked == [{"input_boxes": [[b]]} for b in boxes[:, 1:].tolist()]
    assert found.shape == (40, 60)
    nothing = Inputs("a", {**one.fields, "oracle_boxes": boxes[:0]})
    assert not model.predict(STATE, [nothing])[0].any(), "where no label is, none is asked for"
    with pytest.raises(BadData, match=r"'grey': expected an oracle prompt \(dataset\.oracle=box\)"):
        model.predict(STATE, [one])


def test_a_prompt_depends_on_the_size_of_the_image_alone():
    assert prompt("centre-box", (40, 80), 0.5) == {"input_boxes": [[[20, 10, 60, 30]]]}
    assert prompt("centre-point", (40, 80), 0.5) == {"input_points": [[[40, 20]]]}


def test_a_folder_without_sam_is_one_line(tmp_path):
    with pytest.raises(BadData, match=r"expected a directory with \*\.safetensors"):
        _ = Sam(str(tmp_path)).fingerprint
    with pytest.raises(WrongCall, match=r"model\.prompt: expected one of centre-box"):
        Sam(str(tmp_path), prompt="oracle")


def test_a_declared_architecture_takes_weights_of_one_s_own(tmp_path):
    torchvision = pytest.importorskip("torchvision")
    from safetensors.torch import save_file

    name = "lraspp_mobilenet_v3_large"
    network = torchvision.models.get_model(name, weights=None, weights_backbone=None, num_classes=3)
    path = tmp_path / "w.safetensors"
    save_file(network.state_dict(), path)
    model = Checkpoint(str(path), name, 3)
    found = model.predict(STATE, pictures())
    assert [f.shape for f in found] == [(40, 60), (32, 32)]
    with pytest.raises(BadData, match=f"expected weights of {name}"):
        Checkpoint(str(path), name, 5).predict(STATE, pictures())
    with pytest.raises(WrongCall, match=r"model\.architecture: expected one of"):
        Checkpoint(str(path), "resnet9000", 3).predict(STATE, pictures())
    save_file({"x": torch.zeros(1)}, path)
    with pytest.raises(BadData, match="found none of"):
        Checkpoint(str(path), name, 3).predict(STATE, pictures())
