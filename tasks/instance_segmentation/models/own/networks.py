"""Networks of libraries that the suite runs itself: the same functions as for registered models."""

from dataclasses import dataclass
from inspect import signature
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchsuite.dataset import Inputs
from benchsuite.errors import WrongCall
from benchsuite.learning.finite import check_output
from benchsuite.learning.inference import weight_of

from ...formats import Detections
from .. import detectron2, rcnn, transformers
from ..masks import rgb
from .arrays import Raw, array_of, detections
from .called import read_instances, told_torchvision
from .labels import Classes, Told


@dataclass(frozen=True)
class Regions:
    """A Mask R-CNN of torchvision's own parts."""

    network: Any

    def detect(self, row: Inputs, classes: Classes) -> Detections:
        """What it finds in an input's `image`: exactly what the registered model does."""
        return rcnn.detect(self.network, row, classes.table(told_torchvision(self.network)))


@dataclass(frozen=True)
class Detectron:
    """A network of detectron2, which gets images as its config's test would have them.

    min_size, max_size  sides to which images are resized, in pixels: INPUT.MIN_SIZE_TEST, ...
    """

    network: Any
    min_size: int = 800
    max_size: int = 1333

    def detect(self, row: Inputs, classes: Classes) -> Detections:
        """What it finds in an input's `image`."""
        seen = detectron2.Seen(
            getattr(self.network, "input_format", None) or "BGR", self.min_size, self.max_size
        )
        raw = read_instances(detectron2.instances(self.network, seen, row))
        told = Told(0, int(getattr(getattr(self.network, "roi_heads", None), "num_classes", 0)))
        size = row.fields["image"].shape[:2]
        return detections(raw, size, lambda labels: classes.ids(labels, told))


@dataclass(frozen=True)
class Hub:
    """A network of transformers with its image processor.

    score  the least score of a detection; by default 0, or the processor's own threshold where it
           paints all detections into one map
    limit  the most detections of an image, for Mask2Former and MaskFormer
    """

    network: Any
    processor: Any
    score: float | None = None
    limit: int = 100

    def detect(self, row: Inputs, classes: Classes) -> Detections:
        """What it finds in an input's `image`."""
        config = self.network.config
        names = transformers.names_of(config)
        told = Told(0, len(names), names)
        if type(self.network).__name__ == transformers.CLASSES.get(config.model_type):
            loaded = transformers.Loaded(self.processor, self.network, names)
            return transformers.detect(loaded, row, classes.table(told), self.limit)
        image = rgb(row.fields["image"], row.id)
        size = image.shape[:2]
        ready = self.processor(images=[image.copy()], return_tensors="pt")
        weight = weight_of(self.network)
        outputs = self.network(**ready.to(weight.device, weight.dtype))
        check_output("the network", [value for value in outputs.values() if torch.is_tensor(value)])
        return detections(self._raw(outputs, size), size, lambda labels: classes.ids(labels, told))

    def _raw(self, outputs: Any, size: tuple[int, int]) -> Raw:
        masked = any("mask" in key for key in outputs)
        key = f"post_process_{'instance_segmentation' if masked else 'object_detection'}"
        finish = getattr(self.processor, key, None)
        if finish is None:
            raise WrongCall(
                f"processor: expected {key}, which a {type(self.processor).__name__} does not have"
            )
        known = signature(finish).parameters
        overlaps = "return_binary_maps" in known
        options: dict[str, Any] = {"return_binary_maps": True} if overlaps else {}
        score = 0.0 if self.score is None and (overlaps or not masked) else self.score
        if score is not None:
            options["threshold"] = score
        (found,) = finish(outputs, target_sizes=[size], **options)
        if not masked:
            return Raw(found["labels"], found["scores"], found["boxes"], None)
        return _segments(found, overlaps)


def _segments(found: Any, overlaps: bool) -> Raw:
    """Detections from a map of truth values for each segment, or one map of segment ids."""
    segments = found["segments_info"]
    labels = [one["label_id"] for one in segments]
    scores = [one["score"] for one in segments]
    if not segments:
        return Raw(labels, scores, np.zeros((0, 4)), None)
    painted = array_of("segmentation", found["segmentation"])
    masks = painted > 0 if overlaps else _apart(painted, [one["id"] for one in segments])
    seen = masks.any(axis=(1, 2))
    return Raw(np.array(labels)[seen], np.array(scores)[seen], None, masks[seen])


def _apart(painted: NDArray[Any], ids: list[int]) -> NDArray[np.bool_]:
    return np.asarray(painted[None] == np.array(ids)[:, None, None])


def pair_of(given: Any, processor: Any) -> tuple[Any, Any]:
    """The network and the image processor of a pair in either order, a pipeline, or a network.

    Raises WrongCall where one of them is missing.
    """
    parts = list(given) if isinstance(given, tuple | list) else [given]
    if hasattr(given, "image_processor") and hasattr(given, "model"):
        parts = [given.model, given.image_processor]
    networks = [one for one in parts if isinstance(one, torch.nn.Module)]
    others = [one for one in [*parts, processor] if one is not None and one not in networks]
    if len(networks) != 1 or len(others) != 1 or not callable(others[0]):
        kinds = ", ".join(type(one).__name__ for one in [*networks, *others])
        raise WrongCall(
            "model: expected a network of transformers and its image processor, as a pair or by "
            f"model_options={{'processor': ...}}, found {kinds}"
        )
    return networks[0], others[0]
