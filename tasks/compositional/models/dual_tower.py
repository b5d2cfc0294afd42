"""The parts of `dual-mini` that can be trained."""

from collections.abc import Sequence

import torch
from torch import Tensor

from benchsuite.dataset import Inputs
from benchsuite.errors import WrongCall

from ..adaptation.parts import Part, PartTower, fixed
from .dual_encoder import images_and_captions
from .dual_net import DualNet, numbered, stacked


def dual_tower(net: DualNet, part: str) -> PartTower:
    """`projections`, or `all`. Raises WrongCall for another part."""
    net.requires_grad_(False)
    if part not in ("projections", "all"):
        raise WrongCall(f"model.part: dual-mini has adapter, projections and all, found '{part}'")

    def pixels(inputs: Sequence[Inputs]) -> tuple[Tensor, Tensor]:
        images, captions = images_and_captions(inputs)
        return stacked([i for g in images for i in g]), numbered([c for g in captions for c in g])

    def bodies(inputs: Sequence[Inputs]) -> tuple[Tensor, Tensor]:
        shown, said = pixels(inputs)
        return net.image.body(shown), net.text.body(said)

    zero = torch.zeros(())
    if part == "all":
        return PartTower(
            Part(
                trained=[net],
                frozen=lambda inputs: tuple((t,) for t in pixels(inputs)),  # type: ignore[return-value]
                images=net.image,
                texts=net.text,
                head=lambda: (net.log_scale.exp(), zero),
                loss="softmax",
            )
        )
    return PartTower(
        Part(
            trained=[net.image.projection, net.text.projection],
            frozen=lambda inputs: tuple((t,) for t in bodies(inputs)),  # type: ignore[return-value]
            images=net.image.projection,
            texts=net.text.projection,
            head=fixed(float(net.log_scale.exp()), 0.0),
            loss="softmax",
        )
    )
