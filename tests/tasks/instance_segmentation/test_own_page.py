"""The examples of the task's pages run, as a person would copy them."""

import runpy
import shlex
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
import torch

from benchsuite.cli.parser import main
from tests.plugin import blocks
from tests.tasks.instance_segmentation.layouts import write_coco
from tests.test_docs import told

TASK = Path(__file__).parents[3] / "tasks/instance_segmentation"
PAGE, MODELS = TASK / "README.md", TASK / "models/README.md"
FULL, OF_TORCHVISION = blocks(PAGE, "python")
OF_TRANSFORMERS, OF_DETECTRON2 = blocks(MODELS, "python")


@pytest.fixture(autouse=True)
def _workplace(tmp_path, monkeypatch):
    """An empty folder to work in, but for `mydata`."""
    write_coco(tmp_path / "mydata")
    monkeypatch.chdir(tmp_path)


def ran(code, capsys):
    assert len([line for line in code.splitlines() if line]) <= 15
    Path("example.py").write_text(code)
    runpy.run_path("example.py", run_name="__main__")
    return capsys.readouterr().out


def test_a_function_gets_a_table_its_worst_images_and_a_verdict(capsys):
    shown = ran(FULL, capsys)
    assert "AP" in shown
    assert "test-000" in shown
    assert shown.splitlines()[-1] == "1"


def test_the_command_of_the_page_runs_the_same_function_in_a_file():
    (words,) = (words for words in told(PAGE) if "model=python" in words)
    Path("blobs.py").write_text(FULL[: FULL.index("\ntask, ")])
    assert main(words[1:]) == 0, shlex.join(words)


def test_the_example_of_torchvision_runs(monkeypatch, capsys):
    from torchvision.models import detection

    options = {"weights": None, "weights_backbone": None, "min_size": 32, "max_size": 48}
    network = detection.maskrcnn_resnet50_fpn(**options)
    monkeypatch.setattr(detection, "maskrcnn_resnet50_fpn", lambda weights: network)
    assert "AP" in ran(OF_TORCHVISION, capsys)


def test_the_example_of_transformers_runs(monkeypatch, capsys):
    transformers = pytest.importorskip("transformers")
    from tests.tasks.instance_segmentation.models.test_transformers import mask2former

    network, processor = mask2former()
    network.config.id2label = {0: "person", 1: "dog", 2: "car"}
    kind = transformers.Mask2FormerForUniversalSegmentation
    monkeypatch.setattr(kind, "from_pretrained", lambda hub: network)
    monkeypatch.setattr(transformers.AutoImageProcessor, "from_pretrained", lambda hub: processor)
    assert "AP" in ran(OF_TRANSFORMERS, capsys)


class Config:
    """What detectron2's config has."""

    def __init__(self):
        self.MODEL = SimpleNamespace(ROI_HEADS=SimpleNamespace(NUM_CLASSES=2))

    def merge_from_file(self, path):
        """It is whole already."""


class Predictor:
    """What detectron2's DefaultPredictor has."""

    def __init__(self, cfg):
        self.cfg = cfg
        self.metadata = SimpleNamespace(thing_classes=["person", "car"])

    def __call__(self, original_image):
        held = SimpleNamespace(
            pred_classes=torch.tensor([1]),
            scores=torch.tensor([0.5]),
            pred_boxes=SimpleNamespace(tensor=torch.tensor([[10.0, 5, 30, 15]])),
            pred_masks=torch.ones(1, *original_image.shape[:2], dtype=torch.bool),
        )
        return {"instances": held}


def test_the_example_of_detectron2_runs(monkeypatch, capsys):
    parts = {
        "detectron2": {},
        "detectron2.model_zoo": dict.fromkeys(("get_config_file", "get_checkpoint_url"), str),
        "detectron2.config": {"get_cfg": Config},
        "detectron2.engine": {"DefaultPredictor": Predictor},
    }
    for name, held in parts.items():
        module = ModuleType(name)
        vars(module).update(held)
        monkeypatch.setitem(sys.modules, name, module)
    sys.modules["detectron2"].model_zoo = sys.modules["detectron2.model_zoo"]
    assert "AP" in ran(OF_DETECTRON2, capsys)
