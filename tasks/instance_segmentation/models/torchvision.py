"""torchvision's Mask R-CNNs: its COCO weights, checkpoints from disk, or random weights."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch
from torchvision.models import get_model, get_model_weights
from torchvision.models.detection import MaskRCNN
from torchvision.ops.misc import FrozenBatchNorm2d

from benchsuite.dataset import Inputs, digest
from benchsuite.errors import BadModel, NotAvailable, WrongCall, near
from benchsuite.files.hashes import sha256
from benchsuite.learning.device import check_device
from benchsuite.learning.hub import may_download
from benchsuite.learning.weights import fill, read_tensors
from benchsuite.model import State

from ..formats import Detections
from .categories import category_ids
from .design import design
from .rcnn import detect

COCO = "coco"
RANDOM = "random"
_CLASS_SCORES = "roi_heads.box_predictor.cls_score.weight"
_OLD_EPS = "bf2d0c1e"
"""First digits of the SHA-256 of weights that torchvision trained with an epsilon of 0."""

ARCHITECTURES = {
    "maskrcnn_resnet50_fpn": design("two", "ResNet-50 FPN", "batch"),
    "maskrcnn_resnet50_fpn_v2": design("two", "ResNet-50 FPN", "batch"),
}
"""The architectures, and the factors that follow from them."""

_TRAINED = {
    # pytorch/vision, references/detection/README.md: Mask R-CNN.
    "maskrcnn_resnet50_fpn": {
        "norm": "frozen batch",
        "initialisation": "ImageNet",
        "augmentation": "flip",
        "training_resolution": "800",
    },
    # pytorch/vision, pull request 5773: 400 epochs of large-scale jitter with synchronised norms.
    "maskrcnn_resnet50_fpn_v2": {
        "norm": "synchronised batch",
        "initialisation": "random",
        "augmentation": "large-scale jitter",
        "training_resolution": "1024",
    },
}


@dataclass(frozen=True)
class TorchVision:
    """A Mask R-CNN of torchvision, with its own preprocessing and its thresholds.

    architecture  one of ARCHITECTURES
    weights       coco (torchvision's, fetched once by download=yes), random, or a file:
                  safetensors, or a checkpoint with nothing but tensors
    classes       names of the labels 1, 2, ... of a file that has not COCO's 90
    num_classes   of random weights, without the background
    min_size, max_size   shortest and longest side at test, in pixels
    score, limit  the least score of a detection, and the most detections of an image
    factors_of    how a file was trained, by the factor's name
    """

    name: str = "torchvision"
    architecture: str = "maskrcnn_resnet50_fpn"
    weights: str = COCO
    classes: Sequence[str] = ()
    num_classes: int = 90
    seed: int = 0
    min_size: int = 800
    max_size: int = 1333
    score: float = 0.05
    limit: int = 100
    device: str = "cpu"
    factors_of: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        if self.architecture not in ARCHITECTURES:
            raise WrongCall(
                f"model.architecture: torchvision has no '{self.architecture}'"
                f"{near(self.architecture, ARCHITECTURES)}"
            )

    @property
    def fingerprint(self) -> str:
        """Covers the weights and the configuration; not the place they come from."""
        config = [self.architecture, self.min_size, self.max_size, self.score, self.limit]
        return digest(["torchvision", config, list(self.classes), self._weights_print])

    @property
    def _weights_print(self) -> str:
        if self.weights == RANDOM:
            return f"random {self.num_classes} {self.seed}"
        return sha256(self._file)

    @property
    def _file(self) -> Path:
        return _coco_file(self.architecture) if self.weights == COCO else Path(self.weights)

    @property
    def factors(self) -> Mapping[str, str]:
        """Design factors."""
        trained = _TRAINED[self.architecture] if self.weights == COCO else {}
        return {**ARCHITECTURES[self.architecture], **trained, **(self.factors_of or {})}

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[Detections]:
        """Detections in each input's `image`, uint8 (H, W, 3), one image at a time."""
        network = self._network()
        names = self._names(network.roi_heads.box_predictor.cls_score.out_features - 1)
        ids = category_ids(self.name, names, state.shared["classes"])
        with torch.inference_mode():
            return [detect(network, row, ids) for row in inputs]

    def networks(self) -> list[torch.nn.Module]:
        """The backbone: the heads see another number of regions in each image."""
        return [self._network().backbone]

    def _names(self, labels: int) -> Sequence[str]:
        if self.classes:
            if len(self.classes) != labels:
                raise BadModel(f"model.classes: expected {labels} names, found {len(self.classes)}")
            return self.classes
        coco = coco_names()
        return coco if labels == len(coco) else [""] * labels

    def _network(self) -> MaskRCNN:
        return _load(
            _Network(
                self.architecture,
                None if self.weights == RANDOM else self._file,
                self._weights_print,
                self.num_classes,
                self.seed,
                self.device,
                (self.min_size, self.max_size),
                (self.score, self.limit),
            )
        )


@dataclass(frozen=True)
class _Network:
    """What a network is loaded from."""

    architecture: str
    path: Path | None
    weights_print: str
    num_classes: int
    seed: int
    device: str
    sides: tuple[int, int]
    kept: tuple[float, int]


def coco_names() -> list[str]:
    """COCO's names by category id from 1 to 90; empty for the ten ids that are not used."""
    weights = get_model_weights("maskrcnn_resnet50_fpn")["COCO_V1"]
    return ["" if name == "N/A" else name for name in weights.meta["categories"][1:]]


@lru_cache(maxsize=1)
def _load(asked: _Network) -> MaskRCNN:
    check_device(asked.device)
    tensors = {} if asked.path is None else read_tensors(asked.path)
    if asked.path is not None and _CLASS_SCORES not in tensors:
        raise BadModel(
            f"{asked.path}: expected a Mask R-CNN's weights; '{_CLASS_SCORES}' is missing"
        )
    labels = asked.num_classes if asked.path is None else len(tensors[_CLASS_SCORES]) - 1
    with torch.random.fork_rng():
        torch.manual_seed(asked.seed)
        network = get_model(
            asked.architecture,
            weights=None,
            weights_backbone=None,
            num_classes=labels + 1,
            min_size=asked.sides[0],
            max_size=asked.sides[1],
            box_score_thresh=asked.kept[0],
            box_detections_per_img=asked.kept[1],
        )
    if asked.path is not None:
        fill(network, tensors, str(asked.path))
    if asked.weights_print.startswith(_OLD_EPS):
        _set_eps(network, 0.0)
    loaded: MaskRCNN = network.to(asked.device).eval()
    return loaded


def _set_eps(network: MaskRCNN, eps: float) -> None:
    for module in network.modules():
        if isinstance(module, (torch.nn.BatchNorm2d, FrozenBatchNorm2d)):
            module.eps = eps


def _coco_file(architecture: str) -> Path:
    weights = get_model_weights(architecture)["COCO_V1"]
    path = Path(torch.hub.get_dir()) / "checkpoints" / Path(weights.url).name
    if not path.exists():
        if not may_download():
            raise NotAvailable(
                f"model {architecture}: {path}: expected torchvision's weights, found none; "
                f"download=yes fetches them, or give model.weights=FILE"
            )
        digits = path.stem.rpartition("-")[2]
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            torch.hub.download_url_to_file(weights.url, str(path), digits, progress=False)
        except (OSError, RuntimeError) as error:
            raise NotAvailable(
                f"model {architecture}: {weights.url} could not be fetched "
                f"({type(error).__name__}); put it at {path}, or give model.weights=FILE"
            ) from error
    return path
