"""dual-mini: trained by its recipe to the same bytes whatever happens, and what ships is competent in part."""

import numpy as np
import pytest
from safetensors.torch import load_file, save_file

from benchsuite.condition import CLEAN
from benchsuite.dataset import Inputs, in_memory
from benchsuite.errors import BadData
from benchsuite.learning.card import read_card
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from benchsuite.task import silent
from benchsuite_tasks.compositional.datasets.mini import shapes_mini
from benchsuite_tasks.compositional.datasets.scenes import words
from benchsuite_tasks.compositional.models.adapted import adapted
from benchsuite_tasks.compositional.models.dual_mini import WEIGHTS, DualMini
from benchsuite_tasks.compositional.models.dual_net import stacked
from benchsuite_tasks.compositional.task import TASK
from benchsuite_tasks.compositional.training import dual_mini as training


def few(count: int = 40):
    samples = [s for s in shapes_mini().samples() if s.attributes["shape"] == "2x2"][:count]
    return in_memory("few", samples)


def test_a_stopped_training_continues_to_the_same_weights(tmp_path, monkeypatch):
    monkeypatch.setattr(training, "CHECKPOINT_EVERY", 2)
    training.train_dual_mini(few(), tmp_path / "whole", silent, steps=6, batch=16, twins=0.5)

    def stopping(stage: str, done: int, total: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        training.train_dual_mini(few(), tmp_path / "again", stopping, steps=6, batch=16, twins=0.5)
    training.train_dual_mini(few(), tmp_path / "again", silent, steps=6, batch=16, twins=0.5)
    files = [tmp_path / name / "model.safetensors" for name in ("whole", "again")]
    assert files[0].read_bytes() == files[1].read_bytes()
    assert read_card(tmp_path / "again").recipe["steps"] == 6
    with pytest.raises(BadData, match="expected a checkpoint of this training"):
        training.train_dual_mini(few(), tmp_path / "again", silent, steps=8, batch=16)


def test_pairs_of_the_training_have_each_image_with_its_own_caption():
    dataset = few(4)
    pairs = training._pairs(dataset)
    for n, sample in enumerate(dataset.samples()):
        order = np.argsort(sample.truth.images)
        for i in (0, 1):
            assert (pairs.images[2 * n + i].numpy() == sample.inputs["images"][order[i]]).all()
            source = sample.truth.captions.index(sample.truth.matching[i])
            said = sample.inputs["captions"][source].split()
            assert int((pairs.tokens[2 * n + i] > 0).sum()) == len(said)


def test_other_weights_are_refused(tmp_path):
    import torch

    whole = load_file(WEIGHTS)
    path = tmp_path / "w.safetensors"
    save_file({**whole, "extra": torch.zeros(1)}, path)
    with pytest.raises(BadData, match=r"unexpected extra$"):
        DualMini(weights=str(path)).encode([])
    save_file({k: v for k, v in whole.items() if k != "log_scale"}, path)
    with pytest.raises(BadData, match=r"missing log_scale$"):
        DualMini(weights=str(path)).encode([])
    save_file({**whole, "log_scale": torch.tensor(torch.nan)}, path)
    with pytest.raises(BadData, match="log_scale: expected finite weights, found NaN"):
        DualMini(weights=str(path)).encode([])
    pickled = tmp_path / "w.pt"
    torch.save(whole, pickled)
    with pytest.raises(BadData, match=r"expected weights as \.safetensors, found '.pt'"):
        DualMini(weights=str(pickled)).encode([])


def test_what_ships_has_a_card():
    card = read_card(WEIGHTS.parent)
    assert (card.model, card.data.name) == ("dual-mini", "shapes-mini-train")
    assert card.parameters == sum(value.numel() for value in load_file(WEIGHTS).values())


def test_what_ships_is_competent_in_part(tmp_path):
    rows = evaluate(Run(TASK, shapes_mini(), DualMini(), (CLEAN,)), tmp_path, replicates=10)
    table = rows.statistics("clean").to_pandas()
    square = table[table["shape"] == "2x2"]
    assert 0.3 < square["group_score"].mean() < 0.85
    assert square["group_match"].mean() > 0.7


@pytest.mark.parametrize("part", ["all", "projections", "adapter"])
def test_every_part_of_dual_mini_can_be_adapted(tmp_path, part):
    model = adapted(
        {"kind": "dual-mini"}, part=part, iterations=1, epochs=2, rate=1e-3, control=False
    )
    rows = evaluate(Run(TASK, few(), model, (CLEAN,)), tmp_path, replicates=10)
    assert len(rows.statistics("clean")["curve"][0]) == 2


def test_an_unknown_word_and_an_odd_image_are_no_error():
    image = np.zeros((40, 90), np.uint8)
    group = Inputs("g", {"images": [image], "captions": ["a redd circle", words()[0]]})
    assert DualMini().predict(None, [group])[0].shape == (1, 2)


@pytest.mark.filterwarnings("error")
def test_an_image_that_must_not_be_written_is_no_warning():
    image = np.zeros((64, 64, 3), dtype=np.uint8)
    image.flags.writeable = False
    assert stacked([image]).shape == (1, 64, 64, 3)
