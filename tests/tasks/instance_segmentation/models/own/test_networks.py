"""Networks of transformers and detectron2 that a person hands over."""

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from benchsuite.dataset import Inputs
from benchsuite.errors import BadData, WrongCall
from benchsuite.files.masks import decoded
from benchsuite.model import State
from benchsuite.task import load_task
from tests.tasks.instance_segmentation.models.test_transformers import MAKERS

transformers = pytest.importorskip("transformers")

from benchsuite_tasks.instance_segmentation.models.transformers import Transformers  # noqa: E402

TASK = load_task("instance_segmentation")
CLASSES = {17: "cat", 18: "dog"}
STATE = State({"classes": CLASSES})
NAMES = {0: "cat", 1: "stuff", 2: "dog"}
ROW = Inputs(
    "i0", {"image": np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)}
)


def own(model, **options):
    return TASK.own(object=model, name="mine", fingerprint="v1", **options)


def same(one, other):
    assert len(one) > 0
    assert np.array_equal(one.labels, other.labels)
    assert np.array_equal(one.scores, other.scores)
    assert np.array_equal(one.boxes, other.boxes)
    assert one.masks == other.masks


@pytest.fixture(params=MAKERS)
def pair(request, tmp_path):
    torch.manual_seed(0)
    network, processor = MAKERS[request.param]()
    network.save_pretrained(tmp_path, safe_serialization=True)
    processor.save_pretrained(tmp_path)
    return network, processor, str(tmp_path)


def test_a_pair_gives_what_the_registered_model_of_the_same_files_gives(pair):
    network, processor, path = pair
    (theirs,) = Transformers(path=path).predict(STATE, [ROW])
    pipeline = SimpleNamespace(model=network, image_processor=processor)
    for model, options in (
        ((network, processor), {}),
        ([processor, network], {}),
        (network, {"processor": processor}),
        (pipeline, {}),
    ):
        (mine,) = own(model, **options).predict(STATE, [ROW])
        same(mine, theirs)
    (few,) = own((network, processor), limit=3).predict(STATE, [ROW])
    assert len(few) < len(theirs)


def test_a_pipeline_is_its_network_with_its_processor(pair):
    network, processor, path = pair
    made = transformers.pipeline("image-segmentation", model=network, image_processor=processor)
    (mine,) = own(made).predict(STATE, [ROW])
    same(mine, Transformers(path=path).predict(STATE, [ROW])[0])


def test_the_fingerprint_covers_the_processor_and_the_options(pair):
    network, processor, _ = pair
    prints = {
        own(network, processor=processor).fingerprint,
        own(network, processor=type(processor)(size={"height": 32, "width": 32})).fingerprint,
        own(network, processor=processor, limit=7).fingerprint,
        own(network, processor=processor, classes={0: "cat", 1: "", 2: "dog"}).fingerprint,
    }
    assert len(prints) == 4
    again = own(network, processor=processor, factors_of={"backbone": "swin"})
    assert again.fingerprint in prints
    assert again.factors == {"backbone": "swin"}


def detr():
    backbone = transformers.ResNetConfig(
        embedding_size=8, hidden_sizes=[8, 8, 16, 16], depths=[1, 1, 1, 1], out_features=["stage4"]
    )
    config = transformers.DetrConfig(
        use_timm_backbone=False,
        backbone=None,
        use_pretrained_backbone=False,
        backbone_config=backbone,
        d_model=32,
        encoder_layers=1,
        decoder_layers=1,
        encoder_ffn_dim=16,
        decoder_ffn_dim=16,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        num_queries=7,
        id2label=NAMES,
        label2id={name: label for label, name in NAMES.items()},
    )
    torch.manual_seed(0)
    processor = transformers.DetrImageProcessor(size={"shortest_edge": 48, "longest_edge": 96})
    return transformers.DetrForObjectDetection(config), processor


def test_a_detector_of_boxes_keeps_all_scores_and_has_no_masks():
    network, processor = detr()
    (mine,) = own((network, processor)).predict(STATE, [ROW])
    ready = processor(images=[ROW.fields["image"]], return_tensors="pt")
    with torch.inference_mode():
        outputs = network.eval()(**ready)
    (theirs,) = processor.post_process_object_detection(
        outputs, threshold=0.0, target_sizes=[(40, 60)]
    )
    kept = [i for i, label in enumerate(theirs["labels"].tolist()) if label != 1]
    assert kept
    assert mine.masks is None
    ids = np.array([17, -1, 18])[theirs["labels"].numpy()[kept]]
    assert np.array_equal(mine.labels, ids)
    assert np.allclose(mine.scores, theirs["scores"][kept])
    assert (mine.boxes >= 0).all()


class Segmenting(nn.Module):
    """The outputs of DetrForSegmentation or RfDetrForInstanceSegmentation, of three queries."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1, 1))
        self.config = SimpleNamespace(model_type="detr", id2label=NAMES)

    def forward(self, pixel_values, **rest):
        logits = torch.tensor([[[9.0, 0, 0, 0], [0, 0, 7.0, 0], [0, 0, 0, 9.0]]])
        masks = torch.full((1, 3, 10, 15), -9.0)
        masks[0, 0, 2:5, 3:9] = 9.0
        masks[0, 1, 6:9, 3:9] = 9.0
        return transformers.utils.ModelOutput(
            logits=logits, pred_masks=masks, pred_boxes=torch.rand(1, 3, 4)
        )


BINARY = {"return_binary_maps": True}


@pytest.mark.parametrize(
    ("kind", "options", "plain"),
    [
        ("DetrImageProcessor", {}, {}),
        ("DetrImageProcessor", {"score": 0.999}, {"threshold": 0.999}),
        ("RfDetrImageProcessor", {}, {"threshold": 0.0, **BINARY}),
        ("RfDetrImageProcessor", {"score": 0.7}, {"threshold": 0.7, **BINARY}),
    ],
)
def test_other_segmenters_are_read_by_their_processors_own_post_processing(kind, options, plain):
    if not hasattr(transformers, kind):
        pytest.skip("this version of transformers does not have it")
    network, processor = Segmenting(), getattr(transformers, kind)()
    (mine,) = own((network, processor), **options).predict(STATE, [ROW])
    (theirs,) = processor.post_process_instance_segmentation(
        network(None), target_sizes=[(40, 60)], **plain
    )
    painted = theirs["segmentation"].numpy()
    segments = theirs["segments_info"]
    layers = painted if painted.ndim == 3 else [painted == one["id"] for one in segments]
    kept = [i for i, one in enumerate(segments) if one["label_id"] in (0, 2)]
    assert kept
    assert mine.labels.tolist() == [{0: 17, 2: 18}[segments[i]["label_id"]] for i in kept]
    assert mine.scores.tolist() == [segments[i]["score"] for i in kept]
    for mask, i in zip(mine.masks, kept, strict=True):
        assert np.array_equal(decoded(mask), layers[i])


def test_a_pair_that_lacks_a_part_is_told():
    network, processor = detr()
    for wrong in (network, (network, network), (network, processor, processor), (processor,)):
        with pytest.raises(WrongCall, match=r"expected a network of transformers and its image"):
            own(wrong)
    with pytest.raises(WrongCall, match="post_process_object_detection, which a Mask"):
        own((network, MAKERS["maskformer"]()[1])).predict(STATE, [ROW])


class Resize:
    """detectron2's transform of that name, for images that are as large already."""

    def __init__(self, sides, longest):
        assert (sides, longest) == ([40, 40], 1333)

    def get_transform(self, image):
        return SimpleNamespace(apply_image=lambda pixels: pixels)


class Detectron(nn.Module):
    """A network of detectron2's convention: dicts of an image, BGR in 0..255, and its size."""

    input_format = "BGR"

    def __init__(self, labels=3):
        super().__init__()
        self.backbone = nn.Identity()
        self.roi_heads = SimpleNamespace(num_classes=labels)

    def forward(self, rows):
        assert rows[0]["image"].shape == (3, 40, 60)
        assert np.array_equal(rows[0]["image"][0], ROW.fields["image"][:, :, 2])
        masks = torch.zeros(2, 40, 60, dtype=torch.bool)
        masks[:, 5:9, 10:20] = True
        held = SimpleNamespace(
            pred_classes=torch.tensor([2, 1]),
            scores=torch.tensor([0.5, 0.25]),
            pred_boxes=SimpleNamespace(tensor=torch.tensor([[10.0, 5, 20, 9]] * 2)),
            pred_masks=masks,
        )
        held.to = lambda device: held
        return [{"instances": held}]


def test_a_network_of_detectron2_sees_what_its_predictor_would_give_it(monkeypatch):
    for name in ("detectron2", "detectron2.data", "detectron2.data.transforms"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setattr(
        sys.modules["detectron2.data.transforms"], "ResizeShortestEdge", Resize, raising=False
    )
    (found,) = own(Detectron(), min_size=40, classes=["cat", "", "dog"]).predict(STATE, [ROW])
    assert (found.labels.tolist(), found.scores.tolist()) == ([18], [0.5])
    assert found.boxes.tolist() == [[10, 5, 10, 4]]
    with pytest.raises(BadData, match=r"label 2: expected one of 0, 1; name it in model_options"):
        own(Detectron(0), min_size=40, classes={0: 17, 1: ""}).predict(STATE, [ROW])
    with pytest.raises(BadData, match=r"expected names of the labels 0 to 2 .* those of 1, 2"):
        own(Detectron(), min_size=40, classes={1: "cat", 2: "dog"}).predict(STATE, [ROW])
    with pytest.raises(BadData, match=r"its 3 labels have no names, and the dataset has 2 classes"):
        own(Detectron(), min_size=40).predict(STATE, [ROW])
