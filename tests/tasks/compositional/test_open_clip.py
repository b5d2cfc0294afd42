"""open_clip's models in its layouts, through the whole of Test-Time Matching."""

import json
import re
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from benchsuite.condition import CLEAN
from benchsuite.errors import BadData, NotAvailable, WrongCall, install_command
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from benchsuite_tasks.compositional.datasets.winoground import winoground
from benchsuite_tasks.compositional.models.adapted import adapted
from benchsuite_tasks.compositional.models.lower_case import PROTOCOL
from benchsuite_tasks.compositional.models.open_clip import OpenClip
from benchsuite_tasks.compositional.task import TASK
from tests.learning.changed import filled, rewritten, without
from tests.tasks.compositional import tiny


def test_without_the_package_it_is_one_line(tmp_path, monkeypatch):
    (tmp_path / "open_clip_config.json").write_text('{"model_cfg": {}}')
    (tmp_path / "open_clip_model.safetensors").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "open_clip", None)
    with pytest.raises(NotAvailable, match=re.escape(install_command("benchsuite[open-clip]"))):
        OpenClip(str(tmp_path)).tower("all")


def test_pickled_weights_are_refused(tmp_path):
    (tmp_path / "open_clip_config.json").write_text('{"model_cfg": {}}')
    (tmp_path / "open_clip_pytorch_model.bin").write_bytes(b"\x80\x04")
    with pytest.raises(BadData, match="pickled weights are refused"):
        OpenClip(str(tmp_path)).tower("all")
    with pytest.raises(BadData, match=r"model.bin: expected .* for ViT-B-32 \(pickled"):
        OpenClip(str(tmp_path / "open_clip_pytorch_model.bin"), architecture="ViT-B-32").tower(
            "all"
        )


def test_a_directory_of_another_layout_is_named(tmp_path):
    with pytest.raises(BadData, match=r"open_clip_config.json: expected a readable file"):
        OpenClip(str(tmp_path)).tower("all")
    (tmp_path / "open_clip_config.json").write_text("{}")
    with pytest.raises(BadData, match="expected the key 'model_cfg'"):
        OpenClip(str(tmp_path)).tower("all")


open_clip = pytest.importorskip("open_clip", reason="open_clip_torch is not installed")


@pytest.fixture(scope="module", params=["clip", "siglip"])
def folder(request, tmp_path_factory) -> Path:
    return tiny.save_open_clip(tmp_path_factory.mktemp(request.param), request.param == "siglip")


def test_scores_are_the_models_own_logits(folder, tmp_path):
    import torch
    from PIL import Image

    some = tiny.inputs(tmp_path)
    net, prepare = open_clip.create_model_from_pretrained(f"local-dir:{folder}")
    tokenizer = open_clip.get_tokenizer(f"local-dir:{folder}")
    for one, scores in zip(some, OpenClip(str(folder)).predict(None, some), strict=True):
        shown = torch.stack([prepare(Image.fromarray(image)) for image in one.fields["images"]])
        with torch.no_grad():
            expected, _ = net.eval().get_logits(shown, tokenizer(one.fields["captions"]))
        np.testing.assert_allclose(scores, expected.numpy(), atol=1e-4)


@pytest.mark.parametrize("part", ["all", "blocks", "projections"])
def test_cutting_a_model_in_two_does_not_change_its_features(folder, tmp_path, part):
    tiny.check_cut(OpenClip(str(folder)), part, tiny.inputs(tmp_path))


@pytest.mark.parametrize("part", ["all", "blocks", "projections", "adapter"])
def test_two_iterations_of_ttm_on_winograds_layout(folder, tmp_path, part):
    dataset = winoground(str(tiny.winoground(tmp_path / "data")))
    base = {"kind": "open-clip", "path": str(folder), "blocks": 1}
    recipe = {"iterations": 2, "epochs": 2, "rate": 1e-2, "start": 0.0, "end": 0.0}
    model = adapted(base, part=part, control=False, **recipe)
    directory = evaluate(Run(TASK, dataset, model, (CLEAN,)), tmp_path / "r", replicates=10)
    rows = directory.statistics("clean").to_pylist()
    assert all(len(row["curve"]) == 3 and row["selected_curve"] == [1, 1] for row in rows)
    before = OpenClip(str(folder)).predict(None, tiny.inputs(tmp_path / "x"))
    after = [np.array(row["scores"]) for row in rows]
    assert not np.allclose(np.sort(np.ravel(before)), np.sort(np.ravel(after)))


def test_an_architecture_takes_a_file_of_weights(tmp_path, monkeypatch):
    folder = tiny.save_open_clip(tmp_path / "m")
    known = json.loads((folder / "open_clip_config.json").read_text())
    monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, "tiny", known["model_cfg"])
    weights = shutil.copy(folder / "open_clip_model.safetensors", tmp_path / "mine.safetensors")
    some = tiny.inputs(tmp_path / "w")
    mine = OpenClip(str(weights), architecture="tiny")
    assert mine.factors["backbone"] == "tiny"
    assert mine.fingerprint != OpenClip(str(folder)).fingerprint
    read = [texts for _, texts in mine.encode(some)]
    np.testing.assert_allclose(read, [t for _, t in OpenClip(str(folder)).encode(some)], atol=1e-6)


def test_an_architecture_is_open_clips_own_and_its_tokenizer_is_not_fetched(tmp_path):
    weights = tmp_path / "x.safetensors"
    save_file({"x": torch.zeros(1)}, weights)
    for name in ("hf-hub:org/name", "ViT-B-33"):
        with pytest.raises(WrongCall, match=f"open_clip has no '{name}'"):
            OpenClip(str(weights), architecture=name).tower("all")
    with pytest.raises(NotAvailable, match="not on this machine; download=yes"):
        OpenClip(str(weights), architecture="ViT-B-16-SigLIP").tower("all")


def test_foreign_and_missing_weights_are_one_line(tmp_path):
    folder = tiny.save_open_clip(tmp_path)
    file = folder / "open_clip_model.safetensors"
    whole = load_file(file)
    save_file({**whole, "surprise": whole["logit_scale"].clone()}, file)
    with pytest.raises(BadData, match=r"expected an open_clip model, found .*surprise") as error:
        OpenClip(str(folder)).tower("all")
    assert "\n" not in str(error.value)
    file.write_bytes(b"not tensors")
    with pytest.raises(BadData, match="expected an open_clip model"):
        OpenClip(str(folder)).tower("all")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (filled("", np.nan), "expected finite weights, found NaN"),
        (filled("visual.class_embedding", np.inf), "visual.class_embedding: .* found infinity"),
        (without("logit_bias"), "open_clip_model.safetensors: .*: missing logit_bias$"),
        (without("resblocks.1.mlp"), "resblocks.1.mlp"),
        (
            lambda tensors: {
                name: t[:10].clone() if name == "visual.positional_embedding" else t
                for name, t in tensors.items()
            },
            r"visual.positional_embedding: expected the shape \(17, 16\), found \(10, 16\)$",
        ),
    ],
)
def test_weights_that_open_clip_makes_up_or_bends_are_refused(tmp_path, change, message):
    folder = tiny.save_open_clip(tmp_path / "m", siglip=True)
    with pytest.raises(BadData, match=message):
        OpenClip(str(rewritten(folder, tmp_path / "odd", change))).tower("all")


def test_captions_are_lower_cased_where_a_directorys_configuration_forgot_it(tmp_path):
    letters = tiny.save_siglip2(tmp_path / "letters")
    folder = tiny.save_open_clip(tmp_path / "m", siglip=True)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(letters / name, folder / name)
    path = folder / "open_clip_config.json"
    config = json.loads(path.read_text())
    text = config["model_cfg"]["text_cfg"]
    some, found = tiny.inputs(tmp_path / "data"), {}
    for clean in ("whitespace", "canonicalize"):
        text |= {"hf_tokenizer_name": "mine", "tokenizer_kwargs": {"clean": clean}}
        path.write_text(json.dumps(config))
        model = OpenClip(str(folder))
        assert model.factors.get("protocol") == (None if clean == "canonicalize" else PROTOCOL)
        found[clean] = model.predict(None, tiny.in_capitals(some))
        np.testing.assert_allclose(found[clean], model.predict(None, some), atol=1e-5)
    np.testing.assert_allclose(*found.values(), atol=1e-5)


def test_towers_that_cannot_be_cut_say_so(tmp_path):
    net = open_clip.model.CLIP(
        8,
        {"image_size": 32, "layers": (1, 1, 1, 1), "width": 8},
        {"context_length": 12, "width": 16, "heads": 2, "layers": 2},
    )
    from benchsuite_tasks.compositional.models.open_clip_net import two_towers
    from benchsuite_tasks.compositional.models.trained_part import trained_part

    towers = two_towers(net, lambda image: image, lambda captions: captions)
    with pytest.raises(WrongCall, match="these towers have adapter and all, found 'blocks'"):
        trained_part(towers, "blocks", 1)


def test_blocks_train_every_pooling_behind_the_layers():
    layers = {"layers": 2, "width": 16}
    pooled = {"attentional_pool": "cascade", "attn_pooler_heads": 2, "attn_pooler_queries": 4}
    net = open_clip.model.CLIP(
        8,
        {**layers, "image_size": 32, "head_width": 8, "patch_size": 8, **pooled},
        {**layers, "context_length": 12, "heads": 2},
    )
    from benchsuite_tasks.compositional.models.open_clip_net import two_towers

    sides = two_towers(net, lambda image: image, lambda captions: captions).sides
    assert sides is not None
    poolings = [net.visual.attn_pool, net.visual.attn_pool_contrastive]
    assert sides[0].after[:2] == poolings
