"""Other people's networks load from local files, with prompts that never saw the truth."""

import re
import sys

import numpy as np
import pytest

pytest.importorskip("torch")

import torch
from safetensors.torch import save_file

from benchsuite.dataset import Inputs
from benchsuite.errors import BadData, NotAvailable, WrongCall, install_command
from benchsuite.model import State
from benchsuite_tasks.fairseg.measure import OPTIC
from benchsuite_tasks.fairseg.models.architectures import built
from benchsuite_tasks.fairseg.models.network import Network
from benchsuite_tasks.fairseg.models.preprocessing import scaled, with_channels
from benchsuite_tasks.fairseg.models.sam import Sam, prompt
from benchsuite_tasks.fairseg.models.unet import WEIGHTS, UNet
from tests.learning.changed import filled, rewritten, without

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
        Sam, "_mask", lambda self, *given: asked.append(given[-1]) or real(self, *given)
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
    with pytest.raises(BadData, match=r"expected weights as \.safetensors, found none"):
        _ = Sam(str(tmp_path)).fingerprint
    with pytest.raises(WrongCall, match=r"model\.prompt: expected one of centre-box"):
        Sam(str(tmp_path), prompt="oracle")


def test_a_declared_architecture_takes_weights_of_one_s_own(tmp_path):
    torchvision = pytest.importorskip("torchvision")
    name = "lraspp_mobilenet_v3_large"
    network = torchvision.models.get_model(name, weights=None, weights_backbone=None, num_classes=3)
    path = tmp_path / "w.safetensors"
    save_file(network.state_dict(), path)
    model = Network(str(path), name, 3)
    found = model.predict(STATE, pictures())
    assert [f.shape for f in found] == [(40, 60), (32, 32)]
    with pytest.raises(BadData, match=r"w\.safetensors: .* classifier\.\S+: expected the shape"):
        Network(str(path), name, 5).predict(STATE, pictures())
    with pytest.raises(WrongCall, match=r"model\.architecture: expected one of"):
        Network(str(path), "resnet9000", 3).predict(STATE, pictures())
    save_file({"x": torch.zeros(1)}, path)
    with pytest.raises(
        BadData,
        match=r"w\.safetensors: the weights do not fit the network: missing .*; unexpected x",
    ):
        Network(str(path), name, 3).predict(STATE, pictures())


ODD = [
    (filled("", torch.nan), "expected finite weights, found NaN"),
    (filled("running_var", torch.inf), r"running_var: expected finite weights, found infinity"),
    (filled("running_var", -9.0), "^sample 'grey': expected finite outputs of the network"),
]


@pytest.mark.parametrize(("change", "message"), [*ODD, (without("head"), "missing head.bias")])
def test_a_u_net_that_a_training_blew_up_finds_no_background(tmp_path, change, message):
    folder = rewritten(WEIGHTS / "erm", tmp_path / "odd", change)
    with pytest.raises(BadData, match=message):
        UNet(str(folder)).predict(State({"structures": OPTIC.shared()}), pictures())


@pytest.mark.parametrize(("change", "message"), ODD)
def test_a_network_that_a_training_blew_up_finds_no_background(tmp_path, change, message):
    torchvision = pytest.importorskip("torchvision")
    name = "lraspp_mobilenet_v3_large"
    network = torchvision.models.get_model(name, weights=None, weights_backbone=None, num_classes=3)
    save_file(change(network.state_dict()), tmp_path / "w.safetensors")
    with pytest.raises(BadData, match=message):
        Network(str(tmp_path / "w.safetensors"), name, 3).predict(STATE, pictures())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (filled("", torch.nan), "expected finite weights, found NaN"),
        (filled("layers.0.mlp.lin1.weight", 3e38), "^sample 'grey': expected finite outputs"),
        (without("vision_encoder.layers.0"), r"missing vision_encoder\.layers\.0\."),
    ],
)
def test_a_sam_with_odd_weights_finds_no_background(tiny_sam, tmp_path, change, message):
    with pytest.raises(BadData, match=message):
        Sam(str(rewritten(tiny_sam, tmp_path / "odd", change))).predict(STATE, pictures())


def test_one_channel_is_grey_and_three_are_rgb():
    grey, rgb = (one.fields["image"] for one in pictures())
    assert with_channels(grey, 1)[:, :, 0].tolist() == grey.tolist()
    assert (with_channels(grey, 3) == grey[:, :, None]).all()
    assert with_channels(rgb, 3) is rgb
    assert with_channels(np.full_like(rgb, 9), 1).tolist() == np.full((32, 32, 1), 9).tolist()


def test_pixels_are_scaled_as_it_is_said():
    image = np.array([[[0], [255]]], np.uint8)
    assert scaled(image, "unit").ravel().tolist() == [0, 1]
    assert scaled(image, "standard").ravel().tolist() == [-1, 1]
    assert scaled(np.full((2, 2, 3), 255, np.uint8), "imagenet")[0, 0] == pytest.approx(
        [(1 - 0.485) / 0.229, (1 - 0.456) / 0.224, (1 - 0.406) / 0.225], rel=1e-5
    )


UNET = {
    "spatial_dims": 2,
    "in_channels": 1,
    "out_channels": 3,
    "channels": [4, 8, 8],
    "strides": [2, 2],
}


def monai_checkpoint(folder, options):
    nets = pytest.importorskip("monai.networks.nets", reason="monai is not installed")
    torch.manual_seed(0)
    network = nets.UNet(**options).eval()
    path = folder / "unet.safetensors"
    save_file(network.state_dict(), path)
    return network, str(path)


@pytest.mark.parametrize(("channels", "classes"), [(1, 3), (3, 3), (1, 1)])
def test_a_monai_network_labels_as_it_does_without_us(tmp_path, channels, classes):
    options = {**UNET, "in_channels": channels, "out_channels": classes}
    network, path = monai_checkpoint(tmp_path, options)
    found = Network(path, "monai/UNet", classes, options).predict(STATE, pictures())
    for one, labels in zip(pictures(), found, strict=True):
        image = with_channels(one.fields["image"], channels).astype(np.float32) / 255
        with torch.inference_mode():
            logits = network(torch.from_numpy(image.transpose(2, 0, 1).copy())[None])[0]
        expected = logits.argmax(dim=0) if classes > 1 else logits[0] > 0
        assert (labels == expected.numpy()).all()
        assert labels.dtype == np.uint8


def test_an_image_is_extended_to_what_a_network_takes_and_cut_again(tmp_path):
    _, path = monai_checkpoint(tmp_path, UNET)
    odd = [Inputs("odd", {"image": np.zeros((33, 41), np.uint8)})]
    (found,) = Network(path, "monai/UNet", 3, UNET, multiple=8).predict(STATE, odd)
    assert found.shape == (33, 41)
    with pytest.raises(BadData, match=r"an image \(33, 41\): .* \(model\.multiple extends images"):
        Network(path, "monai/UNet", 3, UNET).predict(STATE, odd)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("UNett", UNET, r"model\.architecture: expected one of .*found 'UNett'"),
        ("load_url", UNET, "found 'load_url'"),
        ("UNet", {**UNET, "depth": 3}, r"model\.options: expected those of monai/UNet, found"),
        ("FlexibleUNet", {**UNET, "pretrained": True}, "pretrained: nothing is downloaded"),
        ("TorchVisionFCModel", {**UNET, "weights": "DEFAULT"}, "weights: nothing is downloaded"),
    ],
)
def test_only_what_monai_exports_is_built_and_nothing_is_fetched(tmp_path, name, options, message):
    _, path = monai_checkpoint(tmp_path, UNET)
    with pytest.raises(WrongCall, match=message):
        Network(path, f"monai/{name}", 3, options).predict(STATE, pictures())


def test_another_number_of_classes_is_one_line(tmp_path):
    _, path = monai_checkpoint(tmp_path, UNET)
    with pytest.raises(BadData, match=r"expected logits \(1, 5, H, W\), found \(1, 3, 40, 60\)"):
        Network(path, "monai/UNet", 5, UNET).predict(STATE, pictures())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"options": {}}, r"in_channels: expected 1 \(grey\) or 3 \(RGB\), found None"),
        ({"options": {"in_channels": 2}}, "found 2"),
        ({"options": UNET, "pixels": "imagenet"}, "expected unit, standard or raw for grey"),
        (
            {"options": UNET, "pixels": "hounsfield"},
            r"model\.pixels: expected one of unit, imagenet",
        ),
        ({"options": UNET, "multiple": 0}, r"model\.multiple: expected 1 or more, found 0"),
    ],
)
def test_wrong_settings_of_a_network_are_one_line(changes, message):
    with pytest.raises(WrongCall, match=message):
        Network("w", "monai/UNet", 3, **changes)


def test_without_monai_the_line_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "monai.networks", None)
    with pytest.raises(NotAvailable, match=re.escape(install_command("benchsuite[monai]"))):
        built("monai/UNet", 3, UNET)
    with pytest.raises(WrongCall, match=r"model\.options: expected none for fcn_resnet50"):
        built("fcn_resnet50", 3, UNET)
