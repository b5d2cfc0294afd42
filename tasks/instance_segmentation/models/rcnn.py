"""Detections of torchvision's region-based networks."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torchvision.models.detection import MaskRCNN
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor
from torchvision.models.detection.image_list import ImageList
from torchvision.models.detection.roi_heads import RoIHeads
from torchvision.models.detection.transform import GeneralizedRCNNTransform

from benchsuite.dataset import Inputs
from benchsuite.files.masks import encoded
from benchsuite.learning.finite import finite_outputs
from benchsuite.learning.inference import moved, on_cpu, weight_of

from ..formats import Detections
from .categories import UNMAPPED
from .masks import pasted, rgb


def detect(network: MaskRCNN, row: Inputs, ids: NDArray[np.int64]) -> Detections:
    """What a Mask R-CNN finds in an input's `image`, with its own resizing and thresholds.

    `ids` are the dataset's category ids of the labels 1, 2, ...
    """
    image = rgb(row.fields["image"], row.id)
    images, _ = network.transform([moved(as_tensor(image), weight_of(network))])
    found = {key: on_cpu(value) for key, value in regions(network, images, row.id).items()}
    return detections(found, images.image_sizes[0], image.shape, ids)


def is_plain(network: object) -> bool:
    """Whether an object is a Mask R-CNN of which `detect` does all that its own call does.

    Such a network runs in single precision, has torchvision's own parts, and nothing is hooked on.
    """
    return (
        isinstance(network, MaskRCNN)
        and type(network).forward is MaskRCNN.forward
        and "forward" not in vars(network)
        and type(network.transform) is GeneralizedRCNNTransform
        and type(network.roi_heads) is RoIHeads
        and isinstance(network.roi_heads.box_predictor, FastRCNNPredictor)
        and not (network._forward_hooks or network._forward_pre_hooks)
        and weight_of(network).dtype == torch.float32
    )


def regions(network: MaskRCNN, images: ImageList, sample: str) -> dict[str, Any]:
    """What the network finds in a batch of one normalised image: boxes, labels, scores, masks.

    Boxes are x0, y0, x1, y1 in its pixels; masks are squares of probabilities, not yet pasted.
    Raises BadData, which names the sample, for numbers that are not finite: they would be no boxes.
    """
    heads = network.roi_heads
    parts = network.backbone, network.rpn.head, heads.box_predictor, heads.mask_predictor
    with finite_outputs(f"sample '{sample}'", *parts):
        features = network.backbone(images.tensors)
        proposals, _ = network.rpn(images, features)
        found, _ = heads(features, proposals, images.image_sizes)
    result: dict[str, Any] = found[0]
    return result


def detections(
    found: Mapping[str, Tensor],
    seen: tuple[int, int],
    shape: tuple[int, ...],
    ids: NDArray[np.int64],
) -> Detections:
    """The detections in an image of `shape`, of which the network saw `seen` (height, width).

    `ids` are the dataset's category ids of the labels 1, 2, ... (0 is the background).
    """
    height, width = shape[:2]
    labels = ids[found["labels"].numpy() - 1]
    kept = labels != UNMAPPED
    scale = np.array([width / seen[1], height / seen[0]] * 2)
    boxes = found["boxes"].numpy().astype(np.float64)[kept] * scale
    squares = found["masks"].numpy()[kept, 0]
    return Detections(
        labels[kept],
        found["scores"].numpy().astype(np.float64)[kept],
        as_xywh(boxes),
        tuple(map(encoded, pasted(squares, boxes, height, width))),
    )


def as_xywh(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Boxes (D, 4) of two corners as COCO's x, y, width, height."""
    return np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)


def as_tensor(image: NDArray[np.uint8]) -> Tensor:
    """An image (H, W, 3) as float32 (3, H, W) in 0..1."""
    # A copy: the image may be read-only, and torch has no such tensors.
    return torch.from_numpy(np.array(image)).permute(2, 0, 1).float() / 255
