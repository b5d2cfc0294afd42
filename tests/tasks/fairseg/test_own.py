"""A person's own segmenter gives the label maps that it would give without the suite."""

from functools import partial
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import torch
import torchvision
from safetensors.torch import save_file
from torch import nn

from benchsuite.dataset import Inputs
from benchsuite.errors import WrongCall
from benchsuite.learning.own import fingerprint_of
from benchsuite.model import State
from benchsuite.task import load_task
from benchsuite_tasks.fairseg.measure import OPTIC, Structures
from benchsuite_tasks.fairseg.models.network import Network

TASK = load_task("fairseg")
STATE = State({"structures": OPTIC.shared()})
BINARY = State({"structures": Structures({"one": (1,)}, ("one",)).shared()})


def pictures():
    rng = np.random.default_rng(0)
    return [
        Inputs("grey", {"image": rng.integers(0, 256, (40, 60)).astype(np.uint8)}),
        Inputs("rgb", {"image": rng.integers(0, 256, (32, 32, 3)).astype(np.uint8)}),
    ]


GREY, RGB = (one.fields["image"] for one in pictures())


def own(model, **options):
    return TASK.own(object=model, name="mine", fingerprint="v1", **options)


def maps(model, state=STATE, inputs=None, **options):
    return own(model, **options).predict(state, inputs or pictures())


def same(found, expected):
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert np.array_equal(one, other)


def bright(image):
    grey = image if image.ndim == 2 else image[..., 0]
    return (grey > 100).astype(np.uint8) + (grey > 200)


LABELS = [bright(GREY), bright(RGB)]


def logits_of(labels, classes=3):
    """Float logits (C, H, W) whose largest channel is the label."""
    return np.moveaxis(np.eye(classes)[labels], 2, 0) * 3 - 1


@pytest.mark.parametrize(
    "form",
    [
        lambda labels: labels,
        lambda labels: labels.astype(np.int64),
        lambda labels: labels.astype(np.float32),
        lambda labels: labels.tolist(),
        lambda labels: labels[None],
        lambda labels: labels[None, None].astype(np.float32),
        lambda labels: torch.from_numpy(labels),
        lambda labels: torch.from_numpy(labels)[None, None].half(),
        lambda labels: [labels],
        logits_of,
        lambda labels: logits_of(labels)[None],
        lambda labels: torch.from_numpy(logits_of(labels)).requires_grad_(),
        lambda labels: torch.from_numpy(logits_of(labels)).bfloat16()[None],
        lambda labels: {"out": torch.from_numpy(logits_of(labels))[None]},
        lambda labels: {"logits": logits_of(labels)},
        lambda labels: [torch.from_numpy(logits_of(labels))[None]],
    ],
)
def test_a_function_returns_a_label_map_or_logits_in_any_array(form):
    same(maps(lambda image: form(bright(image))), LABELS)


@pytest.mark.parametrize(
    ("form", "options"),
    [
        (lambda inside: inside, {}),
        (lambda inside: inside.astype(float)[None], {}),
        (lambda inside: (inside - 0.5)[None], {}),
        (lambda inside: inside * 2.0 - 0.5, {}),
        (lambda inside: np.stack([0.6 - inside, inside - 0.6]), {}),
        (lambda inside: (inside * 0.8 + 0.1)[None], {"threshold": 0.5}),
        (lambda inside: inside * 0.8 + 0.1, {"threshold": 0.5}),
        (lambda inside: torch.tensor(inside * 0.2)[None, None], {"threshold": 0}),
        (lambda inside: (inside * 130 + 70).astype(np.uint8), {"threshold": 127}),
        (lambda inside: (inside * 255).astype(np.uint8), {"labels": {255: 1}}),
    ],
)
def test_one_structure_is_a_mask_logits_or_with_a_threshold_anything_else(form, options):
    found = maps(lambda image: form(bright(image) > 0), BINARY, **options)
    same(found, [labels > 0 for labels in LABELS])


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({2: 1, 1: 2}, [0, 2, 1]),
        ([0, 2, 1], [0, 2, 1]),
        ({"1": "0", "2": 2}, [0, 0, 2]),
        ([1, 1, 2], [1, 1, 2]),
        (None, [0, 1, 2]),
    ],
)
def test_labels_are_the_models_by_the_datasets(labels, expected):
    same(maps(bright, labels=labels), [np.array(expected)[one] for one in LABELS])
    of_channels = maps(lambda image: logits_of(bright(image)), labels=labels)
    same(of_channels, [np.array(expected)[one] for one in LABELS])


def test_a_network_of_more_labels_counts_with_those_that_are_named():
    labels = {0: 0, 4: 1, 7: 2}
    found = maps(lambda image: logits_of(np.array([0, 4, 7])[bright(image)], 8), labels=labels)
    same(found, LABELS)


def test_a_function_gets_the_image_as_it_is_or_with_the_channels_it_asks_for():
    seen = []

    def look(image):
        seen.append(image.copy())
        image[:] = 0
        return np.zeros(image.shape[:2], np.uint8)

    kept = [GREY.copy(), RGB.copy()]
    maps(look)
    same(seen, kept)
    maps(look, channels=3)
    same(seen[2:], [np.stack([GREY] * 3, axis=2), RGB])
    maps(look, channels=1)
    same(seen[4:], [GREY, cv2.cvtColor(RGB, cv2.COLOR_RGB2GRAY)])
    same([GREY, RGB], kept)


def test_an_object_with_predict_is_asked_by_it():
    same(maps(SimpleNamespace(predict=bright)), LABELS)


def tiny(channels=1, classes=3):
    """A network of random weights that finds every label."""
    torch.manual_seed(0)
    head = nn.Conv2d(4, classes, 1, bias=False)
    return nn.Sequential(nn.Conv2d(channels, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4),
                         nn.Tanh(), nn.Dropout(0.5), head)  # fmt: skip


@pytest.mark.parametrize(
    ("pixels", "of"),
    [
        ("unit", lambda x: x / 255),
        ("raw", lambda x: x),
        ("standard", lambda x: (x / 255 - (x / 255).mean()) / (x / 255).std(correction=0)),
        (
            "imagenet",
            lambda x: torchvision.transforms.functional.normalize(
                x / 255, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
            ),
        ),
    ],
)
@pytest.mark.parametrize("channels", [1, 3])
def test_a_network_gets_the_pixels_that_it_says(pixels, of, channels):
    if (pixels, channels) == ("imagenet", 1):
        pytest.skip("ImageNet's pictures have three channels")
    network = tiny(channels)
    found = maps(network, pixels=pixels)
    image = torch.from_numpy(np.stack([GREY] * channels)).float()
    with torch.no_grad():
        expected = network.eval()(of(image)[None])[0].argmax(0)
    assert np.array_equal(found[0], expected)
    assert len(np.unique(found[0])) > 1


def test_a_network_is_in_eval_mode_while_it_runs_and_in_its_own_mode_after_it():
    network = tiny()
    network[3].eval()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    model = own(network, pixels="unit")
    first, again = (model.predict(STATE, pictures()) for _ in range(2))
    same(first, again)
    assert [one.training for one in network] == [True, True, True, False, True]
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_images_are_extended_for_a_network_that_halves_them():
    network = nn.Sequential(nn.Conv2d(1, 3, 8, stride=8), nn.Upsample(scale_factor=8))
    odd = [Inputs("odd", {"image": GREY[:33, :41]})]
    (found,) = maps(network, inputs=odd, pixels="unit", multiple=8)
    image = np.pad(GREY[:33, :41], ((0, 7), (0, 7)), mode="edge")
    with torch.no_grad():
        expected = network(torch.from_numpy(image / np.float32(255))[None, None])[0].argmax(0)
    assert np.array_equal(found, expected[:33, :41])


def test_smaller_logits_are_resized_where_that_is_said():
    network = nn.Conv2d(1, 3, 4, stride=4)
    (found,) = maps(network, inputs=pictures()[:1], pixels="unit", resize=True)
    with torch.no_grad():
        small = network(torch.from_numpy(GREY / np.float32(255))[None, None])
    large = nn.functional.interpolate(small, (40, 60), mode="bilinear")[0]
    assert np.array_equal(found, large.argmax(0))


class Arrays(nn.Module):
    """A network that takes an array, and does all the rest itself."""

    def __init__(self):
        super().__init__()
        self.inner = tiny()

    def forward(self, image):
        assert not self.inner.training
        grey = image if image.ndim == 2 else image[..., 0]
        return self.inner(torch.from_numpy(grey)[None, None] / 255)


def test_a_network_of_arrays_is_asked_as_a_function():
    network = Arrays()
    expected = maps(network.inner, pixels="unit", inputs=pictures()[:1])
    same(maps(network, convention="function")[:1], expected)


def test_torchvisions_network_gives_what_the_registered_model_of_its_weights_gives(tmp_path):
    network = torchvision.models.segmentation.lraspp_mobilenet_v3_large(
        weights=None, weights_backbone=None, num_classes=3
    )
    path = str(tmp_path / "w.safetensors")
    save_file(network.state_dict(), path)
    registered = Network(path, "lraspp_mobilenet_v3_large", 3).predict(STATE, pictures())
    same(maps(network), registered)
    mean, deviation = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
    kinds = torchvision.transforms
    transforms = kinds.Compose([kinds.ToTensor(), kinds.Normalize(mean, deviation)])
    same(maps((network, transforms)), registered)


def test_presets_of_torchvision_resize_and_the_logits_come_back():
    network = tiny(3).eval()
    preset = torchvision.transforms._presets.SemanticSegmentation(resize_size=20)
    (found,) = maps((network, preset), inputs=pictures()[1:], resize=True)
    assert found.shape == (32, 32)
    (found,) = maps((tiny(1).eval(), torchvision.transforms.ToTensor()), inputs=pictures()[1:])
    grey = torch.from_numpy(cv2.cvtColor(RGB, cv2.COLOR_RGB2GRAY))[None, None] / 255
    with torch.no_grad():
        assert np.array_equal(found, tiny(1).eval()(grey)[0].argmax(0))


class Step:
    """A transform as MONAI's are: of an array, or of a dict by `keys`."""

    def __init__(self, change, keys=()):
        self.change = change
        if keys:
            self.keys = keys

    def __call__(self, data):
        if not hasattr(self, "keys"):
            return self.change(data)
        return {**data, **{key: self.change(data[key]) for key in self.keys}}


class Composed:
    def __init__(self, *transforms):
        self.transforms = transforms

    def __call__(self, data):
        for one in self.transforms:
            data = one(data)
        return data


class LoadImaged(Step):
    """The name of MONAI's."""


class Flip(Step):
    """A random transform, as MONAI's."""

    def randomize(self):
        """Draw."""


@pytest.mark.parametrize("keys", [(), ("image",), ("img",)])
def test_transforms_get_the_image_with_its_channels_first(keys):
    def scale(array):
        assert array.shape[0] == 3 and array.dtype == np.uint8
        return array / np.float32(255)

    network = tiny(3)
    composed = Composed(Composed(Step(scale, keys)), Step(torch.from_numpy, keys))
    expected = maps(network, pixels="unit")
    same(maps((network, composed)), expected)
    same(maps([network, composed]), expected)
    same(maps(network, transforms=composed), expected)


def inferer(inputs, network):
    """Two windows, side by side."""
    width = inputs.shape[-1] // 2
    parts = [network(inputs[..., :width]), network(inputs[..., width:])]
    return torch.cat([parts[0], parts[1]], dim=-1)


def test_an_inferer_calls_the_network_in_windows():
    network = nn.Conv2d(1, 3, 1)
    expected = maps(network, pixels="unit")
    same(maps(network, pixels="unit", inferer=inferer), expected)
    same(maps(lambda batch: inferer(batch, network), pixels="unit", channels=1), expected)


def test_monais_own_transforms_networks_and_inferers_work():
    pytest.importorskip("monai", reason="monai is not installed")
    from monai.inferers import SlidingWindowInferer
    from monai.networks.nets import UNet
    from monai.transforms import Compose, EnsureTyped, ScaleIntensity, ScaleIntensityRanged

    torch.manual_seed(0)
    network = UNet(spatial_dims=2, in_channels=1, out_channels=3, channels=(4, 8), strides=(2,))
    by_key = Compose([ScaleIntensityRanged("image", 0, 255, 0, 1), EnsureTyped("image")])
    expected = maps(network, pixels="unit")
    same(maps((network, by_key)), expected)
    same(
        maps((network, Compose([ScaleIntensity(minv=None, maxv=None, factor=1 / 255 - 1)]))),
        expected,
    )
    whole = SlidingWindowInferer((64, 64), overlap=0)
    assert [one.shape for one in maps((network, by_key), inferer=whole)] == [(40, 60), (32, 32)]


def test_a_composition_of_monais_is_the_same_model_when_it_is_made_again():
    transforms = pytest.importorskip("monai.transforms", reason="monai is not installed")

    def made(high=255):
        return transforms.Compose([transforms.ScaleIntensityRanged("image", 0, high, 0, 1)])

    assert fingerprint_of(made()) == fingerprint_of(made()) != fingerprint_of(made(128))
    flip = transforms.Compose([transforms.RandFlipd("image")])
    with pytest.raises(WrongCall, match="leave RandFlipd out"):
        own((tiny(), flip))


def test_a_partial_of_a_network_is_a_network_in_eval_mode():
    network = tiny()
    expected = maps(network, pixels="unit")

    def whole(inputs, network):
        return network(inputs)

    same(maps(partial(whole, network=network), pixels="unit"), expected)
    assert network.training


def test_a_network_of_transformers_is_read_by_its_processor():
    transformers = pytest.importorskip("transformers")
    config = transformers.SegformerConfig(
        num_labels=3, hidden_sizes=[8, 8, 8, 8], depths=[1] * 4, num_attention_heads=[1] * 4,
        decoder_hidden_size=8,
    )  # fmt: skip
    torch.manual_seed(0)
    network = transformers.SegformerForSemanticSegmentation(config)
    processor = transformers.SegformerImageProcessor(size={"height": 32, "width": 32})
    found = maps((network, processor))
    same(maps(network, processor=processor), found)
    network.eval()
    for image, labels in zip([np.stack([GREY] * 3, axis=2), RGB], found, strict=True):
        with torch.no_grad():
            outputs = network(**processor(images=image, return_tensors="pt"))
        (expected,) = processor.post_process_semantic_segmentation(outputs, [image.shape[:2]])
        assert np.array_equal(labels, expected)


def test_options_are_part_of_the_fingerprint_and_the_name_is_not():
    network = tiny()
    changes = [
        {}, {"pixels": "raw"}, {"multiple": 4}, {"threshold": 0.5}, {"labels": [0, 2, 1]},
        {"resize": True}, {"inferer": inferer}, {"channels": 1}, {"convention": "function"},
        {"pixels": "", "transforms": torch.from_numpy},
    ]  # fmt: skip
    asked = [{"pixels": "unit", **one} for one in changes]
    asked[8] = {"convention": "function"}
    assert len({own(network, **options).fingerprint for options in asked}) == len(changes)
    named = TASK.own(object=network, name="other", fingerprint="v1", pixels="unit")
    assert named.fingerprint == own(network, pixels="unit").fingerprint


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
def test_a_network_on_a_gpu_gets_its_images_there():
    model = own(tiny().cuda(), pixels="unit")
    assert model.device == "cuda:0"
    same(model.predict(STATE, pictures()), maps(tiny(), pixels="unit"))


@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        (3, {}, "model: expected a callable or network .*; found int"),
        ((bright, bright), {}, "model: expected .*; found a tuple of function, function"),
        ((tiny(), bright, 3), {}, "found a tuple of Sequential, function, int"),
        ((tiny(), bright), {"transforms": bright}, "model.transforms: expected none beside those"),
        (tiny(), {}, "model.pixels: expected how a Sequential sees an image, one of unit, imagen"),
        (tiny(), {"pixels": "units"}, r"model.pixels: expected one of .* \(did you mean unit"),
        (tiny(), {"pixels": "imagenet"}, "model.pixels: expected unit, standard or raw for grey"),
        (tiny(2), {"pixels": "unit"}, r"model.channels: expected 1 \(grey\) or 3 \(RGB\), found 2"),
        (nn.Identity(), {"pixels": "unit"}, "model.channels: expected 1 .* no convolution says it"),
        (tiny(), {"pixels": "unit", "multiple": 0}, "model.multiple: expected 1 or more, found 0"),
        (tiny(), {"pixels": "unit", "transforms": bright}, "model.pixels: expected none beside tr"),
        (tiny(), {"transforms": 3}, "model.transforms: expected a callable, .* found int"),
        (
            (tiny(), Composed(LoadImaged(bright, ("image",)))), {},
            "model.transforms: leave LoadImaged out",
        ),
        ((tiny(), Composed(Flip(bright))), {}, "model.transforms: leave Flip out: it is random"),
        (bright, {"multiple": 8}, "model.multiple: expected with another convention than 'functio"),
        (bright, {"channels": 4}, r"model.channels: expected 1 \(grey\) or 3 \(RGB\), found 4"),
        (bright, {"convention": "torch"}, "model.convention: expected one of function, network"),
        (bright, {"labels": "a"}, "model.labels: expected a mapping or a list of labels, found 'a'"),
        (bright, {"labels": {1: "rim"}}, "model.labels: expected labels, .* found 'rim'"),
        (bright, {"labels": [0, -1]}, "model.labels: expected labels, .* found -1"),
        (tiny(), {"processor": bright}, "model.processor: expected one with post_process_semantic"),
    ],
)  # fmt: skip
def test_a_wrong_call_is_told_before_anything_runs(model, options, message):
    with pytest.raises(WrongCall, match=message) as told:
        own(model, **options)
    assert "\n" not in str(told.value)
