"""A compact Mask R-CNN, of torchvision's own classes: small enough to train and run on a CPU.

The parts are those of He et al. 2017 (arXiv 1703.06870) with a feature pyramid (Lin et al. 2017,
arXiv 1612.03144): a residual backbone of four stages, a region proposal network, a box head and a
mask head. The norm layer is the design factor: batch (Ioffe & Szegedy 2015) or group (Wu & He 2018,
arXiv 1803.08494), in backbone, pyramid and mask head alike.
"""

from collections import OrderedDict
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torchvision.models.detection import MaskRCNN
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.mask_rcnn import MaskRCNNHeads, MaskRCNNPredictor
from torchvision.models.detection.rpn import AnchorGenerator, RPNHead
from torchvision.ops import FeaturePyramidNetwork, MultiScaleRoIAlign

from benchsuite.errors import WrongCall, near

from ..formats import MAX_DETECTIONS

STAGES = (16, 32, 64, 96)
"""Channels of the backbone's stages, at strides 4, 8, 16 and 32."""
PYRAMID = 64
"""Channels of the feature pyramid."""
HIDDEN = 128
"""Units of the box head's layers."""
MASK = 20
"""Side of a predicted mask; the objects are small, and 28 as in the paper would cost twice."""
ANCHORS = (8, 16, 32, 64)
"""Side of the anchors in pixels, one a level of the pyramid, at aspect ratios 1:2, 1:1 and 2:1."""
GROUPS = 8
"""Groups of a group norm: of 2 channels in the stem, of 12 in the last stage."""

Norm = Callable[[int], nn.Module]

NORMS: dict[str, Norm] = {
    "batch": nn.BatchNorm2d,
    "group": lambda channels: nn.GroupNorm(GROUPS, channels),
}


PROPOSALS = 300
"""Regions of an image that the second stage looks at, or as many as may be detections."""


def compact_mask_rcnn(classes: int, norm: str, most: int = MAX_DETECTIONS) -> MaskRCNN:
    """The network with random weights, for `classes` classes beside the background.

    `most` is how many detections of an image it gives. The caller resizes the images.
    Raises WrongCall for a norm that is not in NORMS.
    """
    if norm not in NORMS:
        raise WrongCall(f"norm: no norm layer is called '{norm}'{near(norm, NORMS)}")
    layer = NORMS[norm]
    return MaskRCNN(
        _Backbone(layer),
        _skip_resize=True,
        image_mean=[0.5] * 3,
        image_std=[0.25] * 3,
        rpn_anchor_generator=AnchorGenerator(
            tuple((side,) for side in ANCHORS), ((0.5, 1.0, 2.0),) * len(ANCHORS)
        ),
        rpn_head=RPNHead(PYRAMID, 3),
        rpn_pre_nms_top_n_train=600,
        rpn_post_nms_top_n_train=PROPOSALS,
        rpn_pre_nms_top_n_test=600,
        rpn_post_nms_top_n_test=max(PROPOSALS, most),
        box_roi_pool=MultiScaleRoIAlign(_LEVELS, 7, 2),
        box_head=TwoMLPHead(PYRAMID * 7 * 7, HIDDEN),
        box_predictor=FastRCNNPredictor(HIDDEN, classes + 1),
        box_batch_size_per_image=128,
        box_detections_per_img=most,
        mask_roi_pool=MultiScaleRoIAlign(_LEVELS, MASK // 2, 2),
        mask_head=MaskRCNNHeads(PYRAMID, (PYRAMID, PYRAMID), 1, norm_layer=layer),
        mask_predictor=MaskRCNNPredictor(PYRAMID, PYRAMID, classes + 1),
    )


_LEVELS = [str(level) for level in range(len(STAGES))]


class _Backbone(nn.Module):  # type: ignore[misc]
    """A residual network of four stages under a feature pyramid; (N, 3, H, W) -> levels by name."""

    def __init__(self, norm: Norm) -> None:
        super().__init__()
        self.out_channels = PYRAMID
        self.stem = _Conv(3, STAGES[0], 2, norm)
        before = (STAGES[0], *STAGES)
        self.stages = nn.ModuleList(
            _Block(*pair, norm=norm) for pair in zip(before, STAGES, strict=False)
        )
        self.pyramid = FeaturePyramidNetwork(list(STAGES), PYRAMID, norm_layer=norm)

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        levels: OrderedDict[str, Tensor] = OrderedDict()
        features = self.stem(images)
        for name, stage in zip(_LEVELS, self.stages, strict=True):
            levels[name] = features = stage(features)
        made: dict[str, Tensor] = self.pyramid(levels)
        return made


class _Conv(nn.Sequential):  # type: ignore[misc]
    def __init__(self, channels: int, out: int, stride: int, norm: Norm, relu: bool = True) -> None:
        layers = [nn.Conv2d(channels, out, 3, stride, 1, bias=False), norm(out)]
        super().__init__(*layers, *([nn.ReLU(inplace=True)] if relu else []))


class _Block(nn.Module):  # type: ignore[misc]
    """The basic residual block (He et al. 2016, arXiv 1512.03385) that halves the resolution."""

    def __init__(self, channels: int, out: int, norm: Norm) -> None:
        super().__init__()
        self.body = nn.Sequential(
            _Conv(channels, out, 2, norm), _Conv(out, out, 1, norm, relu=False)
        )
        self.shortcut = nn.Sequential(nn.Conv2d(channels, out, 1, 2, bias=False), norm(out))

    def forward(self, features: Tensor) -> Tensor:
        return torch.relu(self.body(features) + self.shortcut(features))
