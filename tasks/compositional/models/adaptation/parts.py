"""A part of a torch model as what is trained."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from benchsuite.dataset import Inputs

from ..dual_encoder import Loss
from .tower import Cached


@dataclass(frozen=True, eq=False)
class Part:
    """How a model is cut in two.

    trained         the modules (or parameters) behind the cut: what is trained and kept
    frozen          groups -> what the frozen part makes of their images, and of their captions
    images, texts   what was cached -> features (B, d), not normalised
    head            () -> scale and bias of the logits
    """

    trained: Sequence[nn.Module | nn.Parameter]
    frozen: Callable[[Sequence[Inputs]], tuple[Cached, Cached]]
    images: Callable[..., Tensor]
    texts: Callable[..., Tensor]
    head: Callable[[], tuple[Tensor, Tensor]]
    loss: Loss


class Trained(nn.Module):  # type: ignore[misc, unused-ignore]
    """Modules and parameters under one roof, for optimizer and checkpoints."""

    def __init__(self, parts: Sequence[nn.Module | nn.Parameter]) -> None:
        super().__init__()
        self.modules_ = nn.ModuleList([p for p in parts if isinstance(p, nn.Module)])
        self.parameters_ = nn.ParameterList([p for p in parts if isinstance(p, nn.Parameter)])


class PartTower:
    """A `Tower` that trains a part of a model, from the model's own weights each time."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.loss: Loss = part.loss
        self.module = Trained(part.trained)
        self.initial = {name: v.clone() for name, v in self.module.state_dict().items()}

    def reset(self, seed: int) -> nn.Module:
        """The part with the model's own weights; nothing in it depends on the seed."""
        self.module.load_state_dict(self.initial)
        return self.module.requires_grad_(True)

    def cache(self, inputs: Sequence[Inputs]) -> tuple[Cached, Cached]:
        """What the frozen part makes of the groups."""
        return self.part.frozen(inputs)

    def images(self, cached: Cached) -> Tensor:
        """Unit features of images."""
        return F.normalize(self.part.images(*cached), dim=-1)

    def texts(self, cached: Cached) -> Tensor:
        """Unit features of captions."""
        return F.normalize(self.part.texts(*cached), dim=-1)

    def logits(self, images: Tensor, texts: Tensor) -> Tensor:
        """With the model's own scale and bias, which are trained where all of it is."""
        scale, bias = self.part.head()
        logits: Tensor = scale * images @ texts.mT + bias
        return logits


def fixed(scale: float, bias: float) -> Callable[[], tuple[Tensor, Tensor]]:
    """A head that is not trained."""
    return lambda: (torch.tensor(scale), torch.tensor(bias))
