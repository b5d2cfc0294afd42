"""The configs of models, and the weights that come with the task."""

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from benchsuite.dataset import Inputs
from benchsuite.errors import BadData
from benchsuite.learning.card import read_card
from benchsuite.learning.weights import MODEL
from benchsuite.model import State
from benchsuite_tasks.instance_segmentation.datasets import mini
from benchsuite_tasks.instance_segmentation.models.detectron2 import Detectron2
from benchsuite_tasks.instance_segmentation.models.mini import SHIPPED, Mini
from benchsuite_tasks.instance_segmentation.models.torchvision import TorchVision
from benchsuite_tasks.instance_segmentation.models.transformers import Transformers
from tests.learning.changed import filled, rewritten, without

CONF = Path(mini.__file__).parents[1] / "conf" / "model"
CONFIGS = sorted(str(path.relative_to(CONF)) for path in CONF.rglob("*.yaml"))
KINDS = {
    "mini": Mini,
    "torchvision": TorchVision,
    "transformers": Transformers,
    "detectron2": Detectron2,
}
WITH_WEIGHTS = sorted(path.parent.name for path in SHIPPED.glob(f"*/{MODEL}"))


@pytest.mark.parametrize("path", CONFIGS)
def test_a_config_makes_its_model(path):
    config = yaml.safe_load((CONF / path).read_text())
    kind = config.pop("kind")
    given = {key: "x.yaml" if value == "???" else value for key, value in config.items()}
    model = KINDS[kind](**given)
    assert model.name in (Path(path).stem, kind)
    assert len(pickle.dumps(model)) < 2000
    if kind == "mini" and config["weights"] != "???":
        assert config["weights"] in WITH_WEIGHTS


def test_the_weights_that_come_with_the_task_are_small():
    files = [path for path in SHIPPED.rglob("*") if path.is_file()]
    assert {path.name for path in files} == {"model.safetensors", "card.json"}
    assert sum(path.stat().st_size for path in files) < 15 * 2**20


@pytest.mark.parametrize("weights", WITH_WEIGHTS)
def test_every_card_says_data_licence_recipe_and_figures(weights):
    card = read_card(SHIPPED / weights)
    assert card.data.licence
    assert card.data.samples > 100
    assert card.recipe["norm"] == Mini(weights=weights).factors["norm"]
    assert card.recipe["seed"] in (0, 1)
    assert 0.1 < card.figures["test"]["AP"] < 0.8


@pytest.mark.parametrize("weights", ["scenes-gn", "scenes-bn"])
def test_the_default_models_find_objects_and_predict_each_image_by_itself(weights):
    model, classes = Mini(weights=weights), dict(enumerate(mini.CLASSES, start=1))
    samples = [mini._clean("test", number) for number in range(3)]
    rows = [Inputs(sample.id, sample.inputs) for sample in samples]
    found = model.predict(State({"classes": classes}), rows)
    alone = pickle.loads(pickle.dumps(model)).predict(State({"classes": classes}), rows[2:])[0]
    assert np.array_equal(found[2].scores, alone.scores)
    assert found[2].masks == alone.masks
    for sample, one in zip(samples, found, strict=True):
        truths = sample.truth["annotations"]
        sure = one.scores > 0.5
        # Not exact, and far from chance: about as many as there are, most of a class that is there.
        assert 0.4 * len(truths) <= sure.sum() <= 2.5 * len(truths)
        assert set(one.labels[one.scores > 0.9]) & {a["category_id"] for a in truths}


def test_it_gives_as_many_detections_as_count():
    image, places = np.full((256, 256, 3), 20, np.uint8), np.mgrid[:256, :256]
    for centre in np.ndindex(15, 15):
        away = places - np.reshape(9 + 17 * np.array(centre), (2, 1, 1))
        image[(away**2).sum(axis=0) <= 25] = 170
    shared, found = {"classes": {1: "nucleus"}}, {}
    for most in (100, 150, 500):
        state = State({**shared, "max_detections": most})
        (found[most],) = Mini(weights="nuclei-gn").predict(state, [Inputs("a", {"image": image})])
    (usual,) = Mini(weights="nuclei-gn").predict(State(shared), [Inputs("a", {"image": image})])
    assert len(found[100]) == 100 and len(found[150]) == 150 < len(found[500])
    assert np.array_equal(found[150].scores[:100], usual.scores)


def test_the_names_of_the_dataset_decide_what_a_label_is():
    model = Mini(weights="scenes-gn")
    renamed = {40 + label: name for label, name in enumerate(mini.CLASSES, start=1)}
    sample = mini._clean("test", 1)
    rows = [Inputs(sample.id, sample.inputs)]
    plain = model.predict(State({"classes": dict(enumerate(mini.CLASSES, start=1))}), rows)[0]
    moved = model.predict(State({"classes": renamed}), rows)[0]
    assert np.array_equal(plain.labels + 40, moved.labels)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (filled("", torch.nan), "expected finite weights, found NaN"),
        (filled("pyramid", torch.inf), r"pyramid\S+: expected finite weights, found infinity"),
        (without("mask_head"), r"missing roi_heads\.mask_head"),
        (
            filled("stages.2.body.0.1.running_var", -9),
            "^sample 'a': expected finite outputs of the network",
        ),
        (filled("cls_score.weight", 6e4), None),
    ],
)
def test_weights_that_a_training_blew_up_do_not_find_nothing(tmp_path, change, message):
    model = Mini(weights=str(rewritten(SHIPPED / "scenes-bn", tmp_path / "odd", change)))
    state = State({"classes": dict(enumerate(mini.CLASSES, start=1))})
    rows = [Inputs("a", mini._clean("test", 0).inputs)]
    if message is None:  # large, and numbers all the same
        assert model.predict(state, rows)
        return
    with pytest.raises(BadData, match=message):
        model.predict(state, rows)
