"""A multimodal language model is asked about each image and caption by its own logits."""

from pathlib import Path

import numpy as np
import pytest

from benchsuite.condition import CLEAN
from benchsuite.dataset import Inputs
from benchsuite.errors import BadData
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from benchsuite_tasks.compositional.datasets.winoground import winoground
from benchsuite_tasks.compositional.models.mllm import Mllm
from benchsuite_tasks.compositional.task import TASK
from tests.learning.changed import filled, rewritten, without
from tests.tasks.compositional import tiny


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tiny.save_llava(tmp_path_factory.mktemp("llava"))


def group() -> Inputs:
    key = np.random.default_rng(0)
    images = [key.integers(0, 256, (40, 40, 3), dtype=np.uint8) for _ in range(2)]
    return Inputs("g", {"images": images, "captions": ["a red cat", "the blue dog on the box"]})


def test_a_score_is_the_probability_of_yes_among_yes_and_no(folder):
    import torch
    import transformers
    from PIL import Image

    net = transformers.LlavaForConditionalGeneration.from_pretrained(folder).eval()
    processor = transformers.AutoProcessor.from_pretrained(folder)
    vocabulary = processor.tokenizer.get_vocab()
    one = group()
    (found,) = Mllm(str(folder)).predict(None, [one])
    expected = np.empty((2, 2))
    for i, image in enumerate(one.fields["images"]):
        for c, caption in enumerate(one.fields["captions"]):
            text = (
                f'USER: <image> Does this image show "{caption}"? Answer with yes or no. ASSISTANT:'
            )
            asked = processor(text=text, images=Image.fromarray(image), return_tensors="pt")
            with torch.no_grad():
                odds = net(**asked).logits[0, -1].softmax(-1)
            yes, no = (
                float(odds[vocabulary["yes"]] + odds[vocabulary["Yes"]]),
                float(odds[vocabulary["no"]]),
            )
            expected[i, c] = yes / (yes + no)
    assert found == pytest.approx(expected, abs=1e-5)
    assert np.ptp(expected, axis=0).min() > 1e-4, "the image matters"
    assert np.ptp(expected, axis=1).min() > 1e-4, "the caption matters"


def test_neither_batches_nor_other_groups_change_a_score(folder, tmp_path):
    some = tiny.inputs(tmp_path)
    together = Mllm(str(folder)).predict(None, some)
    apart = [Mllm(str(folder)).predict(None, [one])[0] for one in some]
    assert all((a == b).all() for a, b in zip(together, apart, strict=True))
    singly = Mllm(str(folder), batch=1).predict(None, some)
    np.testing.assert_allclose(np.stack(together), np.stack(singly), atol=1e-5)


def test_a_run_on_winograds_layout(folder, tmp_path):
    dataset = winoground(str(tiny.winoground(tmp_path / "data")))
    run = Run(TASK, dataset, TASK.model("mllm", path=str(folder)), (CLEAN,))
    rows = evaluate(run, tmp_path / "r", replicates=10).statistics("clean").to_pylist()
    assert all(0 < score < 1 for row in rows for score in row["scores"])


def test_what_is_no_such_model_is_one_line(folder, tmp_path):
    with pytest.raises(BadData, match="pickled weights are refused"):
        Mllm(str(tmp_path)).predict(None, [group()])
    clip = tiny.save_clip(tmp_path / "clip")
    with pytest.raises(BadData, match="expected a model of images and text, found") as error:
        Mllm(str(clip)).predict(None, [group()])
    assert "\n" not in str(error.value)
    plain = tiny.save_llava(tmp_path / "plain", template=False)
    with pytest.raises(BadData, match="expected a processor with a chat template"):
        Mllm(str(plain)).predict(None, [group()])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (without("lm_head"), r"the weights do not fit the network: missing lm_head\.weight$"),
        (without("vision_tower"), r"missing \S*vision_tower\."),
        (without("layers.0."), r"missing \S+layers\.0\."),
        (filled("multi_modal_projector", np.nan), "linear_1.*: expected finite weights, found NaN"),
    ],
)
def test_odd_weights_have_no_opinion(folder, tmp_path, change, message):
    odd = rewritten(folder, tmp_path / "odd", change)
    with pytest.raises(BadData, match=message):
        Mllm(str(odd)).predict(None, [group()])


def test_a_vocabulary_without_the_answer_is_named(tmp_path):
    folder = tiny.save_llava(tmp_path, words=("yes",))
    with pytest.raises(BadData, match="expected a token that reads 'no', found none"):
        Mllm(str(folder)).predict(None, [group()])
