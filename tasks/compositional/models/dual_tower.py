"""The parts of `dual-mini` that can be trained."""

from collections.abc import Sequence

import torch

from benchsuite.dataset import Inputs
from benchsuite.errors import WrongCall

from .adaptation.parts import PartTower, fixed
from .adaptation.tower import Cached
from .dual_encoder import images_and_captions
from .dual_net import DualNet, numbered, stacked


def dual_tower(net: DualNet, part: str) -> PartTower:
    """`projections`, or `all`. Raises WrongCall for another part."""
    net.requires_grad_(False)
    if part not in ("projections", "all"):
        raise WrongCall(f"model.part: dual-mini has adapter, projections and all, found '{part}'")

    def pixels(inputs: Sequence[Inputs]) -> tuple[Cached, Cached]:
        images, captions = images_and_captions(inputs)
        shown = stacked([image for group in images for image in group])
        return (shown,), (numbered([caption for group in captions for caption in group]),)

    def bodies(inputs: Sequence[Inputs]) -> tuple[Cached, Cached]:
        (shown,), (said,) = pixels(inputs)
        return (net.image.body(shown),), (net.text.body(said),)

    zero = torch.zeros(())
    if part == "all":
        head = lambda: (net.log_scale.exp(), zero)  # noqa: E731
        return PartTower([net], pixels, net.image, net.text, head, "softmax")
    image, text = net.image.projection, net.text.projection
    scale = fixed(float(net.log_scale.exp()), 0.0)
    return PartTower([image, text], bodies, image, text, scale, "softmax")
