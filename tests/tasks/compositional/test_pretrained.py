"""CLIP and SigLIP in the upstream layout, through the whole of Test-Time Matching."""

import re
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file, save_file

from benchsuite.condition import CLEAN
from benchsuite.errors import BadData, NotAvailable, WrongCall
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from benchsuite_tasks.compositional.datasets.mmvp import mmvp_vlm
from benchsuite_tasks.compositional.datasets.winoground import winoground
from benchsuite_tasks.compositional.models.adapted import adapted
from benchsuite_tasks.compositional.models.pretrained import Pretrained
from benchsuite_tasks.compositional.task import TASK
from tests.tasks.compositional import tiny

SAVE = {"clip": tiny.save_clip, "siglip": tiny.save_siglip}


@pytest.fixture(scope="module", params=SAVE)
def folder(request, tmp_path_factory) -> Path:
    return SAVE[request.param](tmp_path_factory.mktemp(request.param))


def test_scores_are_the_models_own_logits(folder, tmp_path):
    import torch

    some = tiny.inputs(tmp_path)
    model = Pretrained(str(folder))
    towers = model.load()
    masked = towers.loss == "softmax"
    for one, scores in zip(some, model.predict(None, some), strict=True):
        ids, mask = towers.tokens(one.fields["captions"])
        with torch.no_grad():
            found = towers.module(
                input_ids=ids,
                pixel_values=towers.pixels(one.fields["images"]),
                **({"attention_mask": mask} if masked else {}),
            )
        np.testing.assert_allclose(scores, found.logits_per_image.numpy(), atol=1e-4)


@pytest.mark.parametrize("part", ["all", "blocks", "projections"])
def test_cutting_a_model_in_two_does_not_change_its_features(folder, tmp_path, part):
    tiny.check_cut(Pretrained(str(folder)), part, tiny.inputs(tmp_path))


@pytest.mark.parametrize("part", ["all", "blocks", "projections", "adapter"])
def test_two_iterations_of_ttm_on_winograds_layout(folder, tmp_path, part):
    dataset = winoground(str(tiny.winoground(tmp_path / "data")))
    model = adapted(
        {"kind": "pretrained", "path": str(folder), "blocks": 1},
        part=part, iterations=2, epochs=2, rate=1e-2, control=False, start=0.0, end=0.0,
    )  # fmt: skip
    directory = evaluate(Run(TASK, dataset, model, (CLEAN,)), tmp_path / "r", replicates=10)
    rows = directory.statistics("clean").to_pylist()
    assert len(rows) == 6
    assert all(len(row["curve"]) == 3 and row["selected_curve"] == [1, 1] for row in rows)
    before = [
        scores.ravel()
        for scores in Pretrained(str(folder)).predict(None, tiny.inputs(tmp_path / "x"))
    ]
    after = [np.array(row["scores"]) for row in rows]
    assert not np.allclose(np.sort(np.concatenate(before)), np.sort(np.concatenate(after)))


def test_mmvps_layout_with_a_corruption(folder, tmp_path):
    dataset = mmvp_vlm(str(tiny.mmvp(tmp_path / "data")))
    known = TASK.known_conditions(dataset)
    conditions = (CLEAN, known["corruption/brightness/3"], known["text/typo/5"])
    model = Pretrained(str(folder))
    directory = evaluate(Run(TASK, dataset, model, conditions), tmp_path / "r", replicates=10)
    scores = [
        np.concatenate(directory.statistics(c.full_name)["scores"].to_pylist()) for c in conditions
    ]
    assert not np.allclose(scores[0], scores[1])
    assert not np.allclose(scores[0], scores[2])


def test_two_iterations_of_ttm_on_mmvps_layout_under_a_corruption(folder, tmp_path):
    dataset = mmvp_vlm(str(tiny.mmvp(tmp_path / "data")))
    conditions = (CLEAN, TASK.known_conditions(dataset)["corruption/brightness/3"])
    model = adapted(
        {"kind": "pretrained", "path": str(folder)},
        part="projections", iterations=2, epochs=2, rate=1e-2, control=False, start=0.0, end=0.0,
    )  # fmt: skip
    directory = evaluate(Run(TASK, dataset, model, conditions), tmp_path / "r", replicates=10)
    for condition in conditions:
        rows = directory.statistics(condition.full_name).to_pylist()
        assert all(len(row["curve"]) == 3 and row["selected_curve"] == [1, 1] for row in rows)


def test_pickled_weights_are_refused(folder, tmp_path):
    import torch

    for file in folder.glob("*.json"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    torch.save({}, tmp_path / "pytorch_model.bin")
    with pytest.raises(BadData, match="pickled weights are refused"):
        Pretrained(str(tmp_path)).tower("all")


def test_missing_tensors_are_named_and_not_made_up(folder, tmp_path):
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    path = tmp_path / "model.safetensors"
    whole = load_file(path)
    lacking = sorted(whole)[-1]
    save_file({k: v for k, v in whole.items() if k != lacking}, path, {"format": "pt"})
    with pytest.raises(BadData, match=re.escape(lacking)):
        Pretrained(str(tmp_path)).tower("all")


def test_another_kind_of_model_is_named(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(BadData, match="expected a model of type clip or siglip, found 'bert'"):
        Pretrained(str(tmp_path)).tower("all")


def test_what_the_hub_does_not_give_is_one_line(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(NotAvailable, match="expected a directory or a repository of the Hub"):
        _ = Pretrained("nobody/nothing-of-this-name").folder


def test_an_unknown_part_is_named(folder):
    with pytest.raises(WrongCall, match="found 'heads'"):
        Pretrained(str(folder)).tower("heads")
