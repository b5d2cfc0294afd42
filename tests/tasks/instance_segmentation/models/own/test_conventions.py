"""Models of a person's own: each convention gives what a plain implementation gives."""

import pickle
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn
from torchvision.models import detection
from torchvision.models.detection import maskrcnn_resnet50_fpn

from benchsuite.dataset import Inputs
from benchsuite.files.masks import encoded
from benchsuite.model import State
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from benchsuite.runs.statistics import run_statistics
from benchsuite.task import load_task
from benchsuite_tasks.instance_segmentation.models.torchvision import TorchVision

TASK = load_task("instance_segmentation")
CLASSES = {3: "cat", 8: "dog"}
NAMES = ["cat", "dog"]
SHAPE = (48, 64)


def own(model, **options):
    return TASK.own(object=model, name="mine", fingerprint="v1", **options)


def picture(seed=0):
    pixels = np.random.default_rng(seed).integers(0, 256, (*SHAPE, 3), dtype=np.uint8)
    return Inputs(f"i{seed}", {"image": pixels})


ROWS = [picture(seed) for seed in range(3)]


def found_in(image):
    """Detections that depend on the RGB image: labels 0 and 1, scores, corners, masks."""
    random = np.random.default_rng(int(image[..., 0].astype(int).sum()))
    count = int(random.integers(1, 5))
    masks = np.zeros((count, *SHAPE), dtype=bool)
    corners = random.integers(0, 20, (count, 2))
    for mask, (x, y) in zip(masks, corners, strict=True):
        mask[y : y + 9, x : x + 12] = True
    boxes = np.hstack([corners, np.add(corners, (12, 9))]).astype(float)
    return random.integers(0, 2, count), random.random(count), boxes, masks


def expected(image):
    labels, scores, boxes, masks = found_in(image)
    boxes = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)
    return np.array([3, 8])[labels], scores, boxes, tuple(map(encoded, masks))


def torchvisions(images):
    labels, scores, boxes, masks = found_in(pixels_of(images[0]))
    soft = torch.from_numpy(masks[:, None]) * 0.9
    return [
        {
            "labels": torch.from_numpy(labels + 1),
            "scores": torch.from_numpy(scores),
            "boxes": torch.from_numpy(boxes),
            "masks": soft,
        }
    ]


def pixels_of(tensor):
    assert tensor.dtype == torch.float32
    assert 0 <= tensor.min() <= tensor.max() <= 1
    return (tensor * 255).round().byte().permute(1, 2, 0).numpy()


class Network(nn.Module):
    """torchvision's convention, in a network that must be in eval mode, without gradients."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1, 1))
        self.frozen = nn.BatchNorm2d(1).eval()

    def forward(self, images):
        assert not self.training
        assert torch.is_inference_mode_enabled()
        return torchvisions(images)


def in_arrays(images):
    return [{key: value.numpy() for key, value in torchvisions(images)[0].items()}]


def yielding(images):
    yield from torchvisions(images)


def in_few_bits(images):
    found = torchvisions(images)[0]
    masks = (found["masks"] > 0).byte() * 255
    return [{**found, "boxes": found["boxes"].half(), "masks": masks}]


def resized(images):
    found = torchvisions(images)[0]
    return [{**found, "masks": found["masks"] * 1.115}]  # 1.0035


def supervisions(image):
    assert image.dtype == np.uint8
    labels, scores, boxes, masks = found_in(image)
    return SimpleNamespace(
        xyxy=boxes, mask=masks, confidence=scores, class_id=labels, tracker_id=None, data={}
    )


class Predicting:
    def predict(self, image):
        return supervisions(image)


def by_name(image):
    found = supervisions(image)
    found.data = {"class_name": np.array(["CAT", "dog"], dtype=object)[found.class_id]}
    found.class_id = found.class_id + 40
    return found


class Predictor:
    """What detectron2's DefaultPredictor has."""

    def __init__(self, names=(), count=None):
        self.metadata = SimpleNamespace(thing_classes=list(names))
        if count:
            heads = SimpleNamespace(NUM_CLASSES=count)
            self.cfg = SimpleNamespace(MODEL=SimpleNamespace(ROI_HEADS=heads))

    def __call__(self, original_image):
        labels, scores, boxes, masks = found_in(original_image[:, :, ::-1])
        held = SimpleNamespace(
            pred_classes=torch.from_numpy(labels),
            scores=torch.from_numpy(scores),
            pred_boxes=SimpleNamespace(tensor=torch.from_numpy(boxes)),
            pred_masks=torch.from_numpy(masks),
        )
        return {"instances": held}


@pytest.mark.parametrize(
    ("model", "options"),
    [
        (torchvisions, {"classes": NAMES}),
        (torchvisions, {"classes": ["__background__", *NAMES]}),
        (torchvisions, {"classes": ["Background", *NAMES]}),
        (torchvisions, {"classes": {"1": "cat", 2: 8}, "convention": "torchvision"}),
        (lambda images: tuple(torchvisions(images)), {"classes": NAMES}),
        (Network(), {"classes": NAMES}),
        (in_arrays, {"classes": NAMES}),
        (yielding, {"classes": NAMES}),
        (in_few_bits, {"classes": NAMES}),
        (resized, {"classes": NAMES}),
        (supervisions, {"classes": NAMES}),
        (supervisions, {"classes": {0: 3, 1: 8}, "convention": "supervision"}),
        (Predicting(), {"classes": NAMES}),
        (by_name, {}),
        (Predictor(), {"classes": NAMES}),
        (Predictor(NAMES), {}),
        (Predictor(NAMES), {"convention": "detectron2"}),
        (Predictor(NAMES, 2), {}),
        (Predictor(["person", "bicycle", "car"], 2), {"classes": NAMES}),
    ],
)
def test_each_convention_gives_what_a_plain_implementation_gives(model, options):
    made = own(model, **options)
    state = State({"classes": CLASSES})
    for _ in range(2):  # first it finds out the convention, then it knows
        for row, one in zip(ROWS, made.predict(state, ROWS), strict=True):
            labels, scores, boxes, masks = expected(row.fields["image"])
            assert one.labels.tolist() == labels.tolist()
            assert np.array_equal(one.scores, scores)
            assert np.array_equal(one.boxes, boxes)
            assert one.masks == masks


def test_a_network_is_put_back_into_the_modes_that_it_had():
    network = Network().train()
    network.frozen.eval()
    own(network, classes=NAMES).predict(State({"classes": CLASSES}), ROWS)
    assert (network.training, network.frozen.training) == (True, False)
    assert network.weight.requires_grad


def test_a_detector_of_boxes_alone_has_no_masks():
    def boxes_alone(images):
        return [{**torchvisions(images)[0], "masks": None}]

    found = own(boxes_alone, classes=NAMES).predict(State({"classes": CLASSES}), ROWS)
    assert all(one.masks is None and len(one) for one in found)


def test_an_image_without_detections_lacks_no_masks():
    def nothing(image):
        return SimpleNamespace(xyxy=np.zeros((0, 4)), mask=None, confidence=None, class_id=None)

    (found,) = own(nothing).predict(State({"classes": CLASSES}), ROWS[:1])
    assert (len(found), found.masks) == (0, ())


def test_boxes_that_stick_out_are_clipped_to_the_image():
    def beyond(images):
        return [{"labels": [1], "scores": [0.5], "boxes": [[-4, -3, 70, 20]]}]

    (found,) = own(beyond, classes=NAMES).predict(State({"classes": CLASSES}), ROWS[:1])
    assert found.boxes.tolist() == [[0, 0, 64, 20]]


def test_half_precision_and_a_model_on_its_way_through_pickle():
    class Half(Network):
        def forward(self, images):
            assert images[0].dtype == torch.bfloat16
            return [
                {
                    "labels": torch.tensor([2]),
                    "scores": torch.tensor([0.5], dtype=torch.bfloat16),
                    "boxes": torch.tensor([[1.0, 2, 3, 4]], dtype=torch.bfloat16),
                }
            ]

    (found,) = own(Half().bfloat16(), classes=NAMES).predict(State({"classes": CLASSES}), ROWS[:1])
    assert (found.labels.tolist(), found.boxes.tolist()) == ([8], [[1, 2, 2, 2]])
    made = pickle.loads(pickle.dumps(own(Network(), classes=NAMES)))
    assert len(made.predict(State({"classes": CLASSES}), ROWS)) == 3


NETWORK = {
    "weights": None, "weights_backbone": None, "num_classes": 7, "min_size": 32, "max_size": 48,
    "box_detections_per_img": 20, "box_score_thresh": 0.0,
}  # fmt: skip


def statistics_of(model, folder):
    dataset = TASK.dataset("scenes-mini", images=2)
    known = TASK.known_conditions(dataset)
    conditions = tuple(known[name] for name in ("clean", "corruption/fog/3"))
    run = Run(TASK, dataset, model, conditions)
    return run_statistics(evaluate(run, folder, replicates=20)).tables


def seeded(make):
    with torch.random.fork_rng():
        torch.manual_seed(5)
        return make(**NETWORK)


def test_a_mask_rcnn_gives_the_bytes_of_the_registered_model_of_the_same_weights(tmp_path):
    theirs = TorchVision(
        weights="random", seed=5, num_classes=6, min_size=32, max_size=48, score=0.0, limit=20
    )
    registered = statistics_of(theirs, tmp_path / "registered")
    mine = statistics_of(own(seeded(maskrcnn_resnet50_fpn)), tmp_path / "mine")
    assert registered.keys() == mine.keys()
    for condition, table in registered.items():
        assert table["scores"].map(len).sum() > 0
        for column in table.columns:
            if column != "run_id":
                assert pickle.dumps([*table[column]]) == pickle.dumps([*mine[condition][column]])


def test_a_mask_rcnn_behind_a_function_gives_the_same_up_to_rounding():
    network = seeded(maskrcnn_resnet50_fpn).eval()
    state = State({"classes": {1: "a", 2: "b", 3: "c", 4: "d", 5: "e", 6: "f"}})
    exact = own(network).predict(state, ROWS)
    behind = own(lambda images: network(images)).predict(state, ROWS)
    for one, other in zip(exact, behind, strict=True):
        assert np.array_equal(one.labels, other.labels)
        assert np.array_equal(one.scores, other.scores)
        assert np.allclose(one.boxes, other.boxes, atol=1e-3)


def test_a_network_of_another_forward_is_called_and_not_taken_apart():
    network = seeded(maskrcnn_resnet50_fpn)
    network.forward = torchvisions
    made = own(network, classes=[*NAMES, "", "", "", ""])
    (found,) = made.predict(State({"classes": CLASSES}), ROWS[:1])
    assert found.boxes.tolist() == expected(ROWS[0].fields["image"])[2].tolist()


@pytest.mark.parametrize(
    ("kind", "size"),
    [
        ("fasterrcnn_resnet50_fpn", {"min_size": 64, "max_size": 96}),
        ("retinanet_resnet50_fpn", {"min_size": 64, "max_size": 96}),
        ("ssdlite320_mobilenet_v3_large", {}),
    ],
)
def test_a_network_with_cocos_labels_needs_no_names(kind, size):
    make = getattr(detection, kind)
    network = make(weights=None, weights_backbone=None, score_thresh=0.0, **size)
    (found,) = own(network).predict(State({"classes": {17: "cat", 18: "dog"}}), ROWS[:1])
    assert found.masks is None
    assert set(found.labels.tolist()) <= {17, 18}
