"""What a person's own segmenter may get wrong: one line each, with the sample's id."""

import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

import benchsuite as bs
from benchsuite.dataset import Sample, in_memory
from benchsuite.errors import BadData, BadModel, ModelChanged
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from benchsuite.runs.statistics import run_statistics
from benchsuite.task import load_task
from benchsuite_tasks.fairseg.measure import OPTIC, Structures
from benchsuite_tasks.fairseg.metrics import sample_metrics

TASK = load_task("fairseg")
SIZE = (16, 20)
RIM = np.zeros(SIZE, np.uint8)
RIM[4:9, 5:12] = 1
SHARED = {"structures": OPTIC.shared(), "protocol": "strict", "size_edges": []}
ONE = {**SHARED, "structures": Structures({"rim": (1,)}, ("rim",)).shared()}


def dataset(shared=SHARED):
    images = np.random.default_rng(0).integers(0, 256, (3, *SIZE)).astype(np.uint8)
    samples = [Sample(f"s{i}", {"image": image}, {"labels": RIM}) for i, image in enumerate(images)]
    return in_memory("rims", samples, shared)


def run_of(model, on_error="fail", shared=SHARED, **options):
    made = TASK.own(object=model, name="mine", fingerprint="v1", **options)
    conditions = (TASK.known_conditions()["clean"],)
    task = TASK
    if shared is ONE:
        task = replace(TASK, metrics=sample_metrics(Structures(**ONE["structures"])))
    return Run(task, dataset(shared), made, conditions, on_error=on_error)


def gives(answer):
    return lambda image: answer


LOGITS = np.random.default_rng(1).normal(size=(3, *SIZE))
SOFT = np.random.default_rng(1).random((1, *SIZE))


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (RIM[:, :-1], r"expected the image's size \(16, 20\), found \(16, 19\)$"),
        (RIM.T, r"expected the image's size \(16, 20\), found \(20, 16\)$"),
        (LOGITS[:, ::2, ::2], r"size \(16, 20\), found \(8, 10\) \(model.resize=true resizes"),
        (RIM * 255, r"prediction: expected labels 0 to 2, found 0 to 255 \(model.labels says wh"),
        (RIM * 3, "prediction: expected labels 0 to 2, found 0 to 3 "),
        (RIM.astype(int) - 1, "prediction: expected labels 0 to 2, found -1 to 0 "),
        (LOGITS * np.nan, "the answer: expected finite outputs of the network, found NaN"),
        (torch.from_numpy(LOGITS) / 0, "the answer: expected finite outputs .*, found infinity"),
        (np.where(RIM, np.nan, 0.0), "the answer: expected finite outputs .*, found NaN"),
        (np.stack([RIM] * 3), r"expected a label map .*, found uint8 \(3, 16, 20\)"),
        (np.stack([RIM > 0] * 2), r"expected a label map .*, found bool \(2, 16, 20\)"),
        (
            np.stack([LOGITS] * 2),
            r"or logits \(C, H, W\) of floats, found float64 \(2, 3, 16, 20\)",
        ),
        (RIM.ravel(), r"found uint8 \(320,\)"),
        (LOGITS + 0j, r"found complex128 \(3, 16, 20\)"),
        (None, "expected a label map .*, found NoneType"),
        ("rim", "expected a label map .*, found str"),
        ({"masks": RIM}, "expected a label map .*, found dict"),
        ([RIM, RIM], r"expected a label map .*, found uint8 \(2, 16, 20\)"),
        ([[1], [1, 2]], "expected a label map .*, found list of list, list"),
        ((RIM for _ in range(3)), "expected a label map .*, found generator"),
    ],
)
def test_a_wrong_answer_is_one_line_with_the_sample(answer, message, tmp_path):
    with pytest.raises(BadData) as told:
        evaluate(run_of(gives(answer)), tmp_path, replicates=20)
    text = str(told.value)
    assert text.startswith("model mine, clean, sample 's0', predict: ")
    assert re.search(message, text), text
    assert "\n" not in text


@pytest.mark.parametrize(
    ("answer", "shared", "message"),
    [
        (SOFT, ONE, "may hold probabilities or logits: say model.threshold=0.5 for probabilities"),
        (SOFT[0], ONE, "may hold probabilities or logits: say model.threshold=0.5"),
        (SOFT, SHARED, "may hold probabilities or logits: say model.threshold=0.5"),
        (SOFT - 0.5, SHARED, r"expected logits \(3, H, W\), .*, found \(1, 16, 20\): model.labels"),
        (LOGITS[:2], SHARED, r"expected logits \(3, H, W\), a channel for each label from 0"),
        (LOGITS, ONE, r"expected logits \(2, H, W\), .*, found \(3, 16, 20\): model.labels says"),
        (LOGITS.transpose(1, 2, 0), SHARED, r"expected logits \(3, H, W\), .* \(16, 20, 3\)"),
    ],
)
def test_logits_that_could_mean_several_things_end_the_run(answer, shared, message, tmp_path):
    run = run_of(gives(answer), on_error="skip", shared=shared)
    with pytest.raises(BadModel, match=message):
        evaluate(run, tmp_path, replicates=20)


@pytest.mark.parametrize("on_error", ["fail", "skip"])
def test_an_exception_in_the_middle_is_the_samples_alone(on_error, tmp_path):
    second = dataset().samples()[1].inputs["image"]

    def model(image):
        if np.array_equal(image, second):
            raise ValueError("boom")
        return RIM

    run = run_of(model, on_error=on_error)
    if on_error == "fail":
        with pytest.raises(BadData, match=r"sample 's1', predict: ValueError: boom \(test_own_ba"):
            evaluate(run, tmp_path, replicates=20)
        return
    table = run_statistics(evaluate(run, tmp_path, replicates=20)).tables["clean"]
    assert [bool(error) for error in table["error"]] == [False, True, False]


@pytest.mark.parametrize(
    ("network", "options", "message"),
    [
        (
            nn.Sequential(nn.Conv2d(1, 3, 1), nn.Unflatten(2, (3, 7))), {"pixels": "unit"},
            r"an image \(16, 20\): .* \(model.multiple extends images, model.channels says",
        ),
        (nn.Conv2d(1, 3, 1), {"pixels": "unit", "channels": 3}, r"to have 1 channels.*\(model.mul"),
        (nn.Conv2d(1, 3, 1), {"transforms": np.ravel}, r"transforms: expected an array .*, found \(320,\)"),
        (nn.Conv2d(1, 3, 1), {"transforms": str}, r"transforms: expected an array .*, found str"),
        (nn.Conv2d(1, 3, 4, 4), {"pixels": "unit"}, r"size \(16, 20\), found \(4, 5\) \(model.res"),
    ],
)  # fmt: skip
def test_what_a_network_does_not_take_is_one_line_with_the_sample(
    network, options, message, tmp_path
):
    with pytest.raises(BadData, match=message) as told:
        evaluate(run_of(network, **options), tmp_path, replicates=20)
    assert str(told.value).startswith("model mine, clean, sample 's0', predict: ")
    assert "\n" not in str(told.value)


def test_labels_without_a_name_are_told(tmp_path):
    run = run_of(gives(RIM + 6), labels={6: 0})
    with pytest.raises(BadData, match=r"label 7: expected one of 0, 6; name it in model.labels"):
        evaluate(run, tmp_path, replicates=20)
    run = run_of(gives(RIM), labels={1: 3})
    with pytest.raises(BadData, match="prediction: expected labels 0 to 2, found 0 to 3"):
        evaluate(run, tmp_path, replicates=20)


def test_where_the_truth_is_ignored_any_label_may_stand(tmp_path):
    odd = RIM.copy()
    odd[0] = 77
    truth = RIM.copy()
    truth[0] = 255
    image = np.zeros(SIZE, np.uint8)
    samples = [Sample(key, {"image": image}, {"labels": truth}) for key in "ab"]
    made = TASK.own(object=gives(odd), name="mine", fingerprint="v1")
    data = in_memory("rims", samples, {**SHARED, "ignore": 255})
    run = Run(TASK, data, made, (TASK.known_conditions()["clean"],))
    table = run_statistics(evaluate(run, tmp_path, replicates=20)).tables["clean"]
    assert table["dice_rim"].tolist() == [1, 1]


def test_weights_that_are_no_numbers_are_told_before_anything_runs():
    network = nn.Conv2d(1, 3, 1)
    network.weight.data[0] = torch.nan
    with pytest.raises(BadModel, match="model mine: weight: expected finite weights, found NaN"):
        run_of(network, pixels="unit")


class Learning(nn.Module):
    """A network that changes its weights while it runs."""

    def __init__(self):
        super().__init__()
        self.head = nn.Conv2d(1, 3, 1)

    def forward(self, batch):
        self.head.weight += 1
        return self.head(batch)


def test_a_network_that_changes_its_weights_makes_the_run_invalid(tmp_path):
    options = {"dataset": dataset(), "results": str(tmp_path), "replicates": 200}
    with pytest.raises(ModelChanged, match=r"head\.weight.* changed while the model ran"):
        bs.evaluate("fairseg", Learning(), **options, model_options={"pixels": "unit"})
