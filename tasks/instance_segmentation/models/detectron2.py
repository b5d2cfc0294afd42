"""detectron2's models: any YAML config, of its model zoo or from disk, at its declared test size.

detectron2 is optional. It is built from its own repository; see the task's README.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from numpy.typing import NDArray

from benchsuite.dataset import Inputs, digest
from benchsuite.errors import BadModel, NotAvailable, WrongCall
from benchsuite.files.arrays import read_pickled
from benchsuite.files.hashes import sha256
from benchsuite.files.masks import encoded
from benchsuite.learning.device import check_device
from benchsuite.learning.finite import finite_outputs
from benchsuite.learning.hub import may_download
from benchsuite.learning.weights import fill, read_tensors
from benchsuite.model import State

from ..formats import Detections
from .categories import UNMAPPED, category_ids
from .design import UNKNOWN, design
from .masks import rgb
from .rcnn import as_xywh

ZOO = "zoo"
RANDOM = "random"
INSTALL = "pip install --no-build-isolation git+https://github.com/facebookresearch/detectron2"

_OF_THE_CONFIG = ("pixel_", "anchor_generator.", "proposal_generator.anchor_generator.")
"""Means and anchors are the config's: checkpoints may lack or repeat them."""
_NORMS = {
    "FrozenBN": "frozen batch",
    "BN": "batch",
    "SyncBN": "synchronised batch",
    "naiveSyncBN": "synchronised batch",
    "GN": "group",
    "LN": "layer",
}


@dataclass(frozen=True)
class Detectron2:
    """A model of detectron2.

    config      a YAML of its model zoo (`COCO-InstanceSegmentation/mask_rcnn_R_50_FPN_3x.yaml`), or
                a file. Lazy configs are Python, and are not run.
    weights     zoo (the config's, by download=yes), random, or a file: safetensors, .pth, or the
                zoo's .pkl. Only arrays are read
    overrides   of the config, in pairs: [INPUT.MIN_SIZE_TEST, 640]
    classes     names of the labels 0, 1, ...; by default those of the config's test dataset
    """

    name: str = "detectron2"
    config: str = "COCO-InstanceSegmentation/mask_rcnn_R_50_FPN_3x.yaml"
    weights: str = ZOO
    overrides: Sequence[Any] = ()
    classes: Sequence[str] = ()
    seed: int = 0
    device: str = "cpu"

    @property
    def fingerprint(self) -> str:
        """Covers weights and the whole config, but for the weights' place."""
        cfg = self._config()
        cfg.MODEL.WEIGHTS = cfg.OUTPUT_DIR = ""
        cfg.MODEL.DEVICE = "cpu"  # the run's identity has the device
        weights = f"random {self.seed}" if self.weights == RANDOM else sha256(self._file())
        return digest(["detectron2", 1, cfg.dump(), weights, list(self.classes)])

    @property
    def factors(self) -> Mapping[str, str]:
        """Design factors, as the config declares them."""
        return declared(self._config())

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[Detections]:
        """Detections in each input's `image`, uint8 (H, W, 3), one image at a time."""
        cfg = self._config()
        path = None if self.weights == RANDOM else self._file()
        network = _load(cfg.dump(), path, self.seed)
        ids = category_ids(self.name, self._names(cfg), state.shared["classes"])
        seen = Seen(cfg.INPUT.FORMAT, cfg.INPUT.MIN_SIZE_TEST, cfg.INPUT.MAX_SIZE_TEST)
        with torch.inference_mode():
            return [_detections(instances(network, seen, row), ids) for row in inputs]

    def _config(self) -> Any:
        cfg = _read_config(self.config, tuple(map(str, self.overrides)))
        if cfg.MODEL.DEVICE != "cpu":
            raise WrongCall("model.overrides: MODEL.DEVICE: set model.device instead")
        cfg.MODEL.DEVICE = self.device
        return cfg

    def _file(self) -> Path:
        return _zoo_file(self.config) if self.weights == ZOO else Path(self.weights)

    def _names(self, cfg: Any) -> Sequence[str]:
        labels = int(cfg.MODEL.ROI_HEADS.NUM_CLASSES)
        names = self.classes or _test_classes(cfg)
        if len(names) == labels:
            return names
        if self.classes:
            raise BadModel(f"model.classes: expected {labels} names, found {len(self.classes)}")
        return [""] * labels


def _require() -> None:
    try:
        import detectron2  # noqa: F401
    except ModuleNotFoundError as error:
        raise NotAvailable(f"model detectron2 needs the package 'detectron2': {INSTALL}") from error


def _read_config(name: str, overrides: tuple[str, ...]) -> Any:
    _require()
    from detectron2.config import get_cfg

    cfg = get_cfg()
    path = _config_file(name)
    try:
        # The default of detectron2 would let YAML make any Python object.
        cfg.merge_from_file(str(path), allow_unsafe=False)
        cfg.MODEL.DEVICE = "cpu"
        cfg.merge_from_list(list(overrides))
    except (KeyError, ValueError, AssertionError, yaml.YAMLError) as error:
        raise BadModel(f"{path}: expected a config of detectron2: {_line(error)}") from error
    return cfg


def _line(error: Exception) -> str:
    return " ".join(str(error).split())


def _config_file(name: str) -> Path:
    if Path(name).suffix not in (".yaml", ".yml"):
        raise WrongCall(
            f"model.config: expected a YAML config (lazy ones are code), found '{name}'"
        )
    if Path(name).is_file():
        return Path(name)
    from detectron2 import model_zoo

    try:
        return Path(model_zoo.get_config_file(name))
    except RuntimeError as error:
        raise NotAvailable(
            f"model.config: '{name}' is neither a file nor in detectron2's model zoo"
        ) from error


@lru_cache(maxsize=8)
def _zoo_file(name: str) -> Path:
    _require()
    from detectron2 import model_zoo
    from detectron2.utils.file_io import PathManager

    if not may_download():
        raise NotAvailable(
            f"model.weights: the zoo's weights of '{name}' are fetched by download=yes alone; "
            "or give model.weights=FILE"
        )
    try:
        return Path(PathManager.get_local_path(model_zoo.get_checkpoint_url(name)))
    except Exception as error:  # the zoo, iopath and the network each raise their own
        raise NotAvailable(
            f"model.weights: the zoo's weights of '{name}' could not be fetched "
            f"({type(error).__name__}); give model.weights=FILE"
        ) from error


def _test_classes(cfg: Any) -> Sequence[str]:
    from detectron2.data import MetadataCatalog

    if not cfg.DATASETS.TEST:
        return ()
    names: Sequence[str] = MetadataCatalog.get(cfg.DATASETS.TEST[0]).get("thing_classes", ())
    return names


@lru_cache(maxsize=1)
def _load(config: str, path: Path | None, seed: int) -> Any:
    from detectron2.config import CfgNode
    from detectron2.modeling import build_model

    cfg = CfgNode.load_cfg(config)
    check_device(cfg.MODEL.DEVICE)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = build_model(cfg).eval()
    if path is not None:
        found = _of_the_zoo(path) if path.suffix == ".pkl" else read_tensors(path)
        fill(network, found, str(path), optional=lambda name: name.startswith(_OF_THE_CONFIG))
    return network


def _of_the_zoo(path: Path) -> dict[str, torch.Tensor]:
    held = read_pickled(path)
    model = held.get("model") if isinstance(held, dict) else None
    if not isinstance(model, dict) or not all(isinstance(a, np.ndarray) for a in model.values()):
        raise BadModel(f"{path}: expected arrays by name under 'model', found none")
    return {name: torch.as_tensor(array) for name, array in model.items()}


@dataclass(frozen=True)
class Seen:
    """How a network sees images: `RGB` or `BGR`, and the sides to which they are resized.

    shortest  of the resized image, in pixels, unless the longest side would exceed `longest`
    """

    channels: str
    shortest: int
    longest: int


def instances(network: Any, seen: Seen, one: Inputs) -> Any:
    """What a network finds in an input's `image`, as detectron2's `Instances` on the CPU.

    Raises BadData, which names the sample, for numbers that are not finite.
    """
    from detectron2.data.transforms import ResizeShortestEdge

    image = rgb(one.fields["image"], one.id)
    height, width = image.shape[:2]
    given = image[:, :, ::-1] if seen.channels == "BGR" else image
    shape = [seen.shortest, seen.shortest]
    resize = ResizeShortestEdge(shape, seen.longest).get_transform(image)
    pixels = np.ascontiguousarray(resize.apply_image(given).astype(np.float32).transpose(2, 0, 1))
    row = {"image": torch.from_numpy(pixels), "height": height, "width": width}
    with finite_outputs(f"sample '{one.id}'", network.backbone, *_predictors(network)):
        return network([row])[0]["instances"].to("cpu")


def _detections(found: Any, ids: NDArray[np.int64]) -> Detections:
    labels = ids[found.pred_classes.numpy()]
    kept = labels != UNMAPPED
    return Detections(
        labels[kept],
        found.scores.numpy().astype(np.float64)[kept],
        as_xywh(found.pred_boxes.tensor.numpy().astype(np.float64)[kept]),
        tuple(map(encoded, found.pred_masks.numpy()[kept])),
    )


def _predictors(network: Any) -> list[Any]:
    """What scores boxes in a network of two stages: a cascade has several."""
    found = getattr(getattr(network, "roi_heads", None), "box_predictor", None)
    return list(found) if isinstance(found, torch.nn.ModuleList) else [found] if found else []


def declared(cfg: Any) -> dict[str, str]:
    """The design factors that a config declares."""
    model = cfg.MODEL
    two = "cascade" if "Cascade" in model.ROI_HEADS.NAME else "two"
    region = model.META_ARCHITECTURE in ("GeneralizedRCNN", "PanopticFPN")
    pretrained = "ImageNetPretrained" in model.WEIGHTS
    return design(
        stages=two if region else "one",
        backbone=_backbone(model),
        norm=_NORMS.get(model.RESNETS.NORM, model.RESNETS.NORM or UNKNOWN),
        initialisation="ImageNet" if pretrained else UNKNOWN if model.WEIGHTS else "random",
        augmentation="flip, scale" if len(cfg.INPUT.MIN_SIZE_TRAIN) > 1 else "flip",
        resolution="-".join(str(s) for s in sorted({*_ends(cfg.INPUT.MIN_SIZE_TRAIN)})),
    )


def _backbone(model: Any) -> str:
    name = model.BACKBONE.NAME
    if "resnet" not in name:
        return str(name)
    kind = "ResNeXt" if model.RESNETS.NUM_GROUPS > 1 else "ResNet"
    return f"{kind}-{model.RESNETS.DEPTH} {'FPN' if 'fpn' in name else 'C4'}"


def _ends(sizes: Sequence[int]) -> tuple[int, int]:
    return min(sizes), max(sizes)
