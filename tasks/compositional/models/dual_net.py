"""The network of `dual-mini`: two small convolutional towers."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from ..datasets.groups import Image
from ..datasets.scenes import words

WIDTH = 128
"""Dimensions of a feature."""
TOKENS = 16
"""Words of a caption; the rest is cut off."""
PADDING, UNKNOWN = 0, 1
VOCABULARY = {word: number for number, word in enumerate(words(), start=2)}
LOGIT_SCALE = 20.0


class ImageTower(nn.Module):  # type: ignore[misc, unused-ignore]
    """uint8 RGB (B, 64, 64, 3) -> (B, 128), not normalised.

    Local features that know their place, averaged over all places: what is where, but not how all
    of it is arranged.
    """

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 32, 6, stride=4, padding=1)
        self.second = nn.Conv2d(32 + 2, 64, 3, stride=2, padding=1)
        self.third = nn.Conv2d(64, 96, 3, padding=1)
        self.projection = nn.Linear(96, WIDTH)

    def body(self, images: Tensor) -> Tensor:
        """What the projection gets: (B, 96)."""
        x = F.relu(self.first(images.permute(0, 3, 1, 2).float() / 127.5 - 1))
        x = F.relu(self.second(torch.cat([x, _places(x)], dim=1)))
        pooled: Tensor = F.relu(self.third(x)).mean(dim=(2, 3))
        return pooled

    def forward(self, images: Tensor) -> Tensor:
        projected: Tensor = self.projection(self.body(images))
        return projected


def _places(like: Tensor) -> Tensor:
    """Row and column of each place as two planes (B, 2, h, w) in [-1, 1]."""
    height, width = like.shape[2:]
    rows, columns = torch.linspace(-1, 1, height), torch.linspace(-1, 1, width)
    planes = torch.stack(torch.meshgrid(rows, columns, indexing="ij"))
    return planes.expand(len(like), -1, -1, -1)


class TextTower(nn.Module):  # type: ignore[misc, unused-ignore]
    """Word numbers int64 (B, 16), 0 where there is none -> (B, 128), not normalised.

    Words in windows of five, averaged: which colour stands beside which shape, but no grammar.
    """

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(len(VOCABULARY) + 2, 48, padding_idx=PADDING)
        self.windows = nn.Conv1d(48, 192, 5, padding=2)
        self.projection = nn.Linear(192, WIDTH)

    def body(self, tokens: Tensor) -> Tensor:
        """What the projection gets: (B, 192), the mean over words."""
        said = (tokens != PADDING).unsqueeze(1).float()
        windows = F.relu(self.windows(self.words(tokens).transpose(1, 2))) * said
        mean: Tensor = windows.sum(dim=2) / said.sum(dim=2).clamp(min=1)
        return mean

    def forward(self, tokens: Tensor) -> Tensor:
        projected: Tensor = self.projection(self.body(tokens))
        return projected


class DualNet(nn.Module):  # type: ignore[misc, unused-ignore]
    """Both towers, and CLIP's logit scale as its logarithm."""

    def __init__(self) -> None:
        super().__init__()
        self.image = ImageTower()
        self.text = TextTower()
        self.log_scale = nn.Parameter(torch.tensor(float(np.log(LOGIT_SCALE))))

    def forward(self, images: Tensor, tokens: Tensor) -> Tensor:
        """Logits (B, B)."""
        a, b = F.normalize(self.image(images), dim=-1), F.normalize(self.text(tokens), dim=-1)
        logits: Tensor = self.log_scale.exp() * a @ b.T
        return logits


def stacked(images: Sequence[Image]) -> Tensor:
    """uint8 (B, 64, 64, 3); images of another size are resized, bilinearly."""
    return torch.stack([_sized(image) for image in images])


def _sized(image: Image) -> Tensor:
    pixels = torch.from_numpy(np.array(image))
    pixels = pixels.expand(-1, -1, 3) if pixels.ndim == 3 else pixels[..., None].expand(-1, -1, 3)
    if pixels.shape[:2] == (64, 64):
        return pixels
    planes = pixels.permute(2, 0, 1)[None].float()
    sized = F.interpolate(planes, (64, 64), mode="bilinear", antialias=True, align_corners=False)
    return sized[0].permute(1, 2, 0).round().clamp(0, 255).to(torch.uint8)


def numbered(captions: Sequence[str]) -> Tensor:
    """Word numbers int64 (B, 16); a word that no scene's caption has is `UNKNOWN`."""
    rows = torch.zeros(len(captions), TOKENS, dtype=torch.int64)
    for row, caption in zip(rows, captions, strict=True):
        numbers = [VOCABULARY.get(word, UNKNOWN) for word in caption.lower().split()[:TOKENS]]
        row[: len(numbers)] = torch.tensor(numbers, dtype=torch.int64)
    return rows
