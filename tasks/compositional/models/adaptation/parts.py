"""A part of a torch model as what is trained."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from benchsuite.dataset import Inputs

from ..dual_encoder import Loss
from .tower import Cached


class Trained(nn.Module):  # type: ignore[misc, unused-ignore]
    """Modules and parameters under one roof, for optimizer and checkpoints."""

    def __init__(self, parts: Sequence[nn.Module | nn.Parameter]) -> None:
        super().__init__()
        self.modules_ = nn.ModuleList([p for p in parts if isinstance(p, nn.Module)])
        self.parameters_ = nn.ParameterList([p for p in parts if isinstance(p, nn.Parameter)])


@dataclass(eq=False)
class PartTower:
    """A `Tower` that trains a part of a model, from the model's own weights each time.

    trained      the modules (or parameters) behind the cut: what is trained and kept
    cache        groups -> what the frozen part makes of their images, and of their captions
    image, text  what was cached -> features (B, d), not normalised
    head         () -> scale and bias of the logits, which are trained where all of the model is
    """

    trained: Sequence[nn.Module | nn.Parameter]
    cache: Callable[[Sequence[Inputs]], tuple[Cached, Cached]]
    image: Callable[..., Tensor]
    text: Callable[..., Tensor]
    head: Callable[[], tuple[Tensor, Tensor]]
    loss: Loss

    def __post_init__(self) -> None:
        self.module = Trained(self.trained)
        self.initial = {name: v.clone() for name, v in self.module.state_dict().items()}

    def reset(self, seed: int) -> nn.Module:
        """The part with the model's own weights; nothing in it depends on the seed."""
        self.module.load_state_dict(self.initial)
        return self.module.requires_grad_(True)

    def images(self, cached: Cached) -> Tensor:
        """Unit features of images."""
        return F.normalize(self.image(*cached), dim=-1)

    def texts(self, cached: Cached) -> Tensor:
        """Unit features of captions."""
        return F.normalize(self.text(*cached), dim=-1)

    def logits(self, images: Tensor, texts: Tensor) -> Tensor:
        """Of unit features, by the model's own scale and bias."""
        scale, bias = self.head()
        logits: Tensor = scale * images @ texts.mT + bias
        return logits


def fixed(scale: float, bias: float) -> Callable[[], tuple[Tensor, Tensor]]:
    """A head that is not trained."""
    return lambda: (torch.tensor(scale), torch.tensor(bias))
