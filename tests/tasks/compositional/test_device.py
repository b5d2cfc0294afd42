"""Towers run, and are trained, on the device that `model.device` names."""

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from benchsuite.condition import CLEAN
from benchsuite.errors import NotAvailable, WrongCall
from benchsuite.learning.checkpoint import write_checkpoint
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from benchsuite_tasks.compositional.datasets.winoground import winoground
from benchsuite_tasks.compositional.models.adaptation.loop import Optimize
from benchsuite_tasks.compositional.models.adaptation.recipe import Recipe
from benchsuite_tasks.compositional.models.adaptation.tower import cached
from benchsuite_tasks.compositional.models.adapted import adapted
from benchsuite_tasks.compositional.models.mllm import Mllm
from benchsuite_tasks.compositional.task import TASK
from tests.tasks.compositional import tiny

PARTS = ("all", "blocks", "projections", "adapter")


@pytest.fixture(scope="module", params=["pretrained", "open-clip"])
def base(request, tmp_path_factory) -> dict[str, object]:
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "pretrained":
        tiny.save_siglip(folder)
    else:
        pytest.importorskip("open_clip", reason="open_clip_torch is not installed")
        tiny.save_open_clip(folder)
    return {"kind": request.param, "path": str(folder), "blocks": 1}


def made(base, **options):
    return TASK.model(base["kind"], path=base["path"], blocks=1, **options)


def refused(device: str, kind: type[Exception], message: str, *models) -> None:
    for ask in models:
        with pytest.raises(kind, match=message) as error:
            ask(device)
        assert "\n" not in str(error.value)


def test_a_device_that_is_not_there_is_one_line(base, tmp_path):
    some = tiny.inputs(tmp_path)
    asks = (
        lambda device: made(base, device=device).predict(None, some),
        lambda device: made(base, device=device).tower("all"),
        lambda device: adapted({**base, "device": device})._tower(),
    )
    refused("graphics", WrongCall, "model.device: expected cpu, cuda, .*, found 'graphics'", *asks)
    refused("cuda:99", NotAvailable, "model.device: there is no 'cuda:99' here", *asks)


def test_a_language_model_refuses_the_same(tmp_path):
    folder = str(tiny.save_llava(tmp_path))
    ask = lambda device: Mllm(folder, device=device).predict(None, [])  # noqa: E731
    refused("graphics", WrongCall, "found 'graphics'", ask)
    refused("cuda:99", NotAvailable, "there is no 'cuda:99' here", ask)


def test_an_adapted_model_runs_where_its_base_does(base):
    assert (adapted(base).device, adapted({**base, "device": "cuda:1"}).device) == ("cpu", "cuda:1")
    assert made(base, device="cuda").fingerprint == made(base).fingerprint


@pytest.fixture
def featureless(monkeypatch):
    """The device `meta` has shapes and no numbers: what must be read from it is made up."""
    from benchsuite_tasks.compositional.models import two_towers

    head = two_towers.Head(10.0)
    monkeypatch.setattr(two_towers.TwoTowers, "head", property(lambda towers: head))
    real = two_towers.batched
    seen: list[str] = []

    def batched(said, encode, groups, batch):
        def made_up(some):
            found = encode(some)
            seen.append(found.device.type)
            return torch.ones(found.shape)

        return real(said, made_up, groups, batch)

    monkeypatch.setattr(two_towers, "batched", batched)
    return seen


@pytest.mark.parametrize("part", PARTS)
def test_a_step_happens_where_the_option_says(base, tmp_path, featureless, part):
    """torch refuses to mix devices, so that anything that stayed on the CPU fails."""
    model = adapted({**base, "device": "meta"}, part=part)
    tower = model._tower()
    cache = cached(tower, tiny.inputs(tmp_path))
    assert {t.device.type for t in (*cache.images, *cache.texts)} == {"meta"}
    module = tower.reset(0)
    assert {p.device.type for p in module.parameters()} == {"meta"}
    trained = [p for p in module.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, foreach=True)
    units = list(np.arange(12).reshape(6, 2))
    recipe = Recipe(iterations=1, epochs=1, batch=3)
    Optimize(tower, module, optimizer, recipe, 0, 0)(cache, units, np.arange(12))
    moments = [m["exp_avg"] for m in optimizer.state.values()]
    assert len(moments) == sum(p.grad is not None for p in trained) > 0
    assert {m.device.type for m in moments} == {"meta"}
    assert set(featureless) == ({"meta"} if part == "adapter" else set())


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device here")
@pytest.mark.parametrize("part", PARTS)
def test_a_gpu_scores_and_adapts_as_the_cpu_does(base, tmp_path, part):
    dataset = winoground(str(tiny.winoground(tmp_path / "data")))
    recipe = {"iterations": 2, "epochs": 2, "rate": 1e-3, "start": 0.0, "end": 0.0}
    found = []
    for device in ("cpu", "cuda"):
        model = adapted({**base, "device": device}, part=part, control=False, **recipe)
        run = Run(TASK, dataset, model, (CLEAN,))
        directory = evaluate(run, tmp_path / device, replicates=10)
        rows = directory.statistics("clean").to_pylist()
        found.append(np.array([row["scores"] for row in rows]))
    np.testing.assert_allclose(*found, rtol=1e-2, atol=1e-2)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device here")
def test_a_checkpoint_of_a_gpu_is_read_without_one(tmp_path):
    module = torch.nn.Linear(2, 2).to("cuda")
    optimizer = torch.optim.AdamW(module.parameters(), fused=True)
    module(torch.ones(1, 2, device="cuda")).sum().backward()
    optimizer.step()
    write_checkpoint(tmp_path / "c.safetensors", "key", module, optimizer, {})
    tensors = load_file(tmp_path / "c.safetensors", device="cpu")
    assert torch.equal(tensors["module.weight"], module.weight.detach().cpu())
