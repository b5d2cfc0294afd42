"""The parts of two towers that can be trained, cut so that what is frozen runs once."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from benchsuite.dataset import Inputs
from benchsuite.errors import WrongCall

from .adaptation.parts import PartTower, fixed
from .adaptation.tower import Cached
from .two_towers import Side, TwoTowers


def trained_part(towers: TwoTowers, part: str, blocks: int) -> PartTower:
    """`projections`, `blocks` (the last of each tower and what follows), or `all`.

    The towers are cut in place, and so are of no other use afterwards.
    Raises WrongCall for another part, for towers that cannot be cut so, and where one has fewer
    blocks.
    """
    towers.module.requires_grad_(False)
    if part == "all":
        return _all(towers)
    if part not in ("projections", "blocks"):
        raise WrongCall(f"model.part: expected adapter, projections, blocks or all, found '{part}'")
    if towers.sides is None:
        raise WrongCall(f"model.part: these towers have adapter and all, found '{part}'")
    if part == "projections":
        return _projections(towers, towers.sides)
    return _blocks(towers, towers.sides, blocks)


def _all(towers: TwoTowers) -> PartTower:
    return PartTower(
        trained=[towers.module],
        cache=towers.raw,
        image=towers.images,
        text=towers.texts,
        head=towers.scale_and_bias,
        loss=towers.loss,
    )


def _fixed_head(towers: TwoTowers) -> Callable[[], tuple[Tensor, Tensor]]:
    head = towers.head
    return fixed(head.scale, head.bias)


def _projections(towers: TwoTowers, sides: tuple[Side, Side]) -> PartTower:
    image, text = (side.projection for side in sides)

    def frozen(inputs: Sequence[Inputs]) -> tuple[Cached, Cached]:
        shown, said = towers.raw(inputs)
        return (image.gets(*shown),), (text.gets(*said),)

    return PartTower(
        trained=[image.trained, text.trained],
        cache=frozen,
        image=image.gives,
        text=text.gives,
        head=_fixed_head(towers),
        loss=towers.loss,
    )


def _blocks(towers: TwoTowers, sides: tuple[Side, Side], blocks: int) -> PartTower:
    image, text = (_Cut(side, blocks) for side in sides)
    blank = towers.shown([np.zeros((8, 8, 3), dtype=np.uint8)])

    def frozen(inputs: Sequence[Inputs]) -> tuple[Cached, Cached]:
        shown, said = towers.raw(inputs)
        seen = image.recorded(lambda: towers.images(*shown))
        return (seen,), (text.recorded(lambda: towers.texts(*said)), *said)

    def images(hidden: Tensor) -> Tensor:
        pixels = blank.expand(len(hidden), -1, -1, -1)
        return image.replayed(hidden, lambda: towers.images(pixels))

    def texts(hidden: Tensor, *said: Tensor) -> Tensor:
        return text.replayed(hidden, lambda: towers.texts(*said))

    return PartTower(
        trained=[*image.last, *image.side.after, *text.last, *text.side.after],
        cache=frozen,
        image=images,
        text=texts,
        head=_fixed_head(towers),
        loss=towers.loss,
    )


class _Cut:
    """A tower whose first layers run once, and whose last layers run on what those gave."""

    def __init__(self, side: Side, blocks: int) -> None:
        layers = getattr(side.owner, side.layers)
        if not 0 < blocks < len(layers):
            raise WrongCall(f"model.blocks: expected 1 to {len(layers) - 1}, found {blocks}")
        self.side = side
        self.first, self.last = list(layers[:-blocks]), list(layers[-blocks:])
        self.hidden = torch.empty(0)
        self.last[0].register_forward_pre_hook(self._hidden_first)

    def recorded(self, run: Callable[[], Any]) -> Tensor:
        """What the first layers give when the tower runs."""
        record = _Record()
        setattr(self.side.owner, self.side.layers, nn.ModuleList([*self.first, record]))
        run()
        return record.hidden

    def replayed(self, hidden: Tensor, run: Callable[[], Tensor]) -> Tensor:
        """What the tower gives after its first layers gave `hidden`; its input does not matter."""
        self.hidden = hidden
        setattr(self.side.owner, self.side.layers, nn.ModuleList(self.last))
        return run()

    def _hidden_first(self, module: nn.Module, args: tuple[Any, ...]) -> tuple[Any, ...]:
        return (self.hidden, *args[1:])


class _Record(nn.Module):  # type: ignore[misc, unused-ignore]
    """Behind a tower's first layers: keeps what they gave."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = torch.empty(0)

    def forward(self, hidden_states: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        """The input, as it is."""
        self.hidden = hidden_states.detach().clone()
        return hidden_states
